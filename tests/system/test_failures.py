"""A step that fails: what stops, what goes on, what is skipped, recorded and shown."""
import json

import pytest

from plans import marker, marks

STEPS = """
[[step]]
name = "first"
sql = ["first.sql"]
[[step]]
name = "may fail"
{kind}
on_failure = "continue"
[[step]]
name = "needs it"
sql = ["needs.sql"]
needs = ["may fail"]
[[step]]
name = "needs that"
sql = ["needs2.sql"]
needs = ["needs-it"]
[[step]]
name = "last"
sql = ["last.sql"]
"""
KINDS = {
    "sql": ('sql = ["bad.sql"]', "division by zero"),
    "migrations": ('migrations = "m"', "division by zero"),
    "exec": ('exec = ["./bad.sh"]', "status 3"),
    "expect": ('expect = { relations = ["nowhere"] }', "nowhere"),
    "timeout": ('sql = ["slow.sql"]\ntimeout = "300ms"', "did not end within 300 ms"),
    "ensure": ('ensure = { extension = [{ name = "no_such_extension" }] }', "no_such_extension"),
}
FILES = {"first.sql": marker(1), "needs.sql": marker(2), "needs2.sql": marker(3), "last.sql": marker(4), "bad.sql": "SELECT 1/0;", "m/1_bad.sql": "SELECT 1/0;",
         "bad.sh": "#!/bin/sh\nexit 3\n", "slow.sql": "SELECT pg_sleep(20);"}


def pytest_generate_tests(metafunc):
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", KINDS)


def test_on_failure_continue_and_needs(plan, kind):
    text, says = KINDS[kind]
    plan.write(STEPS.format(kind=text), FILES)
    result = plan.ok(says, 'needs "may fail", which failed', 'needs "needs it", which failed', 'on_failure = "continue"', "with failures that the plan tolerates")
    assert "warning: " in result.err and "error: " not in result.err, "it is shown as a warning"
    assert marks(plan) == [1, 4]
    assert "failed" in plan.states().values(), plan.states()
    assert says in plan.ok(arguments=["status"]).out
    again = plan.ok(says)
    assert marks(plan) == [1, 4], again


def test_stop_is_the_default(plan):
    plan.write(STEPS.format(kind='sql = ["bad.sql"]').replace('on_failure = "continue"\n', ""), FILES)
    result = plan.exits(1, "division by zero", "bad.sql:1", "failed after")
    assert marks(plan) == [1] and "[last]" not in result.err
    assert plan.states() == {("first", "first.sql"): "done", ("may-fail", "bad.sql"): "failed"}
    assert plan.sql("SELECT count(*) FROM pgprimer.primed") == "0"
    plan.add({"bad.sql": "SELECT 1;"})
    plan.ok("failed last time")
    assert marks(plan) == [1, 2, 3, 4]
    assert set(plan.states().values()) == {"done"}


def test_a_tolerated_failure_is_tried_again_and_made_good(plan):
    plan.write(STEPS.format(kind='sql = ["bad.sql"]'), FILES)
    plan.ok("tolerates")
    planned = {a["step"]: a for a in plan.json("plan")["actions"]}
    assert planned["may-fail"]["why"] == "failed last time" and planned["first"]["nothing"], planned
    plan.add({"bad.sql": "SELECT 1;"})
    plan.ok()
    assert marks(plan) == [1, 2, 3, 4]
    plan.ok("nothing to do")


def test_needs_of_a_disabled_step_are_met(plan):
    plan.write(STEPS.format(kind='sql = ["bad.sql"]\nenabled = false'), FILES)
    plan.ok("disabled")
    assert marks(plan) == [1, 2, 3, 4]


def test_a_later_file_of_a_failed_step_is_not_run(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["*.sql"]\n', {"1.sql": marker(1), "2.sql": "SELECT 1/0;", "3.sql": marker(3)})
    plan.exits(1, "2.sql:1")
    assert marks(plan) == [1]
    assert plan.states() == {("s", "1.sql"): "done", ("s", "2.sql"): "failed"}


def test_everything_of_a_failing_file_is_undone(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\n', {"s.sql": "CREATE TABLE mark (n int);\n\\ir in.sql\n", "in.sql": "INSERT INTO mark VALUES (1);\n\nINSERT INTO mark\n  SELECT 1 / (n - 1) FROM mark;\n"})
    result = plan.exits(1, "in.sql:3", "s.sql:2", "22012", "division by zero")
    assert plan.sql("SELECT to_regclass('mark') IS NULL") == "t", result


def test_a_deferred_constraint_fails_at_the_end(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\n', {
        "s.sql": "CREATE TABLE a (n int PRIMARY KEY); CREATE TABLE b (n int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO b VALUES (1);\n"})
    plan.exits(1, "23503", "b_n_fkey", "s.sql", "COMMIT")
    assert plan.sql("SELECT to_regclass('a') IS NULL") == "t"


def test_the_same_as_json(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\n', {"s.sql": "SELECT 1;\nSELECT nothing;\n"})
    result = plan.exits(1, arguments=["--log-format", "json"])
    problem = [line for line in map(json.loads, result.err.splitlines()) if line["event"] == "problem"][-1]["diagnostic"]
    assert problem["sqlstate"] == "42703" and problem["line"] == 2 and problem["column"] == 8 and problem["file"].endswith("s.sql") and problem["step"] == "s", problem
    summary = json.loads(result.out)
    assert summary["exit_status"] == 1 and not summary["primed"] and summary["steps"][0]["result"] == "failed", summary


def test_a_failure_is_not_forgotten_when_the_file_is_as_before(plan):
    """The plan has been primed with these files once, but its hook failed since."""
    plan.write('[[step]]\nname = "hook"\nexec = ["./hook.sh"]\ninputs = ["hook.sh"]\n', {"hook.sh": "#!/bin/sh\necho x >> count\n"})
    plan.ok()
    plan.add({"hook.sh": "#!/bin/sh\nexit 1\n"})
    plan.exits(1)
    plan.add({"hook.sh": "#!/bin/sh\necho x >> count\n"})
    assert plan.json("plan")["actions"][0]["why"] == "failed last time"
    plan.ok("failed last time")
    assert (plan.folder / "count").read_text() == "x\nx\n"
    plan.ok("nothing to do")


def test_half_of_a_stepwise_script_is_not_forgotten(plan):
    good = marker(1)
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\ntransaction = "stepwise"\n', {"s.sql": good}).ok()
    plan.add({"s.sql": good + "INSERT INTO mark VALUES (2);\nSELECT 1/0;\n"}).exits(1, "division by zero")
    plan.add({"s.sql": good})
    plan.exits(5, "has changed since")


@pytest.mark.parametrize("broken", ["INSERT INTO t VALUES (3); SELECT nope;", "SELECT (", "\\prompt x"], ids=["when it runs", "before it runs", "unsupported"])
def test_what_was_applied_stays_applied_when_newer_content_fails(plan, broken):
    """Newer content that failed left nothing: the older content, restored, is not run again."""
    good = "CREATE TABLE IF NOT EXISTS t (n int); INSERT INTO t VALUES (1);"
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": good})
    plan.ok("1 applied")
    applied = plan.sql("SELECT applied_at FROM pgprimer.unit")
    plan.add({"a.sql": good + broken})
    for _ in range(2):
        assert plan.run().exit in (1, 2)
    assert "newer content failed: " in plan.ok(arguments=["status"]).out
    plan.add({"a.sql": good})
    plan.ok("1 unchanged")
    assert plan.sql("SELECT count(*) FROM t") == "1" and plan.sql("SELECT applied_at FROM pgprimer.unit") == applied
    assert "newer content failed" not in plan.ok(arguments=["status"]).out
    plan.ok("nothing to do")
