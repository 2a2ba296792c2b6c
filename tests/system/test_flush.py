"""flush: empties what is the user's, once per plan; what it invalidates runs again."""
import pytest

from plans import TARGET, marks
from support import psql

ALLOWED = TARGET + "allow_destructive = true\n"
TABLES = """CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id serial PRIMARY KEY, parent int REFERENCES parent);
CREATE TABLE django_migrations (n int);
INSERT INTO django_migrations VALUES (1);
CREATE TABLE seed (n int);
"""
STEPS = """[plan]
id = "${PLAN:-one}"
[[step]]
name = "tables"
sql = ["tables.sql"]
rerun = "once"
[[step]]
name = "seed data"
sql = ["seed.sql"]
rerun = "once"
[[step]]
name = "flush"
flush = { keep = ["django_migrations"], invalidates = ["seed data"] }
"""
SEED = "INSERT INTO seed VALUES (1);\n"


@pytest.fixture
def flushed(plan):
    plan.write(ALLOWED + STEPS, {"tables.sql": TABLES, "seed.sql": SEED})
    plan.ok()
    return plan


def dirty(plan):
    plan.sql("INSERT INTO parent VALUES (1); INSERT INTO child (parent) VALUES (1), (1), (1); INSERT INTO seed VALUES (2)")


def test_seed_data_comes_back(flushed):
    """Also in the run that flushes for the first time."""
    assert marks(flushed, "seed") == [1]
    dirty(flushed)
    flushed.ok("nothing to do")
    assert marks(flushed, "seed") == [1, 2], "once per plan id"
    result = flushed.ok("truncated", env={"PLAN": "two"})
    assert marks(flushed, "seed") == [1], result
    assert flushed.sql("SELECT (SELECT count(*) FROM child), (SELECT count(*) FROM parent), (SELECT count(*) FROM django_migrations)") == "0|0|1"
    assert flushed.sql("INSERT INTO parent VALUES (1); INSERT INTO child (parent) VALUES (1) RETURNING id") == "1", "sequences begin again"
    flushed.ok("nothing to do", env={"PLAN": "two"})


def test_force_flushes_again(flushed):
    dirty(flushed)
    planned = flushed.ok("forced", "truncate", arguments=["plan", "--force", "flush"])
    assert marks(flushed, "seed") == [1, 2], planned
    flushed.ok("truncated", arguments=["--force", "flush"])
    assert marks(flushed, "seed") == [1]


def test_a_step_that_fails_after_the_flush_is_made_good_by_the_next_run(flushed):
    dirty(flushed)
    flushed.add({"seed.sql": SEED + "SELECT 1/0;\n"})
    flushed.exits(1, "division by zero", env={"PLAN": "two"})
    assert flushed.sql("SELECT count(*) FROM seed") == "0"
    assert flushed.states() == {("tables", "tables.sql"): "done", ("seed-data", "seed.sql"): "failed", ("flush", "flush"): "done"}
    flushed.add({"seed.sql": SEED})
    flushed.ok(env={"PLAN": "two"})
    assert marks(flushed, "seed") == [1]


def test_refused_unless_the_target_allows_it(plan):
    plan.write(STEPS, {"tables.sql": TABLES, "seed.sql": SEED})
    for command in (["check"], ["plan"], ["run"]):
        plan.exits(2, "flush", "allow_destructive = true in [target]", arguments=command)
    plan.write(STEPS + "enabled = false\n").ok("disabled")
    assert marks(plan, "seed") == [1]


def test_a_kept_table_that_references_an_emptied_one(plan):
    plan.write(ALLOWED + STEPS.replace('["django_migrations"]', '["child"]'), {"tables.sql": TABLES, "seed.sql": SEED})
    plan.exits(1, "public.parent", "public.child", "child_parent_fkey", "add public.parent to keep")
    assert marks(plan, "seed") == [1], "nothing was emptied"
    plan.write(ALLOWED + STEPS.replace('["django_migrations"]', '["child", "parent", "public.django_migrations"]'))
    plan.ok()


def test_a_name_in_keep_that_is_no_table(plan):
    plan.write(ALLOWED + STEPS.replace('["django_migrations"]', '["django_migratons"]'), {"tables.sql": TABLES, "seed.sql": SEED})
    plan.exits(1, "django_migratons", "did you mean django_migrations?")


def test_partitions_other_schemas_and_ledgers(plan):
    plan.write(ALLOWED + '[[step]]\nname = "tables"\nsql = ["t.sql"]\n[[step]]\nname = "flush"\nflush = { keep = ["other.kept"] }\n', {"t.sql": """
CREATE TABLE p (n int) PARTITION BY LIST (n);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
INSERT INTO p VALUES (1);
CREATE SCHEMA other;
CREATE TABLE other.kept AS SELECT 1 n;
CREATE TABLE other.emptied AS SELECT 1 n;
CREATE TABLE public.schema_migrations (version bigint primary key, dirty boolean NOT NULL);
INSERT INTO public.schema_migrations VALUES (3, false);
"""})
    plan.ok("truncated")
    assert psql(plan.url, "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM other.kept), (SELECT count(*) FROM other.emptied), (SELECT count(*) FROM schema_migrations)") == "0|1|0|1"
    assert plan.state("tables", "t.sql") == "done"


def test_what_comes_back_fails_and_is_tolerated(plan):
    """It is still to do then: the earlier success in the same run says nothing of the emptied tables."""
    plan.write(ALLOWED + STEPS.replace('["seed.sql"]\n', '["seed.sql"]\non_failure = "continue"\n'),
               {"tables.sql": TABLES, "seed.sql": SEED + "INSERT INTO django_migrations SELECT 1 / (2 - count(*)) FROM django_migrations;\n"})
    plan.ok("failures that the plan tolerates")
    assert plan.sql("SELECT count(*) FROM seed") == "0"
    plan.ok("division by zero", "failures that the plan tolerates")
    plan.sql("TRUNCATE django_migrations")
    plan.ok()
    assert marks(plan, "seed") == [1]
    plan.ok("nothing to do")


def test_what_failed_before_the_flush_is_made_good_by_it(plan):
    plan.write(ALLOWED + STEPS.replace('["seed.sql"]\n', '["seed.sql"]\non_failure = "continue"\n') + '[[step]]\nname = "after"\nneeds = ["seed data"]\nsql = ["after.sql"]\n',
               {"tables.sql": TABLES + "ALTER TABLE seed ADD UNIQUE (n); INSERT INTO seed VALUES (1);\n", "seed.sql": SEED, "after.sql": "SELECT 1;"})
    result = plan.ok("duplicate key")
    assert marks(plan, "seed") == [1] and "tolerates" not in result.out, result
    assert plan.state("seed-data", "seed.sql") == "done" and plan.state("after", "after.sql") == "done"


CHAIN = """
[[step]]
name = "tables"
sql = ["tables.sql"]
rerun = "once"
[[step]]
name = "parents"
sql = ["parents.sql"]
rerun = "once"
[[step]]
name = "children"
sql = ["children.sql"]
rerun = "once"
[[step]]
name = "flush"
flush = { invalidates = ["late", "children", "parents"] }
[[step]]
name = "late"
sql = ["late.sql"]
rerun = "once"
"""
CHAIN_FILES = {"tables.sql": TABLES, "parents.sql": "INSERT INTO parent VALUES (7);", "children.sql": "INSERT INTO child (parent) VALUES (7);",
               "late.sql": "INSERT INTO seed VALUES (9);"}


def counts(plan):
    return plan.sql("SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child), (SELECT count(*) FROM seed)")


def test_steps_come_back_in_the_order_of_the_plan(plan):
    plan.write(ALLOWED + CHAIN, CHAIN_FILES).ok()
    assert counts(plan) == "1|1|1"
    planned = plan.ok(arguments=["plan", "--force", "flush"]).out
    assert planned.index('again all of "parents"') < planned.index('again all of "children"') < planned.index("apply late.sql: new"), planned
    assert 'all of "late"' not in planned, planned


def test_only_the_flush_brings_back_what_it_invalidates(plan):
    plan.write(ALLOWED + CHAIN, CHAIN_FILES).ok()
    plan.sql("INSERT INTO seed VALUES (10)")
    plan.ok(arguments=["--only", "flush", "--force", "flush"])
    assert counts(plan) == "1|1|1"
    plan.ok("nothing to do")


def test_a_plan_for_an_empty_database(plan):
    """The tables in keep are made by the steps before it."""
    plan.write(ALLOWED + STEPS, {"tables.sql": TABLES, "seed.sql": SEED})
    plan.ok("known once the steps above have run", "django_migrations", arguments=["plan"])
    plan.ok(arguments=["run", "--dry-run"])
    plan.write(ALLOWED + '[[step]]\nname = "flush"\nflush = { keep = ["nothing"] }\n')
    plan.exits(1, "pgprimer.toml:6:", "step: flush", arguments=["plan"])
    plan.exits(1, "pgprimer.toml:6:", "step: flush")


@pytest.mark.parametrize("table", ["alembic_version", '"__EFMigrationsHistory"', '"SequelizeMeta"', "knex_migrations", "goose_db_version", "_sqlx_migrations"])
def test_a_ledger_of_another_tool_stays(plan, table):
    plan.write(ALLOWED + '[[step]]\nname = "flush"\nflush = {}\n')
    plan.sql(f"CREATE TABLE {table} (version text); INSERT INTO {table} VALUES ('1'); CREATE TABLE mine AS SELECT 1 n")
    plan.ok("truncated 1 tables")
    assert plan.sql(f"SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM mine)") == "1|0"
