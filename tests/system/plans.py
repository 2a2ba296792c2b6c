"""A plan of a test's own: a folder with pgprimer.toml and its files, aimed at the test's database."""
import json
from pathlib import Path

from support import psql

TARGET = '[target]\nurl = "${DATABASE_URL}"\n'


class Plan:
    def __init__(self, folder, url, run, start):
        self.folder, self.url, self._run, self._start = Path(folder), url, run, start

    def write(self, text, files=None):
        """`text` is the configuration; without a [target] in it, the test's database is put before it."""
        self.text = text if "[target" in text else TARGET + text
        (self.folder / "pgprimer.toml").write_text(self.text)
        return self.add(files or {})

    def add(self, files):
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            if name.endswith((".sh", ".py")):
                path.chmod(0o755)
        return self

    def change(self, old, new):
        assert old in self.text
        return self.write(self.text.replace(old, new))

    def _arguments(self, arguments):
        command = arguments[0] if arguments and not arguments[0].startswith("-") else "run"
        return [command, "--config", self.folder / "pgprimer.toml", *(arguments[1:] if arguments and command == arguments[0] else arguments)]

    def _env(self, env):
        return {"DATABASE_URL": self.url, **(env or {})}

    def run(self, *arguments, env=None, timeout=60):
        return self._run(self._arguments(arguments), self._env(env), timeout=timeout)

    def start(self, *arguments, env=None):
        return self._start(self._arguments(arguments), self._env(env))

    def exits(self, status, *says, arguments=(), env=None, timeout=60):
        """One run that ends with this status and says all of these (in out or err)."""
        result = self.run(*arguments, env=env, timeout=timeout)
        assert result.exit == status, result
        for text in says:
            assert text in result.out + result.err, f"{text!r} is not said: {result}"
        return result

    def ok(self, *says, arguments=(), env=None, timeout=60):
        return self.exits(0, *says, arguments=arguments, env=env, timeout=timeout)

    def json(self, *arguments):
        result = self.run(*arguments, "--json")
        assert result.exit == 0, result
        return json.loads(result.out)

    def sql(self, sql, check=True):
        return psql(self.url, sql, check)

    def states(self):
        """{(step, unit): state} of the ledger."""
        rows = self.sql("SELECT step, unit, state FROM pgprimer.unit ORDER BY 1, 2")
        return {tuple(row.split("|")[:2]): row.split("|")[2] for row in rows.splitlines()}

    def state(self, step, unit):
        return self.states().get((step, unit))

    def sleeping(self, what="pg_sleep"):
        """How many sessions of this database execute a statement with these words."""
        return int(self.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                            f"AND state = 'active' AND query LIKE '%{what}%'"))


def marker(number, sleep=0.0, table="mark"):
    """SQL of which the effects can be counted: a row that says it ran."""
    pause = f"SELECT pg_sleep({sleep});\n" if sleep else ""
    return f"CREATE TABLE IF NOT EXISTS {table} (n int);\n{pause}INSERT INTO {table} VALUES ({number});\n"


def marks(plan, table="mark"):
    """n of every row, in order: [1, 2, 3] where each ran once."""
    return [int(n) for n in plan.sql(f"SELECT n FROM {table} ORDER BY n").split()]
