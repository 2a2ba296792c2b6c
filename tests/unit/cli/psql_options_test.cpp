#include "../../../src/cli/psql_options.hpp"

#include <gmock/gmock.h>

namespace pgprimer::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using Kind = PsqlOptions::Action::Kind;
using Words = std::vector<std::string>;

Result<PsqlParsed> parsed(const Words& words) { return parse_psql(words); }

PsqlOptions options(const Words& words) {
    auto out = parsed(words);
    EXPECT_TRUE(out) << (out ? "" : out.error().message);
    return out ? std::move(out->options) : PsqlOptions{};
}

TEST(PsqlOptions, ShortOnesAreBundled) {
    const auto o = options({"-XtAqc", "SELECT 1", "-F,", "-vON_ERROR_STOP=1", "-Uapp"});
    EXPECT_TRUE(o.print.tuples_only);
    EXPECT_EQ(o.print.format, pg::PrintFormat::unaligned);
    EXPECT_EQ(o.print.field_separator, ",");
    ASSERT_EQ(o.actions.size(), 1U);
    EXPECT_EQ(o.actions[0].text, "SELECT 1");
    EXPECT_THAT(o.variables, ElementsAre(Pair("ON_ERROR_STOP", "1"), Pair("QUIET", "on")));
    EXPECT_EQ(o.connection.at("user"), "app");
}

TEST(PsqlOptions, LongOnesTakeTheirValueEitherWay) {
    const auto o = options({"--dbname=x", "--username", "u", "--set=a=b=c", "--variable", "d", "--host=", "--no-password", "--csv", "--port", "5"});
    EXPECT_EQ(o.dbname, "x");
    EXPECT_THAT(o.connection, ElementsAre(Pair("host", ""), Pair("port", "5"), Pair("user", "u")));
    EXPECT_THAT(o.variables, ElementsAre(Pair("a", "b=c")));
    EXPECT_EQ(o.print.format, pg::PrintFormat::csv);
}

TEST(PsqlOptions, ABeginningThatOnlyOneHasWillDo) {
    EXPECT_EQ(options({"--user=u"}).connection.at("user"), "u");
    EXPECT_THAT(parsed({"--no"}).error().message, HasSubstr("ambiguous"));
    EXPECT_TRUE(options({"--expanded"}).print.expanded == pg::PrintOptions::Expanded::on);
}

TEST(PsqlOptions, ActionsKeepTheirOrder) {
    const auto o = options({"-c", "one", "-f", "two", "-f", "-", "-c", "\\echo", "--command=five"});
    ASSERT_EQ(o.actions.size(), 5U);
    EXPECT_EQ(o.actions[1].kind, Kind::file);
    EXPECT_EQ(o.actions[2].text, "-");
    EXPECT_EQ(o.actions[3].kind, Kind::command);
    EXPECT_EQ(o.actions[4].kind, Kind::query);
}

TEST(PsqlOptions, OperandsMayStandBeforeOptions) {
    const auto o = options({"db", "-q", "user", "more"});
    EXPECT_EQ(o.dbname, "db");
    EXPECT_EQ(o.connection.at("user"), "user");
    EXPECT_THAT(o.warnings, ElementsAre("extra command-line argument \"more\" ignored"));
}

TEST(PsqlOptions, WithADatabaseAmongTheOptionsTheFirstOperandIsTheUser) {
    EXPECT_EQ(options({"who", "-d", "db"}).connection.at("user"), "who");
    EXPECT_EQ(options({"-d", "db", "--", "-who"}).connection.at("user"), "-who");
}

TEST(PsqlOptions, TheLastPasswordOptionCounts) {
    EXPECT_TRUE(options({"-w", "-W"}).asks_password);
    EXPECT_FALSE(options({"-Ww"}).asks_password);
}

TEST(PsqlOptions, PsetTakesValuesAndSwitches) {
    const auto o = options({"-P", "null=-", "--pset=footer", "-P", "format=unaligned", "-z", "-0"});
    EXPECT_EQ(o.print.null, "-");
    EXPECT_FALSE(o.print.footer);
    EXPECT_TRUE(o.print.field_separator_zero && o.print.record_separator_zero);
}

struct Wrong {
    Words words;
    const char* message;
};

class PsqlRefuses : public testing::TestWithParam<Wrong> {};

TEST_P(PsqlRefuses, InGetoptsWords) {
    const auto out = parsed(GetParam().words);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().error, Error::usage);
    EXPECT_THAT(out.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Table, PsqlRefuses,
                         testing::Values(Wrong{{"--frob"}, "unrecognized option '--frob'"}, Wrong{{"-k"}, "invalid option -- 'k'"},
                                         Wrong{{"-2"}, "invalid option -- '2'"}, Wrong{{"-tc"}, "option requires an argument -- 'c'"},
                                         Wrong{{"--file"}, "option '--file' requires an argument"},
                                         Wrong{{"--quiet=1"}, "option '--quiet' doesn't allow an argument"}, Wrong{{"-s"}, "nobody is there"},
                                         Wrong{{"-v", "a b=1"}, "no name of a variable"}, Wrong{{"-v", "ON_ERROR_STOP=maybe"}, "is no value"},
                                         Wrong{{"-P", "frob=1"}, "could not set printing parameter"}));

TEST(PsqlOptions, HelpAndVersionAreTexts) {
    EXPECT_THAT(*parsed({"--help"})->text, HasSubstr("Usage:"));
    EXPECT_THAT(*parsed({"-?"})->text, HasSubstr("--single-transaction"));
    EXPECT_THAT(*parsed({"-qV"})->text, testing::MatchesRegex("psql \\(PostgreSQL\\) [0-9]+\\.[0-9]+ \\(pgprimer .*\\)\n"));
}

}  // namespace
}  // namespace pgprimer::cli
