#include "url.hpp"

#include <algorithm>
#include <charconv>

#include "pgprimer/base/text.hpp"

namespace pgprimer::http {

std::string shown(const std::string& host, int port) {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Url::authority() const {
    if (port != (tls ? 443 : 80)) return shown(host, port);
    return literal_v6() ? "[" + host + "]" : host;
}

Result<Url> parse_url(std::string_view text) {
    const auto wrong = [text](const std::string& why) {
        // A URL with credentials is not shown.
        const std::string name = text.find('@') == std::string_view::npos ? "\"" + printable(text) + "\"" : std::string("the URL");
        return Diagnostic(Error::usage, name + " " + why).with_hint("write it like http://host:8080/path");
    };
    Url url;
    const auto scheme_end = text.find("://");
    const std::string scheme = scheme_end == std::string_view::npos ? "" : lower(text.substr(0, scheme_end));
    if (scheme != "http" && scheme != "https") return wrong("is no http:// or https:// URL");
    url.tls = scheme == "https";
    url.port = url.tls ? 443 : 80;
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!plain) return wrong("contains a space, a control character or one that is not ASCII; such ones are written as %XX");
    std::string_view rest = text.substr(scheme_end + 3);
    rest = rest.substr(0, rest.find('#'));
    const auto host_end = rest.find_first_of("/?");
    std::string_view authority = rest.substr(0, host_end);
    if (host_end != std::string_view::npos) {
        url.target = rest.substr(host_end);
        if (url.target.front() == '?') url.target.insert(0, "/");
    }
    if (authority.find('@') != std::string_view::npos) return wrong("has a user name in it, which is not supported");
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos || authority.find(':') > close) return wrong("has no address between [ and ]");
        url.host = authority.substr(1, close - 1);
        authority.remove_prefix(close + 1);
    } else {
        const auto colon = authority.find(':');
        url.host = authority.substr(0, colon);
        authority.remove_prefix(url.host.size());
    }
    if (url.host.empty()) return wrong("has no host");
    if (authority.starts_with(':') && authority.size() > 1) {
        authority.remove_prefix(1);
        const auto [end, error] = std::from_chars(authority.data(), authority.data() + authority.size(), url.port);
        if (error != std::errc() || end != authority.data() + authority.size() || url.port < 1 || url.port > 65535)
            return wrong("has no port from 1 to 65535");
    } else if (!authority.empty() && authority != ":") {
        return wrong("has something else than a port after its host");
    }
    return url;
}

}  // namespace pgprimer::http
