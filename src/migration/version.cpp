#include "pgprimer/migration/version.hpp"

#include <algorithm>

#include "pgprimer/base/text.hpp"

namespace pgprimer::migration {
namespace {

std::string_view without_zeros(std::string_view digits) {
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    return digits;
}

int compare(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    const std::size_t parts = std::max(a.size(), b.size());
    for (std::size_t i = 0; i < parts; ++i) {
        const auto x = without_zeros(i < a.size() ? std::string_view(a[i]) : "0");
        const auto y = without_zeros(i < b.size() ? std::string_view(b[i]) : "0");
        if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
        if (const int c = x.compare(y); c != 0) return c;
    }
    return 0;
}

}  // namespace

bool before(const Version& a, const Version& b) {
    if (a.repeatable != b.repeatable) return b.repeatable;
    if (a.repeatable) return a.name < b.name;
    return compare(a.order, b.order) < 0;
}

bool same_version(const Version& a, const Version& b) {
    if (a.repeatable || b.repeatable) return a.repeatable == b.repeatable && a.id == b.id;
    return compare(a.order, b.order) == 0;
}

std::string same_key(const Version& version) {
    if (version.repeatable) return version.id;
    std::string out;
    std::size_t parts = version.order.size();
    while (parts > 1 && without_zeros(version.order[parts - 1]) == "0") --parts;
    for (std::size_t i = 0; i < parts; ++i) out += (i > 0 ? "." : "") + std::string(without_zeros(version.order[i]));
    return out;
}

bool is_called(const Version& version, std::string_view text) {
    if (text == version.id || text == version.up.name) return true;
    const bool digits = !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
    return digits && !version.repeatable && compare(version.order, split(text, '.')) == 0;
}

}  // namespace pgprimer::migration
