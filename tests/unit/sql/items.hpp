#pragma once
// Items of a script as lines of text, to be compared.
#include <map>
#include <string>
#include <vector>

#include "pgprimer/sql/reader.hpp"
#include "support/fake_files.hpp"

namespace pgprimer::sql {

class Values final : public Surroundings {
public:
    Values() = default;
    Values(std::initializer_list<std::pair<const std::string, std::string>> values) : values_(values) {}
    [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] bool standard_conforming_strings() const override { return standard; }
    [[nodiscard]] std::string client_encoding() const override { return encoding; }

    bool standard = true;
    std::string encoding = "UTF8";

private:
    std::map<std::string, std::string> values_;
};

inline Script script_of(Syntax syntax = Syntax::psql) {
    Script out;
    out.path = out.name = "a.sql";
    out.syntax = syntax;
    return out;
}

// "1:1 SELECT 1", "2:3 \echo|hi", "data:1\t2\n", "error 3:5 message", each also with "*" behind the place where several were joined.
inline std::vector<std::string> items_of(const std::string& bytes, const Surroundings& values = Values(), Script script = script_of(),
                                         test::Chunks chunks = test::chunks_of(0)) {
    std::vector<std::string> out;
    Reader reader(test::source_of(bytes, std::move(chunks)), std::move(script), values);
    const auto at = [](const Place& place) { return std::to_string(place.line) + ":" + std::to_string(place.column) + " "; };
    while (true) {
        auto item = reader.next();
        if (!item) {
            out.push_back("error " + at(item.error().place) + item.error().message);
            return out;
        }
        if (std::holds_alternative<End>(*item)) return out;
        if (std::holds_alternative<Empty>(*item)) continue;
        const auto shown = [](const Meta& meta) {
            std::string line = "\\" + meta.name;
            for (const auto& argument : meta.arguments) line += "|" + argument;
            return line + (meta.buffer.empty() ? "" : " of " + meta.buffer);
        };
        if (const auto* meta = std::get_if<Meta>(&*item)) {
            out.push_back(at(meta->place) + shown(*meta));
            continue;
        }
        if (std::holds_alternative<Pause>(*item)) {
            out.emplace_back("pause");
            continue;
        }
        const auto& statement = std::get<Statement>(*item);
        if (statement.unfinished) {
            out.push_back("error " + at(statement.unfinished->place) + statement.unfinished->message);
            return out;
        }
        const std::string text = statement.repeated ? "(again)" : statement.text;
        out.push_back(at(statement.place) + (statement.multiple ? "* " : "") + text + (statement.then ? " " + shown(*statement.then) : ""));
        if (!statement.traits.copy_from_stdin) continue;
        std::string data = "data:";
        while (true) {
            const auto piece = reader.copy_data();
            if (!piece || !*piece) break;
            data += **piece;
        }
        out.push_back(std::move(data));
    }
}

using Items = std::vector<std::string>;

}  // namespace pgprimer::sql
