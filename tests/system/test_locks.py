"""Locks that others hold: a migration does not queue for long, is tried again alone, and says who is in its way."""
import time

import pytest

from plans import marker, marks
from support import Session, eventually

STEP = '[[step]]\nname = "m"\nmigrations = "m"\n'
ALTER = "ALTER TABLE busy ADD COLUMN extra int;\n"
QUEUE = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND relation = 'busy'::regclass"


def numbered(*texts):
    return {f"m/{number:03}_x.up.sql": text for number, text in enumerate(texts, 1)}


@pytest.fixture
def busy(plan):
    """A table that somebody else reads, in a transaction left open."""
    plan.write('[[step]]\nname = "before"\nsql = ["before.sql"]\n', {"before.sql": "CREATE TABLE busy (n int);\nCREATE TABLE other (n int);\n"}).ok()
    with Session(plan.url) as reader:
        reader.do("SET application_name = 'a slow report'; BEGIN; SELECT count(*) FROM busy")
        yield reader


def columns(plan):
    return plan.sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 'busy'")


@pytest.mark.parametrize("others", [False, True], ids=["alone", "in a pipeline"])
def test_a_migration_that_waits_is_rolled_back_and_tried_again_alone(plan, busy, others):
    files = numbered(marker(1), marker(2), marker(3) + ALTER, marker(4), marker(5)) if others else numbered(marker(3) + ALTER)
    process = plan.write(STEP + 'lock_timeout = "300ms"\n', files).start()
    eventually(lambda: process.err.count("(55P03)") + process.err.count("trying again") >= 2)
    assert marks(plan) == ([1, 2] if others else []) if others else plan.sql("SELECT to_regclass('mark')") == ""
    busy.do("COMMIT")
    result = process.wait()
    assert result.exit == 0, result
    assert marks(plan) == ([1, 2, 3, 4, 5] if others else [3]) and columns(plan) == "2"
    for number in (1, 3, 5) if others else (1,):
        assert result.err.count(f"00{number}_x.up.sql: new") == 1 and result.err.count(f"00{number}_x.up.sql: done in") == 1, result
    assert set(plan.states().values()) == {"done"}


def test_who_reads_is_not_stopped_by_a_migration_that_waits(plan, busy):
    """What queues behind it gets through: the longest wait is the limit."""
    process = plan.write(STEP + 'lock_timeout = "500ms"\n', numbered(ALTER)).start()
    with Session(plan.url) as client:
        longest, end = 0.0, time.monotonic() + 3
        while time.monotonic() < end:
            began = time.monotonic()
            client.do("SELECT count(*) FROM busy")
            longest = max(longest, time.monotonic() - began)
    assert process.running and 0.2 < longest < 2, longest
    busy.do("COMMIT")
    assert process.wait().exit == 0


def test_migrations_have_a_limit_by_themselves_and_psql_scripts_have_none(plan, busy):
    look = "CREATE TABLE {} AS SELECT current_setting('lock_timeout') AS l;\n"
    plan.write(STEP + '[[step]]\nname = "s"\nsql = ["s.sql"]\n[[step]]\nname = "e"\nmigrations = "e"\nlock_timeout = "0"\n',
               {**numbered(look.format("migrations"), "COMMIT;\n" + look.format("stepwise")), "s.sql": look.format("sql"), "e/1_x.up.sql": look.format("endless")}).ok()
    assert [plan.sql(f"SELECT l FROM {table}") for table in ("migrations", "stepwise", "sql", "endless")] == ["5s", "5s", "0", "0"]


def test_without_limit_it_waits(plan, busy):
    process = plan.write(STEP + 'lock_timeout = "0"\n', numbered(ALTER)).start()
    eventually(lambda: plan.sql(QUEUE) == "1")
    time.sleep(1)
    assert process.running and "55P03" not in process.err
    busy.do("COMMIT")
    assert process.wait().exit == 0


def test_it_gives_up_after_some_tries(plan, busy):
    result = plan.write(STEP + 'lock_timeout = "50ms"\n', numbered(marker(1), marker(2) + ALTER)).exits(1, "m/002_x.up.sql:3:1", "(55P03)", "rolled back, trying again", "(9 of 9)", "tried 10 times")
    assert result.err.count("trying again") == 9 and marks(plan) == [1], result
    busy.do("COMMIT")
    plan.ok()
    assert marks(plan) == [1, 2]


def test_retries_of_the_step_come_on_top(plan, busy):
    result = plan.write(STEP + 'lock_timeout = "20ms"\nretries = 1\n', numbered(ALTER)).exits(1, "(9 of 9)", "(1 of 1)")
    assert result.err.count("trying again") == 19, result


def test_the_steps_timeout_ends_the_tries(plan, busy):
    began = time.monotonic()
    plan.write(STEP + 'lock_timeout = "200ms"\ntimeout = "1s"\n', numbered(ALTER)).exits(1, "did not end within 1.0 s, the step's timeout")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("own", ["LOCK TABLE busy NOWAIT;\n", "SET lock_timeout = '100ms';\nLOCK TABLE busy;\n"], ids=["nowait", "set"])
def test_a_script_that_will_not_wait(plan, busy, own):
    """A migration is tried again; a psql script gets the error that it expects."""
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\n', {"s.sql": own}).exits(1, "55P03")
    process = plan.write(STEP, numbered(own + ALTER)).start()
    eventually(lambda: process.err.count("trying again") >= 1)
    busy.do("COMMIT")
    assert process.wait().exit == 0 and columns(plan) == "2"


@pytest.mark.parametrize("text", [
    "CREATE INDEX CONCURRENTLY i ON other (n);\n" + ALTER,
    "CREATE INDEX CONCURRENTLY i ON other (n);\nBEGIN;\nINSERT INTO other VALUES (1);\n" + ALTER + "COMMIT;\n",
], ids=["a statement", "a block"])
def test_a_stepwise_one_goes_on_at_the_statement_that_failed(plan, busy, text):
    process = plan.write(STEP + 'lock_timeout = "300ms"\n', numbered("INSERT INTO other VALUES (7);\nVACUUM other;\n", "INSERT INTO other VALUES (8);\n" + text)).start()
    # Building the index waits for the reader, too, as long as it is given.
    eventually(lambda: process.err.count("trying again") >= 1)
    busy.do("COMMIT")
    result = process.wait()
    assert result.exit == 0 and columns(plan) == "2", result
    assert plan.sql("SELECT n, count(*) FROM other GROUP BY 1 ORDER BY 1").splitlines() in (["7|1", "8|1"], ["1|1", "7|1", "8|1"])
    assert plan.sql("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname LIKE 'i%' AND c.relname !~ 'pg_' AND NOT indisvalid") == "0"


def test_a_stepwise_one_that_cannot_go_on_says_what_it_waited_for(plan, busy):
    """What stands before the statement lives in the session, which is gone: that is not what the user is to hear of."""
    text = "VACUUM other;\nCREATE TEMPORARY TABLE mine (n int);\n" + ALTER
    result = plan.write(STEP + 'lock_timeout = "100ms"\n', numbered(text)).exits(1, "m/001_x.up.sql:3:1", "55P03", "AccessExclusiveLock on busy")
    assert "lives in the session" not in result.err, result


def test_an_index_that_is_built_concurrently_has_time(plan, busy):
    """It waits for the transactions that are older, and nobody waits for it: the default limit would have it built in vain."""
    with Session(plan.url) as writer:
        writer.do("BEGIN; INSERT INTO other VALUES (1)")
        process = plan.write(STEP, numbered("CREATE INDEX CONCURRENTLY i ON other (n);\nCREATE TABLE after_it AS SELECT current_setting('lock_timeout') AS l;\n")).start()
        eventually(lambda: plan.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX CONC%'") == "1")
        time.sleep(6)
        assert process.running and "55P03" not in process.err, process.err
        writer.do("COMMIT")
        result = process.wait()
    assert result.exit == 0 and "55P03" not in result.err, result
    assert plan.sql("SELECT l FROM after_it") == "5s"


def test_what_the_role_sets_counts_where_the_step_says_nothing(server, plan, busy):
    name = plan.url.rpartition("/")[2]
    plan.sql(f"ALTER ROLE postgres IN DATABASE {name} SET lock_timeout = '7s'; ALTER ROLE postgres IN DATABASE {name} SET statement_timeout = '8s'")
    look = "CREATE TABLE {} AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s;\n"
    plan.write(STEP + '[[step]]\nname = "s"\nsql = ["s.sql"]\n[[step]]\nname = "e"\nmigrations = "e"\nlock_timeout = "0"\nstatement_timeout = "0"\n',
               {**numbered(look.format("migrations")), "s.sql": look.format("sql"), "e/1_x.up.sql": look.format("endless")}).ok()
    assert [plan.sql(f"SELECT * FROM {table}") for table in ("migrations", "sql", "endless")] == ["7s|8s", "7s|8s", "0|0"]


def pid_of(session):
    return session.do("SELECT pg_backend_pid()")


def test_the_message_names_who_is_in_the_way(plan, busy):
    pid = pid_of(busy)
    result = plan.write(STEP + 'lock_timeout = "150ms"\n', numbered(ALTER)).exits(
        1, f"AccessExclusiveLock on busy, behind pid {pid} (postgres, application \"a slow report\"", "idle in transaction, begun", "SELECT pg_backend_pid()",
        f"SELECT pg_terminate_backend({pid})", "lock_timeout of this step is 150 ms", f"behind pid {pid}")
    error = result.err[result.err.rindex("error: "):]
    for text in (f"behind pid {pid}", f"pg_terminate_backend({pid})", "lock_timeout", "m/001_x.up.sql:1:1", "55P03"):
        assert text in error, error


def test_who_is_in_the_way_is_said_while_it_waits(plan, busy):
    """Once, and again only where it goes on for long."""
    pid = pid_of(busy)
    process = plan.write(STEP + 'lock_timeout = "0"\n', numbered(ALTER)).start()
    eventually(lambda: f"m/001_x.up.sql: waits for AccessExclusiveLock on busy, behind pid {pid} (" in process.err)
    time.sleep(1.5)
    assert process.err.count("waits for") == 1, process.err
    busy.do("COMMIT")
    assert process.wait().exit == 0


def test_all_who_are_in_the_way_are_named(plan, busy):
    with Session(plan.url) as another:
        another.do("BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE")
        pids = sorted(int(pid_of(session)) for session in (busy, another))
        plan.write(STEP + 'lock_timeout = "100ms"\n', numbered(ALTER)).exits(
            1, f"behind pid {pids[0]}, {pids[1]}", f"SELECT pg_terminate_backend({pids[0]}), pg_terminate_backend({pids[1]})")


def test_a_prepared_transaction_in_the_way(own_server, tmp_path, run, start):
    from plans import Plan
    own_server.start(max_prepared_transactions=2)
    plan = Plan(tmp_path, own_server.database(), run, start)
    plan.write(STEP, numbered("CREATE TABLE busy (n int);\n")).ok()
    plan.sql("BEGIN; LOCK TABLE busy; PREPARE TRANSACTION 'forgotten one'")
    plan.write(STEP + 'lock_timeout = "100ms"\n', numbered("CREATE TABLE busy (n int);\n", ALTER)).exits(
        1, "a prepared transaction (of this database: 'forgotten one')", "ROLLBACK PREPARED")


def test_a_long_query_is_shortened_and_a_password_is_not_told(plan, busy):
    busy.do("SELECT " + "'all work and no play makes jack a dull boy', " * 20 + "1")
    result = plan.write(STEP + 'lock_timeout = "100ms"\n', numbered(ALTER)).exits(1, "SELECT 'all work and no play")
    assert "..." in result.err and result.err.count("dull boy") < 60
    busy.do("ALTER ROLE postgres SET work_mem = '4MB'; ALTER ROLE postgres PASSWORD NULL /* very-secret */; ROLLBACK; BEGIN; SELECT count(*) FROM busy, (SELECT 'password very-secret') x")
    result = plan.exits(1, "password ...")
    assert "very-secret" not in result.err, result


def test_a_hook_that_waits(plan, busy):
    """Its sessions are told by their application_name."""
    pid = pid_of(busy)
    process = plan.write('[[step]]\nname = "h"\nexec = ["psql", "-qc", "ALTER TABLE busy ADD COLUMN extra int"]\n').start()
    eventually(lambda: f"waits for AccessExclusiveLock on busy, behind pid {pid} (" in process.err)
    busy.do("COMMIT")
    assert process.wait().exit == 0 and columns(plan) == "2"


def test_a_statement_timeout_says_whose_it_is(plan, busy):
    sleep = "SELECT pg_sleep(5);\n"
    plan.write(STEP + 'statement_timeout = "300ms"\n', numbered(sleep)).exits(1, "57014", "m/001_x.up.sql:1", "statement_timeout of this step is 300 ms")
    pid = pid_of(busy)
    plan.write(STEP + 'statement_timeout = "400ms"\n', numbered(ALTER)).exits(1, "57014", "statement_timeout of this step is 400 ms",
                                                                              f"it was waiting for AccessExclusiveLock on busy, behind pid {pid}", f"pg_terminate_backend({pid})")
    plan.write(STEP, numbered("SET statement_timeout = '300ms';\n" + sleep)).exits(1, "57014", "statement_timeout is set by the script, its role")
    process = plan.write(STEP, numbered(sleep)).start()
    eventually(plan.sleeping)
    plan.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(5)%' AND pid <> pg_backend_pid()")
    result = process.wait()
    assert result.exit == 1 and "somebody cancelled it" in result.err, result


def test_the_steps_timeout_says_what_it_waited_for(plan, busy):
    pid = pid_of(busy)
    plan.write(STEP + 'lock_timeout = "0"\ntimeout = "1s"\n', numbered(ALTER)).exits(
        1, "did not end within 1.0 s, the step's timeout", f"it was waiting for AccessExclusiveLock on busy, behind pid {pid}", "set timeout for this step")
