#include "pgprimer/migration/version.hpp"

#include <gtest/gtest.h>

#include "pgprimer/base/text.hpp"

namespace pgprimer::migration {
namespace {

Version of(const std::string& id) {
    Version out;
    out.id = id;
    out.repeatable = id.starts_with("R__");
    if (out.repeatable)
        out.name = id.substr(3);
    else
        out.order = split(id, '.');
    return out;
}

TEST(Order, IsNumericByPartAndRepeatablesComeLast) {
    const std::vector<std::string> ids{"0",    "1",   "1.1", "1.2", "1.10", "2", "9", "10", "20240131120000", "99999999999999999999999999",
                                       "R__a", "R__b"};
    for (std::size_t i = 0; i < ids.size(); ++i) {
        for (std::size_t k = 0; k < ids.size(); ++k) {
            EXPECT_EQ(before(of(ids[i]), of(ids[k])), i < k) << ids[i] << " and " << ids[k];
            EXPECT_EQ(same_version(of(ids[i]), of(ids[k])), i == k) << ids[i] << " and " << ids[k];
            EXPECT_EQ(same_key(of(ids[i])) == same_key(of(ids[k])), i == k) << ids[i] << " and " << ids[k];
        }
    }
}

TEST(Order, TakesNoCountOfZeros) {
    const std::pair<const char*, const char*> pairs[] = {{"1", "01"}, {"1", "1.0"}, {"1.0.0", "1"}, {"1.02", "1.2"}, {"0", "000"}};
    for (const auto& [a, b] : pairs) {
        EXPECT_TRUE(same_version(of(a), of(b))) << a << " and " << b;
        EXPECT_EQ(same_key(of(a)), same_key(of(b))) << a << " and " << b;
        EXPECT_FALSE(before(of(a), of(b)) || before(of(b), of(a))) << a << " and " << b;
    }
}

TEST(Names, OfAVersionByAPerson) {
    Version version = of("000020");
    version.up.name = "migrations/000020_parcels.up.sql";
    for (const char* name : {"000020", "20", "0020", "migrations/000020_parcels.up.sql"}) EXPECT_TRUE(is_called(version, name)) << name;
    for (const char* name : {"", "2", "200", "20_parcels", "x"}) EXPECT_FALSE(is_called(version, name)) << name;
}

}  // namespace
}  // namespace pgprimer::migration
