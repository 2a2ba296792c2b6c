"""The ledger's tables: readable by people, and of an older layout when they are met."""
import json
from pathlib import Path

import pytest

from plans import marker, marks
from support import Session, eventually, name_of

OLD = Path(__file__).with_name("ledger_1.sql").read_text()
TEXT = '[[step]]\nname = "schema"\nmigrations = "migrations"\n[[step]]\nname = "seed"\nsql = ["seed.sql"]\n'
FILES = {"migrations/001_m.sql": "CREATE TABLE mark (n int);\nINSERT INTO mark VALUES (1);\n", "migrations/002_m.sql": "INSERT INTO mark VALUES (2);\n",
         "seed.sql": "INSERT INTO mark VALUES (3);\n"}
COMMENTS = ("SELECT count(*) FROM pg_attribute a WHERE a.attrelid = 'pgprimer.unit'::regclass AND a.attnum > 0 AND NOT a.attisdropped "
            "AND col_description(a.attrelid, a.attnum) IS NOT NULL")
VERSION = "SELECT version FROM pgprimer.ledger"


@pytest.fixture
def old(plan):
    """A database that the first layout's pgprimer has primed."""
    plan.sql(OLD)
    plan.sql("UPDATE pgprimer.ledger SET schema_oid = 'pgprimer'::regnamespace")
    assert plan.sql(VERSION) == "1" and plan.sql(COMMENTS) == "0"
    return plan.write(TEXT, FILES)


def test_every_table_and_column_says_what_it_is(plan):
    plan.write(TEXT, FILES).ok()
    assert plan.sql("SELECT relname FROM pg_class WHERE relnamespace = 'pgprimer'::regnamespace AND relkind IN ('r', 'v') AND obj_description(oid, 'pg_class') IS NULL") == ""
    plain = ["project", "step", "item", "unit", "at", "name", "host", "version", "schema", "schema_oid", "since", "created_at", "applied_at"]
    untold = plan.sql("SELECT DISTINCT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'pgprimer'::regnamespace AND relkind = 'r' "
                      "AND attnum > 0 AND col_description(attrelid, attnum) IS NULL ORDER BY 1").split()
    assert set(untold) <= set(plain), untold


def test_the_history_says_what_ran_when_by_whom_and_how_long(plan):
    plan.write(TEXT, FILES).ok()
    rows = json.loads(plan.sql("SELECT json_agg(h) FROM pgprimer.history h"))
    assert [(row["step"], row["unit"], row["state"], row["applied_by"]) for row in rows] == [
        ("schema", "001", "done", "postgres"), ("schema", "002", "done", "postgres"), ("seed", "seed.sql", "done", "postgres")]
    for row in rows:
        assert row["host"] and row["version"] and row["run"] and row["applied_at"] and row["took"] and len(row["checksum"]) == 64, row


@pytest.mark.parametrize("command", [["run"], ["status"], ["plan"], ["repair", "--mark-done", "--all"]])
def test_an_older_ledger_is_read_as_it_is(old, command):
    old.ok(arguments=command)
    assert marks(old) == [1, 2, 3]
    if command != ["run"]:
        assert old.sql(VERSION) == "1"


def test_an_older_ledger_is_upgraded_by_the_next_run_that_does_something(old):
    old.add({"migrations/003_m.sql": marker(4)}).ok("1 applied, 2 unchanged")
    assert marks(old) == [1, 2, 3, 4]
    assert old.sql(VERSION) == "2" and int(old.sql(COMMENTS)) > 10
    assert old.sql("SELECT count(*) FROM pgprimer.history") == "4"
    old.ok("nothing to do")


def test_an_upgrade_that_fails_changes_nothing(old):
    old.sql("CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN IF current_query() LIKE '%COMMENT ON COLUMN%' AND tg_tag = 'CREATE FUNCTION' THEN "
            "RAISE 'not this'; END IF; END$$; CREATE EVENT TRIGGER no ON ddl_command_end EXECUTE FUNCTION no()")
    old.add({"migrations/003_m.sql": marker(4)}).exits(1, "could not be brought to the layout of this version: not this")
    assert old.sql(VERSION) == "1" and old.sql(COMMENTS) == "0" and marks(old) == [1, 2, 3]
    old.sql("DROP EVENT TRIGGER no; DROP FUNCTION no()")
    old.ok()
    assert old.sql(VERSION) == "2"


def test_an_upgrade_that_is_cut_off_changes_nothing(old, server):
    old.add({"migrations/003_m.sql": marker(4)})
    with Session(old.url) as session:
        session.do("BEGIN; LOCK TABLE pgprimer.primed IN SHARE UPDATE EXCLUSIVE MODE")
        process = old.start()
        eventually(lambda: server.waiting_for_lock(old.url))
        process.kill()
        server.kill_backends(f"datname = '{name_of(old.url)}' AND application_name LIKE 'pgprimer%'")
        assert old.sql(VERSION) == "1" and old.sql(COMMENTS) == "0"
        session.do("ROLLBACK")
    old.ok()
    assert old.sql(VERSION) == "2" and marks(old) == [1, 2, 3, 4]


def test_an_older_ledger_of_another_owner_is_used_as_it_is(old, server):
    server.psql("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN PASSWORD 'weak'")
    name = name_of(old.url)
    old.sql(f"GRANT CREATE ON DATABASE {name} TO weak; GRANT ALL ON SCHEMA public TO weak; GRANT ALL ON mark TO weak; GRANT USAGE ON SCHEMA pgprimer TO weak; "
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgprimer TO weak")
    boss, old.url = old.url, server.url(name, "weak", "weak")
    old.add({"migrations/003_m.sql": "INSERT INTO mark VALUES (4);\n"}).ok("could not be brought to the layout of this version", "going on without")
    old.url = boss
    assert marks(old) == [1, 2, 3, 4] and old.sql(VERSION) == "1"
    old.sql("DROP OWNED BY weak; DROP ROLE weak")


def test_line_ends_and_a_bom_change_no_checksum(plan):
    plan.write(TEXT, FILES).ok()
    plan.add({name: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for name, text in FILES.items()})
    plan.ok("2 unchanged")
    assert marks(plan) == [1, 2, 3]
