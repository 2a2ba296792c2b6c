"""The parts by name, with the counts of a whole soak."""
import contextlib
from dataclasses import dataclass, field
from typing import Callable

import containers
import crashes
import proxies
import reference
import starters
import wide


@dataclass
class Part:
    """`make(count)`: what executes the cases of one worker. A case is called with its arena, its number and its random numbers, and says in a word
    how it went; None: there is no such case. What must not be raises."""
    what: str
    count: int
    make: Callable
    settings: dict = field(default_factory=dict)  # of the server
    any_plan: bool = True
    within: Callable = contextlib.nullcontext  # all of it; raises Skipped where it cannot be tried here


PLANS = {"plain": reference.PLAIN, "wide": wide.PLAN}


def each(case):
    return lambda _: case


PARTS = {
    "messages": Part("cut after each protocol message", 10_000, lambda count: proxies.Cuts("messages", count)),
    "bytes": Part("cut at random bytes", 1000, lambda count: proxies.Cuts("bytes", count)),
    "whole": Part("slow and fragmented runs", 12, each(proxies.whole)),
    "stalls": Part("stalled at random messages", 60, lambda _: proxies.Stalls()),
    "kills": Part("kill -9 of pgprimer", 1000, each(crashes.kill)),
    "backends": Part("server's backends terminated and killed", 200, each(crashes.backend), crashes.LATE_WRITER),
    "stops": Part("immediate stops of the server", 100, each(crashes.stop), crashes.LATE_WRITER),
    "durable": Part("crashes right after the announcement", 60, each(crashes.durable), crashes.LATE_WRITER),
    "mixed": Part("several faults one after another", 300, each(crashes.mixed), crashes.LATE_WRITER),
    "containers": Part("restarts of its container", 100, lambda _: containers.Restarts(), any_plan=False, within=containers.engine),
    "starters": Part("many starters at once", 12, each(starters.at_once), any_plan=False),
    "frozen": Part("starters frozen with SIGSTOP", 40, each(starters.frozen)),
    "overtaken": Part("starters frozen, overtaken and woken up", 60, each(starters.overtaken), crashes.LATE_WRITER),
    "orphans": Part("backends that work on for a killed starter", 12, each(starters.orphan), any_plan=False),
}
