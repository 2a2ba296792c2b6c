"""A server of a worker's own, the reference plan's database in it, and what must hold after each fault."""
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from reference import DATABASE, PLAIN, ROLE

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from support import PG_BIN, Process, Server, alive, binary, eventually, execute, minimal_environment  # noqa: E402

NAMED = re.compile(r"pgprimer repair --[\w-]+ --step [\w.-]+(?: --unit [\w./-]+)?")
REST = """SELECT step, item, unit, state FROM pgprimer.unit ORDER BY 1, 2, 3;
SELECT datname FROM pg_database ORDER BY 1;
SELECT rolname, rolcanlogin FROM pg_roles ORDER BY 1;
SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;
"""
# A run that has ended leaves its sessions to the server for a moment, which has its locks no more.
LEFT = "SELECT * FROM pg_locks WHERE locktype = 'advisory';\n"


class Wrong(Exception):
    """What pgprimer promises did not hold."""


class Arena:
    def __init__(self, reference=PLAIN, **settings):
        self.reference, self._undisturbed = reference, None
        self.settings = {"max_connections": "120", "superuser_reserved_connections": "10", **settings}
        self.folder = Path(tempfile.mkdtemp(prefix="pgprimer-soak-"))
        self.pgprimer, self.processes, self.asked = binary(), [], 0
        self.dump_options = self._dump_options()
        self.server = Server()
        try:
            self.server.start(**self.settings)
            self._learn()
        except BaseException:
            self.close()
            raise

    def _learn(self):
        """What every other end is compared with, and how long it takes."""
        self.write()
        self.reset()
        begun = time.monotonic()
        self.ends(self.start())
        self.duration = time.monotonic() - begun
        self._undisturbed = self.state()

    def _dump_options(self):
        told = execute([PG_BIN / "pg_dump", "--help"], minimal_environment("/nonexistent")).out
        return ["--restrict-key=x"] if "--restrict-key" in told else []

    def write(self):
        plan = self.folder / "plan"
        shutil.rmtree(plan, ignore_errors=True)
        for name, content in {"pgprimer.toml": self.reference.configuration, **self.reference.files}.items():
            (plan / name).parent.mkdir(parents=True, exist_ok=True)
            (plan / name).write_text(content)

    def close(self):
        self.end_processes()
        self.server.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end_processes(self):
        for process in self.processes:
            process.end()
        self.processes = []

    def keep(self, what, where):
        """The plan, what each process said, the server's log and what was wrong: for whoever looks."""
        where.mkdir(parents=True, exist_ok=True)
        (where / "wrong").write_text(what)
        for number, process in enumerate(self.processes):
            (where / f"run-{number}").write_text(f"{process.out}\n{process.err}")
        (where / "server.log").write_text(self.server.log()[-400_000:])
        shutil.copytree(self.folder / "plan", where / "plan", dirs_exist_ok=True)
        dump = execute([PG_BIN / "pg_dump", self.url], minimal_environment("/nonexistent"), timeout=60)
        (where / "dump.sql").write_text(dump.out + dump.err)

    url = property(lambda self: self.server.url(DATABASE))

    def sql(self, sql):
        return self.server.psql(sql, self.url)

    def is_up(self):
        """After a crash; a run that waits for it is as fast."""
        eventually(lambda: self.server.psql("SELECT 1", check=False).exit == 0, timeout=60, message=lambda: f"the server does not come back: {self.server.log()[-4000:]}")

    def crash(self):
        """As pg_ctl stop -m immediate does, at once; then it starts again."""
        postmaster = int((self.server.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        eventually(lambda: not alive(postmaster), timeout=60)
        self.server.start(**self.settings)

    def reset(self):
        """As on the first day."""
        self.end_processes()
        self.asked = 0
        self.server.psql("".join(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);\n" for name in self.reference.databases + self.reference.made)
                         + f"DROP ROLE IF EXISTS {ROLE};\nCREATE DATABASE {DATABASE};\n")

    def start(self, *arguments, url=None, env=None):
        first = url or self.url
        more = {"DATABASE_URL": first, "SECOND_URL": first.replace(f"/{DATABASE}", f"/{self.reference.databases[-1]}"), "PRIMER": self.pgprimer, **(env or {})}
        environment = minimal_environment(self.folder, more)
        process = Process([self.pgprimer, *arguments], environment, self.folder / "plan")
        self.processes.append(process)
        return process

    def ends(self, process, *statuses, timeout=60):
        """Waits for it; its status must be one of these."""
        try:
            result = process.wait(timeout)
        except AssertionError as late:
            raise Wrong(str(late)) from None
        if result.exit not in (statuses or (0,)):
            raise Wrong(f"exit {result.exit} is not one of {statuses or (0,)}: {result}")
        return result

    def settle(self):
        """A plain new start ends well, or names the command that leads there; then all is as after an undisturbed run. How often a person was asked."""
        result = self.ends(self.start(), 0, 5)
        if result.exit == 5:
            self.answer(result)
            result = self.ends(self.start())
        if "nothing to do" not in result.out:
            self.has_nothing_to_do()
        self.check()
        return self.asked

    def has_nothing_to_do(self):
        result = self.ends(self.start())
        if "nothing to do" not in result.out:
            raise Wrong(f"something was left to do: {result}")

    def answer(self, result):
        self.asked += 1
        self.ends(self.start(*self.way_on(result)))

    def way_on(self, result):
        """What a person does after exit 5: looks whether CALL took effect, undoes the half of it, and takes the command that the message names for that."""
        named = NAMED.findall(result.err)
        if not any(command.endswith(f"--step schema --unit {self.reference.call}") for command in named):
            raise Wrong(f"exit 5 names no way on, or it was not the procedure's: {result}")
        halves = self.sql("SELECT count(*) FROM called")
        if halves == "1":
            self.sql("DELETE FROM called")
        option = "--mark-done" if halves == "2" else "--mark-not-done"
        command = next((c for c in named if option in c), None)
        if command is None:
            raise Wrong(f"{option} is not named: {result}")
        return [*shlex.split(command)[1:], "--yes"]

    def dump(self, database):
        dump = execute([PG_BIN / "pg_dump", *self.dump_options, "--exclude-table-data=pgprimer.*", self.server.url(database)], minimal_environment("/nonexistent"))
        if dump.exit != 0:
            raise Wrong(f"pg_dump: {dump}")
        return re.sub(r"^-- Dumped (by|from) .*\n", "", dump.out, flags=re.M)

    def check_marks(self, rows):
        wrong = self.reference.wrong_marks(rows)
        if wrong:
            raise Wrong(f"not exactly once: {wrong}")

    def state(self):
        """All that can be compared: schema and data of the database, the ledger's rows, other databases, roles. What may not be raises Wrong."""
        dumps = "".join(self.dump(name) for name in self.reference.databases)
        marks, rest, left = self.sql(f"{self.reference.marks_sql()};\n\\echo ==\n{REST}\\echo ==\n{LEFT}").split("==")
        self.check_marks(marks)
        if left.strip():
            raise Wrong(f"sessions or locks are left: {left}")
        return dumps + rest

    def check(self):
        state = self.state()
        if state != self._undisturbed:
            self.differs(self._undisturbed, state, "the end is another than without the fault")

    def differs(self, expected, found, what):
        (self.folder / "plan/expected").write_text(expected)
        (self.folder / "plan/found").write_text(found)
        difference = execute(["diff", "expected", "found"], minimal_environment("/"), cwd=self.folder / "plan").out
        raise Wrong(f"{what}:\n{difference}")
