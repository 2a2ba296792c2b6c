"""One script, run by psql into one cluster and by pgprimer into the other; what differs afterwards. psql is the truth."""
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from clusters import DATABASE, Cluster, both
from support import PASSWORD, PG_BIN, binary, minimal_environment

SELF = os.environ.get("PGPRIMER_DIFFERENTIAL_SELF") == "1"
LONGEST_DIFF = 60


def runs_refused_data(known=[]):  # noqa: B006 (asked once)
    """Whether the psql at hand runs the data of a COPY that was refused as SQL: so those before 15.19 do (CVE-2026-6464)."""
    if not known:
        version = subprocess.run([PG_BIN / "psql", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[2]
        known.append([int(n) for n in version.split(".")] < [15, 19])
    return known[0]


@dataclass
class Case:
    """How a script is run. Its folder is copied for each side, so both may write where they like."""

    script: Path
    keep_going: bool = False  # psql without ON_ERROR_STOP; pgprimer --on-error continue
    output: bool = False  # standard output is compared, too
    stdin: bool = False  # the script comes through standard input
    given: Path | None = None  # what standard input holds otherwise
    truth: Path | None = None  # what psql runs instead
    variables: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    before: list[Path] = field(default_factory=list)  # run by psql on both sides first
    root: Path | None = None  # the folder that is copied; default: only the script, and "parts" beside it
    cwd: Path | None = None  # within root; default: the script's own folder
    timeout: float = 60


@dataclass
class Seen:
    """What one side made of a script."""

    status: int | None  # None: it had not ended in time
    out: str
    err: str
    errors: list
    files: dict[str, bytes]
    changed: bool
    dump: str = ""


@dataclass
class Difference:
    kind: str  # exit | sqlstates | output | dump | files
    text: str


@dataclass
class Verdict:
    case: Case
    psql: Seen
    ours: Seen
    differences: list[Difference]

    def kinds(self) -> str:
        return " ".join(d.kind for d in self.differences)

    def text(self) -> str:
        said = "".join(f"\n--- {who} said on stderr\n{_short(seen.err)}" for who, seen in (("psql", self.psql), ("pgprimer", self.ours)))
        return f"{self.case.script.name}: not as psql: {self.kinds()}" + "".join(f"\n--- {d.kind}\n{d.text}" for d in self.differences) + said


def _short(text, lines=20):
    all_lines = text.splitlines()
    return "\n".join(all_lines[:lines] + ([f"... and {len(all_lines) - lines} lines more"] if len(all_lines) > lines else []))


def diff(ours, theirs, kind) -> Difference:
    lines = [line[:300] for line in unified_diff(theirs, ours, "psql", "pgprimer", lineterm="", n=2)]
    # What pg_dump writes between the statements tells nothing, unless nothing else is there.
    told = [line for line in lines if line[1:] and not line[1:].startswith("--")] if kind == "dump" else []
    return Difference(kind, _short("\n".join(told if any(line[0] in "+-" for line in told[2:]) else lines), LONGEST_DIFF))


class Comparison:
    def __init__(self, pgprimer=None, myself=SELF):
        self.pgprimer, self.myself = pgprimer or binary(), myself
        self.psql_side, self.our_side = both(lambda _: Cluster(), 1, 2)
        self._folder = Path(tempfile.mkdtemp(prefix="pgprimer-differential-"))

    def close(self):
        both(Cluster.destroy, self.psql_side, self.our_side)
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, case: Case) -> Verdict:
        return self._finished(case, both(lambda side: self._run(case, *side), *self._sides()))

    def run_together(self, cases):
        """One after another in one database. A verdict a script, and at last one of what all of them left there."""
        with tempfile.TemporaryDirectory(dir=self._folder) as one, tempfile.TemporaryDirectory(dir=self._folder) as two:
            both(lambda side: side[0].begin(), *self._sides())
            for case in cases:
                seen = both(lambda side, c=case: self._run_in(side[2], c, *side[:2]), *((*side, Path(f)) for side, f in zip(self._sides(), (one, two))))
                yield Verdict(case, *seen, compare(case, *seen))
        yield self._finished(case, [Seen(0, "", "", [], {}, True) for _ in seen])

    def _sides(self):
        return (self.psql_side, True), (self.our_side, self.myself)

    def _finished(self, case, seen):
        # Where one side has touched what databases share, or was in another database, both clusters are looked at wholly.
        whole = any(s.changed for s in seen)

        def finish(side):
            cluster, into = side
            into.dump = cluster.dump(whole)
            if whole:
                into.dump += "-- shared by all databases\n" + cluster.shared()
            cluster.end()

        both(finish, *zip((self.psql_side, self.our_side), seen))
        return Verdict(case, *seen, compare(case, *seen))

    def _run(self, case, cluster, by_psql) -> Seen:
        cluster.begin()
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            seen = self._run_in(Path(folder), case, cluster, by_psql)
            seen.changed = cluster.changed() or cluster.elsewhere()
            return seen

    def _run_in(self, folder, case, cluster, by_psql) -> Seen:
        work, scripts, cwd = _lay_out(case, folder)
        environment = self._environment(cluster, case, folder)
        for script in case.before:
            _execute(self._psql(cluster, script.resolve(), case, keep_going=True), cwd, environment, subprocess.DEVNULL, case.timeout)
        cluster.mark()
        script = scripts / (case.truth if by_psql and case.truth else case.script).name
        name = "-" if case.stdin else os.path.relpath(script, cwd)
        argv = self._psql(cluster, name, case, case.keep_going) if by_psql else self._pgprimer(cluster, name, case)
        begun = _stats(work)
        with open(script if case.stdin else case.given or os.devnull, "rb") as stdin:
            status, out, err = _execute(argv, cwd, environment, stdin, case.timeout)
        files = {str(path.relative_to(work)): path.read_bytes() for path, stat in _stats(work).items() if begun.get(path) != stat}
        places = {str(cluster.port): "PORT", str(cluster.sockets): "SOCKETS", str(work): "WORK"}
        return Seen(status, _readable(out, places), _readable(err, places), cluster.errors(), files, changed=False)

    @staticmethod
    def _psql(cluster, script, case, keep_going):
        return [PG_BIN / "psql", "-X", "-q", "-w", *([] if keep_going else ["-v", "ON_ERROR_STOP=1"]), *(f"--set={v}" for v in case.variables),
                "-f", script, cluster.url(DATABASE)]

    def _pgprimer(self, cluster, script, case):
        return [self.pgprimer, "sql", *(f"--set={v}" for v in case.variables), "--on-error", "continue" if case.keep_going else "stop",
                "--database-url", cluster.url(DATABASE), script]

    @staticmethod
    def _environment(cluster, case, home):
        passwords = Path(home) / "passwords"
        if not passwords.exists():
            passwords.write_text(f"*:*:*:*:{PASSWORD}\n")
            passwords.chmod(0o600)
        here = {"PGHOST": cluster.host, "PGPORT": cluster.port, "PGUSER": "postgres"}  # a conninfo string of \connect keeps nothing
        return minimal_environment(home, {"PGPASSFILE": passwords, "LC_ALL": "C.UTF-8", **here, **case.environment})


def _lay_out(case, folder):
    """(what may be written to, where the script is in it, where it is run)"""
    root, work = (case.root or case.script.parent).resolve(), folder / "work"
    scripts = work / case.script.resolve().parent.relative_to(root)
    if case.root:
        if not work.exists():
            shutil.copytree(root, work, symlinks=True)
    else:
        work.mkdir(exist_ok=True)
        if (root / "parts").exists():
            shutil.copytree(root / "parts", work / "parts")
        shutil.copy(case.script, scripts)
    if case.truth:
        shutil.copy(case.truth, scripts)
    return work, scripts, work / case.cwd.resolve().relative_to(root) if case.cwd else scripts


def compare(case, psql, ours) -> list[Difference]:
    found = []
    if (psql.status == 0) != (ours.status == 0) or (psql.status is None) != (ours.status is None):
        found.append(Difference("exit", f"psql {_status(psql)}, pgprimer {_status(ours)}"))
    if [e.sqlstate for e in psql.errors] != [e.sqlstate for e in ours.errors]:
        found.append(diff(*([f"{e.sqlstate} {e.message}" for e in s.errors] for s in (ours, psql)), "sqlstates"))
    if case.output and psql.out != ours.out:
        found.append(diff(ours.out.splitlines(), psql.out.splitlines(), "output"))
    if psql.dump != ours.dump:
        found.append(diff(ours.dump.splitlines(), psql.dump.splitlines(), "dump"))
    if psql.files != ours.files:
        found.append(diff(*(_listing(s.files) for s in (ours, psql)), "files"))
    return [d if d.text else Difference(d.kind, "only in its line ends") for d in found]


def _status(seen):
    return "was ended: not done in time" if seen.status is None else f"exit {seen.status}"


def _listing(files):
    return [line for name in sorted(files) for line in (f"== {name}", *files[name].decode(errors="backslashreplace").splitlines())]


def _stats(folder):
    return {path: (stat.st_size, stat.st_mtime_ns, stat.st_ino) for path in folder.rglob("*") if path.is_file() for stat in (path.stat(),)}


def _readable(text, places):
    """Without what can never be equal: where the clusters are, and how long things took."""
    text = text.decode(errors="backslashreplace")
    for what, name in places.items():
        text = text.replace(what, name)
    text = re.sub(r"LARGE OBJECT \d{5,}", "LARGE OBJECT of the server's number", text)
    text = re.sub(r" +\+$", " +", text, flags=re.M)  # expanded: psql from 15.19 on is wider there than the libraries before it
    return re.sub(r"^Time: .*", "Time:", text, flags=re.M)


def _execute(argv, cwd, environment, stdin, timeout):
    """Output goes to files: a child may leave children behind that hold a pipe open."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen([str(a) for a in argv], cwd=cwd, env=environment, stdin=stdin, stdout=out, stderr=err, start_new_session=True)
        try:
            status = child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            status = None
        out.seek(0), err.seek(0)
        return status, out.read(), err.read()
