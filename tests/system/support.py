"""What the system tests stand on: a PostgreSQL of their own, the binary as a child with a minimal environment, psql."""
import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "s3cret"


def _pg_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    wanted = [p for p in found if p.parts[-3] == "15"] or found[-1:]
    if wanted:
        return wanted[0].parent
    initdb = shutil.which("initdb")
    if not initdb:
        raise RuntimeError("no PostgreSQL server found: install postgresql-15")
    return Path(initdb).resolve().parent


PG_BIN = _pg_bin()


def binary() -> Path:
    return Path(os.environ.get("PGPRIMER", ROOT / "build/dev/pgprimer")).resolve()


def os_user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(what, timeout=20.0, interval=0.02, message="it did not happen in time"):
    """Calls `what` until it returns something true, which is returned."""
    end = time.monotonic() + timeout
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(message() if callable(message) else message)
        time.sleep(interval)


def minimal_environment(home, extra=None):
    environment = {"PATH": f"{PG_BIN}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(home)}
    environment.update({k: str(v) for k, v in (extra or {}).items()})
    return environment


@dataclass(repr=False)
class Result:
    exit: int  # negative: ended by that signal
    out: str
    err: str

    def __str__(self):
        return f"exit {self.exit}\n--- out\n{self.out}\n--- err\n{self.err}"

    __repr__ = __str__


class Process:
    """A background child in a process group of its own; output goes to files, so it never blocks."""

    def __init__(self, argv, env, cwd=None, stdin=None):
        self._files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        given = tempfile.TemporaryFile() if stdin is not None else subprocess.DEVNULL
        if stdin is not None:
            given.write(stdin if isinstance(stdin, bytes) else stdin.encode())
            given.seek(0)
        self._popen = subprocess.Popen([str(a) for a in argv], env=env, cwd=cwd, stdin=given, stdout=self._files[0],
                                       stderr=self._files[1], start_new_session=True)
        self.pid = self._popen.pid

    def _text(self, which):
        size = os.fstat(self._files[which].fileno()).st_size
        return os.pread(self._files[which].fileno(), size, 0).decode(errors="replace")

    out = property(lambda self: self._text(0))
    err = property(lambda self: self._text(1))
    running = property(lambda self: self._popen.poll() is None)

    def signal(self, number):
        self._popen.send_signal(number)

    def kill(self) -> Result:
        """SIGKILL to the process alone, not to its children."""
        self._popen.kill()
        return self.wait(10)

    def wait(self, timeout=60) -> Result:
        try:
            status = self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"still running after {timeout} s: {self._popen.args}\n{self.out}\n{self.err}") from None
        return Result(status, self.out, self.err)

    def end(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait(10)


def execute(argv, env, cwd=None, timeout=60, stdin=None) -> Result:
    return Process(argv, env, cwd, stdin).wait(timeout)


def psql(url, sql, check=True):
    """Runs `sql` and returns its output, unaligned, fields separated by |. With check=False a Result."""
    result = execute([PG_BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-", url], minimal_environment("/nonexistent"), stdin=sql)
    if not check:
        return result
    if result.exit != 0:
        raise AssertionError(f"psql: {sql}\n{result}")
    return result.out.rstrip("\n")


class Session:
    """A psql that stays, for transactions left open: a lock held while something else is watched."""

    def __init__(self, url):
        self._popen = subprocess.Popen([PG_BIN / "psql", "-XAtq", url], env=minimal_environment("/nonexistent"), text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def do(self, sql, timeout=20):
        self._popen.stdin.write(f"{sql}\n;\n\\echo =done=\n")
        self._popen.stdin.flush()
        lines = []
        watchdog = threading.Timer(timeout, self._popen.kill)
        watchdog.start()
        try:
            for line in self._popen.stdout:
                if line == "=done=\n":
                    break
                lines.append(line)
            else:
                raise AssertionError(f"psql ended: {sql}\n{''.join(lines)}")
        finally:
            watchdog.cancel()
        text = "".join(lines).rstrip("\n")
        if "ERROR:" in text or "FATAL:" in text:
            raise AssertionError(f"{sql}\n{text}")
        return text

    def close(self):
        if self._popen.poll() is None:
            self._popen.stdin.close()
            self._popen.wait(10)
        self._popen.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def memory_folder():
    """For thousands of files that are soon gone again: memory, if there is plenty; None is the usual place."""
    shared = "/dev/shm"
    return shared if "TMPDIR" not in os.environ and os.path.isdir(shared) and shutil.disk_usage(shared).free > 4 << 30 else None


class Server:
    """An ephemeral PostgreSQL: scram over TCP, trust on its socket as in the official image, superuser postgres."""

    def __init__(self, on_disk=False):
        self.folder = Path(tempfile.mkdtemp(prefix="pgprimer-server-", dir=None if on_disk else memory_folder()))
        atexit.register(self.destroy)
        self.data, self.sockets, self.logfile = self.folder / "data", self.folder / "socket", self.folder / "log"
        self.host, self.port, self.password = "127.0.0.1", free_port(), PASSWORD
        self._databases = 0
        pwfile = self.folder / "password"
        pwfile.write_text(self.password)
        self.sockets.mkdir()
        if os.getuid() == 0:
            for path in (self.folder, self.sockets, pwfile):
                shutil.chown(path, "postgres", "postgres")
        self.folder.chmod(0o755)
        self._as_postgres("initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--auth-local=trust",
                          "--auth-host=scram-sha-256", f"--pwfile={pwfile}")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"port = {self.port}\nunix_socket_directories = '{self.sockets}'\nlisten_addresses = '127.0.0.1'\nfsync = off\n"
                       "max_connections = 60\nlog_line_prefix = '%m [%p] %a %u@%d '\n")

    def _as_postgres(self, program, *arguments):
        prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        result = execute([*prefix, PG_BIN / program, *arguments], minimal_environment(self.folder), cwd=self.folder, timeout=60)
        if result.exit != 0:
            raise RuntimeError(f"{program}: {result}\n{self.log()}")
        return result

    def start(self, **settings):
        """Keyword arguments are settings for this start: start(listen_addresses="") is the image's temporary init server."""
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._as_postgres("pg_ctl", "-D", self.data, "-l", self.logfile, "-w", "-t", "30", *(["-o", options] if options else []), "start")
        return self

    def stop(self, mode="fast"):
        if (self.data / "postmaster.pid").exists():
            self._as_postgres("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def destroy(self):
        atexit.unregister(self.destroy)
        try:
            self.stop("immediate")
        except RuntimeError:
            pass  # it had ended by itself
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database="postgres", user="postgres", password=None, port=None):
        return f"postgresql://{user}:{password or self.password}@{self.host}:{port or self.port}/{database}"

    def socket_url(self, database="postgres", user=None):
        return f"postgresql://{user + '@' if user else ''}/{database}?host={self.sockets}&port={self.port}"

    def psql(self, sql, url=None, check=True):
        return psql(url or self.url(), sql, check)

    def session(self, url=None) -> Session:
        return Session(url or self.url())

    def database(self, template="template1") -> str:
        """A fresh database's URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url):
        self.psql(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")

    def kill_backends(self, where="true") -> int:
        """pg_terminate_backend for the client sessions of which the condition on pg_stat_activity holds."""
        return int(self.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                             f"AND backend_type = 'client backend' AND ({where})"))

    def waiting_for_lock(self, url) -> int:
        """How many sessions of that database wait for a heavyweight lock."""
        return int(self.psql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name_of(url)}' AND wait_event_type = 'Lock'"))

    def log(self) -> str:
        return self.logfile.read_text(errors="replace") if self.logfile.exists() else ""


def name_of(url):
    return urlsplit(url).path.lstrip("/")


def alive(pid) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
