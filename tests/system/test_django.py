"""A django-tenants project primed by the seven steps of its plan: built, found done, killed in each step, raced."""
import shutil
import signal

import pytest

from django_project import HOOKS, PLAN, contents, virtual_environment, Project
from proxy import Proxy
from support import Server, alive, eventually

RUN = ["run", "--config", PLAN]


@pytest.fixture(scope="session")
def python():
    return virtual_environment()


@pytest.fixture
def project(python, tmp_path):
    return Project(python, tmp_path)


@pytest.fixture(scope="module")
def expected(python, tmp_path_factory):
    """What the plan's steps leave behind when they are done by hand."""
    server = Server()
    try:
        url = server.start().database()
        Project(python, tmp_path_factory.mktemp("by-hand")).by_hand(url)
        return contents(url)
    finally:
        server.destroy()


@pytest.fixture
def fresh(own_server):
    """A server that has never seen the plan's roles, and a database in it."""
    own_server.start()
    return own_server.database()


def assert_same(found, expected):
    for part in ("roles", "schema", "rows"):
        assert found[part] == expected[part], part


def test_first_run_builds_everything_and_the_second_starts_no_python(run, project, own_server, fresh, expected):
    first = run(RUN, project.env(fresh))
    assert first.exit == 0, first
    assert project.commands() == HOOKS
    assert_same(contents(fresh), expected)
    smoke = project.manage(fresh, "smoke", "--tenant-name", "second_tenant")
    assert smoke.exit == 0, smoke

    before = len(project.starts())
    with Proxy(own_server.port) as proxy:
        second = run(RUN, project.env(own_server.url(fresh.rpartition("/")[2], port=proxy.port)))
        assert second.exit == 0, second
        assert len(project.starts()) == before, second
        assert 0 < proxy.round_trips <= 10, second
    assert_same(contents(fresh), expected)


def test_a_changed_migration_starts_only_the_hooks_that_name_it(run, project, fresh):
    plan = project.plan()
    (plan.parent / "project").unlink()
    shutil.copytree(PLAN.parent / "project", plan.parent / "project", ignore=shutil.ignore_patterns("__pycache__"))
    assert run(["run", "--config", plan], project.env(fresh)).exit == 0
    before = len(project.starts())
    (plan.parent / "project/carriers/migrations/0003_rail.py").write_text(
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        "    dependencies = [('carriers', '0002_carriers')]\n"
        "    operations = [migrations.RunSQL(\"INSERT INTO carriers_carrier VALUES ('RAIL', 'Rail', 'EU')\")]\n")
    result = run(["run", "--config", plan], project.env(fresh))
    assert result.exit == 0, result
    assert project.commands()[before:] == [h for h in HOOKS if h.startswith("migrate")], result


# Where each step is stopped, halfway through: the hook that is held until the lock is taken (none: the step is no hook), the statement that
# blocks the step, and how many hooks have been started by then. The blocked statements stand inside a migration's transaction: Django itself
# records a migration with deferred SQL (a foreign key) only after that transaction's commit, so killed just between it fails with "already exists".
STEPS = {
    "roles, extensions, permissions": (None, "CREATE EXTENSION pg_trgm", 0),
    "migrate": (HOOKS[0], "CREATE TABLE public.carriers_carrier ()", 1),
    "shared schema": (HOOKS[1], "LOCK TABLE public.django_migrations", 2),
    "test tenant": (HOOKS[2], "LOCK TABLE public.tenants_domain", 3),
    "second tenant": (HOOKS[3], "LOCK TABLE public.tenants_client", 4),
    "tables of test tenant": (HOOKS[4], "CREATE TABLE test_tenant.orders_order ()", 5),
    "tables of second tenant": (HOOKS[5], "CREATE TABLE second_tenant.orders_line ()", 6),
    "what tests rely on": (HOOKS[5], "LOCK TABLE test_tenant.suppliers_supplier", 6),
}


def killed_in(step, project, server, url, start):
    """pgprimer killed while that step waits for a lock; the session that holds the lock is returned, still open."""
    hook, blocker, started = STEPS[step]
    session = server.session(url)
    if not hook:
        session.do(f"BEGIN; {blocker}")
        killed, pid = start(RUN, project.env(url)), None
    else:
        project.hold(hook)
        killed = start(RUN, project.env(url))
        pid = project.held(hook, killed)
        session.do(f"BEGIN; {blocker}")
        project.release()
    eventually(lambda: server.waiting_for_lock(url) or not killed.running, 60, message=lambda: f"{step} was never blocked\n{killed.err}")
    assert killed.running, killed.wait()
    assert killed.kill().exit == -signal.SIGKILL
    assert len(project.starts()) == started
    if pid:
        eventually(lambda: not alive(pid), 5, message="the hook outlived pgprimer")
    return session


@pytest.mark.parametrize("step", STEPS)
def test_killed_in_a_step_and_started_again_it_ends_the_same(step, run, start, project, own_server, fresh, expected):
    killed_in(step, project, own_server, fresh, start).close()
    again = run(RUN, project.env(fresh))
    assert again.exit == 0, again
    assert_same(contents(fresh), expected)
    hook, _, started = STEPS[step]
    once_more = [hook] if hook and step != "what tests rely on" else []
    assert project.commands() == HOOKS[:started] + once_more + HOOKS[started:], again


def test_killed_while_waiting_for_the_server_and_started_again_it_ends_the_same(run, start, project, own_server, fresh, expected):
    own_server.stop()
    killed = start(RUN, project.env(fresh))
    eventually(lambda: killed.err or not killed.running, 10, message="says nothing while waiting")
    assert killed.running, killed.wait()
    killed.kill()
    waiting = start(RUN, project.env(fresh))
    own_server.start()
    result = waiting.wait()
    assert result.exit == 0, result
    assert project.commands() == HOOKS
    assert_same(contents(fresh), expected)


def test_the_session_of_a_killed_hook_is_waited_for(start, project, own_server, fresh, expected):
    blocker = killed_in("migrate", project, own_server, fresh, start)
    again = start(RUN, project.env(fresh))
    with pytest.raises(AssertionError):
        eventually(lambda: len(project.starts()) > 1 or not again.running, 2)
    blocker.close()
    result = again.wait()
    assert result.exit == 0, result
    assert_same(contents(fresh), expected)


def test_three_started_at_once_do_each_step_once(start, project, fresh, expected):
    results = [p.wait() for p in [start(RUN, project.env(fresh)) for _ in range(3)]]
    assert [r.exit for r in results] == [0, 0, 0], "\n".join(map(str, results))
    assert project.commands() == HOOKS
    assert_same(contents(fresh), expected)


def test_killed_twice_with_all_who_waited_it_ends_the_same(start, project, own_server, fresh, expected):
    for step in ("migrate", "test tenant"):
        hook = STEPS[step][0]
        project.hold(hook)
        racers = [start(RUN, project.env(fresh)) for _ in range(3)]
        project.held(hook, racers[0])
        for racer in racers:
            racer.kill()
        project.release()
        eventually(lambda: not any(alive(pid) for pid, _ in project.starts()), 5, message="a hook outlived pgprimer")
    results = [p.wait() for p in [start(RUN, project.env(fresh)) for _ in range(3)]]
    assert [r.exit for r in results] == [0, 0, 0], "\n".join(map(str, results))
    assert_same(contents(fresh), expected)


def test_flush_empties_what_it_does_not_keep_and_makes_the_tenants_again(run, project, own_server, fresh, expected):
    assert run(RUN, project.env(fresh)).exit == 0
    own_server.psql("INSERT INTO test_tenant.customers_customer (number, name) VALUES ('C9', 'left over')", fresh)
    before = len(project.starts())
    plan = project.plan({"enabled = false": "enabled = true"})
    flushed = run(["run", "--config", plan], project.env(fresh))
    assert flushed.exit == 0, flushed
    assert [c for c in project.commands()[before:] if c.startswith("setup")] == HOOKS[2:4]
    found = contents(fresh)
    assert found["rows"] == expected["rows"]
