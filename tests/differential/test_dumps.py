"""What pg_dump and pg_dumpall write, restored by psql and by pgprimer."""
import shutil

import pytest

import samples
from comparison import SELF, Case, runs_refused_data
from marks import PACKERS


@pytest.fixture(scope="session")
def dumps(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dumps")
    yield samples.make(comparison.psql_side, folder)
    shutil.rmtree(folder, ignore_errors=True)


# What is there already: by default the roles; what is replaced, for dumps that replace.
# COPY always finds its table: psql before 15.19 runs the data as SQL where it does not.
TABLES = ["globals", "schema_only"]
BEFORE = {"data_only": TABLES, "one_table": TABLES, "sjis": TABLES, "session_authorization": TABLES, "clean": ["globals", "plain"],
          "create_clean": ["globals", "create"], "all_clean": ["all"], "plain": [], "globals": [], "all": [], "all_inserts": []}


def marks(name):
    runs_data = name == "session_authorization" and not SELF and runs_refused_data()
    return [pytest.mark.xfail(reason="the psql at hand runs COPY data as SQL", strict=True)] if runs_data else []


@pytest.mark.parametrize("name", [pytest.param(n, marks=marks(n)) for n in [*samples.PG_DUMP, *samples.PG_DUMPALL]])
def test_dump(same, dumps, name):
    # Roles that are missing are errors, as "DROP ROLE postgres" of pg_dumpall --clean is.
    same(Case(dumps[name], keep_going=True, before=[dumps[b] for b in BEFORE.get(name, ["globals"])]))


@pytest.mark.parametrize("name,before", [("plain", ["globals"]), ("clean", ["globals"]), ("inserts", ["globals", "plain"]), ("create_clean", ["globals", "create"])])
def test_dump_stopped_by_errors(same, dumps, name, before):
    same(Case(dumps[name], before=[dumps[b] for b in before]))


@pytest.mark.parametrize("name", ["plain", "create"])
def test_dump_through_standard_input(same, dumps, name):
    same(Case(dumps[name], stdin=True, before=[dumps["globals"]]))


@pytest.mark.parametrize("packing", PACKERS)
def test_dump_compressed(same, dumps, folder, packing):
    plain = folder / "dump.sql"
    shutil.copy(dumps["plain"], plain)
    packed = folder / f"dump.sql.{packing}"
    packed.write_bytes(PACKERS[packing](plain.read_bytes()))
    same(Case(plain if SELF else packed, truth=plain, before=[dumps["globals"]]))
