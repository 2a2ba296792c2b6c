#include "handles.hpp"
#include "pgprimer/pg/connection.hpp"

namespace pgprimer::pg {
namespace {

const PGresult* get(const void* result) { return static_cast<const PGresult*>(result); }

}  // namespace

void Rows::Clear::operator()(void* result) const { PQclear(static_cast<PGresult*>(result)); }

Rows::Rows() = default;
Rows::Rows(void* pg_result) : result_(pg_result) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

int Rows::size() const { return result_ ? PQntuples(get(result_.get())) : 0; }
int Rows::columns() const { return result_ ? PQnfields(get(result_.get())) : 0; }
bool Rows::is_null(int row, int column) const { return !result_ || PQgetisnull(get(result_.get()), row, column) != 0; }

std::string_view Rows::at(int row, int column) const {
    if (!result_ || row >= size() || column >= columns()) return {};
    return {PQgetvalue(get(result_.get()), row, column), static_cast<std::size_t>(PQgetlength(get(result_.get()), row, column))};
}

std::string Rows::column_name(int column) const {
    const char* name = result_ ? PQfname(get(result_.get()), column) : nullptr;
    return name == nullptr ? "" : name;
}

unsigned Rows::column_type(int column) const { return result_ ? PQftype(get(result_.get()), column) : 0; }
int Rows::column_modifier(int column) const { return result_ ? PQfmod(get(result_.get()), column) : -1; }
bool Rows::has_table() const { return result_ && PQresultStatus(get(result_.get())) == PGRES_TUPLES_OK; }
std::string Rows::row_count() const { return result_ ? PQcmdTuples(static_cast<PGresult*>(result_.get())) : ""; }
std::string Rows::command_tag() const { return result_ ? PQcmdStatus(static_cast<PGresult*>(result_.get())) : ""; }

Rows Rows::emptied() const { return Rows(result_ ? PQcopyResult(get(result_.get()), PG_COPYRES_ATTRS) : nullptr); }

bool Rows::append(const Rows& other) {
    if (!result_) return false;
    auto* into = static_cast<PGresult*>(result_.get());
    const int begin = size();
    for (int row = 0; row < other.size(); ++row) {
        for (int column = 0; column < other.columns(); ++column) {
            const std::string_view value = other.at(row, column);
            const bool null = other.is_null(row, column);
            if (PQsetvalue(into, begin + row, column, null ? nullptr : const_cast<char*>(value.data()), null ? -1 : static_cast<int>(value.size())) ==
                0)
                return false;
        }
    }
    return true;
}

}  // namespace pgprimer::pg
