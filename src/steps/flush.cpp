#include "pgprimer/steps/flush.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

// All tables, with why they are not the user's; then the foreign keys between any two of them. Partitions stand for their topmost table.
std::string survey_sql(const std::string& ledger_schema) {
    return "SELECT 'table', n.nspname::text, c.relname::text, c.relkind::text, (" + not_users_sql(ledger_schema) +
           ")::text, CASE WHEN c.relispartition THEN (SELECT pg_catalog.format('%s.%s', rn.nspname, r.relname)"
           " FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace"
           " WHERE r.oid = pg_catalog.pg_partition_root(c.oid)) END,"
           " CASE WHEN c.relkind = 'p' AND NOT c.relispartition THEN (SELECT pg_catalog.min(pg_catalog.format('%s.%s', fn.nspname, f.relname))"
           " FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class f ON f.oid = t.relid"
           " JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace WHERE f.relkind = 'f') END"
           " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
           " WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_(catalog|toast|temp)' AND n.nspname <> 'information_schema'"
           " UNION ALL "
           "SELECT DISTINCT 'reference', an.nspname::text, a.relname::text, bn.nspname::text, b.relname::text, k.conname::text, NULL::text"
           " FROM pg_catalog.pg_constraint k"
           " JOIN pg_catalog.pg_class a ON a.oid = coalesce(pg_catalog.pg_partition_root(k.conrelid), k.conrelid)"
           " JOIN pg_catalog.pg_namespace an ON an.oid = a.relnamespace"
           " JOIN pg_catalog.pg_class b ON b.oid = coalesce(pg_catalog.pg_partition_root(k.confrelid), k.confrelid)"
           " JOIN pg_catalog.pg_namespace bn ON bn.oid = b.relnamespace"
           " WHERE k.contype = 'f' AND k.conparentid = 0"
           " ORDER BY 1 DESC, 2, 3, 4, 5, 6";
}

std::string reason(std::string_view why) {
    if (why == "ledger") return "pgprimer's ledger";
    if (why == "tool") return "another tool's ledger";
    if (why == "extension") return "belongs to an extension";
    return "not a user's table";
}

struct Table {
    Name name;
    bool partitioned = false;
    std::string why;      // why it is not the user's, or ""
    std::string root;     // of a partition, for people
    std::string foreign;  // a partition of it that is a foreign table, for people
    bool named = false;   // in keep
};

struct Reference {
    Name from, to;
    std::string constraint;
};

struct Survey {
    std::vector<Table> tables;
    std::vector<Reference> references;
};

Survey read(const pg::Rows& rows) {
    Survey survey;
    const auto text = [&rows](int row, int column) { return std::string(rows.at(row, column)); };
    for (int i = 0; i < rows.size(); ++i) {
        if (rows.at(i, 0) == "table") {
            survey.tables.push_back({{text(i, 1), text(i, 2)}, rows.at(i, 3) == "p", text(i, 4), text(i, 5), text(i, 6), false});
        } else {
            survey.references.push_back({{text(i, 1), text(i, 2)}, {text(i, 3), text(i, 4)}, text(i, 5)});
        }
    }
    return survey;
}

// Marks what `keep` names; each name is one of any schema where it has none.
void mark_kept(Survey& survey, const std::vector<std::string>& keep, std::vector<Diagnostic>& errors) {
    for (const std::string& wanted : keep) {
        const auto folded = parse_name(wanted);
        const Name exact{"", wanted};  // as written, for mixed-case names without quotes
        bool found = false;
        for (Table& table : survey.tables) {
            const auto is = [&table](const Name& name) {
                return name.name == table.name.name && (name.schema.empty() || name.schema == table.name.schema);
            };
            if (!is(exact) && !(folded && is(*folded))) continue;
            found = true;
            table.named = true;
            if (!table.root.empty()) {
                errors.push_back(Diagnostic(Error::failed, "flush cannot keep " + table.name.display() + ": it is a partition of " + table.root +
                                                               ", which is emptied as a whole")
                                     .with_hint("keep " + table.root + " instead"));
            }
        }
        if (found) continue;
        std::vector<std::string> names;
        const bool qualified = folded && !folded->schema.empty();
        for (const Table& table : survey.tables) names.push_back(qualified ? table.name.display() : table.name.name);
        Diagnostic error(Error::failed, "flush.keep names " + printable(wanted) + ", but there is no such table");
        if (const auto near = nearest(folded ? folded->display() : wanted, names))
            error.hint = "did you mean " + *near + "?";
        else
            error.hint = "take the name out of keep, or put the flush after the step that makes the table";
        errors.push_back(std::move(error));
    }
}

bool contains(const std::vector<FlushTable>& tables, const Name& name) {
    return std::ranges::any_of(tables, [&name](const FlushTable& table) { return table.name == name; });
}

void check_references(const Survey& survey, const FlushPlan& plan, std::vector<Diagnostic>& errors) {
    for (const Reference& reference : survey.references) {
        if (!contains(plan.truncated, reference.to) || contains(plan.truncated, reference.from)) continue;
        const auto kept = std::ranges::find_if(plan.kept, [&](const FlushKept& table) { return table.name == reference.from; });
        const std::string why = kept == plan.kept.end() ? "kept" : "kept: " + kept->why;
        errors.push_back(Diagnostic(Error::failed, "flush cannot empty " + reference.to.display() + ": " + reference.from.display() + " (" + why +
                                                       ") references it by foreign key " + reference.constraint)
                             .with_detail("TRUNCATE ... CASCADE would empty " + reference.from.display() + " as well, so it is never used")
                             .with_hint("add " + reference.to.display() + " to keep, or take " + reference.from.display() + " out of it"));
    }
}

}  // namespace

Task<Result<FlushPlan>> look_flush(pg::Connection& session, config::Flush wanted, std::string ledger_schema, Deadline deadline) {
    const std::string sql = survey_sql(ledger_schema);
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await session.query(sql, deadline));
    Survey survey = read(rows);
    std::vector<Diagnostic> errors;
    mark_kept(survey, wanted.keep, errors);
    FlushPlan plan;
    for (const Table& table : survey.tables) {
        if (!table.root.empty()) continue;
        if (!table.why.empty()) {
            plan.kept.push_back({table.name, reason(table.why)});
        } else if (table.named) {
            plan.kept.push_back({table.name, "named in keep"});
        } else if (!table.foreign.empty()) {
            errors.push_back(Diagnostic(Error::failed, "flush cannot empty " + table.name.display() + ": its partition " + table.foreign +
                                                           " is a foreign table, and another server's data is not ours to empty")
                                 .with_hint("add " + table.name.display() + " to keep"));
        } else {
            plan.truncated.push_back({table.name, table.partitioned});
        }
    }
    check_references(survey, plan, errors);
    if (errors.empty()) co_return plan;
    for (Diagnostic& error : errors) error.place = wanted.place;
    Diagnostic first = std::move(errors.front());
    first.more.assign(std::make_move_iterator(errors.begin() + 1), std::make_move_iterator(errors.end()));
    co_return first;
}

std::string truncate_sql(const FlushPlan& plan) {
    std::vector<std::string> names;
    names.reserve(plan.truncated.size());
    // ONLY: without it the tables that inherit from one of these would be emptied too, kept or not. Partitioned ones refuse ONLY.
    for (const FlushTable& table : plan.truncated) names.push_back((table.partitioned ? "" : "ONLY ") + table.name.sql());
    return names.empty() ? "" : "TRUNCATE TABLE " + join(names, ", ") + " RESTART IDENTITY";
}

}  // namespace pgprimer::steps
