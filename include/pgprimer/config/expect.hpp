#pragma once
#include <map>
#include <string>
#include <vector>

#include "pgprimer/base/place.hpp"

namespace pgprimer::config {

// `expect = {...}`: what must be there. Names may be schema-qualified; else they are looked up by the search_path.
struct Expect {
    std::vector<Located<std::string>> relations;
    std::vector<Located<std::string>> columns;  // "table.column" or "schema.table.column"
    std::vector<Located<std::string>> extensions;
    std::vector<Located<std::string>> roles;
    std::vector<Located<std::string>> schemas;
    std::vector<std::pair<std::string, Located<std::string>>> settings;  // name, value
    std::vector<Located<std::string>> queries;                           // one row, one column, true
};

}  // namespace pgprimer::config
