#pragma once
#include <utility>
#include <vector>

#include "pgprimer/script/pset.hpp"
#include "pgprimer/sql/meta.hpp"

namespace pgprimer::script {

// \pset and what is short for it: \a \C \f \H \t \T \x. Error::failed where psql has no such option or value.
Result<void> shape(const sql::Meta& meta, pg::PrintOptions& options);

// What \g has in parentheses: (format=csv null='-'), the words that hold it, and what follows.
struct GOptions {
    std::vector<std::pair<std::string, std::optional<std::string>>> pairs;
    std::string target;
};
Result<GOptions> g_options(const std::vector<std::string>& arguments);

}  // namespace pgprimer::script
