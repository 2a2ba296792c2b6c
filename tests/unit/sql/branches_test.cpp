#include <gtest/gtest.h>

#include "items.hpp"

namespace pgprimer::sql {
namespace {

const Values values{{"yes", "on"}, {"no", "off"}, {"text", "maybe"}};

struct BranchCase {
    const char* name;
    std::string bytes;
    Items items;
};

void expect_taken(const std::vector<BranchCase>& cases) {
    for (const auto& one : cases) EXPECT_EQ(items_of(one.bytes, values), one.items) << one.name;
}

TEST(Branches, TakeThePartWhoseConditionHolds) {
    expect_taken({
        {"if", "\\if true\nSELECT 1;\n\\endif\nSELECT 2;", {"2:1 SELECT 1", "4:1 SELECT 2"}},
        {"not if", "\\if :no\nSELECT 1;\n\\endif\nSELECT 2;", {"4:1 SELECT 2"}},
        {"else", "\\if 0\nSELECT 1;\n\\else\nSELECT 2;\n\\endif", {"4:1 SELECT 2"}},
        {"elif", "\\if f\nSELECT 1;\n\\elif :yes\nSELECT 2;\n\\elif yes\nSELECT 3;\n\\else\nSELECT 4;\n\\endif", {"4:1 SELECT 2"}},
        {"set", "\\if :{?yes}\nSELECT 1;\n\\endif\n\\if :{?nowhere}\nSELECT 2;\n\\endif", {"2:1 SELECT 1"}},
        {"nested", "\\if n\n\\if y\nSELECT 1;\n\\else\nSELECT 2;\n\\endif\nSELECT 3;\n\\else\nSELECT 4;\n\\endif", {"9:1 SELECT 4"}},
        {"one line", "\\if 1 \\echo a \\else \\echo b \\endif \\echo c", {"1:7 \\echo|a", "1:36 \\echo|c"}},
    });
}

TEST(Branches, EvaluateNothingWhereTheyAreNotTaken) {
    expect_taken({
        {"unknown commands", "\\if 0\n\\c nowhere\n\\! rm x\n\\echo `id` :yes\n\\endif\nSELECT 1;", {"6:1 SELECT 1"}},
        {"conditions", "\\if 1\nSELECT 1;\n\\elif nonsense\n\\endif\n\\if 0\n\\if nonsense\n\\endif\n\\endif", {"2:1 SELECT 1"}},
        {"query commands", "\\if 0\nSELECT 1 \\gset\nSELECT 2 \\gexec\n\\endif\nSELECT 3 \\gexec\n", {"5:1 SELECT 3 \\gexec"}},
    });
}

TEST(Branches, StandInTheMiddleOfAStatement) {
    expect_taken({
        {"taken", "SELECT\n\\if 1\n1\n\\else\n2\n\\endif\n, 3;", {"1:1 SELECT\n1\n, 3"}},
        {"not taken", "SELECT (\n\\if 0\n1, (\n\\else\n2)\n\\endif\n, 3;", {"1:1 SELECT (\n2)\n, 3"}},
        {"a whole statement that is not taken", "SELECT\n\\if 0\n1; SELECT 2;\n\\endif\n3;", {"1:1 SELECT\n3"}},
    });
}

TEST(Branches, SayWhereTheyAreWrong) {
    expect_taken({
        {"neither", "\\if :text\nSELECT 1;\n\\endif", {"error 1:1 \\if: \"maybe\" is neither true nor false"}},
        {"no variable", "\\if :nowhere\n\\endif", {"error 1:1 \\if: \":nowhere\" is neither true nor false"}},
        {"o", "\\if o\n\\endif", {"error 1:1 \\if: \"o\" is neither true nor false"}},
        {"elif alone", "\\elif 1", {"error 1:1 \\elif without \\if"}},
        {"else alone", "\\else", {"error 1:1 \\else without \\if"}},
        {"endif alone", "\\endif", {"error 1:1 \\endif without \\if"}},
        {"else twice", "\\if 1\n\\else\n\\else\n\\endif", {"error 3:1 \\else after \\else"}},
        {"elif after else", "\\if 1\n\\else\n\\elif 1\n\\endif", {"error 3:1 \\elif after \\else"}},
        {"unknown commands, taken or not", "\\if 0\n\\nonsense\n\\endif", {"error 2:1 \\nonsense is no command of psql"}},
        {"open", "\\if 1\nSELECT 1;\n", {"2:1 SELECT 1", "error 1:1 \\if without \\endif: the file ends before it"}},
    });
}

TEST(Branches, TellThePlacesOfWhatFollowsThem) {
    Reader reader(test::source_of("SELECT a,\n\\if 0\nnothing\n\\else\n  wrong\n\\endif\n FROM t;"), script_of(), values);
    const auto item = reader.next();
    const auto& statement = std::get<Statement>(*item);
    const int position = static_cast<int>(statement.text.find("wrong")) + 1;
    EXPECT_EQ(statement.place_of(position).line, 5);
    EXPECT_EQ(statement.place_of(position).column, 3);
    EXPECT_EQ(statement.line_of(position), "  wrong");
}

TEST(QueryCommands, SendTheStatementOrTheLastOneAgain) {
    expect_taken({
        {"g", "SELECT 1 \\g\nSELECT 2 \\g out.txt\n", {"1:1 SELECT 1 \\g", "2:1 SELECT 2 \\g|out.txt"}},
        {"program", "SELECT 1 \\g | sort -u :x\n", {"1:1 SELECT 1 \\g|| sort -u :x"}},
        {"gset", "SELECT 1 AS a \\gset x_ \\echo b", {"1:1 SELECT 1 AS a \\gset|x_", "1:24 \\echo|b"}},
        {"again", "SELECT 1;\n\\gexec\n", {"1:1 SELECT 1", "2:1 (again) \\gexec"}},
        {"after a semicolon on its line", "SELECT 1; \\gx", {"1:1 SELECT 1", "1:11 (again) \\gx"}},
        {"buffer",
         "SELECT 1\n\\p\n\\w a.sql\n\\r\nSELECT 2;",
         {"2:1 \\p of SELECT 1", "3:1 \\w|a.sql of SELECT 1", "4:1 \\r of SELECT 1", "5:1 SELECT 2"}},
    });
}

}  // namespace
}  // namespace pgprimer::sql
