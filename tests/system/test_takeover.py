"""Runs that overtake one another: a frozen one that wakes up, one that lost its lock, more starters than the server lets in."""
import signal

import pytest

from plans import Plan, marker, marks
from proxy import Proxy
from support import eventually, name_of

MIGRATIONS = '[[step]]\nname = "schema"\nmigrations = "migrations"\n'


@pytest.mark.parametrize("mode", ["whole", "stepwise"])
@pytest.mark.parametrize("lost", ["true", "application_name LIKE '%lock%'"], ids=["all sessions", "the lock's session"])
def test_a_frozen_run_that_wakes_up_does_nothing_twice(server, plan, mode, lost):
    plan.write(MIGRATIONS + f'transaction = "{mode}"\n', {f"migrations/{n:03}_m.sql": marker(n, 0.4) for n in range(1, 5)})
    frozen = plan.start()
    eventually(lambda: plan.sql("SELECT to_regclass('mark')") and marks(plan) == [1] and plan.sleeping())
    frozen.signal(signal.SIGSTOP)
    assert server.kill_backends(f"datname = '{name_of(plan.url)}' AND application_name LIKE 'pgprimer%' AND {lost}") >= 1
    second = plan.start()
    try:
        if lost == "true":
            assert second.wait(20).exit == 0
            assert marks(plan) == [1, 2, 3, 4]
        else:
            eventually(lambda: "waiting for the lock" in second.err or not second.running)
    finally:
        frozen.signal(signal.SIGCONT)
    for process in (frozen, second):
        result = process.wait(20)
        assert result.exit == 0, result
    assert marks(plan) == [1, 2, 3, 4]


def test_the_holders_step_is_of_its_own_database(server, plan, tmp_path, run, start):
    """A server has many databases: what the same project does in another one is not told of this one's lock."""
    other = Plan(tmp_path / "other", server.database(), run, start)
    other.folder.mkdir()
    other.write('[[step]]\nname = "elsewhere"\nsql = ["s.sql"]\n', {"s.sql": "SELECT pg_sleep(3);\n"})
    plan.write('[lock]\nwait = "300ms"\n[[step]]\nname = "hook"\nexec = ["sleep", "3"]\n')
    holder = plan.start()
    eventually(lambda: "has not run yet" in holder.err or "runs every time" in holder.err)
    busy = other.start()
    eventually(other.sleeping)
    result = plan.exits(4, "another run holds the lock: pid ")
    assert "elsewhere" not in result.err, result
    for process in (holder, busy):
        process.end()


def test_a_hook_is_ended_when_the_lock_is_lost(server, plan):
    plan.write('[[step]]\nname = "hook"\nexec = ["./hook.sh"]\n', {
        "hook.sh": "#!/bin/sh\nmkdir busy || echo twice >> twice\necho x >> begun\n[ $(wc -l < begun) -gt 1 ] || { trap 'rmdir busy; exit 1' TERM; sleep 20 & wait; }\nrmdir busy\n"})
    process = plan.start()
    eventually((plan.folder / "begun").exists)
    assert server.kill_backends(f"datname = '{name_of(plan.url)}' AND application_name LIKE '%lock%'") == 1
    result = process.wait(15)
    assert result.exit == 0 and "connection lost" in result.err, result
    assert not (plan.folder / "twice").exists()


def test_a_run_that_does_not_know_that_its_lock_is_gone_writes_nothing_more(server, plan, tmp_path, run, start):
    """A partition: the server has given the lock up, its holder is not told and goes on. What holds it off is the epoch, which a later run has raised."""
    wait = '#!/bin/sh\ntouch begun\nuntil [ -e go ]; do sleep 0.02; done\n'
    text = '[ledger]\nproject = "p"\n[[step]]\nname = "hook"\nexec = ["./hook.sh"]\n' + MIGRATIONS
    newer = Plan(tmp_path / "newer", plan.url, run, start)
    newer.folder.mkdir()
    newer.write(text, {"hook.sh": "#!/bin/sh\n", "migrations/001_new.sql": marker(1)})
    plan.write(text, {"hook.sh": wait, "migrations/002_old.sql": marker(2)})
    with Proxy(server.port) as proxy:
        overtaken = plan.start(env={"DATABASE_URL": server.url(name_of(plan.url), port=proxy.port)})
        eventually((plan.folder / "begun").exists)
        lock = f"FROM pg_stat_activity WHERE datname = '{name_of(plan.url)}' AND application_name LIKE 'pgprimer lock%'"
        proxy.lose(int(server.psql(f"SELECT client_port {lock}")))
        eventually(lambda: server.psql(f"SELECT count(*) {lock}") == "0")
        newer.ok()
        assert marks(plan) == [1] and "connection lost" not in overtaken.err
        (plan.folder / "go").touch()
        result = overtaken.wait(30)
    assert result.exit == 5 and "another run of pgprimer has taken over" in result.err and "001, applied" in result.err, result
    assert marks(plan) == [1]


def test_more_starters_than_the_server_lets_in(own_server, tmp_path, run, start):
    """Waiters must not keep the one that has the lock from getting its sessions."""
    own_server.start(max_connections="9", superuser_reserved_connections="1")
    plan = Plan(tmp_path, own_server.database(), run, start)
    plan.write('[wait]\ntimeout = "20s"\n' + MIGRATIONS, {f"migrations/{n:03}_m.sql": marker(n, 0.02) for n in range(1, 6)})
    started = [plan.start() for _ in range(25)]
    for process in started:
        result = process.wait(40)
        assert result.exit == 0, result
    assert marks(plan) == [1, 2, 3, 4, 5]
