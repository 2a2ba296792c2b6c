"""What users get wrong with migrations: the exit status, and the message with its place, cause and next step, word for word."""
import pytest

from bad_input import MIGRATIONS, Case, by_name, lay_out, tell
from support import name_of, psql

VERSIONS = [
    Case("two migrations of one version", 2, """
        error: pgprimer.toml:5:14: two files of one version: "{folder}/m/001_a.sql" and "{folder}/m/001_b.sql"
            migrations = "m"
                         ^
          step: m
          hint: renumber one of them
        """, MIGRATIONS, {"m/001_a.sql": "SELECT 1;", "m/001_b.sql": "SELECT 2;"}),
    Case("a dialect that is none", 2, """
        error: pgprimer.toml:6:11: there is no dialect "flywya"
            dialect = "flywya"
                      ^
          step: m
          hint: did you mean "flyway"?
        """, MIGRATIONS + 'dialect = "flywya"\n', {"m/001_a.sql": "SELECT 1;"}),
    Case("a goose statement without its end", 2, """
        error: {folder}/m/001_a.sql:2: "{folder}/m/001_a.sql" begins a statement (StatementBegin) and never ends it
          step: m
        """, MIGRATIONS, {"m/001_a.sql": "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n"}),
]


@by_name(VERSIONS)
def test_migration(run, folder, case):
    tell(run, folder, case)


@pytest.fixture
def three(database, folder, run):
    """Three migrations, applied; again(exit, block) runs once more."""
    lay_out(folder, MIGRATIONS, {f"m/00{n}_{name}.sql": f"CREATE TABLE {name} ();" for n, name in ((1, "a"), (2, "b"), (3, "c"))})
    environment = {"DATABASE_URL": database}
    assert run(["run"], environment, folder).exit == 0

    def again(exit, *parts):
        for format in ("text", "json"):
            result = run(["run", "--log-format", format], environment, folder)
            assert result.exit == exit, result
            assert len(result.err) < 10_000
            for part in parts if format == "text" else ():
                assert part in result.err, result

    return again


def test_a_changed_migration(three, folder):
    (folder / "m/001_a.sql").write_text("CREATE TABLE changed ();")
    three(5, "m/001_a.sql: migration m/001_a.sql was changed after it was applied, ", "\n  step: m\n",
          '\n  hint: restore the file and write a new migration; or accept what it is now: pgprimer repair --accept --step m --unit 001; or go on whatever changes: changed = "warn" or "ignore" for this step\n')


def test_a_vanished_migration(three, folder):
    (folder / "m/002_b.sql").unlink()
    three(5, "error: pgprimer.toml:3:1: the file of version 002, applied ", ", is gone\n  step: m\n",
          '\n  hint: restore the file; or go on with missing = "warn" or "ignore" for this step; or forget it: pgprimer repair --forget --step m --unit 002\n')


def test_a_migration_out_of_order(three, folder):
    (folder / "m/0025_d.sql").write_text("CREATE TABLE d ();")
    (folder / "m/004_e.sql").write_text("CREATE TABLE e ();")
    (folder / "m/0025_d.sql").rename(folder / "m/000_d.sql")
    three(5, "m/000_d.sql: migration m/000_d.sql is older than m/003_c.sql, which is applied, and was never applied itself\n  step: m\n",
          '\n  hint: give it a higher number; or set out_of_order = "apply" ("warn", "ignore" leave it out); or, where what it does is there already: pgprimer baseline --step m --unit 000\n')


def test_a_ledger_ahead_of_the_files(three, folder):
    (folder / "m/003_c.sql").unlink()
    three(0, "warning [m] the ledger is ahead of the files: version 003, applied ", ", is newer than all of them\n")
    lay_out(folder, MIGRATIONS + 'ahead = "error"\n', {})
    three(5, "error: pgprimer.toml:3:1: the ledger is ahead of the files: version 003, applied ", ", is newer than all of them\n  step: m\n",
          '\n  hint: use the newer files; or go on with ahead = "warn" or "ignore" for this step; or forget it: pgprimer repair --forget --step m --unit 003\n')


def test_a_filled_database_and_the_way_on(run, database, folder):
    lay_out(folder, MIGRATIONS, {"m/001_a.sql": "CREATE TABLE a ();", "m/002_b.sql": "CREATE TABLE b ();"})
    psql(database, "CREATE TABLE a (); CREATE TABLE other ();")
    environment = {"DATABASE_URL": database}
    result = run(["run"], environment, folder)
    assert result.exit == 5, result
    assert f'error: pgprimer.toml:3:1: database "{name_of(database)}" is not empty, ' in result.err, result
    assert "; nothing was changed\n  detail: tables found: public.a, public.other\n  step: m\n" in result.err, result
    assert "pgprimer baseline --step m --all (or --to VERSION)" in result.err, result
    assert psql(database, "SELECT to_regclass('b') IS NULL") == "t"
    recorded = run(["baseline", "--step", "m", "--to", "001"], environment, folder)
    assert recorded.exit == 0 and recorded.out == "recorded as applied: m/001_a.sql\n", recorded
    assert run(["run"], environment, folder).exit == 0
    assert psql(database, "SELECT to_regclass('b') IS NOT NULL") == "t"
