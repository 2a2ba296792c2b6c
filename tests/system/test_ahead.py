"""Migrations are sent before the results of those ahead are there. What that must not change."""
import pytest

from plans import marker, marks
from proxy import Proxy
from support import eventually, name_of

STEP = '[[step]]\nname = "m"\nmigrations = "m"\n'


def numbered(texts):
    return {f"m/{number:03}_x.up.sql": text for number, text in enumerate(texts, 1)}


def first_with_others(*special):
    """Plain ones around the special ones, so that something is sent ahead of them and behind them."""
    return numbered([marker(1), marker(2), *special, marker(8), marker(9)])


def states(plan):
    return [state for _, state in sorted(plan.states().items())]


DEFERRED = ("CREATE TABLE parent (id int PRIMARY KEY);\nCREATE TABLE child (p int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);\n"
            "INSERT INTO child VALUES (1);\n")


@pytest.mark.parametrize("bad, says", [
    ("INSERT INTO mark VALUES (3);\nINSERT INTO nothing VALUES (1);\n", ['m/003_x.up.sql:2:13: relation "nothing" does not exist (42P01)']),
    (DEFERRED, ["error: m/003_x.up.sql", "23503", "raised at the end of the script, by COMMIT"]),
    ("INSERT INTO mark VALUES (3);\nSELECT 'open;\n", ["m/003_x.up.sql:2:8", "unterminated quoted string"]),
    ("INSERT INTO mark VALUES (3);\n\\nonsense\n", ["m/003_x.up.sql:2:1", "nonsense"]),
], ids=["statement", "commit", "unreadable", "refused"])
def test_one_fails(plan, bad, says):
    plan.write(STEP, first_with_others(bad))
    for _ in range(2):
        result = plan.run()
        assert result.exit in (1, 2), result
        for text in says:
            assert result.err.count(text) == 1, result
        assert marks(plan) == [1, 2]
        assert plan.sql("SELECT to_regclass('parent')") == ""
    plan.add(numbered([marker(1), marker(2), marker(3)]))
    plan.ok()
    assert marks(plan) == [1, 2, 3, 8, 9]


def test_one_is_tried_again_and_those_behind_it_follow(plan):
    """A serialization failure, made by the script itself, once."""
    plan.sql("CREATE SCHEMA counts; CREATE SEQUENCE counts.tries")
    once = ("INSERT INTO mark SELECT 3;\nCREATE FUNCTION fail() RETURNS void LANGUAGE plpgsql AS $$ BEGIN IF nextval('counts.tries') < 3 THEN "
            "RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END IF; END $$;\nSELECT fail();\n")
    result = plan.write(STEP, first_with_others(once)).ok("not now (40001), trying again")
    assert marks(plan) == [1, 2, 3, 8, 9] and states(plan) == ["done"] * 5
    assert result.err.count("003_x.up.sql: new") == 1 and result.err.count(": done in") == 5


def test_one_is_refused_as_a_whole_and_those_behind_it_follow(plan):
    enum = "CREATE TYPE mood AS ENUM ('sad');\n"
    use = "ALTER TYPE mood ADD VALUE 'fine';\nCREATE TABLE person (m mood DEFAULT 'fine');\nINSERT INTO person DEFAULT VALUES;\n"
    plan.write(STEP, first_with_others(enum, use)).ok("running it statement by statement")
    assert marks(plan) == [1, 2, 8, 9] and states(plan) == ["done"] * 6


def test_those_that_go_alone_stay_in_their_place(plan):
    files = first_with_others("CREATE INDEX CONCURRENTLY i ON mark (n);\n", "COPY mark FROM stdin;\n4\n\\.\n", "DO $$ BEGIN INSERT INTO mark SELECT count(*) + 2 FROM mark; END $$;\n")
    result = plan.write(STEP, files).ok()
    order = [line.split("] ")[1].split(":")[0] for line in result.err.splitlines() if ": done in" in line]
    assert order == sorted(order) and len(order) == 7, result
    assert marks(plan) == [1, 2, 4, 5, 8, 9]


def test_each_finds_a_session_of_its_own(plan):
    """What one leaves in the session is gone for the next, though it was sent long before that one ended."""
    plan.sql("CREATE SEQUENCE s")
    look = ("INSERT INTO seen SELECT current_setting('work_mem'), current_setting('standard_conforming_strings'), current_user, current_setting('search_path'), 'a\\b', "
            "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = 0 AND objid = 77);\n")
    spoil = ("SELECT set_config('work_mem', '77MB', false), set_config('standard_conforming_strings', 'off', false), set_config('search_path', 'nowhere', false), "
             "set_config('role', 'pg_monitor', false), pg_advisory_lock(77);\n")
    plan.write(STEP + 'search_path = ["public"]\n', numbered(["CREATE TABLE seen (a text, b text, c text, d text, e text, f int);\n" + look, spoil, look, spoil, look])).ok()
    seen = plan.sql("SELECT * FROM seen").splitlines()
    assert len(seen) == 3 and len(set(seen)) == 1 and "77MB" not in seen[0], seen


def test_notices_are_told_with_their_own_place(plan):
    plan.sql("CREATE FUNCTION tell(n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'this is %', n; END $$")
    result = plan.write(STEP, numbered([f"SELECT 1;\nSELECT tell({n});\n" for n in range(1, 6)])).ok()
    for n in range(1, 6):
        assert [line for line in result.err.splitlines() if f"m/{n:03}_x.up.sql:2" in line and f"this is {n}" in line], result


def test_a_step_that_takes_too_long(plan):
    plan.write(STEP + 'timeout = "1s"\n', first_with_others(marker(3, sleep=30))).exits(1, "m/003_x.up.sql: 3 did not end within 1.0 s")
    assert marks(plan) == [1, 2]
    plan.add(numbered([marker(1), marker(2), marker(3)])).ok()
    assert marks(plan) == [1, 2, 3, 8, 9]


def test_a_backend_that_is_killed_in_the_middle(plan, server):
    process = plan.write(STEP, first_with_others(marker(3, sleep=3))).start()
    eventually(plan.sleeping)
    server.kill_backends(f"datname = '{name_of(plan.url)}' AND query LIKE '%pg_sleep%'")
    assert process.wait().exit == 0
    assert marks(plan) == [1, 2, 3, 8, 9]


def test_they_are_sent_ahead(plan, server):
    texts = [marker(1, sleep=3), *(f"-- {'x' * 500}\nCREATE TABLE t{i} (n int);\n" for i in range(30))]
    plan.write(STEP, numbered(texts))
    with Proxy(server.port) as proxy:
        process = plan.start(env={"DATABASE_URL": plan.url.replace(str(server.port), str(proxy.port))})
        eventually(plan.sleeping)
        eventually(lambda: proxy.bytes_sent > 30 * 500)
        assert plan.sleeping()
        assert process.wait().exit == 0
    assert states(plan) == ["done"] * 31
