#include "arguments.hpp"

#include "pgprimer/base/text.hpp"
#include "scanner.h"

namespace pgprimer::sql {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_octal(char c) { return c >= '0' && c <= '7'; }

class ArgumentReader {
public:
    ArgumentReader(std::string_view rest, const Surroundings& surroundings, bool taken)
        : rest_(rest), surroundings_(surroundings), seen_(rest), taken_(taken) {
        pgprimer_hide_further_bytes(seen_.data(), seen_.size(), surroundings.client_encoding().c_str());
    }

    Result<Command> read() {
        while (at_ < rest_.size() && !is_space(seen_[at_]) && seen_[at_] != '\\') command_.name += rest_[at_++];
        if (iequals(command_.name, "copy")) command_.name = "copy";  // the only one that psql takes in either case
        command_.known = find_meta(command_.name);
        if (command_.known != nullptr) takes_ = command_.known->takes;
        while (true) {
            while (at_ < rest_.size() && is_space(seen_[at_])) ++at_;
            if (at_ == rest_.size()) break;
            if (takes_ == Takes::line || (takes_ == Takes::file && seen_[at_] == '|')) {
                command_.arguments.emplace_back(rest_.substr(at_));
                at_ = rest_.size();
                break;
            }
            if (seen_[at_] == '\\') {  // the next command; `\\` only ends this one
                if (at_ + 1 < rest_.size() && rest_[at_ + 1] == '\\') at_ += 2;
                break;
            }
            PGPRIMER_CHECK(argument());
        }
        command_.consumed = at_;
        return std::move(command_);
    }

private:
    using Takes = MetaCommand::Takes;

    Result<void> argument() {
        std::string out;
        std::size_t plain = 0;  // characters at the end of `out` that stood in no quotes
        while (at_ < rest_.size() && !is_space(seen_[at_]) && seen_[at_] != '\\') {
            const char c = seen_[at_];
            if (c == '\'') {
                if (command_.arguments.empty() && out.empty()) command_.quoted = true;
                PGPRIMER_CHECK(single_quoted(out));
                plain = 0;
            } else if (c == '"') {
                PGPRIMER_CHECK(double_quoted(out));
                plain = 0;
            } else if (c == '`') {
                PGPRIMER_CHECK(backticks(out));
                plain = 0;
            } else if (c == ':' && taken_) {
                variable(out);
                plain = 0;
            } else {
                out += rest_[at_++];
                ++plain;
            }
        }
        if (command_.known != nullptr && command_.known->drops_semicolons) {
            for (; plain > 0 && out.ends_with(';'); --plain) out.pop_back();
        }
        command_.arguments.push_back(std::move(out));
        return {};
    }

    Result<void> backticks(std::string& out) {
        const std::size_t begin = at_++;
        const auto end = rest_.find('`', at_);
        if (end == std::string_view::npos) {
            at_ = begin;
            return failure("unterminated backticks in \\" + command_.name);
        }
        if (taken_) {
            auto said = surroundings_.output_of(rest_.substr(at_, end - at_));
            if (!said) {
                at_ = begin;
                Diagnostic why = said.error();
                why.place.column = static_cast<int>(at_) + 1;
                return why;
            }
            out += *said;
        }
        at_ = end + 1;
        return {};
    }

    [[nodiscard]] Diagnostic failure(std::string message) const {
        Diagnostic out(Error::config, std::move(message));
        out.place.column = static_cast<int>(at_) + 1;
        return out;
    }

    Result<void> single_quoted(std::string& out) {
        const std::size_t begin = at_++;
        while (at_ < rest_.size()) {
            const char c = seen_[at_++];
            if (c == '\'') {
                if (at_ == rest_.size() || seen_[at_] != '\'') return {};
                ++at_;
                out += c;
            } else {
                out += c == '\\' && at_ < rest_.size() ? escaped() : rest_[at_ - 1];
            }
        }
        at_ = begin;
        return failure("unterminated quoted string in \\" + command_.name);
    }

    char escaped() {
        const char c = rest_[at_++];
        switch (c) {
            case 'n': return '\n';
            case 't': return '\t';
            case 'b': return '\b';
            case 'r': return '\r';
            case 'f': return '\f';
            default: break;
        }
        int value = 0, digits = 0;
        if (c == 'x') {
            const auto digit = [](char d) {
                return d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : d >= 'A' && d <= 'F' ? d - 'A' + 10 : -1;
            };
            for (; digits < 2 && at_ < rest_.size() && digit(rest_[at_]) >= 0; ++digits) value = value * 16 + digit(rest_[at_++]);
            return digits > 0 ? static_cast<char>(value) : c;
        }
        if (!is_octal(c)) return c;
        value = c - '0';
        for (digits = 1; digits < 3 && at_ < rest_.size() && is_octal(rest_[at_]); ++digits) value = value * 8 + (rest_[at_++] - '0');
        return static_cast<char>(value);
    }

    // Kept with its quotes, but for names to connect to.
    Result<void> double_quoted(std::string& out) {
        const std::size_t begin = at_++;
        const bool strips = takes_ == Takes::names;
        if (!strips) out += '"';
        while (at_ < rest_.size()) {
            const char c = seen_[at_++];
            if (c != '"') {
                out += rest_[at_ - 1];
            } else if (at_ < rest_.size() && seen_[at_] == '"' && strips) {
                out += c;
                ++at_;
            } else {
                if (!strips) out += c;
                return {};
            }
        }
        at_ = begin;
        return failure("unterminated quoted string in \\" + command_.name);
    }

    void variable(std::string& out) {
        const std::size_t begin = at_++;
        command_.computed = true;
        const auto name_until = [this](std::size_t from, std::size_t& end) {
            end = from;
            while (end < rest_.size() && is_name(rest_[end])) ++end;
            return std::string(rest_.substr(from, end - from));
        };
        std::size_t end = at_;
        if (at_ < rest_.size() && (rest_[at_] == '\'' || rest_[at_] == '"')) {
            const char quote = rest_[at_];
            const std::string name = name_until(at_ + 1, end);
            if (!name.empty() && end < rest_.size() && rest_[end] == quote) {
                const auto value = surroundings_.variable(name);
                if (!value)
                    out += rest_.substr(begin, end + 1 - begin);  // as it is, its quotes too
                else if (quote == '"' && takes_ == Takes::names)
                    out += *value;  // its quotes would be taken off again
                else
                    out += surroundings_.quoted(*value, quote == '"');
                at_ = end + 1;
                return;
            }
        } else if (rest_.substr(at_).starts_with("{?")) {
            const std::string name = name_until(at_ + 2, end);
            if (!name.empty() && end < rest_.size() && rest_[end] == '}') {
                out += surroundings_.variable(name) ? "TRUE" : "FALSE";
                at_ = end + 1;
                return;
            }
        } else {
            const std::string name = name_until(at_, end);
            const auto value = name.empty() ? std::nullopt : surroundings_.variable(name);
            if (value) {
                out += *value;
                at_ = end;
                return;
            }
        }
        out += ':';
        at_ = begin + 1;
    }

    std::string_view rest_;
    const Surroundings& surroundings_;
    std::size_t at_ = 0;
    std::string seen_;  // what is looked at: the same, without further bytes that look like ASCII
    bool taken_;
    Takes takes_ = Takes::words;
    Command command_;
};

}  // namespace

Result<Command> read_command(std::string_view rest, const Surroundings& surroundings, bool taken) {
    return ArgumentReader(rest, surroundings, taken).read();
}

}  // namespace pgprimer::sql
