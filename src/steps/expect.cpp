#include "pgprimer/steps/expect.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "expect_catalog.hpp"
#include "expect_queries.hpp"
#include "pgprimer/base/text.hpp"

namespace pgprimer::steps {
namespace {

struct Names {
    std::map<std::string, std::vector<std::string>> of;  // by kind
    std::map<std::string, std::string> as_sql;           // of relations: with quotes where SQL needs them

    [[nodiscard]] const std::vector<std::string>& at(const std::string& kind) const { return of.at(kind); }
    [[nodiscard]] std::string relation(const std::string& name) const { return as_sql.contains(name) ? as_sql.at(name) : name; }
};

Diagnostic finding_at(const Place& place, std::string message) {
    Diagnostic diagnostic(Error::failed, std::move(message));
    diagnostic.place = place;
    return diagnostic;
}

void blame_somebody(Diagnostic& diagnostic, const Blame& blame, const char* kind, const std::string& name) {
    const std::string who = blame ? blame(kind, name) : "";
    if (!who.empty()) diagnostic.message += "; " + who + " should have made it";
}

// "a, b and 3 more"
std::string shortened(const std::string& names) {
    const auto all = split(names, ',');
    if (all.size() <= 6) return names;
    std::vector<std::string> some;
    for (std::size_t i = 0; i < 5; ++i) some.emplace_back(trim(all[i]));
    return join(some, ", ") + " and " + std::to_string(all.size() - some.size()) + " more";
}

Diagnostic relation_missing(const Located<std::string>& wanted, const CatalogFinding& found, const Names& names) {
    Diagnostic diagnostic = finding_at(wanted.place, "relation " + *wanted + " does not exist");
    const auto name = parse_name(*wanted);
    if (!found.elsewhere.empty()) {
        const bool several = found.elsewhere.find(',') != std::string::npos;
        diagnostic.hint = name->name + " exists in schema" + (several ? "s " : " ") + shortened(found.elsewhere);
        if (name->schema.empty()) diagnostic.hint += std::string(", ") + (several ? "none of which is" : "which is not") + " in the search_path";
    } else if (const auto near = nearest(name->display(), names.at("relation"))) {
        diagnostic.hint = "there is " + names.relation(*near);
    }
    return diagnostic;
}

Diagnostic column_missing(const Located<std::string>& wanted, const CatalogFinding& found, const Names& names) {
    const auto name = parse_column(*wanted);
    if (!found.relation_found) {
        Diagnostic diagnostic = finding_at(wanted.place, "column " + *wanted + " does not exist: there is no relation " + name->relation.display());
        if (const auto near = nearest(name->relation.display(), names.at("relation"))) diagnostic.hint = "there is " + names.relation(*near);
        return diagnostic;
    }
    Diagnostic diagnostic = finding_at(wanted.place, "column " + *wanted + " does not exist");
    std::vector<std::string> columns;
    for (const std::string& column : split(found.elsewhere, ',')) columns.emplace_back(trim(column));
    const auto near = nearest(name->column, columns);
    if (near)
        diagnostic.hint = name->relation.display() + " has " + as_written(*near);
    else
        diagnostic.hint = found.elsewhere.empty() ? name->relation.display() + " has no columns"
                                                  : name->relation.display() + " has the columns " + shortened(found.elsewhere);
    return diagnostic;
}

Diagnostic named_missing(const char* kind, const Located<std::string>& wanted, const Names& names) {
    Diagnostic diagnostic = finding_at(wanted.place, std::string(kind) + " " + *wanted + " does not exist");
    if (const auto near = nearest(*wanted, names.at(kind))) {
        diagnostic.hint = std::string("there is ") + *near;
    } else if (std::string_view(kind) == "extension") {
        const auto& available = names.at("available");
        diagnostic.message = "extension " + *wanted + " is not installed in this database";
        if (std::ranges::find(available, *wanted) != available.end()) {
            diagnostic.hint = "the server has it: CREATE EXTENSION, or [[step.ensure.extension]], installs it";
        } else if (const auto nearly = nearest(*wanted, available)) {
            diagnostic.hint = "the server does not have it; it has " + *nearly;
        }
    }
    return diagnostic;
}

Diagnostic setting_differs(const std::string& name, const Located<std::string>& wanted, const CatalogFinding& found, const Names& names) {
    if (found.actual) return finding_at(wanted.place, "setting " + name + " is \"" + *found.actual + "\", expected \"" + *wanted + "\"");
    Diagnostic diagnostic = finding_at(wanted.place, "setting " + name + " is not set, or not for this role to see");
    if (const auto near = nearest(name, names.at("setting"))) diagnostic.hint = "there is " + *near;
    return diagnostic;
}

Diagnostic describe(const CatalogFinding& found, const config::Expect& expected, const Blame& blame, const Names& names) {
    Diagnostic diagnostic;
    std::string name;
    const auto named = [&](const std::vector<Located<std::string>>& list) {
        name = *list[found.index];
        return named_missing(to_string(found.kind), list[found.index], names);
    };
    switch (found.kind) {
        case Expected::relation:
            name = *expected.relations[found.index];
            diagnostic = relation_missing(expected.relations[found.index], found, names);
            break;
        case Expected::column:
            name = *expected.columns[found.index];
            diagnostic = column_missing(expected.columns[found.index], found, names);
            break;
        case Expected::extension: diagnostic = named(expected.extensions); break;
        case Expected::role: diagnostic = named(expected.roles); break;
        case Expected::schema: diagnostic = named(expected.schemas); break;
        case Expected::setting: {
            const auto& [setting, value] = expected.settings[found.index];
            return setting_differs(setting, value, found, names);
        }
    }
    const bool lacks_relation = found.kind == Expected::column && !found.relation_found;
    if (lacks_relation)
        blame_somebody(diagnostic, blame, "relation", parse_column(name)->relation.sql());
    else
        blame_somebody(diagnostic, blame, to_string(found.kind), name);
    return diagnostic;
}

}  // namespace

Task<Result<std::vector<Diagnostic>>> look_expect(pg::Connection& session, config::Expect expected, Blame blame, Deadline deadline) {
    std::vector<Diagnostic> findings = malformed_names(expected);
    std::vector<CatalogFinding> missing;
    const std::string sql = catalog_sql(expected);
    if (!sql.empty()) {
        PGPRIMER_CO_TRY(const pg::Rows rows, co_await session.query(sql, deadline));
        missing = read_findings(rows, expected);
    }
    if (!missing.empty()) {
        Names names{{{"relation", {}}, {"extension", {}}, {"available", {}}, {"role", {}}, {"schema", {}}, {"setting", {}}}, {}};
        const std::string near_sql = names_sql();
        PGPRIMER_CO_TRY(const pg::Rows rows, co_await session.query(near_sql, deadline));
        for (int i = 0; i < rows.size(); ++i) {
            names.of[std::string(rows.at(i, 0))].emplace_back(rows.at(i, 1));
            if (!rows.is_null(i, 2)) names.as_sql.emplace(rows.at(i, 1), rows.at(i, 2));
        }
        std::ranges::sort(missing, {}, [](const CatalogFinding& f) { return std::tuple(f.kind, f.index); });
        for (const CatalogFinding& found : missing) findings.push_back(describe(found, expected, blame, names));
    }
    if (!expected.queries.empty()) {
        PGPRIMER_CO_TRY(auto failed, co_await ask_queries(session, expected.queries, deadline));
        std::ranges::move(failed, std::back_inserter(findings));
    }
    co_return findings;
}

std::size_t count_expectations(const config::Expect& expected) {
    return expected.relations.size() + expected.columns.size() + expected.extensions.size() + expected.roles.size() + expected.schemas.size() +
           expected.settings.size() + expected.queries.size();
}

Diagnostic fold_findings(std::vector<Diagnostic> findings, std::size_t expectations) {
    Diagnostic all(Error::failed, std::to_string(findings.size()) + " of " + std::to_string(expectations) +
                                      (expectations == 1 ? " expectation does not hold" : " expectations do not hold"));
    all.more = std::move(findings);
    return all;
}

}  // namespace pgprimer::steps
