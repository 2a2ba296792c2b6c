"""One fault each: a part is called with its arena, the number of the case and its random numbers, and says in a word how it went."""
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from arena import Wrong

HERE = Path(__file__).resolve().parent


def fault_proxy():
    """The tests' own proxy, as a build has it; else compiled beside it."""
    top = HERE.parents[1]
    named = os.environ.get("FAULT_PROXY")
    built = [Path(named)] if named else [top / f"build/{preset}/fault_proxy" for preset in ("dev", "asan", "soak")]
    for path in built:
        if path.exists():
            return path
    built[-1].parent.mkdir(parents=True, exist_ok=True)
    new = built[-1].with_suffix(f".{os.getpid()}")
    subprocess.run(["c++", "-std=c++20", "-O1", "-I", top / "tests", *sorted((top / "tests/support").glob("fault_proxy*.cpp")), "-o", new, "-pthread"], check=True)
    return shutil.move(new, built[-1])


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

    def counts(self):
        if self._popen.poll() is None:
            self._popen.terminate()
            self._counts = json.loads(self._popen.communicate(timeout=10)[0].strip().splitlines()[-1])
        return self._counts


def kill(arena, _, rng):
    """kill -9 of pgprimer at any moment."""
    arena.reset()
    process = arena.start()
    time.sleep(rng.uniform(0, arena.duration))
    running = process.running
    process.kill()
    arena.duration *= 1.01 if running else 0.9
    asked = arena.settle()
    return ("killed" if running else "over before") + (", asked" if asked else "")


def through_proxy(arena, *options):
    """A run through a proxy that does this once. Only a hook may fail of it: its program knows of no second try."""
    arena.reset()
    with Proxy(arena, *options) as proxy:
        result = arena.ends(arena.start(url=proxy.url), 0, 1, 5)
        counts = proxy.counts()
    if result.exit == 1 and "step: hook" not in result.err:
        raise Wrong(f"a lost connection became a failure: {result}")
    if result.exit == 5:
        arena.answer(result)
    arena.settle()
    how = "not reached" if not counts["cuts"] + counts["stalls"] else "went on" if result.exit == 0 else "hook failed" if result.exit == 1 else "asked"
    return how, counts


class Cuts:
    """The connection is cut after so many messages or bytes of one side. Messages: each of them, or as many as are wanted, evenly; bytes: at random."""

    def __init__(self, unit):
        self.unit, self.totals = unit, None

    def count(self, arena):
        counts = through_proxy(arena)[1]
        return {side: counts[side][self.unit] for side in ("client", "server")}

    def __call__(self, arena, number, rng):
        if self.totals is None:
            self.totals = self.count(arena)
        side = ("client", "server")[number % 2]
        at = rng.randrange(self.totals[side]) if self.unit == "bytes" else number // 2
        if at > self.totals[side]:
            return None
        return f"{side}: " + through_proxy(arena, "--once", f"--cut-after-{self.unit}={side}:{at}")[0]
