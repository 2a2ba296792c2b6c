"""Statements that no transaction covers, cut off in the middle: what the catalogue tells is settled without anybody."""
import os
import shutil
import signal

import pytest

from plans import Plan, marks
from support import Session, eventually, name_of

# pgprimer dies and its backend with it; pgprimer dies and the backend ends what it does; the backend alone dies, so that the same run goes on.
KILLED = ["both", "client", "backend"]
STEP = '[[step]]\nname = "s"\nsql = ["s.sql"]\n'
MARK = "CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\n"


def interrupt(plan, server, killed, statement, blocker, before=""):
    """A run of s.sql, MARK and then the statement, that is killed while the statement waits for what `blocker` does in its transaction; then what
    goes on must end well, each row of mark once."""
    plan.write(STEP, {"s.sql": MARK + before + statement + ";\nINSERT INTO mark VALUES (2);\n"})
    if blocker:
        plan.sql(MARK.replace("VALUES (1)", "SELECT 1 WHERE false").replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS") + before)
        plan.add({"s.sql": "INSERT INTO mark VALUES (1);\n" + statement + ";\nINSERT INTO mark VALUES (2);\n"})
    with Session(plan.url) as session:
        session.do("BEGIN; " + blocker)
        process = plan.start()
        words = statement.split("\n")[0][:30]
        eventually(lambda: plan.sleeping(words) and server.waiting_for_lock(plan.url), message=lambda: process.err)
        assert plan.states() == {("s", "s.sql"): "started"}
        if killed != "backend":
            process.kill()
        if killed != "client":
            server.kill_backends(f"datname = '{name_of(plan.url)}' AND query LIKE '{words}%'")
        if killed == "backend":
            eventually(lambda: "connection lost" in process.err)
        session.do("ROLLBACK")
    result = process.wait() if killed == "backend" else plan.run()
    assert result.exit == 0, result
    assert "was interrupted: " in result.err, result
    assert marks(plan) == [1, 2]
    plan.ok("nothing to do")
    return result


@pytest.mark.parametrize("killed", KILLED)
@pytest.mark.parametrize("statement", ["CREATE INDEX CONCURRENTLY i ON mark (n)", 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I x" ON public.mark (n)'])
def test_an_index(plan, server, killed, statement):
    result = interrupt(plan, server, killed, statement, "INSERT INTO mark VALUES (0)")
    assert plan.sql("SELECT indisvalid FROM pg_index WHERE indrelid = 'mark'::regclass") == "t"
    if killed != "client":
        assert "dropped the invalid index public." in result.err and "executing it again" in result.err, result


@pytest.mark.parametrize("how", ["stopped", "timeout"])
def test_an_index_of_a_run_that_ends_by_itself(plan, how):
    plan.write(STEP + ('timeout = "500ms"\n' if how == "timeout" else ""), {"s.sql": "CREATE INDEX CONCURRENTLY i ON mark (n);\n"}).sql(MARK)
    with Session(plan.url) as session:
        session.do("BEGIN; INSERT INTO mark VALUES (0)")
        process = plan.start()
        eventually(lambda: plan.sleeping("CREATE INDEX CONC"))
        if how == "stopped":
            process.signal(signal.SIGTERM)
        result = process.wait(10)
        assert result.exit == (143 if how == "stopped" else 1), result
        session.do("ROLLBACK")
    assert plan.state("s", "s.sql") == "started"
    plan.ok("dropped the invalid index public.i")
    assert plan.sql("SELECT indisvalid FROM pg_index WHERE indrelid = 'mark'::regclass") == "t"


def test_an_index_elsewhere_in_the_search_path(plan, server):
    """Names are looked up as the statement looked them up; an invalid index of somebody else stays."""
    plan.sql("CREATE SCHEMA app; CREATE TABLE app.mark (n int); CREATE TABLE mark (n int); INSERT INTO mark VALUES (7), (7)")
    assert plan.sql("CREATE UNIQUE INDEX CONCURRENTLY i ON public.mark (n)", check=False).exit != 0
    plan.write(STEP, {"s.sql": "SET search_path = app;\nCREATE INDEX CONCURRENTLY i ON mark (n);\nINSERT INTO mark VALUES (1);\n"})
    with Session(plan.url) as session:
        session.do("BEGIN; INSERT INTO app.mark VALUES (0)")
        process = plan.start()
        eventually(lambda: plan.sleeping("CREATE INDEX CONC"))
        process.kill()
        server.kill_backends(f"datname = '{name_of(plan.url)}' AND query LIKE 'CREATE INDEX%'")
        session.do("ROLLBACK")
    plan.ok("dropped the invalid index app.i")
    assert plan.sql("SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid::regclass::text LIKE '%mark' ORDER BY 2") == "i|f\napp.i|t"


@pytest.mark.parametrize("killed", KILLED)
def test_an_index_that_is_dropped(plan, server, killed):
    interrupt(plan, server, killed, "DROP INDEX CONCURRENTLY i", "SELECT FROM mark; INSERT INTO mark VALUES (0)", "CREATE INDEX i ON mark (n);\n")
    assert plan.sql("SELECT to_regclass('i') IS NULL") == "t"


@pytest.mark.parametrize("killed", KILLED)
@pytest.mark.parametrize("statement", ["REINDEX INDEX CONCURRENTLY i", "REINDEX TABLE CONCURRENTLY mark", "REINDEX (VERBOSE) SCHEMA CONCURRENTLY public"])
def test_reindex(plan, server, killed, statement):
    before = "ALTER TABLE mark ADD COLUMN t text;\nCREATE INDEX i ON mark (n);\n"
    result = interrupt(plan, server, killed, statement, "INSERT INTO mark VALUES (0)", before)
    assert killed == "client" or "dropped the index public.i_ccnew" in result.err, result
    left = "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indexrelid::regclass::text ~ '_cc(new|old)' OR indrelid = 'mark'::regclass"
    assert plan.sql(left) == "1|t"


def test_a_leftover_of_a_toast_table(plan):
    """Made by hand: an invalid index in pg_toast, as an interrupted REINDEX TABLE CONCURRENTLY leaves it."""
    plan.write(STEP, {"s.sql": "CREATE TABLE t (a text);\nCREATE INDEX i_ccnew ON t (a);\nREINDEX TABLE CONCURRENTLY t;\n"}).ok()
    plan.sql("SET allow_system_table_mods = on; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i_ccnew'::regclass")
    plan.sql("UPDATE pgprimer.unit SET state = 'started'; DELETE FROM pgprimer.step")
    plan.ok("dropped the index public.i_ccnew")
    assert plan.sql("SELECT to_regclass('i_ccnew') IS NULL") == "t"


@pytest.mark.parametrize("killed", KILLED)
def test_a_partition_that_is_detached(plan, server, killed):
    before = "CREATE TABLE p (n int) PARTITION BY LIST (n);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);\n"
    interrupt(plan, server, killed, "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", "SELECT FROM p", before)
    assert plan.sql("SELECT count(*) FROM pg_inherits") == "0"


@pytest.mark.parametrize("killed", ["both", "backend"])
def test_vacuum(plan, server, killed):
    interrupt(plan, server, killed, "VACUUM mark", "LOCK TABLE mark IN SHARE UPDATE EXCLUSIVE MODE")


@pytest.mark.parametrize("killed", ["both", "backend"])
@pytest.mark.parametrize("statement", ["CREATE DATABASE {0}_new TEMPLATE {0}_old", "DROP DATABASE {0}_old"])
def test_databases(plan, server, killed, statement):
    """Both wait some seconds for the sessions of others."""
    name = name_of(plan.url)
    server.psql(f"CREATE DATABASE {name}_old")
    statement = statement.format(name)
    plan.write(STEP, {"s.sql": MARK + statement + ";\nINSERT INTO mark VALUES (2);\n"})
    with Session(server.url(name + "_old")) as session:
        session.do("SELECT 1")
        process = plan.start()
        eventually(lambda: plan.sleeping(statement[:15]))
        if killed == "both":
            process.kill()
        server.kill_backends(f"query LIKE '{statement}%'")
        session.close()
    result = process.wait() if killed == "backend" else plan.run()
    assert result.exit == 0 and "it had no effect, executing it again" in result.err, result
    assert marks(plan) == [1, 2]
    for made in (name + "_new", name + "_old"):
        server.psql(f"DROP DATABASE IF EXISTS {made}")


DEAD = "CREATE SUBSCRIPTION dead CONNECTION 'dbname=nothing' PUBLICATION p WITH (connect = false, slot_name = NONE)"
PREPARE = "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'one'"
# Those that end too soon to be cut off: what is done before them, and what makes it as if they had not begun.
STATEMENTS = [
    ("CREATE INDEX CONCURRENTLY i ON t (a)", [], ["DROP INDEX i"]),
    ("DROP INDEX CONCURRENTLY i", ["CREATE INDEX i ON t (a)"], ["CREATE INDEX i ON t (a)"]),
    ("CREATE DATABASE {db}_x", [], ["DROP DATABASE {db}_x"]),
    ("CREATE TABLESPACE {db}_s LOCATION '{folder}'", [], ["DROP TABLESPACE {db}_s"]),
    ("CREATE SUBSCRIPTION s CONNECTION 'dbname=nothing' PUBLICATION p WITH (connect = false)", [], ["ALTER SUBSCRIPTION s SET (slot_name = NONE)", "DROP SUBSCRIPTION s"]),
    ("DROP SUBSCRIPTION dead", [DEAD], [DEAD]),
    ("COMMIT PREPARED 'one'", [PREPARE], [PREPARE]),
    ("ALTER SYSTEM SET work_mem = '5MB'", [], ["ALTER SYSTEM RESET work_mem"]),
    ("REINDEX TABLE CONCURRENTLY t", [], []),
]


@pytest.fixture
def prepared(own_server, run, start, tmp_path):
    own_server.start(max_prepared_transactions="5")
    return Plan(tmp_path, own_server.database(), run, start)


@pytest.mark.parametrize("when", ["ended", "not begun"])
def test_the_moments_between_a_statement_and_its_record(own_server, prepared, when):
    folder = own_server.folder / "space"
    folder.mkdir()
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    names = {"db": name_of(prepared.url), "folder": folder}
    prepared.sql("CREATE TABLE t (a int); CREATE PUBLICATION p FOR TABLE t")
    for number, (statement, before, undo) in enumerate(STATEMENTS):
        statement = statement.format(**names)
        for one in before:
            prepared.sql(one)
        prepared.write(f'[[step]]\nname = "s{number}"\nsql = ["s{number}.sql"]\n', {f"s{number}.sql": statement + ";\n"}).ok()
        prepared.sql(f"UPDATE pgprimer.unit SET state = 'started' WHERE step = 's{number}'; DELETE FROM pgprimer.step")
        for one in undo if when == "not begun" else []:
            prepared.sql(one.format(**names))
        repeats = statement.startswith(("ALTER SYSTEM", "REINDEX"))
        says = "executing it again, which does no harm" if repeats else "it took effect" if when == "ended" else "it had no effect, executing it again"
        assert f"was interrupted: {says}" in prepared.ok().err, statement
        prepared.ok("nothing to do")
        for one in undo if undo != before else []:
            prepared.sql(one.format(**names))


def test_an_index_that_the_server_refuses_leaves_nothing(plan):
    """A duplicate makes the build fail and the index invalid: IF NOT EXISTS would take that for the index."""
    plan.write(STEP, {"s.sql": "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);\n"})
    plan.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    plan.exits(1, "could not create unique index", "dropped the invalid index public.i, which it had left")
    assert plan.sql("SELECT to_regclass('i') IS NULL") == "t"
    plan.sql("DELETE FROM t")
    plan.ok()
    assert plan.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == "t"


def test_an_index_without_a_name_is_put_before_the_user(plan, server):
    plan.write(STEP, {"s.sql": "CREATE INDEX CONCURRENTLY ON mark (n);\n"}).sql(MARK)
    with Session(plan.url) as session:
        session.do("BEGIN; INSERT INTO mark VALUES (0)")
        process = plan.start()
        eventually(lambda: plan.sleeping("CREATE INDEX CONC"))
        process.kill()
        server.kill_backends(f"datname = '{name_of(plan.url)}' AND query LIKE 'CREATE INDEX%'")
        session.do("ROLLBACK")
    plan.exits(5, "s.sql:1", "its end was never recorded", "pgprimer repair --mark-not-done --step s --unit s.sql")
    plan.sql("DROP INDEX mark_n_idx")
    plan.ok(arguments=["repair", "--mark-not-done", "--step", "s", "--unit", "s.sql", "--yes"])
    plan.ok()
    assert plan.sql("SELECT indisvalid FROM pg_index WHERE indrelid = 'mark'::regclass") == "t"


def test_a_statement_that_has_changed_since_is_not_looked_up(plan):
    plan.write(STEP, {"s.sql": "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\n"}).ok()
    plan.sql("UPDATE pgprimer.unit SET state = 'started', prefix = 'one two'; DELETE FROM pgprimer.step")
    plan.exits(5, "what stands before that has changed since", "pgprimer repair --accept --step s --unit s.sql")
    plan.ok(arguments=["repair", "--accept", "--step", "s", "--unit", "s.sql", "--yes"])
    plan.ok("it took effect")


def test_plan_tells_it_and_changes_nothing(plan):
    plan.write(STEP, {"s.sql": "CREATE TABLE t (a int);\nVACUUM t;\n"}).ok()
    plan.sql("UPDATE pgprimer.unit SET state = 'started'; DELETE FROM pgprimer.step")
    told = plan.ok("interrupted in statement 2 (line 2: VACUUM): looks what became of it, and goes on", arguments=["plan"])
    assert "resume" in told.out, told
    assert plan.state("s", "s.sql") == "started"
    plan.ok("interrupted in statement 2 (line 2: VACUUM), of which the end is not recorded: the next run looks", arguments=["status"])
