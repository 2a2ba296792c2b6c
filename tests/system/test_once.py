"""Once: killed at any moment, frozen, overtaken: each unit's effect is there one time. test_soak.py does more of it at random."""
import re
import signal
import time

import pytest

from plans import marker, marks
from support import eventually, name_of

MIGRATIONS = '[[step]]\nname = "schema"\nmigrations = "migrations"\n'


def migrations(count, sleep=0.0):
    return {f"migrations/{n:03}_m.sql": marker(n, sleep) for n in range(1, count + 1)}


def kill_again_and_again(plan, moments):
    """Starts and kills, at a later moment each time; then lets one end. How many were killed at work."""
    killed = 0
    for moment in moments:
        process = plan.start()
        time.sleep(moment)
        if process.running:
            killed += 1
        process.kill()
    return killed


def moments(count, last):
    return [last * n / count for n in range(count)]


def test_copy_killed_at_many_moments(plan):
    data = "".join(f"{n}\tsome text of the line\n" for n in range(300_000))
    plan.write('[[step]]\nname = "data"\nsql = ["a.sql", "b.sql"]\nrerun = "once"\n', {
        "a.sql": "CREATE TABLE a (n int, t text);\nCOPY a FROM stdin;\n" + data + "\\.\n",
        "b.sql": "CREATE TABLE b (n int, t text);\nCOPY b FROM stdin;\n" + data + "\\.\n"})
    kill_again_and_again(plan, moments(10, 0.6))
    plan.ok()
    assert plan.sql("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == "300000|300000"


def test_stepwise_script_killed_at_many_moments(plan):
    """What a transaction covers is exactly once; what became of CREATE INDEX CONCURRENTLY is looked up."""
    plan.write('[[step]]\nname = "steps"\nsql = ["s.sql"]\ntransaction = "stepwise"\n', {
        "s.sql": "CREATE TABLE mark (n int);\n" + "".join(f"INSERT INTO mark SELECT {n} FROM pg_sleep(0.03);\n" for n in range(1, 9)) +
                 "CREATE INDEX CONCURRENTLY i ON mark (n);\nINSERT INTO mark SELECT 9 FROM pg_sleep(0.03);\n"})
    kill_again_and_again(plan, moments(16, 0.5))
    plan.ok()
    assert marks(plan) == list(range(1, 10))
    assert plan.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == "t"


def test_hook_killed_at_many_moments(plan):
    """A hook runs at least once; never two of them at the same moment."""
    plan.write('[[step]]\nname = "hook"\nexec = ["./hook.sh"]\ninputs = ["hook.sh"]\n', {
        "hook.sh": "#!/bin/sh\nmkdir busy || echo twice >> twice\nsleep 0.3\nrmdir busy\necho done >> done\n"})
    for moment in moments(8, 0.5):
        process = plan.start()
        time.sleep(moment)
        process.kill()
        time.sleep(0.05)
        if (plan.folder / "busy").exists():  # it died with its parent
            (plan.folder / "busy").rmdir()
    plan.ok()
    assert not (plan.folder / "twice").exists()
    times = len((plan.folder / "done").read_text().split())
    assert times >= 1
    plan.ok("nothing to do")
    assert len((plan.folder / "done").read_text().split()) == times


def test_a_frozen_starter_is_named_and_the_wait_ends(plan):
    plan.write('[lock]\nwait = "1500ms"\n' + MIGRATIONS, migrations(2, 1.0))
    holder = plan.start()
    eventually(plan.sleeping)
    holder.signal(signal.SIGSTOP)
    try:
        waiting = [plan.start() for _ in range(3)]
        pids = plan.sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock' "
                        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").split()
        for process in waiting:
            result = process.wait(20)
            assert result.exit == 4, result
            assert any(f"pid {pid}" in result.err and f"SELECT pg_terminate_backend({pid})" in result.err for pid in pids), (pids, result)
            assert re.search(r", since 20[\d-]+ [\d:]+\S* \(00:00:0\d ago\)", result.err), result
            assert "step schema" in result.err and "[lock] wait" in result.err, result
    finally:
        holder.signal(signal.SIGCONT)
    assert holder.wait().exit == 0
    assert marks(plan) == [1, 2]


def test_waiters_find_it_done_when_the_holder_ends(plan):
    plan.write(MIGRATIONS, migrations(2, 0.5))
    holder = plan.start()
    eventually(plan.sleeping)
    waiters = [plan.start() for _ in range(4)]
    for process in [holder, *waiters]:
        result = process.wait(30)
        assert result.exit == 0, result
    assert all("another run holds the lock" in process.err for process in waiters), waiters[0].err
    assert marks(plan) == [1, 2]


def test_the_next_waits_for_a_killed_clients_backend(plan):
    """The lock is free at once, the work is not: the server finds out about the dead client only later."""
    plan.write(MIGRATIONS, migrations(3, 1.2))
    first = plan.start()
    eventually(plan.sleeping)
    first.kill()
    result = plan.ok()
    assert "an earlier run's work still goes on in the server" in result.err, result
    assert marks(plan) == [1, 2, 3]


def test_the_next_waits_for_a_killed_starters_stepwise_statement(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["s.sql"]\ntransaction = "stepwise"\n', {
        "s.sql": "CREATE TABLE mark (n int);\nCREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO mark VALUES (1); COMMIT; "
                 "PERFORM pg_sleep(1); INSERT INTO mark VALUES (2); END';\nCALL p();\n"})
    first = plan.start()
    eventually(lambda: plan.sleeping("CALL p"))
    first.kill()
    result = plan.exits(5, "an earlier run's work still goes on in the server", "CALL", "its end was never recorded")
    assert "s.sql" in result.err


def test_a_hooks_session_that_outlives_its_run_is_waited_for(plan):
    """The hook's own client dies with pgprimer; one that it left behind does not."""
    plan.write('[[step]]\nname = "hook"\nexec = ["./hook.sh"]\n', {
        "hook.sh": "#!/bin/sh\n[ -e begun ] && exit 0\ntouch begun\nsetsid psql -qc 'SELECT pg_sleep(2.5)' &\nsleep 30\n"})
    first = plan.start()
    eventually(plan.sleeping)
    first.kill()
    plan.ok("an earlier run, or its hook, still has a session")


def test_a_row_that_somebody_deletes_is_a_unit_to_run(plan):
    plan.write(MIGRATIONS, migrations(3)).ok()
    plan.sql("DELETE FROM pgprimer.unit WHERE unit = '003'; DELETE FROM mark WHERE n = 3")
    plan.ok("1 applied, 2 unchanged")
    assert marks(plan) == [1, 2, 3]
    plan.ok("nothing to do")


def test_a_users_table_named_like_the_ledgers(plan):
    """Its duplicate key is the file's own failure, not another run's row."""
    plan.write(MIGRATIONS, {"migrations/001_m.sql": "CREATE TABLE unit (id int PRIMARY KEY);\nINSERT INTO unit VALUES (1), (1);\n"})
    result = plan.exits(1, "001_m.sql:2", 'duplicate key value violates unique constraint "unit_pkey"')
    assert "connection lost" not in result.err, result


@pytest.mark.parametrize("sql,status,says", [
    ("DROP SCHEMA pgprimer CASCADE", 5, ['does not exist', "pgprimer baseline"]),
    ("ALTER TABLE pgprimer.unit DROP COLUMN verb CASCADE", 5, ['column "verb"', "edited by hand"]),
    ("DROP FUNCTION pgprimer.enter", 5, ["function pgprimer.enter", "edited by hand"]),
    ("REVOKE ALL ON SCHEMA pgprimer FROM PUBLIC; ALTER SCHEMA pgprimer OWNER TO postgres; REVOKE ALL ON SCHEMA pgprimer FROM weak", 6, ["permission denied", 'TO "weak"'])],
    ids=["dropped", "column", "function", "rights"])
def test_the_ledger_goes_in_the_middle(plan, server, sql, status, says):
    server.psql("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN PASSWORD 'weak'")
    server.psql(f"GRANT CREATE ON DATABASE {name_of(plan.url)} TO weak; GRANT ALL ON SCHEMA public TO PUBLIC", plan.url)
    admin, plan.url = plan.url, server.url(name_of(plan.url), "weak", "weak")
    plan.write('[[step]]\nname = "a"\nsql = ["a.sql"]\n[[step]]\nname = "b"\nsql = ["b.sql"]\n', {"a.sql": marker(1, 1), "b.sql": marker(2)})
    process = plan.start()
    eventually(plan.sleeping)
    server.psql(sql, admin)
    result = process.wait()
    plan.url = admin
    plan.sql("DROP OWNED BY weak; DROP ROLE weak")
    assert result.exit == status, result
    for text in ["b.sql", "the ledger in schema \"pgprimer\" could not be written", *says]:
        assert text in result.err, result


def test_the_server_takes_no_more_writes(plan):
    plan.write(MIGRATIONS, migrations(2)).ok()
    plan.sql(f"ALTER DATABASE {name_of(plan.url)} SET default_transaction_read_only = on")
    plan.add(migrations(3)).exits(6, "the ledger in schema \"pgprimer\" could not be written", "read-only transaction", "default_transaction_read_only")


def test_projects_side_by_side(plan):
    """Each has its lock; the ledger that they share is made once."""
    plan.add({"s.sql": "INSERT INTO mark SELECT :n FROM pg_sleep(0.3);\n"}).sql("CREATE TABLE mark (n int)")
    started = []
    for number in range(5):
        for _ in range(4):
            text = f'[ledger]\nproject = "p{number}"\n[target]\nurl = "${{DATABASE_URL}}"\n[[step]]\nname = "s"\nsql = ["{plan.folder}/s.sql"]\nvariables = {{ n = "{number}" }}\n'
            started.append(plan._start([], {"DATABASE_URL": plan.url, "PGPRIMER_CONFIG_TOML": text}))
    for process in started:
        result = process.wait()
        assert result.exit == 0, result
    assert marks(plan) == [0, 1, 2, 3, 4]


def test_a_plan_of_everything_killed_at_many_moments(server, plan):
    """Roles, schemas, scripts, migrations, a flush with what it invalidates, a hook, expectations."""
    role = plan.url.rpartition("/")[2] + "_role"
    plan.write(f"""
[target]
url = "${{DATABASE_URL}}"
allow_destructive = true
[[step]]
name = "ensured"
[[step.ensure.role]]
name = "{role}"
login = true
password = "secret"
[[step.ensure.schema]]
name = "extra"
[[step]]
name = "tables"
sql = ["tables.sql"]
rerun = "once"
[[step]]
name = "schema"
migrations = "migrations"
[[step]]
name = "seed"
sql = ["seed.sql"]
rerun = "once"
[[step]]
name = "flush"
flush = {{ keep = ["mark"], invalidates = ["seed"] }}
[[step]]
name = "hook"
exec = ["psql", "-qc", "INSERT INTO hooked VALUES (1) ON CONFLICT DO NOTHING"]
inputs = ["tables.sql"]
[[step]]
name = "rely"
expect = {{ relations = ["mark", "seeded"], roles = ["{role}"], queries = ["SELECT count(*) = 1 FROM seeded"] }}
""", {"tables.sql": "CREATE TABLE seeded (n int);\nCREATE TABLE hooked (n int PRIMARY KEY);\nSELECT pg_sleep(0.05);\n", "seed.sql": "INSERT INTO seeded SELECT 1 FROM pg_sleep(0.05);\n",
          **migrations(4, 0.03)})
    try:
        kill_again_and_again(plan, moments(14, 0.7))
        plan.ok()
        assert marks(plan) == [1, 2, 3, 4] and marks(plan, "seeded") == [1] and marks(plan, "hooked") == [1]
        plan.ok("nothing to do")
    finally:
        server.psql(f"DROP ROLE IF EXISTS {role}")


def test_an_older_and_a_newer_plan_at_once(plan, tmp_path):
    """A rolling deployment: whoever is first, the newer one's migrations are there in the end, once."""
    plan.write(MIGRATIONS, migrations(4, 0.02))
    (tmp_path / "older/migrations").mkdir(parents=True)
    for number in (1, 2):
        (tmp_path / f"older/migrations/00{number}_m.sql").write_text(marker(number, 0.02))
    (tmp_path / "older/pgprimer.toml").write_text(plan.text)
    started = [plan._start(["--config", tmp_path / ("older" if n % 2 else ".") / "pgprimer.toml"], {"DATABASE_URL": plan.url}) for n in range(12)]
    for process in started:
        result = process.wait()
        assert result.exit == 0, result
    assert marks(plan) == [1, 2, 3, 4]
