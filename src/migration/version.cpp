#include "pgprimer/migration/version.hpp"

#include <algorithm>
#include <string_view>

namespace pgprimer::migration {
namespace {

std::string_view without_zeros(std::string_view digits) {
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    return digits;
}

int compare(const Version& a, const Version& b) {
    const std::size_t parts = std::max(a.order.size(), b.order.size());
    for (std::size_t i = 0; i < parts; ++i) {
        const auto x = without_zeros(i < a.order.size() ? std::string_view(a.order[i]) : "0");
        const auto y = without_zeros(i < b.order.size() ? std::string_view(b.order[i]) : "0");
        if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
        if (const int c = x.compare(y); c != 0) return c;
    }
    return 0;
}

}  // namespace

bool before(const Version& a, const Version& b) {
    if (a.repeatable != b.repeatable) return b.repeatable;
    if (a.repeatable) return a.name < b.name;
    return compare(a, b) < 0;
}

bool same_version(const Version& a, const Version& b) {
    if (a.repeatable || b.repeatable) return a.repeatable == b.repeatable && a.id == b.id;
    return compare(a, b) == 0;
}

}  // namespace pgprimer::migration
