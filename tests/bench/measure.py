"""Whole processes, measured from outside: a server with fsync on, programs taken in turn, medians, one line of a table each."""
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import support  # noqa: E402


@dataclass
class Run:
    status: int
    wall: float
    processor: float
    peak: int  # KiB
    end: float  # seconds since 1970


@dataclass
class Line:
    what: str
    ours: str
    other: str
    ratio: str
    target: str
    peak: str
    other_peak: str
    met: bool


class Bench:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="pgprimer-bench-")
        self.folder = Path(self._folder.name)
        self.poll = self._compile("poll", "-I", self._pg_config("--includedir"), "-L", self._pg_config("--libdir"), "-lpq")
        self._launch = self._compile("launch")
        self.server = support.Server(on_disk=True)
        self.start()

    def _pg_config(self, what):
        return subprocess.run(["pg_config", what], check=True, capture_output=True, text=True).stdout.strip()

    def _compile(self, name, *flags):
        binary = self.folder / name
        subprocess.run(["cc", "-O2", "-o", binary, HERE / f"{name}.c", *flags], check=True)
        return binary

    def start(self):
        self.server.start(fsync="on", max_connections="100", shared_buffers="128MB")

    def close(self):
        self.server.destroy()
        self._folder.cleanup()

    def begin(self, argv, env=None, cwd=None):
        """The process and where its figures will be; `figures` waits for it."""
        result = Path(tempfile.mkstemp(dir=self.folder)[1])
        process = support.Process([self._launch, result, *argv], support.minimal_environment(self.folder, env), cwd or self.folder)
        return process, result

    def figures(self, begun, status=0) -> Run:
        process, result = begun
        ended = process.wait(600)
        fields = result.read_text().split()
        if not fields or int(fields[0]) != status:
            raise RuntimeError(f"{fields or 'no figures'}, expected exit {status}\n{ended}")
        return Run(int(fields[0]), float(fields[1]), float(fields[2]), int(fields[3]), float(fields[4]))

    def run(self, argv, env=None, cwd=None, status=0) -> Run:
        return self.figures(self.begin(argv, env, cwd), status)

    def psql(self, url, *arguments):
        return [support.PG_BIN / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", *arguments, url]

    def settle(self):
        """What an earlier process has left to be written is not the next one's work."""
        self.server.psql("CHECKPOINT")


def in_turn(rounds, *programs):
    """Each program is a callable that returns a Run; the lists of their runs."""
    runs = [[] for _ in programs]
    for _ in range(rounds):
        for program, into in zip(programs, runs):
            into.append(program())
    return runs


def compare(what, ours, other, target, value=lambda run: run.wall, unit="ms") -> Line:
    scale = {"ms": 1e3, "s": 1}[unit]
    mine, theirs = median(map(value, ours)) * scale, median(map(value, other)) * scale
    ratio = mine / theirs
    return Line(what, f"{mine:.2f} {unit}", f"{theirs:.2f} {unit}", f"{ratio:.2f}", f"<= {target}", megabytes(ours), megabytes(other), ratio <= target)


def difference(what, ours, other, limit_ms) -> Line:
    mine, theirs = (median(run.wall for run in runs) * 1e3 for runs in (ours, other))
    return Line(what, f"{mine:.2f} ms", f"{theirs:.2f} ms", f"+{mine - theirs:.1f} ms", f"<= +{limit_ms} ms", megabytes(ours), megabytes(other),
                mine - theirs <= limit_ms)


def peak(what, runs, limit_mb) -> Line:
    return Line(what, "", "", "", f"<= {limit_mb} MB", megabytes(runs), "", max(run.peak for run in runs) <= limit_mb * 1024)


def bound(what, ours, limit, value) -> Line:
    mine = median(map(value, ours))
    return Line(what, f"{mine:.3f} s", "", "", f"< {limit} s", megabytes(ours), "", mine < limit)


def megabytes(runs):
    return f"{max(run.peak for run in runs) / 1024:.1f} MB"


def table(lines):
    rows = [("what", "ours", "other", "ratio", "target", "peak", "other's", "")]
    rows += [(x.what, x.ours, x.other, x.ratio, x.target, x.peak, x.other_peak, "" if x.met else "MISSED") for x in lines]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip() for row in rows)
