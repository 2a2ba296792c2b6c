#include "pgprimer/ledger/identity.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "pgprimer/base/text.hpp"

namespace pgprimer::ledger {
namespace {

TEST(RunId, NamesItsProject) {
    const Identity identity{"pgprimer", "default"};
    const std::string id = new_run_id(identity);
    EXPECT_TRUE(std::regex_match(id, std::regex("[0-9a-f]{4}-[0-9a-f]{8}"))) << id;
    EXPECT_TRUE(id.starts_with(run_prefix(identity)));
    EXPECT_NE(new_run_id(identity), id);
    EXPECT_EQ(run_prefix(identity), run_prefix({"pgprimer", "default"}));
    EXPECT_NE(run_prefix(identity), run_prefix({"pgprimer", "other"}));
    EXPECT_NE(run_prefix(identity), run_prefix({"other", "default"}));
}

TEST(Keys, AreOfEachLedgerAndPurpose) {
    std::set<std::int64_t> keys;
    for (const Identity& identity :
         {Identity{"a", "bc"}, Identity{"ab", "c"}, Identity{"a", ""}, Identity{"", "a"}, Identity{"pgprimer", "default"}}) {
        keys.insert(run_key(identity));
        keys.insert(work_key(identity));
        EXPECT_EQ(run_key(identity), run_key(identity));
    }
    keys.insert(globals_key());
    EXPECT_EQ(keys.size(), 11U);
}

TEST(Keys, StayTheSameFromVersionToVersion) {
    // Two releases that run at once have to meet at the same keys.
    const Identity identity;
    EXPECT_EQ(run_key(identity), 1529666803149571761);
    EXPECT_EQ(work_key(identity), 8628454164718532722);
    EXPECT_EQ(globals_key(), -2631185796312032580);
    EXPECT_EQ(run_prefix(identity), "be71-");
}

TEST(SessionName, IsCutToWhatPostgresKeeps) {
    EXPECT_EQ(session_name("9f3c-1a2b3c4d", "roles"), "pgprimer:9f3c-1a2b3c4d:roles");
    const std::string longest = session_name("9f3c-1a2b3c4d", std::string(200, 'x'));
    EXPECT_EQ(longest.size(), 63U);
    EXPECT_TRUE(longest.starts_with("pgprimer:9f3c-1a2b3c4d:xxx"));
    // Never inside a character.
    for (std::size_t before = 0; before < 4; ++before) {
        std::string step(before, 'x');
        for (int i = 0; i < 30; ++i) step += "\xE2\x82\xAC";
        const std::string name = session_name("9f3c-1a2b3c4d", step);
        EXPECT_LE(name.size(), 63U);
        EXPECT_GT(name.size(), 60U);
        EXPECT_EQ(printable(name), name);
    }
}

}  // namespace
}  // namespace pgprimer::ledger
