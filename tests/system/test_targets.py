"""Several targets: a login that an earlier step makes, databases that are made, roles and ledgers."""
import pytest

from plans import Plan, marker, marks
from support import name_of, psql


@pytest.fixture
def names(server, database):
    """A role and a database that are there only if the test made them; both gone afterwards."""
    name = name_of(database)
    yield f"{name}_login", f"{name}_new"
    server.psql(f"DROP DATABASE IF EXISTS {name}_new WITH (FORCE)")
    if server.psql(f"SELECT 1 FROM pg_roles WHERE rolname = '{name}_login'"):
        psql(database, f"DROP OWNED BY {name}_login CASCADE")
        server.psql(f"DROP ROLE {name}_login")


def two_targets(plan, login, password="pw"):
    url = plan.url.replace("postgres:s3cret@", f"{login}:{password}@")
    return plan.write(f"""
[target.admin]
url = "${{DATABASE_URL}}"
[target.app]
url = "{url}"
after = "roles"
[[step]]
name = "roles"
sql = ["roles.sql"]
[[step]]
name = "schema"
target = "app"
migrations = "m"
[[step]]
name = "hook"
target = "app"
exec = ["./hook.sh"]
inputs = ["hook.sh"]
""", {"roles.sql": f"CREATE ROLE {login} LOGIN PASSWORD 'pw';\nGRANT CREATE, USAGE ON SCHEMA public TO {login};\n", "m/1_one.sql": marker(1),
          "hook.sh": "#!/bin/sh\npsql -Atc 'INSERT INTO mark VALUES (2) RETURNING current_user'\n"})


def test_step_1_makes_the_login_that_step_2_uses(plan, names):
    login, _ = names
    two_targets(plan, login)
    planned = plan.ok(arguments=["plan"])
    assert "3 to do" in planned.out, planned
    plan.ok(f"| {login}")
    assert marks(plan) == [1, 2]
    assert plan.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'mark'") == login
    assert plan.sql("SELECT DISTINCT applied_by FROM pgprimer.unit WHERE unit = '1'") == login
    plan.ok("nothing to do")


def test_a_wrong_password_after_the_step_is_an_error(plan, names):
    login, _ = names
    two_targets(plan, login, "wrong").exits(6, login, "28P01")


def test_a_failing_role_step_is_the_error(plan, names):
    login, _ = names
    two_targets(plan, login).add({"roles.sql": "SELECT 1/0;"})
    plan.exits(1, "division by zero")


def test_the_login_of_another_database(plan, server, names):
    login, other = names
    plan.write(f"""
[target.admin]
url = "${{DATABASE_URL}}"
[target.app]
url = "{server.url(other, login, 'pw')}"
after = "make"
[[step]]
name = "make"
[[step.ensure.role]]
name = "{login}"
login = true
password = "pw"
[[step.ensure.database]]
name = "{other}"
owner = "{login}"
[[step]]
name = "schema"
target = "app"
migrations = "m"
""", {"m/1_one.sql": marker(1)})
    plan.ok()
    assert psql(server.url(other), "SELECT n FROM mark") == "1"
    assert psql(server.url(other), "SELECT count(*) FROM pgprimer.primed") == "1" and plan.sql("SELECT count(*) FROM pgprimer.primed") == "1"
    plan.ok("nothing to do")
    server.psql(f"DROP DATABASE {other}")
    plan.ok(f"created database {other}")
    assert psql(server.url(other), "SELECT n FROM mark") == "1"


def test_create_database(server, names, tmp_path, run, start):
    _, new = names
    plan = Plan(tmp_path, server.url(new), run, start)
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\n', {"s.sql": marker(1)})
    plan.exits(6, f'"{new}" does not exist', "create_database = true")
    plan.write('[target]\nurl = "${DATABASE_URL}"\ncreate_database = true\n' + '[[step]]\nname = "s"\nsql = ["s.sql"]\n')
    plan.ok("s.sql", arguments=["plan"])
    assert server.psql(f"SELECT count(*) FROM pg_database WHERE datname = '{new}'") == "0", "a plan makes nothing"
    started = [plan.start() for _ in range(6)]
    for process in started:
        result = process.wait()
        assert result.exit == 0, result
    assert sum("created database" in process.err for process in started) == 1
    assert marks(plan) == [1]
    plan.ok("nothing to do")


def test_two_projects_share_a_database(plan):
    plan.write('[ledger]\nproject = "one"\n[[step]]\nname = "s"\nsql = ["s.sql"]\n', {"s.sql": marker(1)}).ok()
    plan.change('"one"', '"two"').add({"s.sql": marker(2)}).ok()
    plan.ok("nothing to do")
    assert marks(plan) == [1, 2]
    assert plan.sql("SELECT project, unit FROM pgprimer.unit ORDER BY 1") == "one|s.sql\ntwo|s.sql"


def test_a_ledger_of_another_name(plan):
    plan.write('[ledger]\nschema = "My ledger"\n[[step]]\nname = "s"\nsql = ["s.sql"]\n', {"s.sql": marker(1)}).ok()
    assert plan.sql('SELECT unit FROM "My ledger".history') == "s.sql"
    plan.ok("nothing to do")


def test_a_role_that_may_not_create_the_ledger(plan, server, names):
    login, _ = names
    server.psql(f"CREATE ROLE {login} LOGIN PASSWORD 'pw'")
    plan.sql(f"GRANT ALL ON SCHEMA public TO {login}")
    plan.url = plan.url.replace("postgres:s3cret@", f"{login}:pw@")
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\n', {"s.sql": marker(1)})
    refused = plan.exits(6, "GRANT CREATE ON DATABASE", f'AUTHORIZATION "{login}"')
    assert "42501" in refused.err, refused
    psql(server.url(name_of(plan.url)), f"CREATE SCHEMA pgprimer AUTHORIZATION {login}")
    plan.ok()
    plan.ok("nothing to do")


def test_two_plans_that_name_their_databases_in_another_order(server, plan):
    """Neither waits for the other's lock while it holds its own."""
    other = server.database()
    try:
        targets = [f'[target.a]\nurl = "{plan.url}"\n', f'[target.b]\nurl = "{other}"\n']
        steps = "".join(f'[[step]]\nname = "{t}"\ntarget = "{t}"\nsql = ["{plan.folder}/a.sql"]\n' for t in "ab")
        plan.add({"a.sql": marker(1, 0.1)})
        started = [plan._start([], {"PGPRIMER_CONFIG_TOML": "".join(targets[::1 if n % 2 else -1]) + steps}) for n in range(8)]
        for process in started:
            result = process.wait(30)
            assert result.exit == 0, result
        assert marks(plan) == [1] and psql(other, "SELECT n FROM mark") == "1"
    finally:
        server.drop(other)


def test_two_addresses_of_one_database_are_refused_at_once(plan, server):
    """They would be two ledgers and two locks, one of which the run holds itself."""
    plan.write(f"""
[target.one]
url = "${{DATABASE_URL}}"
[target.two]
url = "{plan.url.replace('@' + server.host, '@localhost')}"
[[step]]
name = "one"
target = "one"
sql = ["x.sql"]
[[step]]
name = "two"
target = "two"
sql = ["x.sql"]
""", {"x.sql": "SELECT 1;"})
    result = plan.exits(2, "are two addresses of one database", "write host and port alike", timeout=30)
    assert server.password not in result.err, result


def test_a_time_zone_of_a_role_is_no_restart_of_the_server(plan, names):
    """ALTER ROLE ... SET timezone is what Django advises; the start time of the server is the same in every zone."""
    login, _ = names
    two_targets(plan, login)
    roles = (plan.folder / "roles.sql").read_text()
    plan.add({"roles.sql": f"{roles}ALTER ROLE {login} SET timezone TO 'Asia/Kolkata';\nALTER ROLE {login} SET datestyle TO 'SQL, DMY';\n"})
    result = plan.ok()
    assert "restarted" not in result.err and marks(plan) == [1, 2], result
