"""PgBouncer in front of a test's server."""
import socket
import subprocess

import pytest

from support import eventually, execute, free_port, minimal_environment, os_user

PROGRAM = "/usr/sbin/pgbouncer"


class Pooler:
    def __init__(self, server, mode, databases="*", target=None):
        """`databases`: the names that it knows, or "*"; `target`: what they are called on the server."""
        try:
            subprocess.run([PROGRAM, "--version"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("pgbouncer is not installed")
        self.server, self.mode, self.port = server, mode, free_port()
        self.folder = server.folder / f"pgbouncer-{self.port}"
        self.folder.mkdir()
        (self.folder / "users").write_text(f'"postgres" "{server.password}"\n')
        called = f" dbname={target}" if target else ""
        (self.folder / "ini").write_text(f"[databases]\n{databases} = host=127.0.0.1 port={server.port}{called}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
                                         f"auth_type = plain\nauth_file = {self.folder}/users\npool_mode = {mode}\nunix_socket_dir =\nlogfile = {self.folder}/log\n"
                                         f"pidfile = {self.folder}/pid\nadmin_users = postgres\nserver_login_retry = 1\n")
        execute(["chown", "-R", "postgres", self.folder], minimal_environment("/"))

    def start(self):
        as_postgres = [] if os_user() == "postgres" else ["runuser", "-u", "postgres", "--"]
        self._process = subprocess.Popen([*as_postgres, PROGRAM, self.folder / "ini"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def answers():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        eventually(answers)
        return self

    def stop(self):
        if getattr(self, "_process", None):
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def url(self, url):
        """The same database through it."""
        return url.replace(f":{self.server.port}/", f":{self.port}/")

    def sessions(self, database):
        """Of the server, that it keeps for its clients."""
        return int(self.server.psql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'"))
