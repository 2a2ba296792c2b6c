"""Five failures of a real workflow: first as it was written, without pgprimer, then gone with it."""
import time

import pytest

from django_project import FOLDER, PLAN, Project, virtual_environment
from support import PG_BIN, Process, eventually, execute, minimal_environment, name_of, os_user, psql

RUN = ["run", "--config", PLAN]
SEED = ["bash", FOLDER / "seed.sh"]
SMOKE = ["python", "manage.py", "smoke", "--tenant-name", "test_tenant"]


@pytest.fixture
def project(tmp_path):
    return Project(virtual_environment(), tmp_path)


@pytest.fixture
def databases(server):
    """Makes databases, dropped after the test."""
    made = []

    def make():
        made.append(server.database())
        return made[-1]

    yield make
    for url in made:
        server.drop(url)


def shell(script, url, **env):
    """bash with psql's tools aimed at the database, from a folder of no meaning."""
    host, _, port = url.rpartition("@")[2].partition("/")[0].partition(":")
    return execute(["bash", "-c", script], minimal_environment("/", {"PGHOST": host, "PGPORT": port, "URL": url, **env}), timeout=30)


def plan_of(folder, text, **files):
    for name, content in files.items():
        (folder / f"{name}.sql").write_text(content)
    (folder / "pgprimer.toml").write_text('[target]\nurl = "${DATABASE_URL}"\n' + text)
    return ["run", "--config", folder / "pgprimer.toml"]


# 1. Tables are missing

def test_tests_begin_before_migrations_end(run, start, project, databases):
    without = databases()
    project.hold("migrate --noinput")
    workflow = project.begin(SEED, without)
    project.held("migrate --noinput", workflow)
    smoke = project.execute(["bash", "-c", 'until pg_isready -U postgres; do sleep 1; done; exec "$@"', "-", *SMOKE], without)
    project.release()
    assert smoke.exit != 0 and 'relation "carriers_carrier" does not exist' in smoke.err, smoke
    workflow.wait()

    url = databases()
    project.hold("migrate --noinput")
    seen = len(project.starts())
    primer = start(RUN, project.env(url))
    tests = start(["wait", "--config", PLAN, "--for", "primed", "--timeout", "60s", "--", *SMOKE], project.env(url), cwd=FOLDER / "project")
    eventually(lambda: project.commands()[seen:] or not primer.running, 30, message=lambda: primer.err)
    time.sleep(0.5)
    assert primer.running and tests.running, f"{primer.err}\n{tests.err}"
    project.release()
    primed, tested = primer.wait(), tests.wait()
    assert primed.exit == 0, primed
    assert tested.exit == 0 and "smoke passed" in tested.out, tested


def test_a_failure_behind_true_leaves_tables_missing(run, project, databases):
    without = databases()
    workflow = project.execute(SEED, without)
    assert workflow.exit == 0, "the workflow is green ..."
    assert "No installed app with label 'test_tenant'" in workflow.err, workflow
    smoke = project.execute(SMOKE, without)
    assert smoke.exit != 0 and 'relation "suppliers_supplier" does not exist' in smoke.err, "... and its tests fail"

    url = databases()
    mistaken = project.plan({'"--schema", "test_tenant"': '"--tenant", "test_tenant"'})
    red = run(["run", "--config", mistaken], project.env(url))
    assert red.exit == 1, red
    assert "No installed app with label 'test_tenant'" in red.err and "tables of test tenant" in red.err, red
    green = run(RUN, project.env(url))
    assert green.exit == 0, green
    smoke = project.execute(SMOKE, url)
    assert smoke.exit == 0, smoke


# 2. Duplicate keys at the second run

def test_duplicate_keys_at_the_second_run(run, project, databases):
    without = databases()
    for command in (["migrate", "--noinput"], ["seed_carriers"]):
        assert project.manage(without, *command).exit == 0
    second = project.manage(without, "seed_carriers")
    assert second.exit != 0 and "duplicate key value violates unique constraint" in second.err, second

    url = databases()
    plan = project.plan(append='\n[[step]]\nname = "carriers"\nexec = ["python", "manage.py", "seed_carriers"]\ncwd = "project"\n'
                               'inputs = ["project/carriers/management/commands/*.py"]\n')
    for _ in range(2):
        result = run(["run", "--config", plan], project.env(url))
        assert result.exit == 0, result
    assert project.commands().count("seed_carriers") == 3  # two of them by hand
    assert psql(url, "SELECT count(*) FROM carriers_carrier") == "4"


def test_duplicate_keys_from_a_seed_script(run, tmp_path, databases):
    table = "CREATE TABLE supplier (code text PRIMARY KEY);"
    seed = "INSERT INTO supplier VALUES ('A'), ('B');"
    without = databases()
    psql(without, table + seed)
    again = psql(without, seed, check=False)
    assert again.exit == 3 and "duplicate key value violates unique constraint" in again.err, again

    url = databases()
    run_plan = plan_of(tmp_path, '[[step]]\nname = "seeds"\nsql = ["table.sql", "seed.sql"]\nrerun = "once"\n', table=table, seed=seed)
    for _ in range(2):
        result = run(run_plan, {"DATABASE_URL": url})
        assert result.exit == 0, result
    assert psql(url, "SELECT count(*) FROM supplier") == "2"


# 3. role "root" does not exist

def test_the_user_is_not_guessed_from_the_operating_system(run, server, database):
    user = os_user()
    if server.psql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{user}'") != "0":
        pytest.skip(f"a role {user} exists")
    missing = f'role "{user}" does not exist'
    url = server.socket_url(name_of(database))
    without = psql(url, "SELECT 1", check=False)
    assert without.exit == 2 and missing in without.err, without
    # The health check asks as the operating system's user as well: it is satisfied, and fills the server's log.
    written = len(server.log())
    probe = execute([PG_BIN / "pg_isready", "-h", server.sockets, "-p", str(server.port)], minimal_environment("/"))
    assert probe.exit == 0, probe
    eventually(lambda: missing in server.log()[written:], 5)

    written = len(server.log())
    ready = run(["wait", url])
    assert ready.exit == 0, ready
    script = run(["sql", "--database-url", url, "-"], stdin="CREATE TABLE made_by AS SELECT current_user AS name;")
    assert script.exit == 0, script
    assert psql(database, "SELECT name FROM made_by") == "postgres"
    assert missing not in server.log()[written:]


def test_a_wrong_user_ends_at_once_and_says_where_it_came_from(run, server, database):
    url = server.url(name_of(database), user="root")
    without = shell('until pg_isready -d "$URL"; do sleep 1; done; psql "$URL" -c "SELECT 1"', url)
    assert "accepting connections" in without.out and without.exit == 2, without
    began = time.monotonic()
    refused = run(["wait"], {"DATABASE_URL": url})
    assert refused.exit == 6, refused
    assert time.monotonic() - began < 5
    assert "root" in refused.err and "DATABASE_URL" in refused.err, refused
    assert server.password not in refused.err + refused.out


# 4. Ready checks that lie

def test_ready_though_the_database_is_missing(run, server):
    url = server.url("not_there")
    without = shell('until pg_isready -d "$URL"; do sleep 1; done; psql "$URL" -c "SELECT 1"', url)
    assert "accepting connections" in without.out, without
    assert without.exit == 2 and 'database "not_there" does not exist' in without.err, without
    refused = run(["wait", url])
    assert refused.exit == 6 and "not_there" in refused.err, refused


def test_ready_though_the_database_comes_later(run, start, server, tmp_path):
    url = server.url("comes_later")
    without = shell('pg_isready -d "$URL" && psql "$URL" -c "SELECT 1"', url)
    assert "accepting connections" in without.out and without.exit == 2, without
    (tmp_path / "pgprimer.toml").write_text(f'[target]\nurl = "{url}"\nwait_for_database = true\n')
    waiting = start(["wait", "--config", tmp_path / "pgprimer.toml"])
    time.sleep(0.5)
    assert waiting.running, waiting.wait()
    try:
        server.psql("CREATE DATABASE comes_later")
        result = waiting.wait()
        assert result.exit == 0, result
    finally:
        server.drop(url)


def test_ready_during_the_temporary_init_server(run, start, own_server):
    """The image's entrypoint runs one on the socket only, stops it after the init scripts, then starts the real one."""
    own_server.start(listen_addresses="")
    url = own_server.socket_url(user="postgres")
    lies = execute([PG_BIN / "pg_isready", "-h", own_server.sockets, "-p", str(own_server.port)], minimal_environment("/"))
    assert lies.exit == 0 and "accepting connections" in lies.out, lies
    migrating = Process([PG_BIN / "psql", "-X", "-c", "SELECT pg_sleep(20)", url], minimal_environment("/"))
    eventually(lambda: psql(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()") == "1")
    waiting = start(["wait", "--timeout", "30s", url])
    time.sleep(0.5)
    own_server.stop()
    cut = migrating.wait(10)
    assert cut.exit != 0 and "terminating connection" in cut.err, cut
    assert waiting.running, waiting.wait()
    own_server.start()
    result = waiting.wait()
    assert result.exit == 0, result


def test_the_temporary_init_server_alone_is_never_ready(run, own_server):
    own_server.start(listen_addresses="")
    for url in (own_server.socket_url(user="postgres"), own_server.url()):
        result = run(["wait", "--timeout", "1s", url])
        assert result.exit == 3, result


# 5. Scripts that cannot run twice

ONLY_ONCE = """CREATE EXTENSION "uuid-ossp";
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE job (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), state state NOT NULL);
INSERT INTO job (state) VALUES ('new');
"""


def test_scripts_that_cannot_run_twice(run, tmp_path, databases):
    without = databases()
    psql(without, ONLY_ONCE)
    again = psql(without, ONLY_ONCE, check=False)
    assert again.exit == 3 and 'extension "uuid-ossp" already exists' in again.err, again

    url = databases()
    run_plan = plan_of(tmp_path, '[[step]]\nname = "init"\nsql = ["init.sql"]\n', init=ONLY_ONCE)
    for _ in range(3):
        result = run(run_plan, {"DATABASE_URL": url})
        assert result.exit == 0, result
    assert psql(url, "SELECT count(*) FROM job") == "1"


def test_a_script_that_failed_halfway_can_be_run_again(run, tmp_path, databases):
    broken = ONLY_ONCE + "INSERT INTO jobs (state) VALUES ('done');\n"
    mended = broken.replace("INTO jobs", "INTO job")
    without = databases()
    assert psql(without, broken, check=False).exit == 3
    stuck = psql(without, mended, check=False)
    assert stuck.exit == 3 and "already exists" in stuck.err, stuck

    url = databases()
    run_plan = plan_of(tmp_path, '[[step]]\nname = "init"\nsql = ["init.sql"]\n', init=broken)
    failed = run(run_plan, {"DATABASE_URL": url})
    assert failed.exit == 1 and "init.sql:5" in failed.err and 'relation "jobs" does not exist' in failed.err, failed
    assert psql(url, "SELECT to_regclass('job') IS NULL") == "t"
    (tmp_path / "init.sql").write_text(mended)
    result = run(run_plan, {"DATABASE_URL": url})
    assert result.exit == 0, result
    assert psql(url, "SELECT count(*) FROM job") == "2"
