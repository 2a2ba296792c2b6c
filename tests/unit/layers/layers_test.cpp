// Which module may include which, and which third-party header belongs to one module: read from the #include lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

Names operator+(Names left, const Names& right) {
    left.insert(right.begin(), right.end());
    return left;
}

const std::map<std::string, Names>& table() {
    static const std::map<std::string, Names> rows = [] {
        const Names below_steps = {"base", "event", "io", "config", "sql", "pg", "http", "process", "migration", "plan", "ledger", "script"};
        const Names below_engine = below_steps + Names{"steps"};
        return std::map<std::string, Names>{
            {"base", {}},
            {"event", {"base"}},
            {"io", {"base"}},
            {"config", {"base", "io"}},
            {"sql", {"base", "io"}},
            {"pg", {"base"}},
            {"http", {"base"}},
            {"process", {"base"}},
            {"migration", {"base", "io", "sql"}},
            {"plan", {"base", "config", "sql", "migration"}},
            {"ledger", {"base", "pg", "migration", "plan"}},
            {"script", {"base", "event", "io", "sql", "pg", "process"}},
            {"steps", below_steps},
            {"announce", {"base", "event", "io", "config", "pg", "http"}},
            {"engine", below_engine},
            {"cli", below_engine + Names{"announce", "engine"}},
        };
    }();
    return rows;
}

// A third-party header and the only module that may include it.
const std::vector<std::pair<std::string, std::string>> owners = {
    {"libpq-fe.h", "pg"}, {"boost/beast", "http"}, {"CLI/", "cli"}, {"spdlog/", "announce"}};

struct Include {
    std::string from;  // the file, relative to the repository
    std::string what;  // as written between the quotes or angle brackets
    bool quoted;
};

std::string module_of(const std::string& path) {
    static const std::regex form(R"(^(?:include/pgprimer|src)/([a-z]+)/.*)");
    std::smatch match;
    return std::regex_match(path, match, form) ? match[1].str() : "";
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

// A file that no other kind is named after serves all of its folder: context.hpp, look.hpp.
bool stands_for_a_kind(const std::string& name, const std::string& folder) {
    static const std::map<std::string, Names> kinds = {
        {"steps", {"script_step", "hook", "ensure", "expect", "flush", "snapshot"}},
        {"announce", {"log", "terminal", "github", "page", "ready_file", "readyz"}},
        {"cli",
         {"run", "serve", "wait", "healthcheck", "sql", "plan", "status", "check", "repair", "baseline", "import", "export", "revert", "install"}},
        {"migration", {"golang_migrate", "flyway", "dbmate", "goose", "plain"}},
    };
    const auto found = kinds.find(folder);
    return found != kinds.end() && found->second.contains(name);
}

std::optional<std::string> complaint(const Include& include) {
    const std::string from = module_of(include.from);
    if (from.empty()) { return std::nullopt; }  // main.cpp and the precompiled header
    for (const auto& [header, owner] : owners) {
        if (include.what.starts_with(header) && from != owner) {
            return include.from + " includes " + include.what + ", which only " + owner + " may";
        }
    }
    if (!include.what.starts_with("pgprimer/")) { return std::nullopt; }
    const std::string to = module_of("include/" + include.what);
    if (to == from) {
        const std::string self = stem(include.from);
        const std::string other = stem(include.what);
        if (self != other && stands_for_a_kind(self, from) && stands_for_a_kind(other, from)) {
            return include.from + " includes its sibling " + include.what;
        }
        return std::nullopt;
    }
    const auto row = table().find(from);
    if (row == table().end()) { return include.from + " is in a module that the table does not know"; }
    if (!row->second.contains(to)) { return include.from + " includes " + include.what + ": " + from + " may not know " + to; }
    return std::nullopt;
}

std::vector<Include> includes_of(const std::string& path, std::istream& text) {
    static const std::regex form(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
    std::vector<Include> found;
    for (std::string line; std::getline(text, line);) {
        std::smatch match;
        if (std::regex_match(line, match, form)) { found.push_back({path, match[2].str(), match[1].str() == "\""}); }
    }
    return found;
}

// A quoted name without a folder of ours is a private header beside the file.
Include resolved(Include include) {
    if (include.quoted && !include.what.starts_with("pgprimer/")) {
        const std::string beside = (fs::path(include.from).parent_path() / include.what).lexically_normal().generic_string();
        if (beside.starts_with("src/")) { include.what = "pgprimer/" + beside.substr(4); }
    }
    return include;
}

TEST(Layers, EveryIncludeIsAllowed) {
    const fs::path root = PGPRIMER_SOURCE_DIR;
    std::size_t files = 0;
    for (const char* folder : {"include", "src"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const std::string type = entry.path().extension().string();
            if (!entry.is_regular_file() || (type != ".hpp" && type != ".cpp" && type != ".c" && type != ".h")) { continue; }
            ++files;
            const std::string path = fs::relative(entry.path(), root).generic_string();
            std::ifstream text(entry.path());
            for (const auto& include : includes_of(path, text)) {
                const auto found = complaint(resolved(include));
                EXPECT_FALSE(found) << *found;
            }
        }
    }
    EXPECT_GT(files, 50U) << "the sources were not found";
}

TEST(Layers, TheTableHasNoCycle) {
    for (const auto& [name, below] : table()) {
        for (const auto& other : below) {
            ASSERT_TRUE(table().contains(other)) << name << " names " << other;
            EXPECT_FALSE(table().at(other).contains(name)) << name << " and " << other << " know each other";
        }
    }
}

TEST(Layers, AWrongArrowIsFound) {
    const std::vector<Include> wrong = {
        {"src/base/text.cpp", "pgprimer/io/files.hpp", true},
        {"include/pgprimer/plan/decide.hpp", "pgprimer/pg/connection.hpp", true},
        {"src/ledger/claim.cpp", "pgprimer/script/unit.hpp", true},
        {"src/engine/engine.cpp", "pgprimer/announce/log.hpp", true},
        {"src/steps/look.cpp", "pgprimer/engine/engine.hpp", true},
        {"src/script/x.cpp", "libpq-fe.h", false},
        {"src/cli/x.cpp", "boost/beast/core.hpp", false},
        {"src/engine/x.cpp", "spdlog/spdlog.h", false},
        {"src/config/x.cpp", "CLI/CLI.hpp", false},
        {"src/steps/ensure.cpp", "pgprimer/steps/flush.hpp", true},
        {"src/cli/status.cpp", "run.hpp", true},
        {"src/migration/dialect/goose.cpp", "dbmate.hpp", true},
        {"src/base/text.cpp", "../io/files.hpp", true},
        {"src/unheard/of.cpp", "pgprimer/base/text.hpp", true},
    };
    for (const auto& include : wrong) { EXPECT_TRUE(complaint(resolved(include))) << include.from << " -> " << include.what; }
}

TEST(Layers, ARightArrowIsNot) {
    const std::vector<Include> right = {
        {"src/io/files.cpp", "pgprimer/base/text.hpp", true},
        {"src/pg/connection.cpp", "libpq-fe.h", false},
        {"src/steps/ensure.cpp", "pgprimer/steps/ensure.hpp", true},
        {"src/steps/ensure.cpp", "context.hpp", true},
        {"src/main.cpp", "pgprimer/cli/main.hpp", true},
        {"src/base/text.cpp", "boost/asio/awaitable.hpp", false},
    };
    for (const auto& include : right) {
        const auto found = complaint(resolved(include));
        EXPECT_FALSE(found) << *found;
    }
}

}  // namespace
