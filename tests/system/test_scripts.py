"""sql steps: when a file runs again, whole or stepwise, what is resumed, what a body may do to its session."""
import gzip
import threading

import pytest

from plans import marker, marks
from support import Session, eventually, psql

STEP = '[[step]]\nname = "s"\nsql = ["s.sql"]\n'


@pytest.mark.parametrize("rerun,after_change,after_nothing", [("once", 1, 1), ("changed", 2, 1), ("always", 2, 2)])
def test_rerun(plan, rerun, after_change, after_nothing):
    plan.write(STEP + f'rerun = "{rerun}"\n', {"s.sql": marker(1)})
    plan.ok()
    plan.ok()
    assert len(marks(plan)) == after_nothing
    before = len(marks(plan))
    plan.add({"s.sql": marker(1) + "-- changed\n"})
    result = plan.ok()
    assert len(marks(plan)) - before == after_change - 1
    if rerun == "once":
        assert "s.sql changed since it ran" in result.err and 'rerun = "once" leaves it' in result.err, result


def test_line_ends_and_a_bom_are_no_change(plan):
    plan.write(STEP, {"s.sql": marker(1)})
    plan.ok()
    plan.add({"s.sql": b"\xef\xbb\xbf" + marker(1).replace("\n", "\r\n").encode()})
    plan.ok("nothing to do")


def test_an_included_file_counts(plan):
    plan.write(STEP, {"s.sql": "\\ir parts/one.sql\n", "parts/one.sql": "\\ir two.sql\n", "parts/two.sql": marker(1)})
    plan.ok()
    plan.ok("nothing to do")
    plan.add({"parts/two.sql": marker(2)})
    plan.ok("its content changed")
    assert marks(plan) == [1, 2]


def test_one_of_several_files_changes(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["*.sql"]\n', {"1.sql": marker(1), "2.sql": marker(2), "10.sql": marker(10)})
    plan.ok()
    plan.add({"2.sql": marker(22)})
    plan.ok("2.sql: its content changed", "1 applied, 2 unchanged")
    assert marks(plan) == [1, 2, 10, 22]


# What the survey makes of a file, and what is said.
STEPWISE = {
    "own transactions": ("BEGIN; CREATE TABLE mark (n int); COMMIT; BEGIN; INSERT INTO mark VALUES (1); COMMIT;\n", "stepwise"),
    "vacuum": ("CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\nVACUUM ANALYZE mark;\n", "VACUUM"),
    "create database": ("CREATE TABLE mark (n int); INSERT INTO mark VALUES (1);\nDROP DATABASE IF EXISTS steps_other;\nCREATE DATABASE steps_other;\nDROP DATABASE steps_other;\n", "DATABASE"),
    "concurrently": ("CREATE TABLE mark (n int); INSERT INTO mark VALUES (1);\nCREATE INDEX CONCURRENTLY i ON mark (n);\n", "CONCURRENTLY"),
    "connect": ("CREATE TABLE mark (n int);\n\\connect -\nINSERT INTO mark VALUES (1);\n", "stepwise"),
    "enum value used": ("CREATE TYPE e AS ENUM ('a');\nALTER TYPE e ADD VALUE 'b';\nCREATE TABLE mark (n int, v e);\nINSERT INTO mark VALUES (1, 'b');\n", None),
    "read-only transaction": ("BEGIN READ ONLY; SELECT 1; COMMIT;\nSET TRANSACTION READ ONLY;\nCREATE TABLE mark (n int); INSERT INTO mark VALUES (1);\n", "read-only"),
    "read-only, wrapped": ("CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\nSET TRANSACTION READ ONLY;\n", "read-only"),
    "discard all": ("CREATE TABLE mark (n int);\nDISCARD ALL;\nINSERT INTO mark VALUES (1);\n", "DISCARD"),
    "procedure commits": ("CREATE TABLE mark (n int);\nDO $$ BEGIN INSERT INTO mark VALUES (1); COMMIT; END $$;\n", "stepwise"),
}


@pytest.mark.parametrize("name", STEPWISE)
def test_stepwise_where_it_must_be(plan, name):
    sql, says = STEPWISE[name]
    plan.write(STEP, {"s.sql": sql})
    planned = plan.json("plan")["actions"][0]
    result = plan.ok()
    if says:
        assert planned["mode"].startswith("stepwise: ") and says in planned["mode"], planned
    assert ("stepwise" if says else "55P04") in result.err, result
    assert "WARNING: you don't own a lock" not in result.err
    assert marks(plan) == [1]
    plan.ok("nothing to do")


@pytest.mark.parametrize("sql", ["CREATE TABLE mark (n int); INSERT INTO mark VALUES (1);", "BEGIN;\nCREATE TABLE mark (n int); INSERT INTO mark VALUES (1);\nCOMMIT;\n",
                                 "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE mark (n int);\nINSERT INTO mark SELECT 1 WHERE current_setting('transaction_isolation') = 'serializable';\nEND;\n"],
                         ids=["plain", "wrapped", "options kept"])
def test_whole(plan, sql):
    plan.write(STEP, {"s.sql": sql + "\n"})
    assert plan.json("plan")["actions"][0]["mode"] == "whole"
    plan.ok()
    assert marks(plan) == [1]


def test_the_server_refuses_it_as_a_whole(plan):
    """An enum's new value is not usable in its transaction: rolled back, run stepwise, said so."""
    plan.sql("CREATE TYPE e AS ENUM ('a')")
    plan.write(STEP, {"s.sql": "CREATE TABLE mark (n int);\nALTER TYPE e ADD VALUE 'b';\nINSERT INTO mark SELECT 1 WHERE 'b'::e IS NOT NULL;\n"})
    plan.ok("55P04", "statement by statement")
    assert marks(plan) == [1]


def test_whole_forced_stays_whole(plan):
    plan.write(STEP + 'transaction = "whole"\n', {"s.sql": "CREATE TABLE mark (n int);\nVACUUM mark;\n"})
    plan.exits(1, "25001", "s.sql:2")
    assert plan.sql("SELECT to_regclass('mark') IS NULL") == "t"


def interrupted(plan):
    """A stepwise script that failed at its third statement."""
    plan.write(STEP + 'transaction = "stepwise"\n', {"s.sql": "CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\nSELECT 1/0;\nINSERT INTO mark VALUES (2);\n"})
    plan.exits(1, "division by zero", "s.sql:3")
    assert marks(plan) == [1]


def test_a_stepwise_script_goes_on_where_it_ended(plan):
    interrupted(plan)
    assert plan.state("s", "s.sql") == "partial"
    plan.add({"s.sql": "CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\nSELECT 1/1;\nINSERT INTO mark VALUES (2);\n"})
    plan.ok("interrupted after statement 2")
    assert marks(plan) == [1, 2]
    assert plan.state("s", "s.sql") == "done"


def test_a_changed_prefix_is_not_resumed(plan):
    interrupted(plan)
    plan.add({"s.sql": "CREATE TABLE mark (n bigint);\nINSERT INTO mark VALUES (1);\nINSERT INTO mark VALUES (2);\n"})
    plan.exits(5, "has changed since", "pgprimer repair --accept --step s --unit s.sql", "--start-over", "baseline")
    assert marks(plan) == [1]


@pytest.mark.parametrize("lives", ["CREATE TEMP TABLE t (n int)", "PREPARE p AS SELECT 1"])
def test_what_lives_in_the_session_is_not_resumed(plan, lives):
    plan.write(STEP + 'transaction = "stepwise"\n', {"s.sql": f"CREATE TABLE mark (n int);\n{lives};\nSELECT 1/0;\n"})
    plan.exits(1, "division by zero")
    plan.add({"s.sql": f"CREATE TABLE mark (n int);\n{lives};\nSELECT 1;\n"})
    plan.exits(5, "lives in the session")


def test_settings_before_the_place_are_made_again(plan):
    text = "CREATE SCHEMA other;\nSET search_path = other;\nCREATE TABLE mark (n int);\nSELECT 1/0;\nINSERT INTO mark VALUES (1);\n"
    plan.write(STEP + 'transaction = "stepwise"\n', {"s.sql": text})
    plan.exits(1, "division by zero")
    plan.add({"s.sql": text.replace("1/0", "1/1")})
    plan.ok()
    assert marks(plan, "other.mark") == [1]


BODIES = {
    "set role": "SET ROLE script_role;\nSET search_path = public;\nSELECT 1;\n",
    "set session authorization": "SET SESSION AUTHORIZATION script_role;\nSELECT 1;\n",
    "read-only default": "SET default_transaction_read_only = on;\nSELECT 1;\n",
    "set transaction": "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE t (n int);\n",
    "read-only transaction": "SET TRANSACTION READ ONLY;\nSELECT 1;\n",
    "search_path emptied": "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t (n int);\n",
    "timeouts": "SET statement_timeout = '1s';\nSET lock_timeout = '1s';\nSET idle_in_transaction_session_timeout = '1s';\nSELECT 1;\n",
}


@pytest.mark.parametrize("mode", ["automatic", "whole", "stepwise"])
@pytest.mark.parametrize("body", BODIES)
def test_what_a_body_does_to_its_session_stays_there(server, plan, body, mode):
    """The row is written, and the next file finds a session as new."""
    if server.psql("SELECT 1 FROM pg_roles WHERE rolname = 'script_role'") == "":
        server.psql("CREATE ROLE script_role")
    plan.write(f'[[step]]\nname = "s"\nsql = ["a.sql", "b.sql"]\ntransaction = "{mode}"\n', {
        "a.sql": BODIES[body],
        "b.sql": "CREATE TABLE mark (n int);\nINSERT INTO mark SELECT 1 WHERE current_user = 'postgres' AND session_user = 'postgres' AND current_schema = 'public' "
                 "AND current_setting('statement_timeout') = '0';\n"})
    if body == "read-only transaction" and mode == "whole":
        result = plan.run()
        assert result.exit in (0, 1), result
        if result.exit == 1:
            assert "25006" in result.err and "a.sql" in result.err, result
            return
    else:
        plan.ok()
    assert plan.states() == {("s", "a.sql"): "done", ("s", "b.sql"): "done"}
    assert marks(plan) == [1]
    plan.ok("nothing to do")


def test_keys_of_a_step_reach_its_session(server, plan):
    if server.psql("SELECT 1 FROM pg_roles WHERE rolname = 'step_role'") == "":
        server.psql("CREATE ROLE step_role")
    plan.sql("CREATE SCHEMA one; GRANT ALL ON SCHEMA one TO step_role")
    for mode in ("whole", "stepwise"):
        plan.write(f'[[step]]\nname = "{mode}"\nsql = ["{mode}.sql"]\ntransaction = "{mode}"\nset_role = "step_role"\nsearch_path = ["one", "public"]\nlock_timeout = "3s"\nstatement_timeout = "5s"\n', {
            f"{mode}.sql": f"CREATE TABLE {mode} AS SELECT current_user::text u, current_setting('search_path') p, current_setting('lock_timeout') l, current_setting('statement_timeout') s;\n"})
        plan.ok()
        assert plan.sql(f"SELECT * FROM one.{mode}") == 'step_role|"one", "public"|3s|5s', plan.sql(f"SELECT * FROM one.{mode}")


@pytest.mark.parametrize("key,sql,state", [("statement_timeout", "SELECT pg_sleep(5);", "57014"), ("lock_timeout", "LOCK TABLE busy;", "55P03")])
def test_timeouts_of_statements(plan, key, sql, state):
    plan.sql("CREATE TABLE busy (n int)")
    plan.write(STEP + f'{key} = "300ms"\n', {"s.sql": sql + "\n"})
    with Session(plan.url) as blocker:
        blocker.do("BEGIN; LOCK TABLE busy")
        plan.exits(1, state, "s.sql:1")


def test_the_steps_timeout(plan):
    plan.write(STEP + 'timeout = "500ms"\n', {"s.sql": "SELECT pg_sleep(20);\n"})
    result = plan.exits(1, "did not end within 500 ms", timeout=10)
    assert "s.sql" in result.err, result
    eventually(lambda: not plan.sleeping(), 5)


def test_retries_of_a_script(plan):
    """The first attempt fails on purpose: a sequence is not rolled back."""
    plan.sql("CREATE SEQUENCE attempt")
    plan.write(STEP + "retries = 2\n", {"s.sql": "CREATE TABLE mark (n int);\nSELECT 1 / (nextval('attempt') - 1);\nINSERT INTO mark VALUES (1);\n"})
    plan.ok("trying again (1 of 2)")
    assert marks(plan) == [1]


def test_a_deadlock_is_tried_again(plan):
    plan.sql("CREATE TABLE one (n int); CREATE TABLE two (n int)")
    plan.write(STEP, {"s.sql": marker(1) + "LOCK TABLE one;\nSELECT pg_sleep(0.5);\nLOCK TABLE two;\n"})
    with Session(plan.url) as other:
        other.do("SET deadlock_timeout = '10s'; BEGIN; LOCK TABLE two")
        process = plan.start()
        eventually(plan.sleeping)
        thread = threading.Thread(target=lambda: other.do("LOCK TABLE one; COMMIT"))
        thread.start()
        result = process.wait(20)
        thread.join()
    assert result.exit == 0 and "trying again" in result.err, result
    assert marks(plan) == [1]


def test_connect_to_another_database(server, plan):
    other = server.database()
    try:
        name = other.rpartition("/")[2]
        plan.write(STEP, {"s.sql": f"CREATE TABLE here (n int);\n\\connect {name}\nCREATE TABLE there (n int);\n\\c {plan.url.rpartition('/')[2]}\nINSERT INTO here VALUES (1);\n"})
        plan.ok("at least once, not exactly once")
        assert marks(plan, "here") == [1]
        assert server.psql("SELECT to_regclass('there') IS NOT NULL", other) == "t"
        plan.ok("nothing to do")
    finally:
        server.drop(other)


# What `pgprimer sql` prints, with which of psql's flags.
@pytest.mark.parametrize("flags,printed", [
    (["-A"], "a|b\n1|2\n(1 row)\n"),
    (["-A", "-t"], "1|2\n"),
    (["--csv"], "a,b\n1,2\n"),
    (["-A", "-t", "-x"], "a|1\nb|2\n"),
    (["-q"], ""),
])
def test_shapes_of_results(database, tmp_path, run, flags, printed):
    (tmp_path / "s.sql").write_text("SELECT 1 AS a, 2 AS b;\n\\echo done\n")
    result = run(["sql", *flags, "--database-url", database, tmp_path / "s.sql"])
    assert (result.exit, result.out) == (0, printed + "done\n"), result


def test_results_into_a_file(database, tmp_path, run):
    for name in ("s", "t"):
        (tmp_path / f"{name}.sql").write_text(f"SELECT '{name}';\n\\echo {name}\n")
    result = run(["sql", "-At", "-o", tmp_path / "out", "--database-url", database, tmp_path / "s.sql", tmp_path / "t.sql"])
    assert (result.exit, result.out, (tmp_path / "out").read_text()) == (0, "s\nt\n", "s\nt\n"), result
    result = run(["sql", "-o", tmp_path, "--database-url", database, tmp_path / "s.sql"])
    assert result.exit == 2 and "cannot be written" in result.err, result


def test_programs_of_scripts(database, tmp_path, run, plan):
    (tmp_path / "s.sql").write_text("\\! echo out of a program\n\\set x `echo 5`\nSELECT :x;\n")
    refused = run(["sql", "--database-url", database, tmp_path / "s.sql"])
    assert refused.exit == 2 and "--programs for pgprimer sql" in refused.err, refused
    result = run(["sql", "--programs", "-At", "--database-url", database, tmp_path / "s.sql"])
    assert (result.exit, result.out) == (0, "out of a program\n5\n"), result

    plan.write(STEP, {"s.sql": "CREATE TABLE t (n int);\n\\set x `echo 6`\nINSERT INTO t VALUES (:x);\n"})
    plan.exits(2, "backticks", "programs = true")
    plan.write(STEP + "programs = true\n")
    plan.ok()
    assert plan.sql("SELECT n FROM t") == "6"


@pytest.mark.parametrize("rows", [1000, 70_000], ids=["1 MB", "70 MB"])
def test_what_is_refused_behind_much_data(database, tmp_path, run, rows):
    """Of an archive the first 64 MB are looked at before anything runs, as they are unpacked once more then; of a file that is not packed all of it."""
    text = "CREATE TABLE t (a text);\nCOPY t FROM stdin;\n" + ("x" * 999 + "\n") * rows + "\\.\nSELECT 'behind';\n\\prompt name\n"
    packed, plain = tmp_path / "a.sql.gz", tmp_path / "a.sql"
    packed.write_bytes(gzip.compress(text.encode(), 1))
    plain.write_text(text)
    for file, ran in (plain, False), (packed, rows == 70_000):
        result = run(["sql", file], {"DATABASE_URL": database})
        assert f"{file}:{rows + 5}:1: \\prompt asks a person" in result.err and (result.exit == 2) != ran, result
        assert ("behind" in result.out) == ran
        assert psql(database, "SELECT to_regclass('t') IS NOT NULL") == ("t" if ran else "f")
    assert not ran or psql(database, "SELECT count(*) FROM t") == str(rows)


def test_errors_are_passed_over_before_anything_ran_too(database, tmp_path, run):
    (tmp_path / "s.sql").write_text("\\frob\nSELECT 1;\n")
    assert run(["sql", "--database-url", database, tmp_path / "s.sql"]).exit == 2
    result = run(["sql", "-At", "--on-error", "continue", "--database-url", database, tmp_path / "s.sql"])
    assert (result.exit, result.out) == (0, "1\n") and "\\frob is no command" in result.err, result


@pytest.mark.parametrize("definition", ["a b=1", "ON_ERROR_STOP=perhaps", "=1"])
def test_variables_that_are_none(tmp_path, run, definition):
    (tmp_path / "s.sql").write_text("SELECT 1;\n")
    result = run(["sql", "-v", definition, "--database-url", "postgresql://nowhere/x", tmp_path / "s.sql"])
    assert result.exit == 2 and "-v" in result.err, result


def test_a_steps_variable_that_is_none(plan):
    plan.write(STEP + 'variables = { "a b" = "1" }\n', {"s.sql": marker(1)})
    plan.exits(2, '"a b" is no name of a psql variable')
