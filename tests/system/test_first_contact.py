"""Careful with what was there: filled databases, schemas that were dropped, dumps that were restored."""
import pytest

from plans import Plan, marker, marks
from support import PG_BIN, execute, minimal_environment, name_of

MIGRATIONS = '[[step]]\nname = "schema"\nmigrations = "m"\n'
FILES = {"m/1_one.sql": marker(1), "m/2_two.sql": marker(2), "m/3_three.sql": marker(3)}


@pytest.fixture
def filled(plan):
    plan.sql("CREATE TABLE theirs (n int)")
    return plan.write(MIGRATIONS, FILES)


def test_a_filled_database_is_not_migrated_from_the_beginning(filled):
    for command in ("plan", "run", "run"):
        filled.exits(5, "is not empty", "theirs", "pgprimer baseline --step schema --all", "nothing was changed", arguments=[command])
    assert filled.sql("SELECT to_regclass('mark') IS NULL AND to_regnamespace('pgprimer') IS NULL") == "t"


@pytest.mark.parametrize("text,files", [('sql = ["a.sql"]\n', {"a.sql": marker(1)}), ('exec = ["./a.sh"]\n', {"a.sh": "#!/bin/sh\n"}),
                                        ('[[step.ensure.schema]]\nname = "extra"\n', {})], ids=["changed scripts", "hook", "ensure"])
def test_what_may_run_on_a_filled_database(filled, text, files):
    filled.write('[[step]]\nname = "s"\n' + text, files).ok()
    filled.write('[[step]]\nname = "s"\n' + text + MIGRATIONS, FILES).ok()  # it has been primed once: known


@pytest.mark.parametrize("what", ["CREATE EXTENSION hstore", "CREATE TABLE schema_migrations (version bigint primary key, dirty boolean not null)", "CREATE SCHEMA empty_one",
                                  "CREATE TEMP TABLE t (n int)", "CREATE VIEW v AS SELECT 1"])
def test_what_does_not_fill_a_database(plan, what):
    plan.sql(what)
    plan.write(MIGRATIONS, FILES).ok()
    assert marks(plan) == [1, 2, 3]


def test_once_counts_like_a_migration(filled):
    filled.write('[[step]]\nname = "s"\nsql = ["a.sql"]\nrerun = "once"\n', {"a.sql": marker(1)}).exits(5, "is not empty")


@pytest.mark.parametrize("arguments,recorded,left", [("--all", 3, []), ("--to 2", 2, [3]), ("--unit 1 --unit 2", 2, [3])])
def test_baseline(filled, arguments, recorded, left):
    filled.sql("CREATE TABLE mark (n int)")
    baseline = ["baseline", "--step", "schema", *arguments.split()]
    assert filled.ok(arguments=baseline).out.count("recorded as applied") == recorded
    filled.ok("nothing to record", arguments=baseline)
    assert set(filled.states().values()) == {"baseline"}
    filled.ok()
    assert marks(filled) == left
    filled.ok("nothing to do")


@pytest.mark.parametrize("arguments,says", [(["--step", "shema", "--all"], 'did you mean "schema"?'), (["--step", "schema", "--to", "9"], 'no version "9"'),
                                            (["--step", "schema", "--unit", "9"], 'no unit "9"'), (["--step", "schema"], "--all")])
def test_baseline_used_wrongly(filled, arguments, says):
    filled.exits(2, says, arguments=["baseline", *arguments])
    assert filled.sql("SELECT to_regnamespace('pgprimer') IS NULL") == "t"


def test_part_of_a_plan_does_not_open_the_way_for_the_rest(filled):
    """--only with what may run on a filled database is no first contact for its migrations."""
    filled.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n' + MIGRATIONS, {"a.sql": "SELECT 1;"})
    filled.ok(arguments=["--only", "s"])
    filled.exits(5, "is not empty", "baseline --step schema")
    assert filled.sql("SELECT to_regclass('mark') IS NULL") == "t"
    filled.ok(arguments=["baseline", "--step", "schema", "--all"])
    filled.ok()


def test_each_step_needs_its_own_baseline(filled):
    filled.write(MIGRATIONS + '[[step]]\nname = "more"\nmigrations = "n"\n', {"n/1_one.sql": marker(11)})
    filled.ok(arguments=["baseline", "--step", "schema", "--all"])
    filled.exits(5, 'step "more" would run from its beginning')
    filled.write(filled.text + "enabled = false\n").ok()
    filled.write(filled.text.replace("enabled = false\n", "")).ok()
    assert marks(filled) == [11]


def test_interrupted_at_first_contact(plan):
    """What the first run itself made does not fill the database."""
    plan.write(MIGRATIONS, {**FILES, "m/2_two.sql": "SELECT 1/0;"})
    plan.exits(1, "division by zero")
    plan.add(FILES).ok()
    assert marks(plan) == [1, 2, 3]


def test_what_was_interrupted_and_then_recorded_leaves_the_way_open(plan):
    """The database was empty when this plan began: recording one unit of it does not make the rest somebody else's."""
    plan.write(MIGRATIONS + '[[step]]\nname = "more"\nmigrations = "n"\n', {**FILES, "m/3_three.sql": "SELECT 1/0;", "n/1_one.sql": marker(11)})
    plan.exits(1, "division by zero")
    plan.ok("recorded as applied", arguments=["baseline", "--step", "schema", "--unit", "3"])
    plan.ok()
    assert marks(plan) == [1, 2, 11]


def test_a_schema_dropped_and_made_again(plan):
    plan.write(MIGRATIONS + '[[step]]\nname = "seed"\nsql = ["seed.sql"]\nrerun = "once"\n', {**FILES, "seed.sql": marker(9)}).ok()
    plan.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    planned = plan.exits(0, 'schema "public" was dropped and made again since 4 units ran in it: they run again', arguments=["plan"])
    assert planned.out.count("+ apply") == 4, planned
    plan.ok('schema "public" was dropped and made again', "they run again")
    assert marks(plan) == [1, 2, 3, 9]
    plan.ok("nothing to do")


def test_a_schema_dropped_and_filled_by_somebody_else(plan):
    plan.write(MIGRATIONS, FILES).ok()
    plan.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE theirs (n int)")
    for command in ("plan", "run"):
        plan.exits(5, 'schema "public" was dropped and made again since 3 units ran in it', "not empty", "theirs", "pgprimer repair --schema public",
                   arguments=[command])
    assert plan.sql("SELECT to_regclass('mark') IS NULL") == "t"
    plan.sql("DROP TABLE theirs")
    plan.ok()
    assert marks(plan) == [1, 2, 3]


def test_a_reset_with_two_projects(plan):
    """Whichever comes first fills the schema again; the other's rows are void, too."""
    text = MIGRATIONS + '[ledger]\nproject = "{}"\n'
    other = {"n/1_one.sql": "CREATE TABLE other (n int);"}
    one, two = text.format("one"), text.format("two").replace('"m"', '"n"')
    plan.write(one, {**FILES, **other}).ok()
    plan.write(two).ok()
    plan.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    plan.write(one).ok('schema "public" was dropped and made again since 3 units ran in it: they run again')
    plan.write(two).ok("1_one.sql")
    plan.ok("nothing to do")
    plan.write(one).ok("nothing to do")
    assert marks(plan) == [1, 2, 3] and plan.sql("SELECT to_regclass('other') IS NOT NULL") == "t"


def test_a_schema_that_the_step_itself_makes(plan):
    """Its first migration belongs to that schema, too, though it was not there when the migration began."""
    plan.write(MIGRATIONS + 'search_path = ["app", "public"]\n', {"m/1_one.sql": "CREATE SCHEMA app; " + marker(1), "m/2_two.sql": marker(2, table="app.mark")}).ok()
    plan.ok("nothing to do")
    plan.sql("DROP SCHEMA app CASCADE")
    plan.ok('schema "app" was dropped since 2 units ran in it: they run again')
    assert marks(plan, "app.mark") == [1, 2]
    plan.add({"m/3_three.sql": marker(3, table="app.mark")}).ok("1 applied, 2 unchanged")
    plan.ok("nothing to do")


def test_what_somebody_else_filled_a_schema_with_is_recorded(plan):
    plan.write(MIGRATIONS, FILES).ok()
    plan.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE mark (n int)")
    plan.exits(5, "pgprimer repair --schema public")
    assert plan.ok(arguments=["baseline", "--step", "schema", "--all"]).out.count("recorded as applied") == 3
    plan.ok("3 unchanged")
    plan.ok("nothing to do")
    assert marks(plan) == []


def test_only_the_dropped_schemas_units_run_again(plan):
    plan.sql("CREATE SCHEMA one; CREATE SCHEMA two")
    steps = "".join(f'[[step]]\nname = "{s}"\nsql = ["{s}.sql"]\nsearch_path = ["{s}"]\nrerun = "once"\n' for s in ("one", "two"))
    plan.write(steps, {"one.sql": marker(1), "two.sql": marker(2)}).ok()
    plan.sql("DROP SCHEMA two CASCADE; CREATE SCHEMA two")
    plan.ok()
    assert marks(plan, "one.mark") == [1] and marks(plan, "two.mark") == [2]


def test_a_restored_dump_is_known(server, plan, tmp_path, run, start):
    plan.write(MIGRATIONS + '[[step]]\nname = "hook"\nexec = ["./hook.sh"]\ninputs = ["hook.sh"]\n', {**FILES, "hook.sh": "#!/bin/sh\necho x >> count\n"}).ok()
    dump = execute([PG_BIN / "pg_dump", plan.url], minimal_environment("/nonexistent"))
    assert dump.exit == 0, dump
    copy = server.database()
    try:
        server.psql(f"SELECT lo_create(0) FROM generate_series(1, 50); ALTER DATABASE {name_of(copy)} SET search_path = public", copy)  # other OIDs
        server.psql("DROP SCHEMA public; CREATE SCHEMA public", copy)
        server.psql(dump.out.replace("SELECT pg_catalog.set_config('search_path', '', false);", ""), copy)
        restored = Plan(plan.folder, copy, run, start)
        result = restored.ok("the database was restored or upgraded")
        assert marks(restored) == [1, 2, 3], result
        assert (plan.folder / "count").read_text() == "x\n"
        assert restored.sql("SELECT count(*) FROM pgprimer.unit u JOIN pg_namespace n ON n.nspname = u.schema WHERE n.oid <> u.schema_oid") == "0"
        assert "restored" not in restored.ok("nothing to do").err
    finally:
        server.drop(copy)


def test_the_ledger_dropped_is_a_filled_database(plan):
    plan.write(MIGRATIONS, FILES).ok()
    plan.sql("DROP SCHEMA pgprimer CASCADE")
    plan.exits(5, "is not empty")
    plan.ok(arguments=["baseline", "--step", "schema", "--all"])
    plan.ok()
    assert marks(plan) == [1, 2, 3]


RESET = "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"


@pytest.mark.parametrize("how", ["whole", "stepwise", "hook"])
def test_a_plan_that_drops_the_schema_itself(plan, how):
    """What stands before the reset stays done, what stands after it is done again when the reset is."""
    reset = '[[step]]\nname = "reset"\nsql = ["reset.sql"]\n' + ('transaction = "stepwise"\n' if how == "stepwise" else "")
    if how == "hook":
        reset = '[[step]]\nname = "reset"\nexec = ["psql", "-qf", "reset.sql"]\ninputs = ["reset.sql"]\n'
    plan.sql("CREATE SCHEMA counts; CREATE SEQUENCE counts.before")
    plan.write('[[step]]\nname = "roles"\nsql = ["roles.sql"]\n' + reset + MIGRATIONS, {**FILES, "roles.sql": "SELECT nextval('counts.before');", "reset.sql": RESET})
    plan.ok()
    assert marks(plan) == [1, 2, 3]
    plan.ok("nothing to do")
    plan.add({"m/4_four.sql": marker(4)}).ok()
    plan.add({"reset.sql": RESET + "-- changed\n"}).ok()
    assert marks(plan) == [1, 2, 3, 4]
    plan.ok("nothing to do")
    assert plan.sql("SELECT last_value FROM counts.before") == "1"
