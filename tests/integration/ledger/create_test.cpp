#include <gtest/gtest.h>

#include "server.hpp"

namespace pgprimer::ledger {
namespace {

Task<void> create_once(Identity identity, int& made) {
    pg::Connection c = co_await connect();
    const auto done = co_await create(c, identity, soon());
    EXPECT_TRUE(done) << done.error().sqlstate << " " << done.error().message;
    made += done.has_value() ? 1 : 0;
}

TEST(Create, TenAtOnceMakeOneLedger) {
    for (const bool has_schema : {false, true}) {
        for (int round = 0; round < 4; ++round) {
            const Identity identity{"ten" + std::to_string(round) + (has_schema ? "s" : ""), "p"};
            int made = 0;
            const auto play = [&]() -> Task<void> {
                pg::Connection c = co_await connect();
                if (has_schema) co_await ask(c, "CREATE SCHEMA " + identity.schema);
                std::vector<Task<void>> all;
                for (int i = 0; i < 10; ++i) all.push_back(create_once(identity, made));
                co_await when_all(std::move(all));
                EXPECT_EQ(co_await ask(c, "SELECT count(*) FROM " + identity.schema + ".ledger"), "1");
                const auto snapshot = co_await read(c, identity, Units::records, soon());
                EXPECT_TRUE(snapshot && snapshot->exists && !snapshot->restored);
            };
            run_task(play());
            EXPECT_EQ(made, 10);
        }
    }
}

TEST(Create, WithoutTheRightIsRefusedWithWhatToGrant) {
    const auto play = []() -> Task<void> {
        pg::Connection boss = co_await connect();
        const Identity identity{"nobodys", "p"};
        co_await ask(boss, "CREATE ROLE nobody LOGIN");
        pg::Connection c = co_await connect(server().address("postgres", "nobody"));
        const auto done = co_await create(c, identity, soon());
        EXPECT_EQ(done.error().error, Error::refused);
        EXPECT_EQ(done.error().sqlstate, "42501");
        EXPECT_THAT(done.error().hint, HasSubstr("CREATE SCHEMA \"nobodys\" AUTHORIZATION \"nobody\""));
        co_await ask(boss, "CREATE SCHEMA nobodys AUTHORIZATION nobody");  // as the hint says
        const auto again = co_await create(c, identity, soon());
        EXPECT_TRUE(again) << again.error().message;
        co_await ask(c, "SET default_transaction_read_only = on");
        const auto read_only = co_await create(c, identity, soon());
        EXPECT_EQ(read_only.error().error, Error::refused);
        EXPECT_EQ(read_only.error().sqlstate, "25006");
    };
    run_task(play());
}

TEST(Create, GrantsServeAnotherRole) {
    const auto play = []() -> Task<void> {
        const Identity identity{"granted", "p"};
        pg::Connection boss = co_await connect();
        co_await make_ledger(boss, identity);
        co_await ask(boss, "CREATE ROLE \"an app\" LOGIN");
        pg::Connection c = co_await connect(server().address("postgres", "an app"));
        const auto refused = co_await read(c, identity, Units::records, soon());
        EXPECT_EQ(refused.error().error, Error::refused);
        EXPECT_THAT(refused.error().hint, HasSubstr("GRANT USAGE ON SCHEMA \"granted\" TO \"an app\""));
        co_await ask(boss, grant_sql(identity, "an app"));
        const auto snapshot = co_await read(c, identity, Units::records, soon());
        EXPECT_TRUE(snapshot) << snapshot.error().message;
        const auto record = a_record();
        const ledger::Run run{"r", 1, "h", "1.0"};
        EXPECT_EQ(co_await ask(c, claim_sql(identity, run, record, expects_nothing())), "");
        EXPECT_EQ(co_await ask(c, "SELECT applied_by FROM granted.unit"), "an app");
    };
    run_task(play());
}

TEST(Read, TellsWhatThereIs) {
    const auto play = []() -> Task<void> {
        const Identity identity{"read", "p"};
        const ledger::Run run{"r-1", 1, "host", "1.0"};
        pg::Connection c = co_await connect();
        auto s = co_await read(c, identity, Units::records, soon());
        EXPECT_TRUE(s && !s->exists && !s->epoch && !s->primed && s->units.empty());
        EXPECT_TRUE((co_await create(c, identity, soon())).has_value());
        const auto before = c.round_trips();
        s = co_await read(c, identity, Units::records, soon());
        EXPECT_EQ(c.round_trips() - before, 1U);
        EXPECT_TRUE(s && s->exists && !s->epoch && !s->restored && !s->any_final);
        EXPECT_EQ(s->version, layout_version);
        co_await ask(c, "INSERT INTO read.project (project, epoch, contact) VALUES ('p', 1, 'empty'), ('other', 9, 'filled')");
        auto record = a_record("it's");
        record.state = plan::State::partial;
        record.statement = 3;
        record.line = 12;
        record.verb = "CREATE TABLE";
        record.prefix = "abc";
        co_await ask(c, "CREATE SCHEMA app");
        co_await ask(c, "SET search_path = app");
        EXPECT_EQ(co_await ask(c, claim_sql(identity, run, record, expects_nothing())), "");
        Final final;
        final.plan_id = "plan";
        final.seconds = 1.5;
        final.steps = {{"step", "Step", "d", "s", "app"}};
        final.timings = {{record.key, 0.25}};
        EXPECT_EQ(co_await ask(c, final_sql(identity, run, final)), "");
        s = co_await read(c, identity, Units::records, soon());
        EXPECT_EQ(s->epoch, 1);
        EXPECT_EQ(s->contact, "empty");
        EXPECT_TRUE(s->any_final && s->primed);
        EXPECT_EQ(s->primed->plan + s->primed->run + s->primed->host + s->primed->version, "planr-1host1.0");
        EXPECT_EQ(s->steps.size(), 1U);
        const StepRow& step = *s->step("step");
        EXPECT_EQ(step.name + step.digest + step.signature + step.schema, "Stepdsapp");
        EXPECT_NE(step.schema_oid, 0U);
        EXPECT_EQ(step.schema_oid, step.schema_oid_now);
        EXPECT_EQ(s->records("step").size(), 1U);
        EXPECT_TRUE(s->told.empty() && s->records("none").empty());
        s = co_await read(c, identity, Units::told, soon());
        EXPECT_TRUE(s->told.size() == 1 && s->units.empty());
        const Told& unit = s->told.at(0);
        EXPECT_EQ(unit.record.key, record.key);
        EXPECT_EQ(unit.record.state, plan::State::partial);
        EXPECT_EQ(unit.record.statement, 3);
        EXPECT_EQ(unit.record.line, 12);
        EXPECT_EQ(unit.record.verb + unit.record.prefix + unit.record.schema + unit.record.run, "CREATE TABLEabcappr-1");
        EXPECT_EQ(unit.applied_by + unit.host + unit.version, "postgreshost1.0");
        EXPECT_THAT(unit.took, ::testing::StartsWith("0.25"));
        s = co_await read(c, identity, Units::none, soon());
        EXPECT_TRUE(s->units.empty());
        const Identity other_project{"read", "other"};
        s = co_await read(c, other_project, Units::records, soon());
        EXPECT_EQ(s->epoch, 9);
        EXPECT_TRUE(s->any_final && !s->primed && s->units.empty() && s->steps.empty());
        co_await ask(c, "DROP SCHEMA app; CREATE SCHEMA app");
        s = co_await read(c, identity, Units::records, soon());
        EXPECT_NE(s->records("step").at(0).schema_oid, s->records("step").at(0).schema_oid_now);
        co_await ask(c, "DROP SCHEMA app");
        s = co_await read(c, identity, Units::records, soon());
        EXPECT_EQ(s->records("step").at(0).schema_oid_now, 0U);
        EXPECT_FALSE(s->restored);
        co_await ask(c, "UPDATE read.ledger SET schema_oid = 1");
        s = co_await read(c, identity, Units::records, soon());
        EXPECT_TRUE(s->restored);
    };
    run_task(play());
}

TEST(Read, AnEditedLedgerIsADisagreement) {
    const auto play = []() -> Task<void> {
        const Identity identity{"edited", "p"};
        pg::Connection c = co_await connect();
        co_await make_ledger(c, identity);
        const auto said = [&](std::string sql) -> Task<std::string> {
            co_await ask(c, std::move(sql));
            const auto s = co_await read(c, identity, Units::records, soon());
            co_return s ? "exists " + std::to_string(s->exists) : std::to_string(exit_status(s.error())) + " " + s.error().message;
        };
        EXPECT_EQ(co_await said("UPDATE edited.ledger SET version = 101"), "5 the ledger was made by a newer pgprimer (tables' version 101)");
        EXPECT_EQ(co_await said("UPDATE edited.ledger SET version = 100"), "exists 1");
        EXPECT_EQ(co_await said("DELETE FROM edited.ledger"), "5 the ledger in schema \"edited\" has lost its row in table \"ledger\"");
        EXPECT_EQ(co_await said("DROP TABLE edited.primed"), "5 schema \"edited\" holds only some of the ledger's tables");
        EXPECT_EQ(co_await said("DROP SCHEMA edited CASCADE; CREATE SCHEMA edited; CREATE TABLE edited.theirs ()"), "exists 0");
    };
    run_task(play());
}

}  // namespace
}  // namespace pgprimer::ledger
