"""ensure: there, or made so, and the second time nothing; expect: all that is missing in one message."""
import pytest

from support import eventually

ENSURE = """
[[step]]
name = "ensure"
[[step.ensure.role]]
name = "{p}_group"
[[step.ensure.role]]
name = "{p}_app"
login = true
attributes = ["createdb", "connection limit 5"]
password = "${{PW:-first}}"
member_of = ["{p}_group"]
set = {{ statement_timeout = "30s" }}
[[step.ensure.database]]
name = "{p}_db"
owner = "{p}_app"
[[step.ensure.schema]]
name = "app"
owner = "{p}_app"
[[step.ensure.extension]]
name = "pgcrypto"
[[step.ensure.extension]]
name = "hstore"
schema = "app"
[[step.ensure.grant]]
to = "{p}_group"
privileges = ["USAGE"]
on = "schema app"
[[step.ensure.grant]]
to = "{p}_group"
privileges = ["SELECT"]
on = "tables in schema app"
default = true
for_role = "postgres"
"""


@pytest.fixture
def prefix(server, plan):
    name = plan.url.rpartition("/")[2]
    yield name
    server.psql(f"DROP DATABASE IF EXISTS {name}_db")
    plan.sql(f"DROP SCHEMA IF EXISTS app CASCADE; DROP OWNED BY {name}_app; DROP OWNED BY {name}_group; DROP ROLE {name}_app; DROP ROLE {name}_group")


def test_ensure_twice(server, plan, prefix):
    plan.write(ENSURE.format(p=prefix))
    planned = plan.ok(f"create role {prefix}_app", "not so yet", arguments=["plan"])
    assert server.psql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{prefix}_app'") == "0", planned
    first = plan.ok(f"created role {prefix}_app", f"created database {prefix}_db", "created schema app", "created extension hstore", "changed")
    assert "first" not in first.err
    assert server.psql(f"SELECT rolcanlogin, rolcreatedb, rolconnlimit, rolpassword LIKE 'SCRAM-SHA-256%', setconfig FROM pg_authid a, pg_db_role_setting WHERE setrole = a.oid AND rolname = '{prefix}_app'") == \
        "t|t|5|t|{statement_timeout=30s}"
    assert server.psql("SELECT 1", url=server.url(f"{prefix}_db", f"{prefix}_app", "first")) == "1"
    plan.sql(f"CREATE TABLE app.t (n int); SET ROLE {prefix}_group; SELECT * FROM app.t")
    second = plan.ok("nothing to do")
    assert "[ensure]" not in second.err, second
    assert "Nothing to do" in plan.ok(arguments=["plan"]).out


def test_ensure_changes_only_what_differs(server, plan, prefix):
    plan.write(ENSURE.format(p=prefix)).ok()
    server.psql(f"ALTER ROLE {prefix}_app NOCREATEDB; REVOKE {prefix}_group FROM {prefix}_app")
    result = plan.ok("2 changed")
    assert f"{prefix}_group" in result.err and "createdb" in result.err.lower(), result
    plan.ok("1 changed", env={"PW": "second"})
    assert server.psql("SELECT 1", url=server.url(f"{prefix}_db", f"{prefix}_app", "second")) == "1"
    plan.ok("nothing to do", env={"PW": "second"})


def test_many_starters_ensure_the_same(plan, prefix):
    plan.write(ENSURE.format(p=prefix))
    started = [plan.start() for _ in range(8)]
    for process in started:
        result = process.wait()
        assert result.exit == 0, result


EXPECT = """
[[step]]
name = "schema"
migrations = "m"
[[step]]
name = "what tests rely on"
[step.expect]
relations = ["one", "two", "missing_one"]
columns = ["one.n", "one.nothing"]
extensions = ["plpgsql", "hstore"]
roles = ["postgres", "nobody_there"]
schemas = ["public", "elsewhere"]
settings = { server_encoding = "UTF8", max_connections = "1" }
queries = ["SELECT true", "SELECT count(*) = 5 FROM one", "SELECT * FROM nowhere"]
"""


def test_everything_missing_in_one_message(plan):
    plan.write(EXPECT, {"m/1_one.sql": "CREATE TABLE one (n int);", "m/2_two.sql": "CREATE TABLE two (n int);"})
    result = plan.exits(1, "8 of 16 expectations do not hold", "missing_one", "nothing", "hstore", "nobody_there", "elsewhere", "max_connections", "count(*) = 5", "nowhere")
    assert "plpgsql" not in result.err
    assert result.err.index("missing_one") < result.err.index("nowhere")
    dry = plan.run("plan")
    assert dry.exit == 0 and dry.out.count("does not hold now") == 8, dry


def test_who_should_have_made_it(plan):
    plan.write("""
[[step]]
name = "schema"
migrations = "m"
[[step]]
name = "roles"
sql = ["roles.sql"]
[[step]]
name = "rely"
expect = { relations = ["two"], schemas = ["extra"], columns = ["one.later"] }
""", {"m/1_one.sql": "CREATE TABLE one (n int);", "m/2_two.sql": "CREATE TABLE two (n int);\nALTER TABLE one ADD COLUMN later int;", "roles.sql": "CREATE SCHEMA IF NOT EXISTS extra;"})
    plan.ok()
    plan.sql("DROP TABLE two; DROP SCHEMA extra; ALTER TABLE one DROP COLUMN later")
    result = plan.exits(1, "3 of 3 expectations do not hold", "2_two.sql", 'of step "schema"', 'roles.sql of step "roles"')
    assert "1_one.sql" not in result.err, result


def test_expectations_change_nothing(plan):
    plan.sql("CREATE TABLE t (n int)")
    plan.write('[[step]]\nname = "rely"\nexpect = { queries = ["INSERT INTO t VALUES (1) RETURNING true"] }\n')
    plan.exits(1, "read-only")
    assert plan.sql("SELECT count(*) FROM t") == "0"


def test_expectations_are_tried_again(plan, start):
    """What somebody else is about to make."""
    plan.write('[[step]]\nname = "rely"\nexpect = { relations = ["made_later"] }\nretries = 5\n')
    process = plan.start()
    eventually(lambda: "trying again (1 of 5)" in process.err)
    plan.sql("CREATE TABLE made_later (n int)")
    result = process.wait(10)
    assert result.exit == 0 and "(3 of 5)" not in result.err, result


def test_names_in_mixed_case_are_shown_as_they_are_to_be_written(plan):
    plan.sql('CREATE TABLE "Order" ("Id" int)')
    plan.write("""[[step]]
name = "rely"
expect = { relations = ["Order"], columns = ['"Order".id'] }
""")
    plan.exits(1, 'there is "Order"', 'Order has "Id"')


def test_who_should_have_made_a_name_in_quotes_or_a_columns_table(plan):
    plan.write("""
[[step]]
name = "schema"
migrations = "m"
[[step]]
name = "rely"
expect = { relations = ['"My S"."Two Words"'], columns = ["three.n"] }
""", {"m/1_one.sql": 'CREATE SCHEMA "My S"; CREATE TABLE "My S"."Two Words" (n int);', "m/2_three.sql": "CREATE TABLE three (\n  n int\n);"})
    plan.ok()
    plan.sql('DROP TABLE "My S"."Two Words", three')
    plan.exits(1, '"Two Words" does not exist; migration m/1_one.sql', "there is no relation three; migration m/2_three.sql")


def test_malformed_names_are_told_before_anything_runs(plan):
    plan.write('[[step]]\nname = "t"\nsql = ["t.sql"]\n[[step]]\nname = "rely"\nexpect = { relations = ["a.b.c", "fine"], columns = ["n"] }\n', {"t.sql": "CREATE TABLE t ();"})
    for command in (["check"], ["plan"], ["run"]):
        plan.exits(2, 'pgprimer.toml:8:25: "a.b.c" is not the name of a relation', '"n" is not the name of a column', arguments=command)
    assert plan.sql("SELECT to_regclass('t') IS NULL") == "t"


@pytest.mark.parametrize("query", ["SELECT $1::boolean", "SELECT raise('08006')", "SELECT raise('57P01')"])
def test_an_error_that_speaks_of_connections_is_an_error_of_the_query(plan, query):
    """dblink and postgres_fdw raise the like; this connection is there."""
    plan.sql("CREATE FUNCTION raise(state text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = state; END $$")
    plan.write(f'[[step]]\nname = "rely"\nexpect = {{ queries = ["{query}"] }}\n')
    result = plan.exits(1, "1 of 1 expectation does not hold", "query fails")
    assert "connection lost" not in result.err, result


def test_set_role(plan, prefix):
    """Whose objects they are, whose default privileges, who asks."""
    plan.write(f"""
[target]
url = "${{DATABASE_URL}}"
allow_destructive = true
[[step]]
name = "role"
[[step.ensure.role]]
name = "{prefix}_app"
[[step.ensure.role]]
name = "{prefix}_group"
[[step]]
name = "may"
sql = ["may.sql"]
[[step]]
name = "schema"
set_role = "{prefix}_app"
[[step.ensure.schema]]
name = "app"
[[step.ensure.grant]]
to = "{prefix}_group"
privileges = ["SELECT"]
on = "tables in schema app"
default = true
[[step]]
name = "hook"
set_role = "{prefix}_app"
exec = ["psql", "-qc", "CREATE TABLE app.t AS SELECT current_setting('statement_timeout') AS s"]
statement_timeout = "7s"
inputs = ["may.sql"]
[[step]]
name = "flush"
set_role = "{prefix}_app"
flush = {{ keep = ["postgres_s"] }}
[[step]]
name = "rely"
set_role = "{prefix}_app"
expect = {{ queries = ["SELECT current_user = '{prefix}_app'"] }}
[[step]]
name = "rely on us"
expect = {{ queries = ["SELECT current_user = 'postgres'"] }}
""", {"may.sql": f"GRANT CREATE ON DATABASE {prefix} TO {prefix}_app; CREATE TABLE postgres_s AS SELECT 1 n;"})
    plan.ok()
    assert plan.sql("SELECT nspowner::regrole, (SELECT relowner::regrole FROM pg_class WHERE oid = 'app.t'::regclass), "
                    f"has_table_privilege('{prefix}_group', 'app.t', 'SELECT'), (SELECT count(*) FROM app.t) FROM pg_namespace WHERE nspname = 'app'") == f"{prefix}_app|{prefix}_app|t|0"
    plan.ok("Nothing to do", arguments=["plan"])
    assert "lock" not in plan.ok("nothing to do").err
    plan.write(plan.text.replace('keep = ["postgres_s"]', ""))
    plan.exits(1, "permission denied for table postgres_s")
    plan.write('[[step]]\nname = "rely"\nset_role = "nix"\nexpect = { queries = ["SELECT true"] }\n')
    plan.exits(1, 'pgprimer.toml:3:1: set_role: role "nix" does not exist')


def test_a_plan_for_what_earlier_steps_make(plan, prefix):
    plan.write(f"""
[[step]]
name = "types"
sql = ["t.sql"]
[[step]]
name = "role"
[[step.ensure.role]]
name = "{prefix}_app"
[[step.ensure.role]]
name = "{prefix}_group"
[[step]]
name = "grants"
[[step.ensure.grant]]
to = "{prefix}_app"
privileges = ["EXECUTE"]
on = "function f(mood)"
""", {"t.sql": "CREATE TYPE mood AS ENUM ('a'); CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1';"})
    plan.ok("known once the steps above have run", arguments=["plan"])
    plan.ok()
    plan.ok("Nothing to do", arguments=["plan"])
