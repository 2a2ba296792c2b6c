"""Two clusters that start alike: what a script is run into, what it left behind, and the way back."""
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from support import PG_BIN, Server, execute, minimal_environment  # noqa: E402

DATABASE = "subject"
# Those who log in need no password, so that scripts and dumps from anywhere may \connect as anybody; only these do.
WITH_PASSWORD = "secure,secure2"
SETTINGS = """
autovacuum = off
jit = off
shared_buffers = 32MB
max_prepared_transactions = 10
wal_level = logical
shared_preload_libraries = ''
log_line_prefix = '=%e=%d='
log_min_messages = error
log_min_error_statement = error
log_connections = on
"""
LOGGED = re.compile(r"^=(\w{5})=([^=]*)=(ERROR|FATAL|PANIC):  (.*)", re.M)
CONNECTED = re.compile(r"^=\w{5}=([^=]*)=LOG:  connection authorized: ", re.M)

# Whatever a cluster's databases share, the script's own database left out: its part is in the dump of it.
SHARED = f"""
WITH d AS (SELECT * FROM pg_database WHERE datname <> '{DATABASE}')
SELECT 'role', rolname::text, to_jsonb(a) - 'oid' - 'rolpassword' FROM pg_authid a
UNION ALL SELECT 'member', format('%s of %s by %s', member::regrole, roleid::regrole, grantor::regrole), to_jsonb(admin_option) FROM pg_auth_members
UNION ALL SELECT 'database', format('%s of %s in %s', datname, datdba::regrole, (SELECT spcname FROM pg_tablespace t WHERE t.oid = dattablespace)),
  to_jsonb(d) - '{{oid,datdba,dattablespace,datfrozenxid,datminmxid}}'::text[] FROM d
UNION ALL SELECT 'tablespace', format('%s of %s', spcname, spcowner::regrole), to_jsonb(s) - 'oid' - 'spcowner' FROM pg_tablespace s
UNION ALL SELECT 'setting', format('%s in %s', setrole::regrole, (SELECT datname FROM d WHERE d.oid = setdatabase)), to_jsonb(setconfig) FROM pg_db_role_setting
  WHERE setdatabase = 0 OR setdatabase IN (SELECT oid FROM d)
UNION ALL SELECT 'subscription', subname, NULL FROM pg_subscription
UNION ALL SELECT 'parameter', parname, to_jsonb(paracl) FROM pg_parameter_acl
UNION ALL SELECT 'comment', format('%s of %s', description, classoid::regclass), NULL FROM pg_shdescription
  WHERE classoid <> 'pg_database'::regclass OR objoid IN (SELECT oid FROM d)
UNION ALL SELECT 'configuration', pg_read_file('postgresql.auto.conf'), NULL
ORDER BY 1, 2, 3;
"""
TIDY = """
SET allow_system_table_mods = on;
DELETE FROM pg_subscription; -- a database with one is not dropped
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname) FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1') \\gexec
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname <> 'postgres' AND rolname !~ '^pg_' \\gexec
"""


def both(what, *items):
    """what(item) for all of them at once; the clusters have nothing to do with each other."""
    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(what, items))


@dataclass
class Logged:
    sqlstate: str
    message: str


class Cluster(Server):
    """A server whose log tells SQLSTATEs and databases, and which can be put back to how it began."""

    def __init__(self):
        super().__init__()
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(SETTINGS)
        hba = self.data / "pg_hba.conf"
        hba.write_text(f"host all {WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\nhost all,replication all 127.0.0.1/32 trust\n" + hba.read_text())
        self._pristine = self.folder / "pristine"
        self._copy(self.data, self._pristine)
        self._session = self._baseline = None
        self._begun = self._offset = 0  # places in the log
        self.start()
        self._empty = self.dump(whole=True)

    @staticmethod
    def _copy(source, target):
        result = execute(["cp", "-a", "--reflink=auto", source, target], minimal_environment("/nonexistent"))
        if result.exit != 0:
            raise RuntimeError(f"cp: {result}")

    def start(self, **settings):
        super().start(**settings)
        self._session = self.session(self.url("postgres"))
        self._baseline = self.shared()
        return self

    def destroy(self):
        if getattr(self, "_session", None):
            self._session.close()
        super().destroy()

    def renew(self):
        """As initdb left it."""
        self._session.close()
        self.stop("immediate")
        shutil.rmtree(self.data)
        self._copy(self._pristine, self.data)
        self.start()

    def begin(self):
        """An empty database, and a mark in the log; the session is the one that asks, not what is tested."""
        self._session.do(f"CREATE DATABASE {DATABASE} STRATEGY file_copy")  # the cheaper one where fsync is off
        self.mark()
        self._begun = self._offset

    def mark(self):
        self._offset = self.logfile.stat().st_size

    def end(self):
        """Nothing of the script stays, whatever it takes."""
        elsewhere = self.elsewhere()
        if self.changed():
            self.psql(TIDY, check=False)
        else:
            self._session.do(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        if self.changed() or (elsewhere and self.dump(whole=True) != self._empty):
            self.renew()

    def shared(self) -> str:
        return self._session.do(SHARED)

    def changed(self) -> bool:
        """Whether roles, other databases or the configuration are not what they were."""
        return self.shared() != self._baseline

    def _log(self, offset) -> str:
        with open(self.logfile, "rb") as log:
            log.seek(offset)
            return log.read().decode(errors="backslashreplace")

    def errors(self) -> list[Logged]:
        """What the server refused since the mark, in its order."""
        return [Logged(m[1], f"{m[4]} [{m[2]}]") for m in LOGGED.finditer(self._log(self._offset))]

    def elsewhere(self) -> bool:
        """Whether anybody has been in a database that was there before begin()."""
        return any(m[1] in ("postgres", "template1") for m in CONNECTED.finditer(self._log(self._begun)))

    def dump(self, whole) -> str:
        """The script's database, or the whole cluster; without what differs from one moment to the next."""
        program, which = ("pg_dumpall", []) if whole else ("pg_dump", ["--create", DATABASE])
        result = execute([PG_BIN / program, "-h", self.sockets, "-p", self.port, "-U", "postgres", *_restrict_key(), *which],
                         minimal_environment("/nonexistent"), timeout=120)
        text = result.out if result.exit == 0 else f"{program} failed: {result.err}"
        return masked(text)


def _restrict_key(known=[]):  # noqa: B006 (asked once)
    if not known:
        known.append("--restrict-key" in execute([PG_BIN / "pg_dump", "--help"], minimal_environment("/nonexistent")).out)
    return ["--restrict-key=x"] if known[0] else []


def masked(text) -> str:
    """Random salts go, as do the numbers of tablespaces; large objects are numbered in their order, as the numbers of a cluster depend on all that it did before."""
    text = re.sub(r"SCRAM-SHA-256\$[^']*", "SCRAM-SHA-256", text)
    text = re.sub(r"^\\(un)?restrict .*", r"\\\1restrict", text, flags=re.M)
    text = re.sub(r"'pg_tblspc/\d+'", "'pg_tblspc'", text)
    today = datetime.now(timezone.utc).date()
    text = re.sub(rf"\b{today} \d\d:\d\d:\d\d(\.\d+)?", "NOW", text)
    numbers = {}

    def numbered(match):
        number = int(match[2])
        return match[0] if number < 16384 else f"{match[1]}lo_{numbers.setdefault(number, len(numbers) + 1)}"

    return re.sub(r"(lo_create\('|lo_open\('|LARGE OBJECT |-- Name: (?=\d+; Type: BLOB))(\d+)", numbered, text)
