"""SIGTERM and SIGINT end a run within 2 s, wherever it is; the next run goes on."""
import os
import signal
import socket
import time

import pytest

from plans import Plan, marker, marks
from support import alive, eventually, execute, free_port, minimal_environment

END = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129}


def ends(process, number, within=2.0):
    began = time.monotonic()
    process.signal(number)
    result = process.wait(10)
    assert result.exit == END[number], result
    assert time.monotonic() - began < within + 0.5, result
    return result


@pytest.mark.parametrize("number", END, ids=lambda n: n.name)
@pytest.mark.parametrize("mode", ["whole", "stepwise"])
def test_during_a_statement(plan, number, mode):
    plan.write(f'[[step]]\nname = "s"\nsql = ["a.sql", "b.sql"]\ntransaction = "{mode}"\n', {"a.sql": marker(1), "b.sql": marker(2, 20)})
    process = plan.start()
    eventually(plan.sleeping)
    ends(process, number)
    eventually(lambda: not plan.sleeping(), 1.0, message="the statement goes on in the server")
    assert plan.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == "0"
    plan.add({"b.sql": marker(2)})
    plan.ok(arguments=["--force", "s"] if mode == "stepwise" else [])
    assert set(marks(plan)) == {1, 2}


def test_during_copy(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {
        "a.sql": "CREATE TABLE t (n int);\nCREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';\n"
                 "CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow();\nCOPY t FROM stdin;\n" + "1\n" * 1_000_000 + "\\.\n"})
    process = plan.start()
    eventually(lambda: plan.sleeping("COPY t"))
    ends(process, signal.SIGTERM)
    eventually(lambda: not plan.sleeping("COPY t"), 1.0)
    assert plan.sql("SELECT to_regclass('t') IS NULL") == "t"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("stubborn", ["", "trap '' TERM INT; "], ids=["willing", "stubborn"])
def test_during_a_hook(plan, number, stubborn):
    """The hook's whole group is stopped."""
    plan.write('[[step]]\nname = "hook"\nexec = ["./hook.sh"]\n', {
        "hook.sh": f"#!/bin/sh\n{stubborn}sh -c '{stubborn.replace(chr(39), chr(34))}echo $$ > child; exec sleep 30' &\nwhile [ ! -s child ]; do sleep 0.01; done\necho $$ > pid\nwait; wait; sleep 30\n"})
    process = plan.start()
    eventually(lambda: (plan.folder / "pid").exists() and (plan.folder / "pid").read_text().strip())
    pids = [int((plan.folder / name).read_text()) for name in ("pid", "child")]
    ends(process, number)
    assert not any(alive(pid) for pid in pids)
    plan.add({"hook.sh": "#!/bin/sh\ntrue\n"}).ok()


@pytest.mark.parametrize("number", END, ids=lambda n: n.name)
def test_while_it_waits_for_the_server(tmp_path, run, start, number):
    plan = Plan(tmp_path, f"postgresql://postgres@127.0.0.1:{free_port()}/x", run, start)
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": "SELECT 1;"})
    process = plan.start()
    eventually(lambda: "waiting for" in process.err)
    ends(process, number, within=0.5)


def test_while_a_server_does_not_answer(tmp_path, run, start):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        plan = Plan(tmp_path, f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/x", run, start)
        plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": "SELECT 1;"})
        process = plan.start()
        time.sleep(0.5)
        ends(process, signal.SIGTERM, within=0.5)


@pytest.mark.parametrize("where", ["statement", "copy", "lock"])
def test_while_the_server_hangs(own_server, tmp_path, run, start, where):
    """Cancelling, rolling back and unlocking are tried all together for 2 s, not each."""
    own_server.start()
    plan = Plan(tmp_path, own_server.database(), run, start)
    data = "CREATE TABLE t (n int);\nCOPY t FROM stdin;\n" + "1\n" * 5_000_000 + "\\.\n" if where == "copy" else "SELECT pg_sleep(30);"
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": data})
    process = plan.start()
    eventually(lambda: plan.sleeping("COPY t" if where == "copy" else "pg_sleep"))
    if where == "lock":
        process = plan.start()
        eventually(lambda: "waiting for the lock" in process.err)
    postmaster = int((own_server.data / "postmaster.pid").read_text().split()[0])
    frozen = [postmaster, *map(int, execute(["pgrep", "-P", postmaster], minimal_environment(tmp_path)).out.split())]
    try:
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        ends(process, signal.SIGTERM)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


def test_while_it_waits_for_the_lock(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": marker(1, 2.5)})
    holder = plan.start()
    eventually(plan.sleeping)
    waiter = plan.start()
    eventually(lambda: "waiting for the lock" in waiter.err)
    ends(waiter, signal.SIGTERM, within=0.5)
    assert holder.wait().exit == 0
    assert marks(plan) == [1]


def test_while_a_statement_waits_for_a_lock_of_others(server, plan):
    plan.sql("CREATE TABLE busy (n int)")
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": "LOCK TABLE busy;"})
    with server.session(plan.url) as other:
        other.do("BEGIN; LOCK TABLE busy")
        process = plan.start()
        eventually(lambda: server.waiting_for_lock(plan.url))
        ends(process, signal.SIGTERM)
        eventually(lambda: not server.waiting_for_lock(plan.url), 1.0)
    plan.ok()


def test_a_stopped_stepwise_script_goes_on(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\ntransaction = "stepwise"\n', {
        "a.sql": "CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\nSELECT pg_sleep(1.5);\nINSERT INTO mark VALUES (2);\n"})
    process = plan.start()
    eventually(plan.sleeping)
    ends(process, signal.SIGTERM)
    assert plan.state("s", "a.sql") == "partial"
    plan.ok("interrupted after statement 2")
    assert marks(plan) == [1, 2]


def test_the_summary_of_a_stopped_run(plan):
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": "SELECT pg_sleep(20);"})
    process = plan.start()
    eventually(plan.sleeping)
    result = ends(process, signal.SIGTERM)
    assert "exit status 143" in result.out and "stopped by SIGTERM" in result.err, result
