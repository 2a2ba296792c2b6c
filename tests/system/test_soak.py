"""A short soak: each of its parts a few times, at other moments in each run. tests/soak/run has the rest, and repeats what went wrong by its seed."""
import os
import random
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "soak"))
from arena import Arena  # noqa: E402
from crashes import LATE_WRITER  # noqa: E402
from parts import PARTS  # noqa: E402

SEED = os.environ.get("SOAK_SEED") or str(time.time_ns())
COUNTS = {"messages": 12, "bytes": 6, "whole": 3, "stalls": 6, "kills": 12, "backends": 4, "stops": 3, "durable": 4, "frozen": 2, "overtaken": 3, "orphans": 3, "starters": 4, "mixed": 3}


@pytest.fixture(scope="module")
def arena(pgprimer):
    made = Arena(**LATE_WRITER)
    yield made
    made.close()


@pytest.mark.parametrize("name", COUNTS)
def test_soak(arena, name, tmp_path):
    case = PARTS[name].make(COUNTS[name])
    for number in range(COUNTS[name]):
        try:
            case(arena, number, random.Random(f"{SEED} {name} {number}"))
        except Exception as wrong:
            arena.keep(str(wrong), tmp_path / "kept")
            raise AssertionError(f"tests/soak/run {name}={COUNTS[name]}@{number} --seed {SEED}: kept in {tmp_path}/kept: {wrong}") from wrong


def test_what_is_wrong_is_seen(arena):
    """A migration that ran twice, and one that is not there."""
    arena.reset()
    arena.ends(arena.start())
    arena.check()
    arena.sql("INSERT INTO mark_004 VALUES (4); DELETE FROM mark_008")
    with pytest.raises(Exception, match=r"not exactly once: \['mark_004\|4', 'mark_008\|8'\]"):
        arena.check()
    arena.sql("DELETE FROM mark_004; INSERT INTO mark_004 VALUES (4); INSERT INTO mark_008 VALUES (8); DELETE FROM item WHERE id = 7")
    with pytest.raises(Exception, match="the end is another than without the fault(.|\n)*name of item 7"):
        arena.check()
