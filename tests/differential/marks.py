"""How a file of the corpus is run. Its first line may say so:  -- differential: WORD...

both          with ON_ERROR_STOP and without
continue      without only
output        standard output is compared, too
stdin         through standard input as well
gz xz zst     compressed as well (psql gets the plain file)
given=FILE    what stands on standard input while the script is run from its file
set=NAME=X    -v NAME=X
env=NAME=X    in the environment

A file NAME.truth beside NAME.sql is what a psql before 15.19 runs in its place: it runs the data of a COPY that failed at once as SQL,
so there the truth is the same script without that data."""
import gzip
import lzma
import subprocess
from dataclasses import replace
from pathlib import Path

from comparison import Case, runs_refused_data

CORPUS = Path(__file__).resolve().parent / "corpus"
# Where the first line must be something else.
UNMARKED = {
    "bom": "stdin gz output",
    "bom_only": "stdin",
    "empty": "stdin gz xz zst",
    "empty_lines": "stdin",
    "one_newline_less": "stdin output",
    "first_line_meta": "stdin output",
    "restrict_first": "stdin output",
    "unterminated_from_first_byte": "both stdin",
    "pgdmp": "both",
}
PACKERS = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "xz": lzma.compress,
    "zst": lambda data: subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout,
}
WORDS = {"both", "continue", "output", "stdin", *PACKERS}


def words_of(script: Path) -> list[str]:
    if script.stem in UNMARKED:
        return UNMARKED[script.stem].split()
    first = script.read_bytes().split(b"\n", 1)[0].decode(errors="replace").strip()
    begin = "-- differential:"
    words = first[len(begin):].split() if first.startswith(begin) else []
    for word in words:
        if word not in WORDS and word.partition("=")[0] not in ("given", "set", "env"):
            raise ValueError(f"{script}: there is no mark '{word}'")
    return words


def cases() -> list[tuple[str, str, Case]]:
    """(id, packing, case) of the whole corpus."""
    out = []
    for script in sorted(CORPUS.glob("*.sql")):
        words = words_of(script)
        values = [w.partition("=")[::2] for w in words if "=" in w]
        truth = script.with_suffix(".truth")
        case = Case(script, output="output" in words, truth=truth if truth.exists() and runs_refused_data() else None,
                    given=next((CORPUS / v for k, v in values if k == "given"), None),
                    variables=[v for k, v in values if k == "set"],
                    environment=dict(v.split("=", 1) for k, v in values if k == "env"))
        case = replace(case, keep_going="continue" in words)
        out.append((script.stem + ("-continue" if case.keep_going else ""), "", case))
        if "both" in words:
            out.append((script.stem + "-continue", "", replace(case, keep_going=True)))
        if "stdin" in words:
            out.append((script.stem + "-stdin", "", replace(case, stdin=True)))
        out += [(f"{script.stem}-{packing}", packing, case) for packing in PACKERS if packing in words]
    return out
