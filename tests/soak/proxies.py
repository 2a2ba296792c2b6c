"""What a network does: connections are cut, stalled, slow, or come in single bytes."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from arena import Wrong, eventually

TOP = Path(__file__).resolve().parents[2]
SIDES = ("client", "server")


def fault_proxy():
    """The tests' own proxy, as a build of today's sources has it; else compiled beside it."""
    if os.environ.get("FAULT_PROXY"):
        return os.environ["FAULT_PROXY"]
    sources = sorted((TOP / "tests/support").glob("fault_proxy*.cpp"))
    built = [TOP / f"build/{preset}/fault_proxy" for preset in ("dev", "asan", "soak")]
    for path in built:
        if path.exists() and path.stat().st_mtime > max(source.stat().st_mtime for source in sources):
            return path
    built[-1].parent.mkdir(parents=True, exist_ok=True)
    new = built[-1].with_suffix(f".{os.getpid()}")
    subprocess.run(["c++", "-std=c++20", "-O1", "-I", TOP / "tests", *sources, "-o", new, "-pthread"], check=True)
    return new.replace(built[-1])


class Proxy:
    def __init__(self, arena, *options):
        self._popen = subprocess.Popen([fault_proxy(), "--upstream", f"127.0.0.1:{arena.server.port}", "--across", *options], stdout=subprocess.PIPE, text=True)
        port = self._popen.stdout.readline().strip()
        self.url = arena.url.replace(f":{arena.server.port}/", f":{port}/")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.counts()

    def cut_all(self):
        self._popen.send_signal(signal.SIGUSR2)

    def now(self):
        self._popen.send_signal(signal.SIGUSR1)
        return json.loads(self._popen.stdout.readline())

    def counts(self):
        if self._popen.poll() is None:
            self._popen.terminate()
            self._counts = json.loads(self._popen.communicate(timeout=10)[0].strip().splitlines()[-1])
        return self._counts


def came_through(arena, result):
    """How a run went that had to go on by itself. Only a hook may fail of it, whose program knows of no second try."""
    if result.exit == 1 and "step: hook" not in result.err:
        raise Wrong(f"a lost connection became a failure: {result}")
    if result.exit == 5:
        arena.answer(result)
    return {0: "went on", 1: "hook failed", 5: "asked"}[result.exit]


def ends_after(arena, result):
    """The same; and a plain new start ends well, which has nothing to do where the run had announced."""
    how = came_through(arena, result)
    if result.exit == 0:
        arena.has_nothing_to_do()
        arena.check()
    else:
        arena.settle()
    return how


def through(arena, *options):
    """A run through a proxy that does this."""
    arena.reset()
    with Proxy(arena, *options) as proxy:
        result = arena.ends(arena.start(url=proxy.url), 0, 1, 5)
        counts = proxy.counts()
    how = ends_after(arena, result)
    return how if counts["cuts"] else "not reached", counts


def totals(arena):
    counts = through(arena)[1]
    return {unit: {side: counts[side][unit] for side in SIDES} for unit in ("messages", "bytes")}


class Cuts:
    """The connection is cut after so many messages or bytes of one side. Messages: each of them; or as many as are wanted, evenly. Bytes: at random."""

    def __init__(self, unit, wanted):
        self.unit, self.wanted, self.totals = unit, wanted, None

    def __call__(self, arena, number, rng):
        self.totals = self.totals or totals(arena)[self.unit]
        side = SIDES[number % 2]
        most = self.totals[side]
        step = 2 * most / self.wanted
        at = rng.randrange(most) if self.unit == "bytes" else number // 2 if step <= 1 else int((number // 2 + rng.random()) * step)
        if at > most + 5:
            return None
        way = rng.choice([[], ["--reset"], ["--cut-all"]])
        return f"{side}: " + through(arena, "--once", *way, f"--cut-after-{self.unit}={side}:{at}")[0]


def whole(arena, number, _):
    """A slow network, and one that delivers single bytes, change nothing."""
    name, options = [("slow", ["--delay-ms=5"]), ("single bytes", ["--single-bytes"]), ("slow single bytes", ["--single-bytes", "--delay-ms=2"])][number % 3]
    arena.reset()
    with Proxy(arena, *options) as proxy:
        result = arena.ends(arena.start(url=proxy.url), timeout=120)
    if "lost" in result.err:
        raise Wrong(f"a sound connection counts as lost: {result}")
    ends_after(arena, result)
    return name


class Stalls:
    """From some message on nothing comes through and nothing is closed. Whoever waits can be ended at any time; the others are told who it is that waits."""

    def __init__(self):
        self.totals = None

    def __call__(self, arena, number, rng):
        self.totals = self.totals or totals(arena)["messages"]
        side, how = SIDES[number % 2], ["stopped", "cut", "killed"][number // 2 % 3]
        at = rng.randrange(self.totals[side])
        arena.reset()
        with Proxy(arena, "--once", f"--stall-after-messages={side}:{at}") as proxy:
            process = arena.start(url=proxy.url)
            eventually(lambda: not process.running or proxy.now()["stalls"], timeout=60, interval=0.1)
            time.sleep(rng.uniform(0.1, 1))
            ended = not process.running
            if how == "stopped" and not ended:
                process.signal(signal.SIGTERM)
                arena.ends(process, 143, 0, timeout=10)
            elif how == "killed":
                process.kill()
                self.others_are_told(arena)
            else:
                proxy.cut_all()
                came_through(arena, arena.ends(process, 0, 1, 5))
        arena.settle()
        return "ended" if ended else how

    @staticmethod
    def others_are_told(arena):
        """Its sessions are there still: the server knows nothing yet."""
        process = arena.start(env={"PGPRIMER_LOCK_WAIT": "1s"})
        eventually(lambda: not process.running or "behind pid " in process.err, timeout=20)
        if process.running:  # an index is built without a lock, after the transactions that are open: one of theirs, which is named
            process.signal(signal.SIGTERM)
            arena.ends(process, 143, 0)
            return
        other = arena.ends(process, 0, 4, 5)
        if other.exit == 4 and "pid " not in other.err:
            raise Wrong(f"it is not said who has the lock: {other}")
