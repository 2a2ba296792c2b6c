"""`pgprimer wait`: several things at once, then a program in its place; nothing else after a timeout."""
import http.server
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from plans import marker
from support import alive, eventually, free_port, psql


@contextmanager
def listening(port=0):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", port))
        s.listen()
        yield s.getsockname()[1]


@contextmanager
def web(statuses, port=0):
    """Answers with each status once, the last one for ever."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/health"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("program,status", [(["true"], 0), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], -9), (["sh", "-c", "exit 255"], 255)])
def test_the_programs_status_is_given(run, server, program, status):
    assert run(["wait", server.url(), "--", *program]).exit == status


def test_the_program_takes_our_place(start, server, tmp_path):
    """Its output, arguments, environment and signals are its own."""
    process = start(["wait", server.url(), "--", "sh", "-c", 'echo "$1 $A" ; echo $$ > "$2"; trap "exit 9" TERM; while :; do sleep 0.05; done', "-", "a b", tmp_path / "pid"], {"A": "c"})
    eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    assert int((tmp_path / "pid").read_text()) == process.pid
    process.signal(15)
    result = process.wait(5)
    assert result.exit == 9 and result.out == "a b c\n", result


def test_a_program_that_is_not_there(run, server):
    result = run(["wait", server.url(), "--", "no-such-program"])
    assert result.exit not in (0, 3) and "no-such-program" in result.err, result


def test_several_at_once(start, server):
    tcp, port = free_port(), free_port()
    process = start(["wait", "--timeout", "20s", server.url(), f"tcp://127.0.0.1:{tcp}", f"http://127.0.0.1:{port}/health", "--", "echo", "all there"])
    eventually(lambda: f"{server.port}/postgres is ready" in process.err)
    with listening(tcp):
        eventually(lambda: f"tcp://127.0.0.1:{tcp} is ready" in process.err)
        assert process.running
        with web([503, 503, 204], port) as url:
            result = process.wait(10)
    assert result.exit == 0 and result.out == "all there\n", result
    assert f"{url} is ready" in result.err and "503" in result.err, result


@pytest.mark.parametrize("what", ["tcp", "http", "http status", "server", "silent"])
def test_after_a_timeout_the_program_is_not_run(run, server, what, tmp_path):
    with web([500]) as bad, listening() as silent:
        urls = {"tcp": f"tcp://127.0.0.1:{free_port()}", "http": f"http://127.0.0.1:{free_port()}/", "http status": bad, "server": f"postgresql://127.0.0.1:{free_port()}/x",
                "silent": f"postgresql://127.0.0.1:{silent}/x"}
        began = time.monotonic()
        result = run(["wait", "--timeout", "700ms", server.url(), urls[what], "--", "touch", tmp_path / "ran"])
    assert result.exit == 3 and urls[what].split("//")[1].split("/")[0] in result.err, result
    assert 0.6 < time.monotonic() - began < 3
    assert not (tmp_path / "ran").exists()


def test_all_that_was_late_is_told(run, server):
    with web([503]) as bad:
        tcp = f"tcp://127.0.0.1:{free_port()}"
        postgres = f"postgresql://127.0.0.1:{free_port()}/x"
        result = run(["wait", "--timeout", "500ms", tcp, bad, postgres, server.url()])
    assert result.exit == 3, result
    assert f"{tcp} was not ready within" in result.err and f"{bad} was not ready within" in result.err and ": status 503" in result.err, result
    assert '/x" was not ready within' in result.err, result


def test_the_flags_database_is_waited_for_too(run, server):
    with listening() as port:
        result = run(["wait", "--database-url", server.url("not_there"), f"tcp://127.0.0.1:{port}"])
    assert result.exit == 6 and '"not_there" does not exist' in result.err, result


def test_an_empty_address_is_no_default(run):
    result = run(["wait", "--timeout", "300ms", ""])
    assert result.exit == 2 and "an address to wait for is empty" in result.err, result


def test_a_stop_is_no_state(start):
    process = start(["wait", f"tcp://127.0.0.1:{free_port()}", "http://127.0.0.1:1/"])
    eventually(lambda: process.err.count("waiting for") == 2)
    process.signal(2)
    result = process.wait(5)
    assert result.exit == 130 and "signal" not in result.err, result


@pytest.mark.parametrize("wanted", [["--for", "server"], []], ids=["server", "database"])
def test_a_role_that_the_init_server_has_yet_to_make(own_server, start, wanted):
    """Over a shared socket it answers that there is no such role, and is not ready for that."""
    own_server.start(listen_addresses="")
    process = start(["wait", "--timeout", "30s", *wanted, own_server.socket_url(user="app")])
    eventually(lambda: "temporary init server" in process.err, message=lambda: process.err)
    assert process.running
    psql(own_server.socket_url(user="postgres"), "CREATE ROLE app LOGIN")
    own_server.stop()
    own_server.start()
    result = process.wait(15)
    assert result.exit == 0, result


def test_a_role_that_is_missing_over_a_socket(run, server):
    url = server.socket_url(user="nobody_of_that_name")
    assert run(["wait", "--for", "server", url]).exit == 0
    result = run(["wait", url])
    assert result.exit == 6 and "does not exist" in result.err, result


def test_for_server_needs_no_login(run, server):
    wrong = server.url(password="wrong")
    assert run(["wait", "--for", "server", wrong]).exit == 0
    result = run(["wait", wrong])
    assert result.exit == 6 and "28P01" in result.err and "wrong" not in result.err, result


def test_for_database(start, run, server, database):
    missing = server.url("not_there_yet")
    assert run(["wait", missing]).exit == 6
    assert run(["wait", "--for", "server", missing]).exit == 0


def test_for_primed(plan, start, run, server):
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": marker(1)})
    waiting = plan.start("wait", "--for", "primed", "--", "echo", "go")
    by_url = start(["wait", "--for", "primed", plan.url])
    eventually(lambda: "not primed yet" in waiting.err and "not primed yet" in by_url.err)
    plan.ok()
    assert waiting.wait(10).out == "go\n" and by_url.wait(10).exit == 0
    assert run(["wait", "--for", "primed=another", "--timeout", "300ms", plan.url]).exit == 3
    plan.write('[plan]\nid = "v2"\n' + plan.text)
    waiting = plan.start("wait", "--for", "primed")
    eventually(lambda: "not primed yet for plan v2" in waiting.err)
    plan.ok()
    assert waiting.wait(10).exit == 0
    assert run(["wait", "--for", "primed=v2", plan.url]).exit == 0


def test_for_primed_outlives_a_restart(own_server, plan, start):
    own_server.start()
    plan.url = own_server.database()
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": marker(1)})
    waiting = plan.start("wait", "--for", "primed", "--timeout", "30s")
    eventually(lambda: "not primed yet" in waiting.err)
    own_server.restart()
    plan.ok()
    assert waiting.wait(10).exit == 0


def test_a_waiter_holds_no_session_that_would_stop_create_database(plan, server):
    """What waits for primed is gone when it is."""
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": marker(1)})
    waiting = plan.start("wait", "--for", "primed", "--", "sleep", "3")
    plan.ok()
    eventually(lambda: alive(waiting.pid) and psql(server.url(), f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{plan.url.rpartition('/')[2]}'") == "0")
    assert waiting.running


@pytest.mark.parametrize("arguments", [["--for", "nothing"], ["--timeout", "soon"], ["tcp://nowhere"], ["http://"], ["ftp://x:1"], ["--"]], ids=" ".join)
def test_used_wrongly(run, server, arguments):
    result = run(["wait", server.url(), *arguments])
    assert result.exit == 2 and "error: " in result.err, result
