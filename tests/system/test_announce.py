"""Announcing: the ready file, health, the summary, JSON logs; and that nothing of ours stays on the target."""
import json
import os
import time
from pathlib import Path

import pytest

from plans import TARGET, marker, marks
from support import eventually, execute, minimal_environment, name_of

STEPS = '[[step]]\nname = "s"\nsql = ["a.sql", "b.sql"]\n[[step]]\nname = "hook"\nexec = ["./hook.sh"]\ninputs = ["hook.sh"]\n'
FILES = {"a.sql": marker(1), "b.sql": marker(2), "hook.sh": "#!/bin/sh\necho from the hook\n"}
READY = '[announce]\nready_file = "{folder}/ready/file"\n'


@pytest.fixture
def ready(plan):
    (plan.folder / "ready").mkdir()
    plan.write(READY.format(folder=plan.folder) + STEPS, FILES)
    return plan.folder / "ready/file"


def test_the_ready_file_is_removed_at_the_start(plan, ready):
    plan.ok()
    content = json.loads(ready.read_text())
    assert content["plan"] == plan.sql("SELECT plan FROM pgprimer.primed") and content["run"]
    plan.ok("nothing to do")
    assert ready.exists()
    plan.add({"b.sql": "SELECT pg_sleep(1);\n"})
    process = plan.start()
    eventually(plan.sleeping)
    assert not ready.exists()
    assert process.wait().exit == 0 and ready.exists()
    plan.add({"b.sql": "SELECT 1/0;"})
    plan.exits(1)
    assert not ready.exists()
    plan.ok(arguments=["--only", "hook"])
    assert not ready.exists(), "part of a plan primes nothing"
    assert [p.name for p in ready.parent.iterdir()] == [], "no temporary file is left"


def test_the_ready_file_appears_whole_and_after_the_final_row(plan, ready):
    """Whoever sees it finds the row, and never half of a file."""
    for number in range(5):
        plan.add({"b.sql": marker(number)})
        process = plan.start()
        seen = eventually(lambda: ready.exists() and ready.read_text())
        assert json.loads(seen)["plan"]
        assert plan.sql(f"SELECT count(*) FROM pgprimer.primed WHERE plan = '{json.loads(seen)['plan']}'") == "1"
        assert process.wait().exit == 0
        ready.unlink()


def test_asynchronous_commits_are_durable_once_announced(own_server, plan, ready):
    """With fsync on and the server killed right after the ready file, everything is there."""
    own_server.start(fsync="on", wal_writer_delay="10s")
    plan.url = own_server.database()
    for number in range(3):
        plan.add({"b.sql": "".join(f"INSERT INTO mark VALUES ({number});\n" for _ in range(100))})
        process = plan.start()
        eventually(ready.exists)
        own_server.stop("immediate")
        process.wait()
        own_server.start(fsync="on", wal_writer_delay="10s")
        assert plan.sql(f"SELECT count(*) FROM mark WHERE n = {number}") == ("101" if number == 1 else "100"), number
        ready.unlink()


def test_a_ready_file_that_cannot_be_written(plan):
    plan.write('[announce]\nready_file = "/proc/nowhere/ready"\n' + STEPS, FILES)
    result = plan.run()
    assert result.exit != 0 and "/proc/nowhere/ready" in result.err, result


def test_notify(server, plan):
    plan.write('[announce]\nnotify = "primed channel"\n' + STEPS, FILES)
    with plan_session(server, plan) as session:
        session.do('LISTEN "primed channel"')
        plan.ok()
        assert 'Asynchronous notification "primed channel"' in session.do("SELECT 1")


def plan_session(server, plan):
    return server.session(plan.url)


def test_health(plan):
    mark = Path("/run/pgprimer/health") if Path("/run/pgprimer").is_dir() and os.access("/run/pgprimer", os.W_OK) else Path(f"/dev/shm/pgprimer-health-{os.geteuid()}")
    plan.write(STEPS, FILES).ok()
    assert plan.run("healthcheck").exit == 0
    plan.add({"b.sql": "SELECT 1/0;"})
    plan.exits(1)
    assert plan.run("healthcheck").exit == 1
    mark.write_text("pid:[1]")  # of another container
    assert plan.run("healthcheck").exit == 1
    mark.unlink()
    assert plan.run("healthcheck").exit == 1


def test_the_summary(plan):
    plan.write(STEPS + '[[step]]\nname = "off"\nsql = ["a.sql"]\nenabled = false\n', FILES)
    out = plan.ok().out
    for part in ["step", "kind", "result", "2 applied", "1 started", "disabled", "primed in", "plan "]:
        assert part in out, out
    assert "nothing to do: primed in" in plan.ok().out
    plan.add({"b.sql": "SELECT 1/0;"})
    assert "failed after" in plan.exits(1).out


@pytest.mark.parametrize("case", ["first", "nothing", "failing", "refused", "not ready", "debug"])
def test_every_line_of_the_json_log_is_json(plan, case):
    files = {**FILES, "a.sql": marker(1) + "\\echo a \"quoted\" line\nDO $$ BEGIN RAISE WARNING 'w\"\\\\ %', chr(9); END $$;\n",
             "hook.sh": "#!/bin/sh\nprintf 'a \"b\" \\\\ \\001\\377\\n'\n"}
    plan.write('[wait]\ntimeout = "300ms"\n' + STEPS, files)
    arguments, env, status = ["--log-format", "json"], {}, 0
    if case == "nothing":
        plan.ok()
    if case == "failing":
        plan.add({"b.sql": "SELECT 'ä\"\\'::int;\n"})
        status = 1
    if case == "refused":
        env, status = {"PGPRIMER_DATABASE_URL": plan.url.replace("s3cret", "wrong")}, 6
    if case == "not ready":
        env, status = {"PGPRIMER_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 3
    if case == "debug":
        arguments += ["--log-level", "debug"]
    result = plan.exits(status, arguments=arguments, env=env)
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert lines[0]["event"] == "run_started" and all(line["time"] and line["level"] for line in lines)
    assert lines[-1]["event"] == "run_finished" and lines[-1]["exit_status"] == status, lines[-1]
    summary = json.loads(result.out)
    assert summary["exit_status"] == status and summary["primed"] == (status == 0)


def test_no_session_is_left_and_the_database_serves_as_a_template(server, plan):
    plan.write(TARGET + STEPS + '[[step]]\nname = "rely"\nexpect = { relations = ["mark"] }\n', FILES)
    name = name_of(plan.url)
    for _ in range(3):
        plan.ok()
        server.psql(f"CREATE DATABASE {name}_copy TEMPLATE {name}")  # refused while any session is there
        assert server.psql("SELECT string_agg(n::text, ' ' ORDER BY n) FROM mark", server.url(f"{name}_copy")) == "1 2"
        server.psql(f"DROP DATABASE {name}_copy")


def test_no_session_is_left_once_the_ready_file_is_there(server, plan, ready):
    for number in range(3):
        plan.add({"b.sql": marker(number)})
        process = plan.start()
        eventually(ready.exists, interval=0.001)
        deadline = time.monotonic() + 2
        left = server.psql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name_of(plan.url)}'")
        while left != "0" and time.monotonic() < deadline:
            left = server.psql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name_of(plan.url)}'")
        assert left == "0"
        assert process.wait().exit == 0
        ready.unlink()
    assert marks(plan) == [0, 1, 1, 2]


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--config", "/nowhere.toml"], ["too", "many"]], ids=" ".join)
def test_a_healthcheck_never_ends_with_2(run, arguments):
    """Docker reserves it."""
    assert run(["healthcheck", *arguments]).exit in (0, 1)


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full"])
def test_streams_that_are_closed_or_full_fail_no_run(plan, ready, pgprimer, closed):
    """Nor does our output reach a socket that has got the number of one."""
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": marker(1)})
    result = execute(["sh", "-c", f"exec {pgprimer} run {closed}"], minimal_environment(plan.folder, {"DATABASE_URL": plan.url}), cwd=plan.folder)
    assert result.exit == 0 and plan.sql("SELECT n FROM mark") == "1", result
    assert "No space left" in result.err or closed != ">/dev/full", result


def test_a_plan_that_cannot_be_written_is_an_error(plan, pgprimer):
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": marker(1)})
    result = execute(["sh", "-c", f"exec {pgprimer} plan >/dev/full"], minimal_environment(plan.folder, {"DATABASE_URL": plan.url}), cwd=plan.folder)
    assert result.exit == 1 and "the output cannot be written: No space left on device" in result.err, result
