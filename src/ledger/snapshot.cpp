#include "pgprimer/ledger/snapshot.hpp"

#include <charconv>

#include "pgprimer/base/text.hpp"

namespace pgprimer::ledger {
namespace {

constexpr int next_major = 100;  // within a major version upgrades only add
constexpr std::string_view way_on = "restore it from a dump; or make again what is missing: pgprimer repair --ledger";

template <class T>
T number(std::string_view text) {
    T value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// Every line has a kind and the same number of text columns.
std::string snapshot_sql(const Identity& identity, Units units) {
    const std::string s = quote_identifier(identity.schema), project = quote_literal(identity.project);
    const std::string nulls = "NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL";
    std::string sql = "SELECT 'ledger', l.version::text, l.schema_oid::text, n.oid::text, (SELECT count(*) FROM (SELECT FROM " + s +
                      ".primed LIMIT 1) p)::text, NULL,NULL,NULL,NULL," + nulls + " FROM " + s +
                      ".ledger l, pg_catalog.pg_namespace n WHERE n.nspname = " + quote_literal(identity.schema) +
                      " UNION ALL SELECT 'project', epoch::text, contact, NULL,NULL,NULL,NULL,NULL,NULL," + nulls + " FROM " + s +
                      ".project WHERE project = " + project +
                      " UNION ALL SELECT 'primed', x.* FROM (SELECT plan, run, at::text, host, version, NULL,NULL,NULL," + nulls + " FROM " + s +
                      ".primed WHERE project = " + project + " ORDER BY at DESC LIMIT 1) x" +
                      " UNION ALL SELECT 'step', step, item, name, digest, signature, t.schema, t.schema_oid::text, n.oid::text, t.at::text,"
                      "t.units::text,(SELECT count(*) FROM " +
                      s +
                      ".unit u WHERE u.project = t.project AND u.step = t.step AND u.item = t.item AND u.state IN ('done', 'baseline'))::text,"
                      "NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL FROM " +
                      s + ".step t LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema WHERE project = " + project;
    if (units != Units::none) {
        sql +=
            " UNION ALL SELECT 'unit', step, item, unit, kind, state, checksum, statement::text, line::text, verb, prefix, u.schema, u.schema_oid::text,"
            " n.oid::text, error, to_char(applied_at, 'YYYY-MM-DD HH24:MI:SS TZ'), run, ";
        sql += (units == Units::told ? "applied_by, host, u.version || ' ' || coalesce(extract(epoch FROM took)::text, '')" : "NULL, NULL, NULL") +
               std::string(" FROM ") + s + ".unit u LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema WHERE project = " + project;
    }
    return sql;
}

void take_unit(Snapshot& out, const pg::Rows& rows, int i, Units units) {
    const auto text = [&](int column) { return std::string(rows.at(i, column)); };
    plan::Record r;
    r.key = {text(1), text(2), text(3)};
    r.kind = text(4);
    r.state = plan::parse_state(rows.at(i, 5)).value_or(plan::State::failed);
    r.checksum = text(6);
    r.statement = number<int>(rows.at(i, 7));
    r.line = number<int>(rows.at(i, 8));
    r.verb = text(9);
    r.prefix = text(10);
    r.schema = text(11);
    r.schema_oid = number<std::uint32_t>(rows.at(i, 12));
    r.schema_oid_now = number<std::uint32_t>(rows.at(i, 13));
    r.error = text(14);
    r.applied_at = text(15);
    r.run = text(16);
    if (units == Units::records) {
        auto& of_step = out.units[r.key.step];
        of_step.push_back(std::move(r));
        return;
    }
    const auto parts = split(rows.at(i, 19), ' ');
    out.told.push_back({std::move(r), text(17), text(18), parts[0], parts.size() > 1 ? parts[1] : ""});
}

Snapshot fold(const pg::Rows& rows, Units units) {
    Snapshot out;
    out.exists = true;
    const auto at = [&](int i, int column) { return std::string(rows.at(i, column)); };
    for (int i = 0; i < rows.size(); ++i) {
        const std::string_view what = rows.at(i, 0);
        if (what == "ledger") {
            out.version = number<int>(rows.at(i, 1));
            out.restored = rows.at(i, 2) != rows.at(i, 3);
            out.any_final = rows.at(i, 4) != "0";
        } else if (what == "project") {
            out.epoch = number<std::int64_t>(rows.at(i, 1));
            out.contact = at(i, 2);
        } else if (what == "primed") {
            out.primed = FinalRow{at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5)};
        } else if (what == "step") {
            out.steps.push_back({at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), at(i, 6), at(i, 9), number<std::uint32_t>(rows.at(i, 7)),
                                 number<std::uint32_t>(rows.at(i, 8)), number<std::size_t>(rows.at(i, 10)), number<std::size_t>(rows.at(i, 11))});
        } else {
            take_unit(out, rows, i, units);
        }
    }
    return out;
}

}  // namespace

const StepRow* Snapshot::step(const std::string& id) const {
    for (const StepRow& row : steps) {
        if (row.step == id) return &row;
    }
    return nullptr;
}

std::vector<const plan::Record*> Snapshot::records() const {
    std::vector<const plan::Record*> out;
    for (const auto& [step, of_step] : units) {
        for (const auto& record : of_step) out.push_back(&record);
    }
    return out;
}

const std::vector<plan::Record>& Snapshot::records(const std::string& step_id) const {
    static const std::vector<plan::Record> none;
    const auto found = units.find(step_id);
    return found == units.end() ? none : found->second;
}

Task<Result<Snapshot>> read(pg::Connection& session, const Identity& identity, Units units, Deadline deadline) {
    auto rows = co_await session.query(snapshot_sql(identity, units), deadline);
    if (rows) {
        Snapshot out = fold(rows.value(), units);
        if (out.version > next_major) {
            co_return Diagnostic(Error::disagreement, "the ledger was made by a newer pgprimer (tables' version " + std::to_string(out.version) + ")")
                .with_hint("use that version's image");
        }
        if (out.version == 0) {
            co_return Diagnostic(Error::disagreement, "the ledger in schema \"" + identity.schema + "\" has lost its row in table \"ledger\"")
                .with_hint("it was edited by hand: " + std::string(way_on));
        }
        co_return out;
    }
    Diagnostic why = rows.error();
    // No table, no schema: there is none yet. Some tables, but not all: somebody else's schema, or an edited one.
    if (why.sqlstate == "42P01" || why.sqlstate == "3F000") {
        const std::string look =
            "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = " +
            quote_literal(identity.schema) + " AND c.relname IN ('ledger', 'project', 'unit', 'step', 'primed')";
        PGPRIMER_CO_TRY(const pg::Rows count, co_await session.query(look, deadline));
        if (count.at(0, 0) == "0") co_return Snapshot{};
        if (count.at(0, 0) == "5") co_return Diagnostic(Error::lost, "the ledger was being created");  // between the two queries: look again
        co_return Diagnostic(Error::disagreement, "schema \"" + identity.schema + "\" holds only some of the ledger's tables")
            .with_detail(why.message)
            .with_hint("is it another tool's? Then set [ledger] schema to another name. It was edited by hand? " + std::string(way_on));
    }
    if (why.sqlstate == "42703") {
        co_return Diagnostic(Error::disagreement, "the ledger in schema \"" + identity.schema + "\" is not as it was made")
            .with_detail(why.message)
            .with_hint("did another tool make these tables? Then set [ledger] schema to another name. They were edited by hand? " +
                       std::string(way_on));
    }
    if (why.sqlstate == "42501") {
        const std::string& user = session.address().user;
        co_return Diagnostic(Error::refused, "role \"" + user + "\" may not read the ledger in schema \"" + identity.schema + "\"")
            .with_detail(why.message)
            .with_hint("as its owner: GRANT USAGE ON SCHEMA " + quote_identifier(identity.schema) + " TO " + quote_identifier(user) +
                       "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + quote_identifier(identity.schema) + " TO " +
                       quote_identifier(user));
    }
    co_return why;
}

}  // namespace pgprimer::ledger
