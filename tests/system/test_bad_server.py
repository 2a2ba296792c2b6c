"""What changes under a run on the server: rights, the database, the disk, the clock. A clear end, and the next start goes on."""
import os
import shutil
import subprocess

import pytest

from plans import Plan, marker, marks
from support import eventually, free_port, psql

STEP = '[[step]]\nname = "schema"\nmigrations = "migrations"\n'


def three(sleep=1.5):
    return {f"migrations/{n}_m.sql": marker(n, sleep if n == 2 else 0) for n in (1, 2, 3)}


@pytest.fixture
def role(server, plan):
    """A role with rights that can be taken from it, which the plan uses."""
    name, database = f"worker_{free_port()}", plan.url.rpartition("/")[2]
    plan.sql(f"CREATE ROLE {name} LOGIN PASSWORD 'pw-of-worker'; GRANT CREATE ON DATABASE {database} TO {name}; GRANT CREATE, USAGE ON SCHEMA public TO {name}")
    owner, plan.url = plan.url, server.url(database, user=name, password="pw-of-worker")
    yield name, owner
    psql(owner, f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


def in_second(plan, owner):
    eventually(lambda: int(psql(owner, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(%' "
                                       "AND pid <> pg_backend_pid()")))


def test_a_role_that_may_not_create_any_more(plan, role):
    name, owner = role
    files = three() | {"migrations/3_m.sql": "CREATE TABLE third (n int);\n" + marker(3)}
    process = plan.write(STEP, files).start()
    in_second(plan, owner)
    psql(owner, f"REVOKE CREATE ON SCHEMA public FROM {name}")
    result = process.wait()
    assert result.exit == 1 and "42501" in result.err and "3_m.sql" in result.err and "permission denied for schema public" in result.err, result
    assert marks(plan) == [1, 2], "what was done stays recorded"
    psql(owner, f"GRANT CREATE ON SCHEMA public TO {name}")
    plan.ok()
    assert marks(plan) == [1, 2, 3]


def test_a_role_that_may_not_write_the_ledger_any_more(plan, role):
    name, owner = role
    process = plan.write(STEP, three()).start()
    in_second(plan, owner)
    psql(owner, "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'pgprimer' LOOP "
                f"EXECUTE format('ALTER TABLE pgprimer.%I OWNER TO postgres; GRANT SELECT ON pgprimer.%I TO {name}', t, t); END LOOP; END $$;")
    result = process.wait()
    assert result.exit in (1, 6) and "42501" in result.err and "ledger" in result.err and "GRANT" in result.err, result
    before = marks(plan)
    assert before in ([1], [1, 2]), "no effect without its row"
    psql(owner, f"GRANT ALL ON ALL TABLES IN SCHEMA pgprimer TO {name}")
    plan.ok()
    assert marks(plan) == [1, 2, 3]


def test_a_role_that_may_not_log_in_any_more(server, plan, role):
    name, owner = role
    process = plan.write(STEP, three()).start()
    in_second(plan, owner)
    psql(owner, f"ALTER ROLE {name} NOLOGIN")
    server.kill_backends(f"usename = '{name}'")
    result = process.wait()
    assert result.exit == 6 and f'role "{name}" is not permitted to log in' in result.err, result
    psql(owner, f"ALTER ROLE {name} LOGIN")
    plan.ok()
    assert marks(plan) == [1, 2, 3]


@pytest.mark.parametrize("made_again", [False, True])
def test_a_database_that_is_dropped(server, plan, made_again):
    database = plan.url.rpartition("/")[2]
    if made_again:
        plan.write('[target]\nurl = "${DATABASE_URL}"\ncreate_database = true\n' + STEP, three())
    else:
        plan.write(STEP, three())
    process = plan.start()
    eventually(plan.sleeping)
    psql(server.url("postgres"), f"DROP DATABASE {database} WITH (FORCE)")
    result = process.wait()
    if made_again:
        assert result.exit == 0 and marks(plan) == [1, 2, 3], result
    else:
        assert result.exit == 6 and f'database "{database}" does not exist' in result.err and "connection lost" in result.err, result
        psql(server.url("postgres"), f"CREATE DATABASE {database}")
        plan.ok()
        assert marks(plan) == [1, 2, 3]


def test_a_disk_that_is_full(server, plan):
    disk, name = server.folder / f"small-{free_port()}", f"small_{free_port()}"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2M,mode=777", "tmpfs", disk], capture_output=True, check=False).returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        (disk / "space").mkdir()
        stat = server.data.stat()
        os.chown(disk / "space", stat.st_uid, stat.st_gid)
        plan.sql(f"CREATE TABLESPACE {name} LOCATION '{disk}/space'")
        large = f"CREATE TABLE large TABLESPACE {name} AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 4000);\n" + marker(2)
        plan.write(STEP, {"migrations/1_m.sql": marker(1), "migrations/2_m.sql": large, "migrations/3_m.sql": marker(3)})
        plan.exits(1, "53100", "No space left on device", "2_m.sql:1", "Check free disk space")
        assert marks(plan) == [1] and plan.sql("SELECT to_regclass('large')") == ""
        subprocess.run(["mount", "-o", "remount,size=64M", disk], check=True)
        plan.ok()
        assert marks(plan) == [1, 2, 3]
    finally:
        plan.sql(f"DROP TABLE IF EXISTS large; DROP TABLESPACE IF EXISTS {name}")
        subprocess.run(["umount", disk], check=True)
        shutil.rmtree(disk)


@pytest.mark.parametrize("when", ["1970-01-02", "2199-01-01"])
def test_files_of_a_clock_that_jumped(plan, when):
    plan.write(STEP, {f"migrations/{n}_m.sql": marker(n) for n in (1, 2)})
    for file in (plan.folder / "migrations").iterdir():
        subprocess.run(["touch", "-d", when, file], check=True)
    plan.ok("2 applied")
    plan.ok("nothing to do")
    plan.add({"migrations/3_m.sql": marker(3)})
    subprocess.run(["touch", "-d", when, plan.folder / "migrations/3_m.sql"], check=True)
    plan.ok("1 applied")
    assert marks(plan) == [1, 2, 3]


def test_rows_of_a_clock_that_jumped(plan):
    """What is newest is told by what the ledger holds, not by when."""
    plan.write(STEP, {f"migrations/{n}_m.sql": marker(n) for n in (1, 2)}).ok()
    plan.sql("UPDATE pgprimer.unit SET applied_at = '2199-01-01'; UPDATE pgprimer.primed SET at = '2199-01-01'; UPDATE pgprimer.step SET at = '1970-01-01'")
    plan.ok("nothing to do")
    plan.add({"migrations/3_m.sql": marker(3)}).ok("1 applied")
    plan.ok("nothing to do")
    assert marks(plan) == [1, 2, 3]
