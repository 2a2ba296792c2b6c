#include "lines.hpp"

namespace pgprimer::process {

void Lines::feed(std::string_view bytes) {
    while (true) {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos) break;
        const auto line = bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        if (kept_.empty() && line.size() <= piece) {
            emit(line, false);
            continue;
        }
        append(line);
        emit(kept_, false);
        kept_.clear();
    }
    append(bytes);
}

// A full piece goes out only once more of its line has come: the last piece is not `continued`.
void Lines::append(std::string_view bytes) {
    while (kept_.size() + bytes.size() > piece) {
        const auto taken = piece - kept_.size();
        kept_.append(bytes.substr(0, taken));
        bytes.remove_prefix(taken);
        emit(kept_, true);
        kept_.clear();
    }
    kept_.append(bytes);
}

void Lines::finish() {
    if (!kept_.empty()) emit(kept_, false);
    kept_.clear();
}

}  // namespace pgprimer::process
