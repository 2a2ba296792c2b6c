#include "pgprimer/event/bus.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "pgprimer/base/text.hpp"

namespace pgprimer::event {
namespace {

std::string quotes_doubled(const std::string& text) {
    std::string out;
    for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
    return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
    return text;
}

// All the ways in which a text of ours, the server's or a hook's language may have it: as it is, in a URL (with / left as it is, and with + for a
// space, too), in SQL, in JSON.
std::array<std::string, 7> forms_of(const std::string& text) {
    const std::string json = json_quote(text), url = percent_encode(text);
    return {text,
            url,
            percent_encode(text, false),
            replaced(url, "%2F", "/"),
            replaced(url, "%20", "+"),
            quotes_doubled(text),
            json.substr(1, json.size() - 2)};
}

class Redactor {
public:
    explicit Redactor(const Bus& bus) : bus_(bus) {}

    void operator()(Message& e) const { all(e.text, e.step); }
    void operator()(Problem& e) const { diagnostic(e.diagnostic); }
    void operator()(Readiness& e) const { all(e.target, e.text); }
    void operator()(RunStarted& e) const { all(e.plan_id, e.project); }
    void operator()(LockWaiting& e) const { all(e.text); }
    void operator()(LockTaken& e) const { all(e.target); }
    void operator()(StepStarted& e) const { all(e.name); }
    void operator()(StepFinished& e) const { all(e.name, e.why); }
    void operator()(UnitStarted& e) const { all(e.step, e.unit, e.why, e.mode); }
    void operator()(UnitFinished& e) const { all(e.step, e.unit); }
    void operator()(Notice& e) const {
        all(e.message, e.detail, e.hint, e.place.file, e.step, e.internal_query, e.context);
        e.sent_text = bus_.redact(std::move(e.sent_text));
    }
    void operator()(HookLine& e) const {
        all(e.step);
        e.text = bus_.redact(std::move(e.text));  // bounded where it is read
    }
    void operator()(ScriptOutput&) const {}  // a result, not a log: it goes where the caller sends it
    void operator()(RunFinished& e) const { all(e.plan_id); }

private:
    template <class... Text>
    void all(Text&... text) const {
        ((text = cut(bus_.redact(std::move(text)))), ...);
    }
    [[nodiscard]] std::string cut(std::string text) const {
        if (text.size() <= bus_.most()) return text;
        std::size_t end = bus_.most();
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
        const std::string left = std::to_string(text.size() - end);
        text.resize(end);
        return text + "... (" + left + " bytes more)";
    }
    void diagnostic(Diagnostic& d) const {
        all(d.message, d.detail, d.hint, d.place.file, d.context, d.step, d.internal_query);
        d.line_text = bus_.redact(std::move(d.line_text));  // shown as a window
        d.sent_text = bus_.redact(std::move(d.sent_text));
        d.statement = bus_.redact(std::move(d.statement));
        for (auto& place : d.included_from) all(place.file);
        for (auto& further : d.more) diagnostic(further);
    }

    const Bus& bus_;
};

}  // namespace

void Bus::add(Listener& listener) { listeners_.push_back(&listener); }

void Bus::hide(const Secret& secret, std::span<const std::string> public_words) {
    const std::string& text = secret.reveal();
    if (text.empty()) return;
    const bool is_public =
        text.size() < 3 || std::ranges::any_of(public_words, [&text](const std::string& word) { return word.find(text) != std::string::npos; });
    for (const auto& form : forms_of(text)) {
        if (!is_public) {
            hide_form(form);
            continue;
        }
        hide_form(":" + form + "@");
        for (const char* name : {"password=", "PASSWORD=", "PASSWORD '", "password '", "password: "}) hide_form(name + form);
    }
    // One that holds another is replaced first, or its rest would be shown.
    std::ranges::stable_sort(secrets_, std::greater{}, &std::string::size);
}

void Bus::hide_form(std::string form) {
    if (std::ranges::find(secrets_, form) == secrets_.end()) secrets_.push_back(std::move(form));
}

std::string Bus::redact(std::string text) const {
    for (const auto& secret : secrets_) {
        for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) text.replace(at, secret.size(), "***");
    }
    return text;
}

void Bus::publish(Event event) {
    std::visit(Redactor(*this), event);
    report_.apply(event);
    for (Listener* listener : listeners_) listener->hear(event);
}

}  // namespace pgprimer::event
