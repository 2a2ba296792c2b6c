#include "fields.hpp"

#include <algorithm>

#include "address.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::config {
namespace {

const char* type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "a string";
        case toml::node_type::integer:
        case toml::node_type::floating_point: return "a number";
        case toml::node_type::boolean: return "a boolean";
        default: return "a date or time";
    }
}

// Whatever is wrong with a line: a password that is written in it is not shown.
std::string without_secrets(const std::string& line) {
    const std::string text = lower(line);
    const auto equals = text.find('=');
    if (equals == std::string::npos) return text.find("://") == std::string::npos ? line : "";
    // What is only named, by ${...}, is no secret yet.
    if (trim(std::string_view(text).substr(equals + 1)).starts_with("\"${")) return line;
    static const std::vector<std::string> secret_keys{"password"};
    bool is_secret = nearest(trim(std::string_view(text).substr(0, equals)), secret_keys).has_value();
    for (const char* word : {"://", "pass", "pw", "secret", "token", "key", "url"}) is_secret |= text.find(word) != std::string::npos;
    if (is_secret) return line.substr(0, equals + 1) + " ***";
    return line;
}

}  // namespace

Reading::Reading(std::string file, std::string text, std::filesystem::path folder, const io::Files& files, const Environment& environment)
    : file_(std::move(file)), lines_(split(text, '\n')), folder_(std::move(folder)), files_(files), environment_(environment) {}

Result<std::string> Reading::read_secret(const std::string& path) const { return read_secret_file(files_, folder_ / path); }

void Reading::fail(Place place, std::string message, std::string hint) {
    Diagnostic failure(Error::config, std::move(message));
    if (place.line > 0 && static_cast<std::size_t>(place.line) <= lines_.size())
        failure.line_text = without_secrets(lines_[static_cast<std::size_t>(place.line) - 1]);
    failure.place = std::move(place);
    failure.hint = std::move(hint);
    failures_.push_back(std::move(failure));
}

bool Reading::failed_at(const Place& place) const {
    return std::ranges::any_of(failures_, [&place](const Diagnostic& d) { return d.place.line == place.line; });
}

Diagnostic Reading::failure() {
    std::ranges::stable_sort(failures_, {}, [](const Diagnostic& d) { return std::pair(d.place.line, d.place.column); });
    Diagnostic first = std::move(failures_.front());
    first.more.assign(std::make_move_iterator(failures_.begin() + 1), std::make_move_iterator(failures_.end()));
    return first;
}

Place Reading::place(const toml::source_region& region) const {
    return {file_, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

bool Reading::is_substituted(const toml::node& node) const {
    const auto* text = node.as_string();
    return overridden_.contains(&node) || (text != nullptr && text->get().find("${") != std::string::npos);
}

// An environment variable is taken for a secret by its name; an address, for the password in it.
void Reading::hide_if_secret(const std::string& name, const std::string& value) {
    const std::string text = lower(name);
    for (const char* end : {"password", "passwd", "pass", "pwd", "secret", "token", "key", "credentials"}) {
        if (text.ends_with(end)) return hide(Secret(value));
    }
    const auto scheme = value.find("://");
    if (scheme == std::string::npos) return;
    const auto begin = value.find(':', scheme + 3), end = value.rfind('@');
    if (end != std::string::npos && begin < end) hide(Secret(value.substr(begin + 1, end - begin - 1)));
}

std::string Reading::substitute(const std::string& text, const Place& at) {
    std::string out;
    std::size_t from = 0;
    while (true) {
        const auto begin = text.find("${", from);
        if (begin == std::string::npos) return out + text.substr(from);
        if (begin > from && text[begin - 1] == '$') {  // $${
            out += text.substr(from, begin - 1 - from) + "${";
            from = begin + 2;
            continue;
        }
        out += text.substr(from, begin - from);
        const auto end = text.find('}', begin);
        if (end == std::string::npos) {
            fail(at, "\"${\" without its \"}\"", "close it with }; a literal ${ is written $${");
            return out;
        }
        const std::string inside = text.substr(begin + 2, end - begin - 2);
        from = end + 1;
        if (inside.starts_with("file:")) {
            auto content = read_secret(inside.substr(5));
            if (!content) {
                fail(at, "${" + inside + "}: " + content.error().message,
                     content.error().detail + (content.error().detail.empty() ? "" : "; ") + content.error().hint);
                continue;
            }
            hide(Secret(*content));
            out += *content;
            continue;
        }
        const auto dash = inside.find(":-");
        const std::string name = inside.substr(0, dash);
        const auto found = environment_.find(name);
        const bool is_set = found != environment_.end() && !(dash != std::string::npos && found->second.empty());
        if (is_set) {
            hide_if_secret(name, found->second);
            out += found->second;
        } else if (dash != std::string::npos) {
            out += inside.substr(dash + 2);
        } else {
            fail(at, "${" + printable(name) + "}: there is no environment variable " + printable(name),
                 "set it, or give a default: ${" + printable(name) + ":-value}");
        }
    }
}

const toml::node* Fields::node(const char* key) {
    known_.insert(key);
    return table_.get(key);
}

Place Fields::place(const char* key) const {
    for (const auto& [k, value] : table_) {
        if (k == key) return reading_.place(k.source());
    }
    return place();
}

void Fields::wrong_type(const toml::node& node, const std::string& what, const char* wanted, std::string hint) {
    reading_.fail(reading_.place(node), what + " is " + type_name(node) + "; " + wanted + " is wanted", std::move(hint));
}

std::optional<std::string> Fields::string_of(const toml::node& node, const std::string& what) {
    const auto* text = node.as_string();
    if (text == nullptr) {
        wrong_type(node, what, "a string");
        return std::nullopt;
    }
    return reading_.substitute(text->get(), reading_.place(node));
}

std::optional<Located<std::string>> Fields::text(const char* key) {
    const toml::node* found = node(key);
    if (found == nullptr) return std::nullopt;
    auto value = string_of(*found, named(key));
    if (!value) return std::nullopt;
    return Located<std::string>{std::move(*value), reading_.place(*found)};
}

std::optional<std::string> Fields::plain(const char* key) {
    auto value = text(key);
    return value ? std::optional(std::move(value->value)) : std::nullopt;
}

std::optional<bool> Fields::boolean(const char* key) {
    const toml::node* found = node(key);
    if (found == nullptr) return std::nullopt;
    if (const auto* value = found->as_boolean()) return value->get();
    if (reading_.is_substituted(*found)) {
        const auto value = string_of(*found, named(key));
        if (value == "true" || value == "1") return true;
        if (value == "false" || value == "0" || value == "") return false;
    }
    if (reading_.is_substituted(*found)) {
        reading_.fail(reading_.place(*found), named(key) + " is neither true nor false", "write true, false, 1 or 0");
        return std::nullopt;
    }
    wrong_type(*found, named(key), "true or false", found->is_string() ? "without quotes" : "");
    return std::nullopt;
}

std::optional<long> Fields::integer(const char* key, long least, long most) {
    const toml::node* found = node(key);
    if (found == nullptr) return std::nullopt;
    std::optional<long> value;
    if (const auto* number = found->as_integer())
        value = number->get();
    else if (reading_.is_substituted(*found)) {
        const auto digits = string_of(*found, named(key));
        if (!digits || digits->empty()) return std::nullopt;  // said, or left out: "${PORT:-}"
        char* end = nullptr;
        const long parsed = std::strtol(digits->c_str(), &end, 10);
        if (*end == '\0') value = parsed;
    }
    if (!value && reading_.is_substituted(*found)) {
        reading_.fail(reading_.place(*found), named(key) + " is no number");
        return std::nullopt;
    }
    if (!value) {
        wrong_type(*found, named(key), "a number", found->is_string() ? "without quotes" : "");
        return std::nullopt;
    }
    if (*value < least || *value > most) {
        reading_.fail(reading_.place(*found),
                      named(key) + " is " + std::to_string(*value) + ", which is not from " + std::to_string(least) + " to " + std::to_string(most));
        return std::nullopt;
    }
    return value;
}

std::optional<Milliseconds> Fields::duration(const char* key) {
    const toml::node* found = node(key);
    if (found == nullptr) return std::nullopt;
    if (!found->is_string()) {
        wrong_type(*found, named(key), "a duration",
                   found->is_number() ? "write it with its unit: \"60s\", \"1500ms\", \"15m\"" : "write it like \"60s\"");
        return std::nullopt;
    }
    const auto value = string_of(*found, named(key));
    if (!value) return std::nullopt;
    const auto parsed = parse_duration(*value);
    if (!parsed)
        reading_.fail(reading_.place(*found), named(key) + " is \"" + printable(*value) + "\", which is no duration",
                      "write it like \"60s\", \"1500ms\", \"15m\" or \"1h30m\"");
    return parsed;
}

std::optional<std::vector<Located<std::string>>> Fields::texts(const char* key, bool one_will_do) {
    const toml::node* found = node(key);
    if (found == nullptr) return std::nullopt;
    std::vector<Located<std::string>> out;
    if (one_will_do && found->is_string()) {
        if (auto value = string_of(*found, named(key))) out.push_back({std::move(*value), reading_.place(*found)});
        return out;
    }
    const toml::array* array = found->as_array();
    if (array == nullptr) {
        wrong_type(*found, named(key), "an array of strings", found->is_string() ? std::string(key) + " = [\"...\", \"...\"]" : "");
        return std::nullopt;
    }
    for (const auto& element : *array) {
        if (auto value = string_of(element, "an element of " + named(key))) out.push_back({std::move(*value), reading_.place(element)});
    }
    return out;
}

std::vector<std::string> Fields::plain_texts(const char* key) {
    std::vector<std::string> out;
    if (const auto found = texts(key)) {
        for (const auto& one : *found) out.push_back(*one);
    }
    return out;
}

std::map<std::string, Located<std::string>> Fields::map(const char* key) {
    std::map<std::string, Located<std::string>> out;
    const toml::table* values = table(key);
    if (values == nullptr) return out;
    for (const auto& [name, value] : *values) {
        const std::string what = named(key) + "." + std::string(name.str());
        std::optional<std::string> text;
        // Numbers and booleans stand for their text: SET parameters and environment variables are often such.
        if (const auto* number = value.as_integer())
            text = std::to_string(number->get());
        else if (const auto* flag = value.as_boolean())
            text = flag->get() ? "true" : "false";
        else
            text = string_of(value, what);
        if (text) out[std::string(name.str())] = {std::move(*text), reading_.place(value)};
    }
    return out;
}

std::map<std::string, std::string> Fields::plain_map(const char* key) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : map(key)) out[name] = *value;
    return out;
}

std::optional<std::size_t> Fields::word(const char* key, const std::vector<std::string>& words) {
    const auto value = text(key);
    if (!value) return std::nullopt;
    const auto found = std::ranges::find(words, **value);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const auto near = nearest(**value, words);
    reading_.fail(value->place, named(key) + " is \"" + printable(**value) + "\"; it is one of " + join(words, ", "),
                  near ? "did you mean \"" + *near + "\"?" : "");
    return std::nullopt;
}

const toml::table* Fields::table(const char* key) {
    const toml::node* found = node(key);
    if (found == nullptr) return nullptr;
    if (const auto* value = found->as_table()) return value;
    wrong_type(*found, named(key), "a table",
               where_ == whole ? std::string("write [") + key + "] and its keys below it" : std::string(key) + " = { key = \"value\" }");
    return nullptr;
}

std::vector<const toml::table*> Fields::tables(const char* key) {
    std::vector<const toml::table*> out;
    const toml::node* found = node(key);
    if (found == nullptr) return out;
    if (const auto* one = found->as_table()) return {one};
    const auto* array = found->as_array();
    if (array == nullptr) {
        wrong_type(*found, named(key), "an array of tables",
                   std::string("write [[") +
                       (where_ == whole ? "" : where_.substr(where_.find_first_not_of('['), where_.find(']') - where_.find_first_not_of('[')) + ".") +
                       key + "]] and its keys below it");
        return out;
    }
    for (const auto& element : *array) {
        if (const auto* one = element.as_table())
            out.push_back(one);
        else
            wrong_type(element, "an element of " + named(key), "a table");
    }
    return out;
}

void Fields::not_available(const char* key) {
    later_.insert(key);
    if (has(key)) reading_.fail(place(key), named(key) + " is not available in this version", "take it out; the README says what is there instead");
}

void Fields::finish() {
    const std::vector<std::string> names(known_.begin(), known_.end());
    for (const auto& [key, value] : table_) {
        const std::string name(key.str());
        if (known_.contains(name) || later_.contains(name)) continue;
        const auto near = nearest(name, names);
        reading_.fail(reading_.place(key.source()), "there is no key \"" + printable(name) + "\" in " + where_,
                      near ? "did you mean \"" + *near + "\"?" : "keys are " + join(names, ", "));
    }
}

}  // namespace pgprimer::config
