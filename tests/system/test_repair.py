"""A way on from everything that is exit 5: the message names one command, which is run as it stands there, at a terminal."""
import os
import pty
import re
import select
import shlex
import subprocess
import time

import pytest

from plans import marker, marks
from support import eventually, minimal_environment, name_of

MIGRATIONS = '[[step]]\nname = "the schema"\nid = "m"\nmigrations = "migrations"\n'
SCRIPT = '[[step]]\nname = "s"\nsql = ["a b.sql"]\n'
CALL = ("CREATE TABLE IF NOT EXISTS mark (n int);\nCREATE OR REPLACE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO mark VALUES (1); COMMIT; "
        "PERFORM pg_sleep(0.7); END';\nCALL p();\nINSERT INTO mark VALUES (2);\n")


def commands(result):
    """What a message names, in the order of the text."""
    return [shlex.split(c) for c in re.findall(r"pgprimer (?:repair|baseline) (?:'[^']*'|[\w./:-]+|(?<=\w) | )+", result.err)]


def named(result, option):
    found = [c for c in commands(result) if option in c]
    assert found, f"{option} is not named: {result}"
    return found[0]


def at_a_terminal(pgprimer, plan, command, answer="y\n"):
    """Runs `pgprimer ...` as it was named, in the plan's folder, and answers the question."""
    ours, theirs = pty.openpty()
    environment = minimal_environment(plan.folder, {"DATABASE_URL": plan.url})
    process = subprocess.Popen([str(pgprimer), *command[1:]], env=environment, cwd=plan.folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    out, answered, end = b"", False, time.monotonic() + 30
    while time.monotonic() < end:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            out += piece
        if not answered and b"do this? [y/N]" in out:
            os.write(ours, answer.encode())
            answered = True
    process.wait(10)
    os.close(ours)
    return process.returncode, out.decode()


@pytest.fixture
def mend(pgprimer, plan):
    """mend(result, option): runs the command that the message names with this option; then a plain run must end well."""
    def by(result, option):
        command = named(result, option)
        status, out = at_a_terminal(pgprimer, plan, command)
        assert status == 0, (command, out)
        assert command[1] == "baseline" or ("do this?" in out and "done" in out), out
        return plan.ok()
    return by


@pytest.fixture
def interrupted(plan):
    """A CALL of which nobody saw the end."""
    plan.write(SCRIPT, {"a b.sql": CALL})
    process = plan.start()
    eventually(lambda: plan.sleeping("CALL p"))
    process.kill()
    eventually(lambda: not plan.sleeping("CALL p"))
    return plan.exits(5, "a b.sql:3", "statement 3 (line 3: CALL) was begun and its end was never recorded")


@pytest.mark.parametrize("option,left", [("--mark-done", [1, 2]), ("--mark-not-done", [1, 1, 2]), ("--start-over", [1, 1, 2])])
def test_an_interrupted_procedure(plan, interrupted, mend, option, left):
    mend(interrupted, option)
    assert marks(plan) == left
    plan.ok("nothing to do")


def test_status_names_the_command(plan, interrupted, mend):
    status = plan.ok(arguments=["status"])
    assert "interrupted in statement 3 (line 3: CALL), of which the end is not recorded" in status.out, status
    assert "it took effect: pgprimer repair --mark-done --step s --unit 'a b.sql'" in status.out, status
    assert plan.json("status")[0]["units"][0]["ways_on"][2] == "it did not: pgprimer repair --mark-not-done --step s --unit 'a b.sql'"
    status.err = status.out
    mend(status, "--mark-done")
    assert "interrupted" not in plan.ok(arguments=["status"]).out


def test_nothing_is_done_where_nobody_agrees(pgprimer, plan, interrupted):
    command = named(interrupted, "--mark-done")
    arguments = command[1:]
    told = plan.exits(2, "- step s, a b.sql: statement 3 (line 3: CALL) took effect: the next run goes on after it", "nothing was changed",
                      "there is no terminal to ask at", "--yes", arguments=arguments)
    assert told.out.startswith("- step s"), told
    status, out = at_a_terminal(pgprimer, plan, command, "n\n")
    assert status == 2 and "nothing was changed" in out, out
    assert plan.state("s", "a b.sql") == "started"
    plan.ok("done", arguments=[*arguments, "--yes"])
    plan.ok("nothing to repair", arguments=["repair", "--mark-done", "--all"])
    plan.ok()
    assert marks(plan) == [1, 2]


def test_who_repaired_it_is_recorded(plan, interrupted):
    plan.ok(arguments=["repair", "--mark-done", "--all", "--yes"])
    assert plan.sql("SELECT epoch > 1 AND run <> '' FROM pgprimer.unit") == "t"
    assert plan.sql("SELECT epoch = (SELECT max(epoch) FROM pgprimer.project) FROM pgprimer.unit") == "t"


def test_a_run_at_work_is_waited_for(plan, server):
    plan.write('[lock]\nwait = "300ms"\n' + SCRIPT, {"a b.sql": CALL.replace("0.7", "3")})
    process = plan.start()
    eventually(lambda: plan.sleeping("CALL p"))
    plan.exits(4, "another run holds the lock", arguments=["repair", "--mark-done", "--all", "--yes"])
    process.end()
    server.kill_backends(f"datname = '{name_of(plan.url)}'")


def stopped_in_the_middle(plan, text):
    """A stepwise script of which the last statement failed."""
    plan.write(SCRIPT + 'transaction = "stepwise"\n', {"a b.sql": text}).exits(1, "division by zero")


CHANGED = "CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\nINSERT INTO mark VALUES (1 / 0);\n"


@pytest.mark.parametrize("option,left", [("--accept", [1, 3]), ("--start-over", [3, 7]), ("baseline", [1])])
def test_a_changed_beginning_of_an_interrupted_script(plan, mend, option, left):
    stopped_in_the_middle(plan, CHANGED)
    plan.add({"a b.sql": CHANGED.replace("(1)", "(7)").replace("1 / 0", "3")})
    if option == "--start-over":
        plan.sql("DROP TABLE mark")
    mend(plan.exits(5, "what stands before that has changed since"), option)
    assert marks(plan) == left


@pytest.mark.parametrize("option,left", [("--start-over", [1, 1, 3]), ("baseline", [1])])
def test_what_lived_in_the_session(plan, mend, option, left):
    text = "CREATE TEMP TABLE t AS SELECT 1 AS n;\nCREATE TABLE IF NOT EXISTS mark (n int);\nINSERT INTO mark SELECT n FROM t;\nINSERT INTO mark VALUES (1 / 0);\n"
    stopped_in_the_middle(plan, text)
    plan.add({"a b.sql": text.replace("1 / 0", "3")})
    mend(plan.exits(5, "an earlier statement lives in the session only"), option)
    assert marks(plan) == left


def migrated(plan, numbers=(1, 2), more=""):
    return plan.write(MIGRATIONS + more, {f"migrations/{n:03}_m.sql": marker(n) for n in numbers})


def test_a_changed_migration(plan, mend):
    migrated(plan).ok()
    when = plan.sql("SELECT applied_at FROM pgprimer.unit WHERE unit = '001'")
    plan.add({"migrations/001_m.sql": "-- a comment\n" + marker(1)})
    mend(plan.exits(5, "was changed after it was applied"), "--accept")
    assert plan.sql("SELECT applied_at FROM pgprimer.unit WHERE unit = '001'") == when
    assert marks(plan) == [1, 2]


def test_a_missing_migration(plan, mend):
    migrated(plan).ok()
    (plan.folder / "migrations/001_m.sql").unlink()
    mend(plan.exits(5, "the file of version 001", "is gone"), "--forget")
    assert plan.states() == {("m", "002"): "done"}


def test_a_ledger_that_is_ahead(plan, mend):
    migrated(plan, more='ahead = "error"\n').ok()
    (plan.folder / "migrations/002_m.sql").unlink()
    mend(plan.exits(5, "the ledger is ahead of the files"), "--forget")


def test_all_missing_ones_at_once(plan):
    migrated(plan, (1, 2, 3)).ok()
    for n in (1, 2):
        (plan.folder / f"migrations/00{n}_m.sql").unlink()
    plan.exits(5, "version 001", "version 002")
    plan.ok("m, 001: it was applied", "m, 002: it was applied", arguments=["repair", "--forget", "--all", "--yes"])
    plan.ok()


def test_one_that_slipped_in(plan, mend):
    migrated(plan, (1, 3)).ok()
    plan.add({"migrations/002_m.sql": marker(2)})
    mend(plan.exits(5, "is older than"), "baseline")
    assert marks(plan) == [1, 3]


@pytest.mark.parametrize("more", [[], [3]], ids=["as it was", "with a new file"])
def test_a_renamed_step(plan, mend, more):
    migrated(plan).ok()
    plan.write(MIGRATIONS.replace('id = "m"', ""), {f"migrations/{n:03}_m.sql": marker(n) for n in more})
    mend(plan.exits(5, "recorded under a step that is not in the configuration any more"), "--rename")
    assert marks(plan) == [1, 2, *more]
    assert {step for step, _ in plan.states()} == {"the-schema"}


def test_a_step_that_is_to_run_again_under_its_new_name(plan, mend):
    plan.write(SCRIPT, {"a b.sql": marker(1)}).ok()
    plan.write(SCRIPT.replace('"s"', '"t"')).exits(5, "if it was renamed")
    mend(plan.exits(5), "--forget")
    assert marks(plan) == [1, 1]


def test_a_schema_that_was_made_again_and_filled(plan, mend):
    migrated(plan).ok()
    plan.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE mark (n int); INSERT INTO mark VALUES (7)")
    mend(plan.exits(5, 'schema "public" was dropped and made again'), "--schema")
    assert marks(plan) == [7]
    plan.ok("nothing to do")


def test_a_filled_database(plan, mend):
    plan.sql("CREATE TABLE theirs ()")
    mend(migrated(plan).exits(5, "is not empty"), "baseline")


@pytest.mark.parametrize("sql", [
    "ALTER TABLE pgprimer.unit DROP COLUMN verb CASCADE", "ALTER TABLE pgprimer.unit DROP COLUMN error CASCADE", "DELETE FROM pgprimer.ledger",
    "DROP TABLE pgprimer.step", "DROP TABLE pgprimer.ledger"])
def test_a_damaged_ledger(plan, mend, sql):
    migrated(plan).ok()
    plan.add({"migrations/003_m.sql": marker(3)}).sql(sql)
    mend(plan.exits(5, "pgprimer repair --ledger"), "--ledger")
    assert marks(plan) == [1, 2, 3]
    assert plan.sql("SELECT count(*) FROM pgprimer.history") == "3"


def test_a_ledger_without_its_functions(plan, mend):
    migrated(plan).ok()
    plan.sql("DROP FUNCTION pgprimer.enter")
    mend(plan.add({"migrations/003_m.sql": marker(3)}).exits(5, "could not be written"), "--ledger")
    assert marks(plan) == [1, 2, 3]


@pytest.mark.parametrize("sql", ["DROP TABLE pgprimer.unit CASCADE", "DROP SCHEMA pgprimer CASCADE"])
def test_a_ledger_that_lost_what_was_applied(server, plan, pgprimer, mend, sql):
    """Then the database is a filled one that nobody knows: nothing runs again by itself."""
    plan.write(MIGRATIONS, {"migrations/001_m.sql": marker(1, 1), "migrations/002_m.sql": marker(2)})
    process = plan.start()
    eventually(plan.sleeping)
    plan.sql(sql)
    command = named(process.wait(), "--ledger")
    status, out = at_a_terminal(pgprimer, plan, command)
    assert status == 0 and "what was applied is not known any more" in out, out
    mend(plan.exits(5, "is not empty", "nothing was changed"), "baseline")
    assert marks(plan) == [1]


@pytest.mark.parametrize("arguments,says", [
    (["--mark-done"], ["needs --step and --unit, or --all"]),
    ([], ["exactly one of"]),
    (["--accept", "--forget", "--all"], ["exactly one of"]),
    (["--ledger", "--all"], ["takes no --step"]),
    (["--mark-done", "--step", "m", "--unit", "001"], ["does not apply", "it was applied"]),
    (["--accept", "--step", "m", "--unit", "001"], ["its file is as it was applied"]),
    (["--forget", "--step", "m", "--unit", "001"], ["its file is there", "--start-over"]),
    (["--forget", "--step", "m", "--unit", "00l"], ['did you mean "001"?']),
    (["--forget", "--step", "n", "--unit", "001"], ['there is no step "n"']),
    (["--rename", "m", "x"], ['there is no step "x"']),
    (["--rename", "m", "m"], ["is still in the configuration"])])
def test_what_is_no_repair_is_said(plan, arguments, says):
    migrated(plan).ok()
    plan.exits(2, *says, arguments=["repair", *arguments])
    assert plan.states() == {("m", "001"): "done", ("m", "002"): "done"}


def test_a_wrong_baseline_is_taken_back(plan):
    migrated(plan).ok(arguments=["baseline", "--step", "m", "--all"])
    plan.ok("is recorded as applied", arguments=["repair", "--start-over", "--step", "m", "--unit", "2", "--yes"])
    plan.ok("1 applied, 1 unchanged")
    assert marks(plan) == [2]
