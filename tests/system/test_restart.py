"""The server goes away in the middle: what was committed stays recorded, the plan goes on by itself."""
import time

import pytest

from plans import Plan, marker, marks
from support import Server, eventually

LOST = "connection lost"


@pytest.fixture(scope="module")
def own_server():
    """One for all tests of this file: each leaves it running."""
    own = Server()
    try:
        yield own.start()
    finally:
        own.destroy()


@pytest.fixture
def own_plan(tmp_path, own_server, run, start):
    yield Plan(tmp_path, own_server.database(), run, start)
    if not (own_server.data / "postmaster.pid").exists():
        own_server.start()


def migrations(count, sleep):
    return {f"migrations/{n:03}_m.sql": marker(n, sleep) for n in range(1, count + 1)}


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_server_restarted_during_statements(own_server, own_plan, mode):
    own_plan.write('[[step]]\nname = "schema"\nmigrations = "migrations"\n', migrations(4, 0.6))
    process = own_plan.start()
    for number in (2, 4):
        eventually(lambda: own_plan.sql("SELECT to_regclass('mark')") and len(marks(own_plan)) == number - 1 and own_plan.sleeping())
        own_server.restart(mode)
    result = process.wait(40)
    assert result.exit == 0, result
    assert marks(own_plan) == [1, 2, 3, 4]
    assert result.err.count(LOST) >= 2 and "is ready" in result.err, result
    # An immediate stop may take the last asynchronous commits with it, each with its row.
    assert mode == "immediate" or result.err.count("001_m.sql: new") == 1, "what was committed is not run again"


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_server_restarted_between_statements(own_server, own_plan, mode):
    """While a hook runs no statement does: the lock's session finds out."""
    own_plan.write('[[step]]\nname = "a"\nsql = ["a.sql"]\nrerun = "once"\n[[step]]\nname = "hook"\nexec = ["./hook.sh"]\n[[step]]\nname = "b"\nsql = ["b.sql"]\nrerun = "once"\n',
                   {"a.sql": marker(1), "b.sql": marker(2), "hook.sh": "#!/bin/sh\necho x >> started\nwhile [ ! -e go ]; do sleep 0.05; done\n"})
    process = own_plan.start()
    eventually((own_plan.folder / "started").exists)
    own_server.stop(mode)
    time.sleep(0.3)
    (own_plan.folder / "go").touch()
    own_server.start()
    result = process.wait(40)
    assert result.exit == 0, result
    assert marks(own_plan) == [1, 2]


def test_server_that_does_not_come_back_is_exit_3(own_server, own_plan):
    own_plan.write('[wait]\ntimeout = "2s"\n[[step]]\nname = "schema"\nmigrations = "migrations"\n', migrations(2, 1.0))
    process = own_plan.start()
    eventually(own_plan.sleeping)
    own_server.stop("fast")
    result = process.wait(15)
    assert result.exit == 3, result


def test_server_starts_later(own_server, own_plan):
    plan = own_plan
    own_server.stop()
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": marker(1)})
    process = plan.start()
    eventually(lambda: "waiting for" in process.err)
    own_server.start()
    assert process.wait(20).exit == 0
    assert marks(plan) == [1]


@pytest.mark.parametrize("victim", ["query LIKE '%pg_sleep%'", "application_name LIKE 'pgprimer%' AND query NOT LIKE '%pg_sleep%'", "application_name LIKE 'pgprimer%'"],
                         ids=["work", "lock and ledger", "all"])
@pytest.mark.parametrize("mode", ["whole", "stepwise"])
def test_sessions_terminated(server, plan, victim, mode):
    plan.write(f'[[step]]\nname = "schema"\nmigrations = "migrations"\ntransaction = "{mode}"\n', migrations(3, 0.5))
    process = plan.start()
    for number in (1, 2):
        eventually(lambda: plan.sql("SELECT to_regclass('mark')") or number == 1)
        eventually(lambda: (number == 1 or len(marks(plan)) == number - 1) and plan.sleeping())
        assert server.kill_backends(f"datname = '{plan.url.rpartition('/')[2]}' AND ({victim})") >= 1
        eventually(lambda: process.err.count(LOST) == number)
    result = process.wait(30)
    assert result.exit == 0, result
    assert marks(plan) == [1, 2, 3]


def test_a_statement_that_takes_the_connection_down_each_time_is_a_failure(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": "SELECT pg_terminate_backend(pg_backend_pid());\n"})
    plan.exits(1, "3 times", "a.sql")
