#include "pgprimer/io/glob.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "pgprimer/base/text.hpp"

namespace pgprimer::io {
namespace {

// {a,b} written out.
void expand_braces(const std::string& pattern, std::vector<std::string>& out) {
    const auto open = pattern.find('{');
    const auto close = open == std::string::npos ? open : pattern.find('}', open);
    if (close == std::string::npos) {
        out.push_back(pattern);
        return;
    }
    for (const auto& choice : split(std::string_view(pattern).substr(open + 1, close - open - 1), ',')) {
        expand_braces(pattern.substr(0, open) + choice + pattern.substr(close + 1), out);
    }
}

class Globber {
public:
    Globber(const Files& files, std::vector<std::string> parts) : files_(files), parts_(std::move(parts)) {}

    Result<void> walk(const fs::path& folder, std::size_t part) {
        if (part == parts_.size()) return {};
        const std::string& pattern = parts_[part];
        const bool last = part + 1 == parts_.size();
        if (pattern == "**") return walk_all(folder, part);
        if (!is_glob(pattern)) {
            const fs::path path = folder / pattern;
            const auto stat = files_.stat(path);
            if (!stat) return {};
            if (!last) return walk(path, part + 1);
            if (stat->type != Stat::Type::directory) found.push_back({path.string(), stat});
            return {};
        }
        const auto folder_stat = files_.stat(folder);
        if (!folder_stat || folder_stat->type != Stat::Type::directory) return {};
        PGPRIMER_TRY(const auto entries, files_.stats(folder));
        const std::string before = (folder / "").string();  // a path is costly to join, and there may be thousands
        for (const auto& [name, stat] : *entries) {
            if (fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) != 0) continue;
            const bool is_folder = stat && stat->type == Stat::Type::directory;
            if (!last && is_folder) PGPRIMER_CHECK(walk(folder / name, part + 1));
            if (last && !is_folder) found.push_back({before + name, stat});
        }
        return {};
    }

    std::vector<Match> found;

private:
    // `**`: this folder and all below it.
    Result<void> walk_all(const fs::path& folder, std::size_t part) {
        const auto folder_stat = files_.stat(folder);
        if (!folder_stat || folder_stat->type != Stat::Type::directory) return {};
        const auto here = std::pair(files_.real_path(folder), part);
        if (!on_the_way_.insert(here).second) return {};  // a link that leads back
        const bool last = part + 1 == parts_.size();
        if (!last) PGPRIMER_CHECK(walk(folder, part + 1));
        PGPRIMER_TRY(const auto entries, files_.stats(folder));
        const std::string before = (folder / "").string();
        for (const auto& [name, stat] : *entries) {
            if (name.starts_with('.') || name == "node_modules") continue;
            if (stat && stat->type == Stat::Type::directory) {
                if (!files_.stat(folder / name / "pyvenv.cfg")) PGPRIMER_CHECK(walk_all(folder / name, part));
            } else if (last) {
                found.push_back({before + name, stat});
            }
        }
        on_the_way_.erase(here);
        return {};
    }

    const Files& files_;
    std::vector<std::string> parts_;
    std::set<std::pair<fs::path, std::size_t>> on_the_way_;  // for each `**`
};

// The first name of each real path stays. The same real path is the same node: only of files of one node is it asked for, as that is a system call
// for each of its folders.
void drop_repeated(const Files& files, std::vector<Match>& matches) {
    using Node = std::pair<std::uint64_t, std::uint64_t>;  // device and inode
    std::vector<std::pair<Node, std::size_t>> nodes;
    nodes.reserve(matches.size());
    for (std::size_t i = 0; i < matches.size(); ++i)
        nodes.emplace_back(matches[i].stat ? Node(matches[i].stat->device, matches[i].stat->inode) : Node(), i);
    std::ranges::sort(nodes);
    for (std::size_t i = 0; i < nodes.size();) {
        std::set<fs::path> seen;
        const std::size_t first = i;
        const auto same = [&nodes, first](std::size_t at) { return at < nodes.size() && nodes[at].first == nodes[first].first; };
        if (!same(first + 1)) {
            ++i;
            continue;
        }
        for (; same(i); ++i) {
            std::string& path = matches[nodes[i].second].path;
            if (!seen.insert(files.real_path(path)).second) path.clear();
        }
    }
    std::erase_if(matches, [](const Match& one) { return one.path.empty(); });
}

}  // namespace

bool is_glob(std::string_view pattern) { return pattern.find_first_of("*?[{") != std::string_view::npos; }

Result<std::vector<Match>> glob(const Files& files, const fs::path& folder, std::string_view pattern) {
    std::vector<Match> all;
    const fs::path literal = folder / pattern;
    if (const auto stat = files.stat(literal); stat && stat->type != Stat::Type::directory) return std::vector<Match>{{literal.string(), stat}};
    std::vector<std::string> patterns;
    expand_braces(std::string(pattern), patterns);
    for (const auto& one : patterns) {
        if (one.ends_with('/')) continue;  // folders only
        std::vector<std::string> parts;
        fs::path start = one.starts_with('/') ? fs::path("/") : folder;
        for (const auto& part : split(one, '/')) {
            if (part.empty() || part == ".") continue;
            parts.push_back(part);
        }
        Globber globber(files, std::move(parts));
        PGPRIMER_CHECK(globber.walk(start, 0));
        std::ranges::move(globber.found, std::back_inserter(all));
    }
    std::ranges::sort(all, {}, &Match::path);
    drop_repeated(files, all);
    return all;
}

}  // namespace pgprimer::io
