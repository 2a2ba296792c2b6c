"""Large results: psql prints them in parts where FETCH_COUNT says so, and so do we; what nobody wants to see is never held."""
import re
import time
from pathlib import Path

import pytest

from support import PG_BIN, execute, minimal_environment

ROWS = 400_000  # about 40 MB


def peak_of(start, args, cwd):
    """Its output and its greatest resident memory in MB, as far as it was seen: what wait4 tells holds this process's own from before exec."""
    process = start(args, cwd=cwd)
    peak = 0
    while process.running:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        peak = max(peak, int(found.group(1)) if found else 0)
        time.sleep(0.01)
    return process.out, process.err, peak / 1024


def headings(out):
    """psql from 15.19 on makes a record's heading one character wider than the libraries before it."""
    return re.sub(r"^(-\[ RECORD \d+ \])-*$", r"\1", out, flags=re.M)


@pytest.mark.parametrize("shape", ["aligned", "unaligned", "csv", "html"])
def test_parts_are_printed_as_psql_prints_them(run, database, folder, shape):
    script = (f"\\pset format {shape}\n\\set FETCH_COUNT 10\n" + "".join(f"SELECT g, repeat('x', g) AS x FROM generate_series(1, {n}) g;\n" for n in (0, 1, 9, 10, 11, 30))
              + "SELECT 1 / (25 - g) FROM generate_series(1, 30) g;\nSELECT 7 AS seven \\gset\n\\echo :seven\n"
              "\\x\nSELECT g FROM generate_series(1, 12) g;\n\\t\nSELECT g FROM generate_series(1, 12) g;\nVALUES (1), (2) \\g\n")
    (folder / "x.sql").write_text(script)
    theirs = execute([PG_BIN / "psql", "-X", "-q", "-f", "x.sql", database], minimal_environment("/nonexistent"), cwd=folder)
    ours = run(["sql", "--on-error", "continue", "--database-url", database, "x.sql"], cwd=folder)
    assert ours.exit == 0 and headings(ours.out) == headings(theirs.out)
    assert ours.err.startswith('error: x.sql:9:') and "division by zero (22012)" in ours.err


@pytest.mark.parametrize("how", ["FETCH_COUNT", "dropped", "dropped in a window", "to a file"])
def test_memory_does_not_grow_with_the_rows(start, database, folder, how):
    query = f"SELECT repeat('x', 100) FROM generate_series(1, {ROWS});\n"
    head = "\\set FETCH_COUNT 1000\n" if how in ("FETCH_COUNT", "to a file") else ""
    tail = "\\o out\n" if how == "to a file" else ""
    rest = "SELECT 1;\n" * 10 if how.endswith("window") else ""
    (folder / "x.sql").write_text(head + tail + query + rest)
    quiet = ["-q"] if how.startswith("dropped") else []
    out, err, peak = peak_of(start, ["sql", *quiet, "--database-url", database, "x.sql"], folder)
    assert err == ""
    shown = (folder / "out").read_text() if how == "to a file" else out
    assert shown.endswith(f"\n({ROWS} rows)\n\n") or how.startswith("dropped")
    assert peak < 24, f"{peak:.0f} MB"
