"""Every file of the corpus, by psql and by pgprimer."""
import shutil
from dataclasses import replace

import pytest

from comparison import SELF
from marks import CORPUS, PACKERS, cases

CASES = cases()

REFUSED_FIRST = "what psql does not know is refused before anything of the file has run"
FAILED_IF = "an \\if whose condition is no boolean ends the script; psql takes it for false and goes on"
OWN_DEFAULTS = "a conninfo without -reuse-previous=on starts from the configured target, psql's from its environment"
# Where pgprimer differs, and is to. Strict: what differs no more has to leave this table.
DIFFERS = {
    "connect_conninfo_starts_anew": OWN_DEFAULTS,
    "connect_conninfo_starts_anew-continue": OWN_DEFAULTS,
    "setenv_connect": OWN_DEFAULTS,
    "connect_reuse_previous-continue": "an unreadable conninfo is an error like others, not a lost connection",
    "describe": "\\d of what is not there is no error: nothing is looked up",
    "echo_forms": REFUSED_FIRST,
    "strings_standard_conforming": REFUSED_FIRST,
    "unknown_meta": REFUSED_FIRST,
    "echo_forms-continue": "an \\echo whose quote is open prints nothing, psql an empty line",
    "if_booleans": FAILED_IF,
    "if_middle_of_statement": FAILED_IF,
    "if_middle_of_statement-stdin": FAILED_IF,
    "include_changes_folder": "\\ir after \\cd still finds its file",
    "include_changes_folder-continue": "\\ir after \\cd still finds its file",
}


def marks(name):
    return [pytest.mark.xfail(not SELF, reason=DIFFERS[name], strict=True)] if name in DIFFERS else []


@pytest.mark.parametrize("packing,case", [pytest.param(packing, case, id=name, marks=marks(name)) for name, packing, case in CASES])
def test_as_psql(same, folder, packing, case):
    if packing:
        case = packed(case, packing, folder)
    same(case)


def packed(case, packing, folder):
    """The same beside its parts, compressed; psql reads the plain one."""
    work = folder / "work"
    shutil.copytree(CORPUS / "parts", work / "parts")
    plain = work / case.script.name
    shutil.copy(case.truth or case.script, plain)
    if SELF:
        return replace(case, script=plain, truth=None)
    other = work / f"{case.script.name}.{packing}"
    other.write_bytes(PACKERS[packing](case.script.read_bytes()))
    return replace(case, script=other, truth=plain)
