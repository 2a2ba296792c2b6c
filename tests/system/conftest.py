import ctypes
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from plans import Plan  # noqa: E402
from support import Process, Server, binary, minimal_environment  # noqa: E402


def hide_from_other_workers():
    """The mark of a container's own run lies in /run/pgprimer or /dev/shm: each of several workers gets its own, as containers do."""
    new_mounts, recursive, private = 0x20000, 0x4000, 1 << 18
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.unshare(new_mounts) == 0 and libc.mount(b"none", b"/", None, recursive | private, None) == 0
    for folder in [b"/dev/shm", *([b"/run/pgprimer"] if os.path.isdir("/run/pgprimer") else [])]:
        done = done and libc.mount(b"tmpfs", folder, b"tmpfs", 0, b"mode=1777") == 0
    if not done:
        raise OSError(ctypes.get_errno(), "several workers need the right to make a mount namespace: run pytest without -n")


def pytest_configure():
    if "PYTEST_XDIST_WORKER" in os.environ:
        hide_from_other_workers()

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)  # so that servers are ended where the tests are


@pytest.fixture(scope="session")
def pgprimer() -> Path:
    path = binary()
    if not path.exists():
        pytest.fail(f"{path} does not exist: build it, or name it in PGPRIMER", pytrace=False)
    return path


@pytest.fixture(scope="session")
def server():
    """The server that tests share. A test that stops it starts it again."""
    shared = Server()
    try:
        yield shared.start()
    finally:
        shared.destroy()


@pytest.fixture
def own_server():
    """A server for this test only, not yet started."""
    own = Server()
    try:
        yield own
    finally:
        own.destroy()


@pytest.fixture
def database(server):
    url = server.database()
    yield url
    server.drop(url)


@pytest.fixture
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder(tmp_path):
    """A configuration's folder, which everybody may enter: some tests run as somebody else."""
    at = tmp_path
    while at != at.parent and at.stat().st_uid == os.getuid() and str(at).startswith("/tmp/"):
        at.chmod(0o755)
        at = at.parent
    return tmp_path


@pytest.fixture
def start(pgprimer, home):
    """start(arguments, env=..., cwd=...) -> Process of the binary, with PATH, HOME and what env adds; ended after the test."""
    started = []

    def begin(args, env=None, cwd=None, stdin=None) -> Process:
        process = Process([pgprimer, *args], minimal_environment(home, env), cwd or home, stdin)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.end()


@pytest.fixture
def run(start):
    """run(arguments, env=..., cwd=..., timeout=..., stdin=...) -> Result(exit, out, err) of the binary."""
    return lambda args, env=None, cwd=None, timeout=60, stdin=None: start(args, env, cwd, stdin).wait(timeout)


@pytest.fixture
def plan(tmp_path, database, run, start) -> Plan:
    """A plan for the test's own database."""
    return Plan(tmp_path, database, run, start)
