// Whatever the bytes are and however they come: the same items, and no crash.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "items.hpp"
#include "pgprimer/sql/survey.hpp"

namespace pgprimer::sql {
namespace {

constexpr unsigned rounds = 20'000;

std::string random_text(std::mt19937& random, std::size_t most) {
    static constexpr std::array<std::string_view, 32> words{"'",
                                                            "$",
                                                            ";",
                                                            "(",
                                                            ")",
                                                            "\n",
                                                            "-",
                                                            "/",
                                                            "*",
                                                            "\\",
                                                            ":",
                                                            "a",
                                                            "E",
                                                            "\"",
                                                            "BEGIN ",
                                                            "ATOMIC ",
                                                            "END",
                                                            "$$",
                                                            "--",
                                                            "\\echo ",
                                                            "\\.\n",
                                                            "\r\n",
                                                            "COPY t FROM STDIN;\n",
                                                            "CREATE FUNCTION f() ",
                                                            ":x",
                                                            ":'x'",
                                                            "\xC3\xA9",
                                                            "\\;",
                                                            " ",
                                                            "/*",
                                                            "*/",
                                                            "CASE "};
    std::string out;
    const auto count = std::uniform_int_distribution<std::size_t>(0, most)(random);
    for (std::size_t i = 0; i < count; ++i) out += words[std::uniform_int_distribution<std::size_t>(0, words.size() - 1)(random)];
    return out;
}

TEST(Chunking, DoesNotMatter) {
    std::mt19937 random(20240131);
    const Values values{{"x", "it's; \"\n"}};
    for (unsigned round = 0; round < rounds; ++round) {
        const std::string text = random_text(random, 30);
        for (const auto syntax : {Syntax::psql, Syntax::goose}) {
            const auto whole = items_of(text, values, script_of(syntax));
            ASSERT_EQ(items_of(text, values, script_of(syntax), test::random_chunks(round, 5)), whole) << text;
        }
    }
}

// Places stay within the file, in order, whatever the server's position.
TEST(Chunking, PlacesStayInsideTheFile) {
    std::mt19937 random(7);
    const Values values{{"x", "it's; \"\n"}};
    for (unsigned round = 0; round < rounds; ++round) {
        const std::string text = random_text(random, 30);
        const int lines = 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
        Reader reader(test::source_of(text), script_of(), values);
        while (true) {
            const auto item = reader.next();
            if (!item) {
                ASSERT_LE(item.error().place.line, lines) << text;
                break;
            }
            if (std::holds_alternative<End>(*item)) break;
            if (const auto* meta = std::get_if<Meta>(&*item)) {
                ASSERT_GE(meta->place.line, 1) << text;
                continue;
            }
            if (std::holds_alternative<Empty>(*item)) continue;
            const auto& statement = std::get<Statement>(*item);
            ASSERT_FALSE(statement.text.empty()) << text;
            const int size = static_cast<int>(statement.text.size());
            for (const int position : {0, 1, size / 2, size, size + 5}) {
                const Place place = statement.place_of(position);
                ASSERT_GE(place.line, statement.place.line) << text;
                ASSERT_LE(place.line, lines) << text;
                ASSERT_GE(place.column, 1) << text;
                ASSERT_LE(static_cast<std::size_t>(place.column), statement.line_of(position).size() + 2) << text;
            }
        }
    }
}

// Without variables and commands, the statements' bytes are bytes of the file where place_of() says that they are.
TEST(Chunking, PlacesAreExact) {
    std::mt19937 random(11);
    for (unsigned round = 0; round < rounds; ++round) {
        const std::string text = random_text(random, 20);
        // psql's scanner ends a name behind `:name`, where the server's and ours go on: `:E$$`.
        if (std::adjacent_find(text.begin(), text.end(),
                               [](char a, char b) { return a == ':' && (std::isalpha(static_cast<unsigned char>(b)) != 0 || b < 0); }) != text.end())
            continue;
        std::vector<std::string> lines{""};
        for (const char c : text) {
            if (c == '\n')
                lines.emplace_back();
            else
                lines.back() += c;
        }
        const Values values;
        Reader reader(test::source_of(text), script_of(Syntax::plain), values);
        while (true) {
            const auto item = reader.next();
            if (!item || !std::holds_alternative<Statement>(*item)) break;
            if (std::holds_alternative<Empty>(*item)) continue;
            const auto& statement = std::get<Statement>(*item);
            int position = 0;
            for (const char c : statement.text) {
                if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;
                ++position;
                if (c == '\n' || c == '\r') continue;
                const Place place = statement.place_of(position);
                std::string_view line = lines.at(static_cast<std::size_t>(place.line - 1));
                for (int i = 1; i < place.column; ++i) {
                    line.remove_prefix(1);
                    while (!line.empty() && (static_cast<unsigned char>(line.front()) & 0xC0U) == 0x80U) line.remove_prefix(1);
                }
                if ((c == ';' || c == ':') && line.starts_with(std::string("\\") + c)) continue;  // the backslash is not sent
                ASSERT_EQ(line.substr(0, 1), std::string_view(&c, 1)) << text << "\n[" << statement.text << "] at " << position;
            }
            if (!statement.traits.copy_from_stdin) continue;
            while (true) {
                const auto piece = reader.copy_data();
                if (!piece || !*piece) break;
            }
        }
    }
}

TEST(Chunking, ASurveyIsTheSame) {
    std::mt19937 random(3);
    for (unsigned round = 0; round < rounds / 10; ++round) {
        const std::string text = random_text(random, 30);
        test::FakeFiles files{{"a.sql", text}};
        const auto whole = survey(files, script_of());
        files.chunks(test::random_chunks(round, 5));
        const auto pieces = survey(files, script_of());
        ASSERT_EQ(whole.has_value(), pieces.has_value()) << text;
        if (!whole) continue;
        ASSERT_EQ(whole->checksum, pieces->checksum) << text;
        ASSERT_EQ(whole->why, pieces->why) << text;
        ASSERT_EQ(whole->statements, pieces->statements) << text;
        ASSERT_EQ(whole->refused.size(), pieces->refused.size()) << text;
    }
}

}  // namespace
}  // namespace pgprimer::sql
