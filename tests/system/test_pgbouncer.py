"""Through PgBouncer: locks and work go on direct_url, readiness and hooks where dependents are; without direct_url it is refused."""
import time

import pytest

from plans import marker, marks
from pooler import Pooler
from support import Server, eventually, name_of, psql

STEPS = """[[step]]
name = "init"
sql = ["init.sql"]
[[step]]
name = "m"
migrations = "m"
"""
FILES = {"init.sql": marker(1), "m/1_x.up.sql": marker(2), "m/2_x.up.sql": "CREATE INDEX CONCURRENTLY i ON mark (n);\n", "m/3_x.up.sql": marker(3) + "CREATE TEMPORARY TABLE t (n int);\n"}


@pytest.fixture(scope="module", params=["session", "transaction"])
def pooler(server, request):
    one = Pooler(server, request.param).start()
    yield one
    one.stop()


@pytest.fixture
def pooled(plan, pooler):
    """A plan whose dependents are behind the pooler."""
    plan.direct, plan.pool = plan.url, pooler.url(plan.url)
    plan.env = {"DATABASE_URL": plan.pool, "DIRECT": plan.direct}
    plan.target = '[target]\nurl = "${DATABASE_URL}"\ndirect_url = "${DIRECT}"\n'
    return plan


def keys_held(plan):
    return psql(plan.direct, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")


def pids_and_names(plan):
    return psql(plan.direct, "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").splitlines()


@pytest.mark.parametrize("command", [["run"], ["plan"]], ids=lambda c: c[0])
def test_without_direct_url_it_is_refused(pooled, command):
    pooled.write(STEPS, FILES)
    result = pooled.exits(6, "PgBouncer", "give the server's own address", "direct_url", "PGPRIMER_DIRECT_URL", arguments=command, env=pooled.env)
    assert psql(pooled.direct, "SELECT to_regnamespace('pgprimer') IS NULL") == "t", result
    assert keys_held(pooled) == "0"


@pytest.mark.parametrize("by", ["file", "PGPRIMER_TARGET_DIRECT_URL", "PGPRIMER_DIRECT_URL"])
def test_work_and_locks_go_direct(pooled, by):
    if by == "file":
        pooled.write(pooled.target + STEPS, FILES)
    else:
        pooled.env[by] = pooled.direct
        pooled.write(STEPS, FILES)
    pooled.ok(env=pooled.env)
    assert marks(pooled) == [1, 2, 3]
    assert keys_held(pooled) == "0" and not [name for name in pids_and_names(pooled) if name.startswith("pgprimer:")]
    pooled.ok("nothing to do", env=pooled.env)
    pooled.ok("primed for plan", arguments=["status"], env=pooled.env)
    pooled.ok(arguments=["wait", "--for", "primed"], env=pooled.env)
    pooled.ok(arguments=["wait"], env=pooled.env)


def test_what_is_not_the_servers_own_address_is_refused(pooled):
    pooled.env["DIRECT"] = pooled.pool
    pooled.write(pooled.target + STEPS, FILES).exits(6, "direct_url", "is PgBouncer, too", env=pooled.env)
    assert keys_held(pooled) == "0"


def test_an_address_on_the_command_line_has_no_server_in_the_file(pooled):
    """direct_url in the file is of the url in the file."""
    pooled.write(pooled.target + STEPS, FILES)
    pooled.env["PGPRIMER_DATABASE_URL"] = pooled.pool
    pooled.exits(6, "PgBouncer", "PGPRIMER_DIRECT_URL", env=pooled.env)
    pooled.env["PGPRIMER_DIRECT_URL"] = pooled.direct
    pooled.ok(env=pooled.env)


def test_hooks_get_what_dependents_get(pooled, pooler, server):
    look = ["exec = [\"sh\", \"-c\", \"echo port $PGPORT url $${DATABASE_URL##*@} name [$${PGAPPNAME-none}]\"]", "sql = [\"s.sh\"]"]
    pooled.write(pooled.target + f'[[step]]\nname = "h"\n{look[0]}\n[[step]]\nname = "limited"\n{look[0]}\nlock_timeout = "1s"\n[[step]]\nname = "s"\n{look[1]}\n',
                 {"s.sh": "#!/bin/sh\necho sql port $PGPORT\n"})
    text = pooled.ok(env=pooled.env).err
    database = name_of(pooled.direct)
    assert f"[h] | port {pooler.port} url 127.0.0.1:{pooler.port}/{database} name [none]" in text, text
    # What PGOPTIONS says does not get through a pooler.
    assert f"[limited] | port {server.port} url 127.0.0.1:{server.port}/{database} name [pgprimer:" in text, text
    assert f"sql port {server.port}" in text, text


def test_a_hooks_session_that_the_pooler_keeps_holds_nobody_up(pooled, pooler):
    pooled.write(pooled.target + '[lock]\nwait = "5s"\n[[step]]\nname = "h"\nexec = ["psql", "-qc", "INSERT INTO by_hook VALUES (1)"]\n' + STEPS, {**FILES, "init.sql": marker(1)})
    psql(pooled.direct, "CREATE TABLE by_hook (n int)")
    pooled.write(pooled.text.replace(STEPS, ""))
    for times in (1, 2):
        pooled.ok(env=pooled.env)
        assert psql(pooled.direct, "SELECT count(*) FROM by_hook") == str(times)
    assert pooler.sessions(name_of(pooled.direct)) >= 1


def test_starters_at_once(pooled):
    pooled.write(pooled.target + STEPS, {**FILES, "m/1_x.up.sql": marker(2, sleep=1)})
    started = [pooled.start(env=pooled.env) for _ in range(4)]
    for process in started:
        assert process.wait().exit == 0, process.err
    assert marks(pooled) == [1, 2, 3] and keys_held(pooled) == "0"


def test_a_killed_one_strands_no_lock(pooled):
    process = pooled.write(pooled.target + STEPS, {**FILES, "m/1_x.up.sql": marker(2, sleep=2)}).start(env=pooled.env)
    eventually(lambda: psql(pooled.direct, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2%' AND pid <> pg_backend_pid()") != "0")
    process.kill()
    eventually(lambda: keys_held(pooled) == "0")
    pooled.ok(env=pooled.env)
    assert marks(pooled) == [1, 2, 3]


def test_it_waits_for_the_pooler(server, plan, pgprimer):
    """Ready means ready where dependents are, however long the server itself has been."""
    pooler = Pooler(server, "transaction")
    env = {"DATABASE_URL": pooler.url(plan.url), "PGPRIMER_DIRECT_URL": plan.url}
    process = plan.write(STEPS, FILES).start(env=env)
    eventually(lambda: f":{pooler.port}/" in process.err and "nobody listens" in process.err)
    time.sleep(0.5)
    assert process.running and plan.sql("SELECT to_regnamespace('pgprimer') IS NULL") == "t"
    try:
        pooler.start()
        assert process.wait().exit == 0, process.err
    finally:
        pooler.stop()
    assert marks(plan) == [1, 2, 3]


def test_the_database_is_made_behind_the_pooler(server, plan):
    pooler = Pooler(server, "transaction").start()
    name = name_of(plan.url) + "_new"
    try:
        env = {"DATABASE_URL": pooler.url(server.url(name)), "PGPRIMER_DIRECT_URL": server.url(name)}
        plan.write('[target]\ncreate_database = true\n' + STEPS, FILES).ok(f"created database {name}", env=env)
        assert psql(server.url(name), "SELECT count(*) FROM mark") == "3"
    finally:
        pooler.stop()
        server.drop(server.url(name))


def test_another_name_at_the_pooler(server, plan):
    pooler = Pooler(server, "transaction", "shop", name_of(plan.url)).start()
    try:
        plan.write(STEPS, FILES).ok(env={"DATABASE_URL": pooler.url(server.url("shop")), "PGPRIMER_DIRECT_URL": plan.url})
    finally:
        pooler.stop()
    assert marks(plan) == [1, 2, 3]


def test_two_servers_are_told(server, plan, own_server):
    own_server.start()
    pooler = Pooler(own_server, "transaction").start()
    other = own_server.database()
    try:
        plan.write(STEPS, FILES).exits(2, "lead to two servers", "direct_url", env={"DATABASE_URL": pooler.url(other), "PGPRIMER_DIRECT_URL": plan.url})
    finally:
        pooler.stop()
    assert plan.sql("SELECT to_regnamespace('pgprimer') IS NULL") == "t"
