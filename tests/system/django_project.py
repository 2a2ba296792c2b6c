"""The Django project in tests/system/django: its virtual environment, a PATH whose python tells of each start, and what a database holds."""
import fcntl
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from support import PG_BIN, Process, eventually, execute, minimal_environment, psql

FOLDER = Path(__file__).resolve().parent / "django"
PROJECT = FOLDER / "project"
PLAN = FOLDER / "pgprimer.toml"

# Every hook of the plan in its order.
HOOKS = [
    "migrate --noinput",
    "migrate_schemas --shared --noinput",
    "setup_test_tenant --tenant-name test_tenant --domain test.example.com",
    "setup_test_tenant --tenant-name second_tenant --domain second.example.com",
    "migrate_schemas --schema test_tenant --noinput",
    "migrate_schemas --schema second_tenant --noinput",
]

_WRAPPER = """#!/bin/sh
echo "$$ $*" >> '{folder}/starts'
while [ -e '{folder}/hold' ]; do
    case "$*" in *"$(cat '{folder}/hold')"*) sleep 0.02 ;; *) break ;; esac
done
exec '{python}' "$@"
"""


def virtual_environment() -> Path:
    """Made once for a requirements.txt and kept; returns its python."""
    requirements = PROJECT / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = Path.home() / ".cache/pgprimer"
    cache.mkdir(parents=True, exist_ok=True)
    folder, complete = cache / f"django-venv-{digest}", cache / f"django-venv-{digest}.complete"
    with open(cache / "django-venv.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements], check=True)
            complete.touch()
    return folder / "bin/python"


class Project:
    """One test's view of it: its own log of starts, its own way to hold a hook before Python begins."""

    def __init__(self, python, folder):
        self.folder = folder
        wrapper = folder / "bin/python"
        wrapper.parent.mkdir()
        wrapper.write_text(_WRAPPER.format(folder=folder, python=python))
        wrapper.chmod(0o755)

    def env(self, url, **extra):
        parts = urlsplit(url)
        path = f"{self.folder / 'bin'}:{minimal_environment('/')['PATH']}"
        return {"PATH": path, "DATABASE_URL": url, "SECRET_KEY": "test-secret-key-for-testing-only", "DEBUG": "True",
                "PYTHONDONTWRITEBYTECODE": "1", "PGHOST": parts.hostname or "", "PGPORT": parts.port or "", **extra}

    def starts(self):
        """(pid, arguments after manage.py) of each start of python."""
        log = self.folder / "starts"
        lines = log.read_text().splitlines() if log.exists() else []
        return [(int(pid), rest.removeprefix("manage.py ")) for pid, _, rest in (line.partition(" ") for line in lines)]

    def commands(self):
        return [command for _, command in self.starts()]

    def hold(self, command):
        """From now on a start whose arguments contain `command` waits until release()."""
        (self.folder / "hold").write_text(command)

    def release(self):
        (self.folder / "hold").unlink(missing_ok=True)

    def held(self, command, process=None) -> int:
        """Waits until that start is there (and held): its pid. `process` is who should start it."""
        def look():
            pids = [pid for pid, started in self.starts() if command in started]
            assert pids or process is None or process.running, f"ended before {command}: {process.wait()}"
            return pids
        return eventually(look, 60, message=lambda: f"{command} was not started\n{process.err if process else ''}")[-1]

    def manage(self, url, *arguments, **extra):
        return self.execute(["python", "manage.py", *arguments], url, **extra)

    def execute(self, argv, url, **extra):
        return self.begin(argv, url, **extra).wait()

    def begin(self, argv, url, **extra) -> Process:
        """The program is found in our PATH."""
        return Process(["/usr/bin/env", *argv], minimal_environment(self.folder, self.env(url, **extra)), PROJECT)

    def by_hand(self, url):
        """The plan's steps, one after the other, without pgprimer."""
        for script in sorted((FOLDER / "initdb").glob("*.sql")):
            psql(url, script.read_text())
        for command in HOOKS:
            result = self.manage(url, *command.split())
            assert result.exit == 0, f"{command}: {result}"

    def plan(self, replace=None, append="") -> Path:
        """A copy of the plan, changed, beside links to what it names."""
        folder = self.folder / "plan"
        folder.mkdir(exist_ok=True)
        for name in ("project", "initdb"):
            if not (folder / name).exists():
                (folder / name).symlink_to(FOLDER / name)
        text = PLAN.read_text()
        for old, new in (replace or {}).items():
            assert old in text, f"{old} is not in {PLAN}"
            text = text.replace(old, new)
        (folder / "pgprimer.toml").write_text(text + append)
        return folder / "pgprimer.toml"


# Rows that hold another row's surrogate key are shown with its natural one: rolled back inserts leave gaps in sequences.
_BY_NATURAL_KEY = {
    "public.auth_permission": "SELECT c.app_label, c.model, p.codename, p.name FROM public.auth_permission p JOIN public.django_content_type c ON c.id = p.content_type_id",
    "public.tenants_domain": "SELECT d.domain, d.is_primary, c.schema_name FROM public.tenants_domain d JOIN public.tenants_client c ON c.id = d.tenant_id",
}


def contents(url):
    """The schema as pg_dump tells it and the rows of each table, sorted, without surrogate keys and times; the ledger is left out."""
    help_text = execute([PG_BIN / "pg_dump", "--help"], minimal_environment("/")).out
    restrict = ["--restrict-key=x"] if "--restrict-key" in help_text else []
    dump = execute([PG_BIN / "pg_dump", "--schema-only", "--exclude-schema=pgprimer", *restrict, url], minimal_environment("/"))
    assert dump.exit == 0, dump
    schema = [line for line in dump.out.splitlines() if line and not line.startswith("--") and "setval" not in line]
    tables = psql(url, "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
                       "WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'pgprimer') ORDER BY 1").splitlines()
    queries = [f"SELECT '{t}', coalesce(jsonb_agg(r ORDER BY r::text), '[]') FROM (SELECT to_jsonb(x) - '{{id,applied,created,placed}}'::text[] AS r "
               f"FROM ({_BY_NATURAL_KEY.get(t, f'SELECT * FROM {t}')}) x) y" for t in tables]
    rows = dict(line.split("|", 1) for line in psql(url, ";\n".join(queries)).splitlines())
    roles = psql(url, "SELECT r.rolname, rolcanlogin, regexp_replace(rolpassword, '\\$.*', ''), array_agg(m.roleid::regrole) FROM pg_authid r "
                      "LEFT JOIN pg_auth_members m ON m.member = r.oid WHERE r.rolname LIKE 'meats%' GROUP BY 1, 2, 3 ORDER BY 1")
    return {"schema": schema, "rows": {table: json.loads(text) for table, text in rows.items()}, "roles": roles.splitlines()}


