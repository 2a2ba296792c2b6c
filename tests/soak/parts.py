"""The parts by name, with the counts of a whole soak."""
from dataclasses import dataclass
from typing import Callable

import faults


@dataclass
class Part:
    what: str
    count: int
    make: Callable  # what executes its cases, one for each worker


PARTS = {
    "messages": Part("cut after each protocol message", 10_000, lambda: faults.Cuts("messages")),
    "bytes": Part("cut at random bytes", 1000, lambda: faults.Cuts("bytes")),
    "kills": Part("kill -9 of pgprimer", 1000, lambda: faults.kill),
}
