"""Cases side by side, each worker with an arena of its own; what went wrong is kept."""
import multiprocessing
import os
import random
import re
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from arena import Arena
from containers import Skipped
from parts import Part
from reference import Reference

MOST_WRONG = 10  # then a part ends: it is broken


@dataclass
class Work:
    name: str
    part: Part
    count: int  # of all its cases, of which some are done
    reference: Reference
    seed: str

    def case(self, execute, arena, number):
        """(outcome, None) or (None, what is wrong)."""
        try:
            return execute(arena, number, random.Random(f"{self.seed} {self.name} {number}")), None
        except Exception:  # whatever it is, it is kept and the next case begins
            return None, traceback.format_exc()


@dataclass
class Tally:
    name: str
    what: str
    seed: str
    seconds: float = 0
    outcomes: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)
    late: bool = False

    def line(self):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        end = " (time was over)" if self.late else ""
        text = f"{self.name}: {self.what}: {sum(self.outcomes.values())} held{end}, {len(self.wrong)} wrong; {counts}; seed {self.seed}, {self.seconds:.0f} s"
        return "\n".join([text, *(f"  wrong: {self.name}@{number}: {kept}" for number, kept in self.wrong)])


def stop_by_signals():
    """So that servers are ended, whoever ends this; what ends them is not interrupted again."""
    def stop(*_):
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)


def _worker(work, numbers, end, following, results):
    stop_by_signals()
    execute, arena = work.part.make(work.count), None
    try:
        while True:
            with following.get_lock():
                index = following.value
                following.value += 1
            if index >= len(numbers) or time.monotonic() > end:
                break
            arena = arena or Arena(work.reference, **work.part.settings)
            outcome, wrong = work.case(execute, arena, numbers[index])
            if wrong:
                kept = Path(f"/tmp/pgprimer-soak.{os.getpid()}/{work.name}@{numbers[index]}.seed-{work.seed}")
                arena.keep(wrong, kept)
                said = [line for line in wrong.splitlines() if re.match(r"[\w.]+(: |$)", line)]
                wrong = f"{kept}: {said[0][:300] if said else ''}"
                arena.close()
                arena = None
            results.put((numbers[index], outcome, wrong))
    except KeyboardInterrupt:
        pass
    except Exception:
        results.put((None, None, traceback.format_exc()))
    finally:
        if arena:
            arena.close()
        if hasattr(execute, "close"):
            execute.close()
        results.put(None)


def run(work, numbers, seconds, count):
    """The cases of these numbers, on so many workers; what came of them."""
    try:
        with work.part.within():
            return _run(work, numbers, seconds, count)
    except Skipped as why:
        return Tally(work.name, f"SKIPPED: {why}", work.seed)


def _run(work, numbers, seconds, count):
    tally = Tally(work.name, work.part.what, work.seed)
    begun = time.monotonic()
    following, results = multiprocessing.Value("l", 0), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=_worker, args=(work, numbers, begun + seconds, following, results)) for _ in range(min(count, len(numbers)))]
    for worker in workers:
        worker.start()
    try:
        _gather(tally, results, following, len(workers), len(numbers))
    except KeyboardInterrupt:
        for worker in workers:
            worker.terminate()
        raise
    finally:
        for worker in workers:
            worker.join()
    tally.seconds = time.monotonic() - begun
    tally.late = tally.seconds > seconds
    return tally


def _gather(tally, results, following, working, last):
    said = time.monotonic()
    while working:
        got = results.get()
        if got is None:
            working -= 1
            continue
        number, outcome, wrong = got
        if wrong:
            tally.wrong.append((number, wrong))
            print(f"{tally.name}@{number} is wrong: {wrong}", file=sys.stderr, flush=True)
            if len(tally.wrong) >= MOST_WRONG:
                following.value = last
        elif outcome:
            tally.outcomes[outcome] += 1
        if time.monotonic() > said + 30:
            said = time.monotonic()
            print(f"{tally.name}: {sum(tally.outcomes.values())} held, {len(tally.wrong)} wrong ...", file=sys.stderr, flush=True)
