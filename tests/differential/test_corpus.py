"""Every file of the corpus, by psql and by pgprimer."""
import shutil
from dataclasses import replace

import pytest

from comparison import SELF
from marks import CORPUS, PACKERS, cases

CASES = cases()


@pytest.mark.parametrize("packing,case", [pytest.param(packing, case, id=name) for name, packing, case in CASES])
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
