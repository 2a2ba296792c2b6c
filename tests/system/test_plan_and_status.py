"""plan, run --dry-run, status: they say what is so and change nothing; --only, --force, renamed steps."""
import json

import pytest

from plans import marker, marks
from support import PG_BIN, execute, minimal_environment, psql

TEXT = """
[[step]]
name = "roles and such"
id = "base"
sql = ["base.sql"]
[[step]]
name = "schema"
migrations = "m"
[[step]]
name = "hook"
exec = ["./hook.sh"]
inputs = ["hook.sh"]
[[step]]
name = "ensured"
[[step.ensure.schema]]
name = "extra"
[[step]]
name = "rely"
expect = { relations = ["mark"] }
"""
FILES = {"base.sql": "SELECT 1;", "m/1_one.sql": marker(1), "m/2_two.sql": "CREATE INDEX CONCURRENTLY i ON mark (n);", "hook.sh": "#!/bin/sh\necho x >> count\n"}


def dump(plan):
    result = execute([PG_BIN / "pg_dump", plan.url], minimal_environment("/nonexistent"))
    assert result.exit == 0, result
    lines = [line for line in result.out.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
    return lines, psql(plan.url, "SELECT array_agg(rolname ORDER BY 1) FROM pg_roles")


@pytest.mark.parametrize("command", [["plan"], ["plan", "--json"], ["run", "--dry-run"], ["status"], ["check"]], ids=" ".join)
def test_nothing_is_changed(plan, command):
    plan.write(TEXT + '[announce]\nready_file = "ready"\n', FILES)
    for state in ("empty", "half", "done"):
        if state == "half":
            plan.ok(arguments=["--only", "schema"])
        if state == "done":
            plan.ok()
            plan.add({"ready": "of a run"})
        before = dump(plan)
        plan.ok(arguments=command)
        assert dump(plan) == before, state
    assert (plan.folder / "ready").read_text() == "of a run"
    assert (plan.folder / "count").read_text() == "x\n"


def test_the_plan_gives_reasons(plan):
    plan.write(TEXT, FILES)
    out = plan.ok(arguments=["plan"]).out
    for text in ["1. roles and such (sql)", "+ apply base.sql: new [whole]", "m/2_two.sql: new [stepwise: ", "./hook.sh", "create schema extra", "does not hold now", "Nothing was changed."]:
        assert text in out, out
    assert "s3cret" not in out and "from [target] url" in out
    plan.ok()
    assert "Nothing to do." in plan.ok(arguments=["plan"]).out
    plan.add({"base.sql": "SELECT 2;", "m/3_three.sql": marker(3), "hook.sh": FILES["hook.sh"] + "# changed\n"})
    actions = {(a["step"], a["unit"]): a for a in plan.json("plan")["actions"]}
    assert actions["base", "base.sql"]["action"] == "again" and "its content changed since" in actions["base", "base.sql"]["why"]
    assert actions["schema", "m/3_three.sql"]["why"] == "new" and actions["schema", "1"]["nothing"]
    assert actions["hook", "./hook.sh"]["why"] == "inputs changed"
    assert actions["ensured", ""]["nothing"] and actions["rely", ""]["nothing"]


def test_status(plan):
    plan.write(TEXT, FILES)
    assert "pgprimer has not run here" in plan.ok(arguments=["status"]).out
    plan.ok(arguments=["--only", "schema"])
    assert "not primed" in plan.ok(arguments=["status"]).out
    plan.ok()
    plan.add({"m/3_more.sql": marker(3), "m/4_bad.sql": "SELECT 1/0;"})
    plan.exits(1)
    assert plan.sql("SELECT string_agg(unit, ',') FROM pgprimer.unit WHERE took IS NULL") == "4", "how long it took, of a run that failed later, too"
    text = plan.ok(arguments=["status"]).out
    for part in ["primed for plan", "schema (migrations)", "done", "failed", "division by zero", "by postgres"]:
        assert part in text, text
    assert "s3cret" not in text
    target = plan.json("status")[0]
    assert target["primed"]["plan"] and {(u["step"], u["unit"], u["state"]) for u in target["units"]} == \
        {("base", "base.sql", "done"), ("schema", "1", "done"), ("schema", "2", "done"), ("schema", "3", "done"), ("schema", "4", "failed"), ("hook", "hook", "done")}
    assert plan.sql("SELECT count(*) FROM pgprimer.history") == "6"


def test_only(plan):
    plan.write(TEXT, FILES)
    result = plan.ok("not named by --only", "not the whole plan", arguments=["--only", "schema", "--only", "roles and such"])
    assert plan.states().keys() == {("base", "base.sql"), ("schema", "1"), ("schema", "2")}, result
    assert plan.sql("SELECT count(*) FROM pgprimer.primed") == "0"
    plan.exits(2, 'there is no step "shema"', 'did you mean "schema"?', arguments=["--only", "shema"])
    plan.ok()
    assert plan.sql("SELECT count(*) FROM pgprimer.primed") == "1"


def test_force(plan):
    plan.write('[[step]]\nname = "a"\nsql = ["a.sql"]\nrerun = "once"\n[[step]]\nname = "m"\nmigrations = "m"\n[[step]]\nname = "hook"\nexec = ["./hook.sh"]\ninputs = ["hook.sh"]\n',
               {"a.sql": marker(1), "m/1_x.sql": marker(2), "hook.sh": FILES["hook.sh"]})
    plan.ok()
    plan.ok("forced", arguments=["--force", "a", "--force", "hook"])
    assert marks(plan) == [1, 1, 2] and (plan.folder / "count").read_text() == "x\nx\n"
    plan.ok(arguments=["--force", "m"])
    assert marks(plan) == [1, 1, 2], "what is applied cleanly stays"


@pytest.mark.parametrize("kind", ['sql = ["a.sql"]', 'migrations = "m"'])
def test_a_renamed_step(plan, kind):
    plan.write(f'[[step]]\nname = "old name"\n{kind}\n', {"a.sql": marker(1), "m/1_x.sql": marker(1)})
    plan.ok()
    plan.change("old name", "new name")
    for command in ("plan", "run"):
        plan.exits(5, '"old-name"', '"new name"', 'id = "old-name"', arguments=[command])
    assert marks(plan) == [1]
    plan.change('name = "new name"', 'name = "new name"\nid = "old-name"').ok()
    assert marks(plan) == [1]


def test_conventions_and_environment(plan):
    """Without a file the configuration may stand in a variable."""
    plan.add({"a.sql": marker(1)})
    text = f'[[step]]\nname = "s"\nsql = ["{plan.folder}/a.sql"]\n'
    for _ in range(2):
        result = plan._run([], {"DATABASE_URL": plan.url, "PGPRIMER_CONFIG_TOML": text})
        assert result.exit == 0, result
    assert marks(plan) == [1]
    status = plan._run(["status", "--json"], {"DATABASE_URL": plan.url, "PGPRIMER_CONFIG_TOML": text})
    assert json.loads(status.out)[0]["units"][0]["unit"] == f"{plan.folder}/a.sql", status


def test_check_counts_and_help_names_the_program(plan, run):
    plan.write('[[step]]\nname = "one"\nsql = ["a.sql"]\n[[step]]\nname = "two"\nmigrations = "m"\n[[step]]\nname = "more"\nsql = ["*.sql"]\n',
               {"a.sql": "SELECT 1;", "b.sql": "SELECT 1;", "m/1_m.sql": "SELECT 1;"})
    result = plan.run("check")
    assert result.exit == 0 and result.out == "one (sql): 1 script\ntwo (migrations): plain, 1 migration\nmore (sql): 2 scripts\n", result
    assert "\nUsage: pgprimer sql [OPTIONS] file" in run(["sql", "--help"]).out
