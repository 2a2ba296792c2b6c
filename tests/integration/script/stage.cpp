#include "stage.hpp"

#include "pgprimer/base/text.hpp"

namespace pgprimer::script {
namespace {

Task<Result<void>> nothing(pg::Connection&, Deadline) { co_return Result<void>{}; }

}  // namespace

Stage::Stage(const std::string& script) {
    static int number = 0;
    database_ = "stage" + std::to_string(++number);
    address = server().address(database_);
    files.add("/s/a.sql", script);
    bus.add(heard);
    world.files = &files;
    world.bus = &bus;
    world.connect = [](pg::Address to, Deadline until) { return pg::Connection::open(std::move(to), until); };
    world.prepare = nothing;
    const auto make = [this]() -> Task<void> {
        pg::Connection boss = co_await connect(server().address());
        co_await ask(boss, "CREATE DATABASE " + database_);
        pg::Connection c = co_await connect(address);
        const auto made = co_await ask(
            c,
            "CREATE TABLE led (unit text PRIMARY KEY); CREATE TABLE progress (id serial, mark text, statement int, line int, verb text, prefix text);"
            "CREATE FUNCTION note(text, int, int, text, text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS"
            " 'INSERT INTO progress (mark, statement, line, verb, prefix) VALUES ($1, $2, $3, $4, $5)'");
        EXPECT_EQ(made, "");
    };
    test::run_task(make());
}

Unit Stage::unit(Mode mode) {
    Unit out;
    out.script.path = "/s/a.sql";
    out.script.name = "a.sql";
    auto surveyed = sql::survey(files, out.script);
    EXPECT_TRUE(surveyed) << surveyed.error().message;
    if (surveyed) out.survey = std::move(surveyed).value();
    out.step = "Step";
    out.mode = mode;
    out.claim = "INSERT INTO public.led VALUES ('a.sql')";
    out.progress = [](Mark mark, const Position& p) {
        const char* name = mark == Mark::started ? "started" : mark == Mark::partial ? "partial" : "done";
        return std::string("SELECT public.note('") + name + "', " + std::to_string(p.statement) + ", " + std::to_string(p.line) + ", " +
               quote_literal(p.verb) + ", " + quote_literal(p.prefix) + ")";
    };
    out.unsettled = [](const Position& p) { return Diagnostic(Error::disagreement, "what became of " + std::to_string(p.statement) + "?"); };
    out.called = "--step s --unit a.sql";
    out.guard = "SELECT 1";
    out.hold = "SELECT pg_catalog.pg_try_advisory_lock_shared(7)";
    out.let_go = "SELECT pg_catalog.pg_advisory_unlock_shared(7)";
    return out;
}

Result<Played> Stage::played(const Unit& unit) { return played(unit, address); }

Result<Played> Stage::played(const Unit& unit, pg::Address through) {
    const auto all = [&]() -> Task<Result<Played>> {
        PGPRIMER_CO_TRY(auto c, co_await pg::Connection::open(std::move(through), soon()));
        auto out = co_await play(unit, c, world, soon());
        if (c.alive()) { EXPECT_EQ(c.transaction_state(), pg::TransactionState::idle) << "a transaction was left open"; }
        round_trips = c.round_trips();
        co_return out;
    };
    return test::run_task(all());
}

std::string Stage::asked(const std::string& sql) {
    const auto all = [&]() -> Task<std::string> {
        pg::Connection c = co_await connect(address);
        co_return co_await ask(c, sql);
    };
    return test::run_task(all());
}

std::string Stage::progress() { return asked("SELECT mark || ' ' || statement || ':' || line || ' ' || verb FROM progress ORDER BY id"); }

std::optional<Position> Stage::last_position() {
    const auto all = [&]() -> Task<std::optional<Position>> {
        pg::Connection c = co_await connect(address);
        const auto rows =
            co_await c.query("SELECT statement, line, verb, prefix FROM progress WHERE mark = 'partial' ORDER BY id DESC LIMIT 1", soon());
        if (rows.value().size() == 0) co_return std::nullopt;
        Position out;
        out.statement = std::stoi(std::string(rows->at(0, 0)));
        out.line = std::stoi(std::string(rows->at(0, 1)));
        out.verb = rows->at(0, 2);
        out.prefix = rows->at(0, 3);
        co_return out;
    };
    return test::run_task(all());
}

void Stage::resume(Unit& unit) {
    unit.interrupted = asked("SELECT mark FROM progress ORDER BY id DESC LIMIT 1") == "started";
    unit.resume = last_position();
    if (!unit.interrupted) return;
    Position begun;
    begun.statement = std::stoi(asked("SELECT statement FROM progress ORDER BY id DESC LIMIT 1"));
    begun.prefix = asked("SELECT split_part(prefix, ' ', 2) FROM progress ORDER BY id DESC LIMIT 1");
    unit.resume = begun;
}

std::string told(const Result<Played>& played) {
    if (played)
        return "done " + std::to_string(played->statements) + (played->failures > 0 ? " failed " + std::to_string(played->failures) : "") +
               (played->left_home ? " left" : "");
    const Diagnostic& d = played.error();
    return to_string(d.place) + " " + d.sqlstate + " " + d.message;
}

void Heard::hear(const event::Event& event) {
    if (const auto* output = std::get_if<event::ScriptOutput>(&event)) lines.push_back("> " + output->text);
    if (const auto* notice = std::get_if<event::Notice>(&event))
        lines.push_back(to_string(notice->place) + " " + notice->severity + " " + notice->message);
    if (const auto* problem = std::get_if<event::Problem>(&event))
        lines.push_back(to_string(problem->diagnostic.place) + " " + problem->diagnostic.message);
}

}  // namespace pgprimer::script
