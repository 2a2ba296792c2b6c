#include "marks.hpp"

#include <algorithm>

#include "names.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::migration {

Result<std::vector<Mark>> find_marks(const io::Files& files, const io::fs::path& path, std::string_view prefix, int* code) {
    PGPRIMER_TRY(const std::string content, io::read_all(files, path, largest_marked_file));
    std::vector<Mark> out;
    std::size_t begin = 0;
    int line = 1;
    if (code != nullptr) *code = 0;
    while (begin < content.size()) {
        const auto end = content.find('\n', begin);
        const std::size_t after = end == std::string::npos ? content.size() : end + 1;
        std::string_view text = trim(std::string_view(content).substr(begin, after - begin));
        if (line == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        if (text.starts_with("--")) {
            text = trim(text.substr(2));
            if (text.starts_with(prefix)) out.push_back({std::string(text), begin, after, line});
        } else if (code != nullptr && *code == 0 && !text.empty()) {
            *code = line;
        }
        begin = after;
        ++line;
    }
    return out;
}

bool any_marked(const io::Files& files, const io::fs::path& folder, std::span<const std::string> names, std::string_view prefix) {
    return std::ranges::any_of(names, [&](const std::string& file) {
        if (leading_digits(file).empty() || !file.ends_with(".sql")) return false;
        const auto marks = find_marks(files, folder / file, prefix);
        return marks && !marks->empty();
    });
}

}  // namespace pgprimer::migration
