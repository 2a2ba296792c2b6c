"""Limits of time that roles, databases and servers set by default: which of them count."""
import time

import pytest

from support import Session, eventually

STEP = '[[step]]\nname = "m"\nmigrations = "m"\n'
LOOK = ("CREATE TABLE {} AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s, "
        "current_setting('idle_in_transaction_session_timeout') AS i;\n")


@pytest.fixture
def limit(plan):
    """limit(name=value) sets what sessions of the test's database begin with."""
    database = plan.url.rpartition("/")[2]

    def set_default(**settings):
        for name, value in settings.items():
            plan.sql(f"ALTER ROLE postgres IN DATABASE {database} SET {name} = '{value}'")
    return set_default


def test_what_a_step_says_wins_over_the_roles_own(plan, limit):
    limit(lock_timeout="7s", statement_timeout="8s", idle_in_transaction_session_timeout="9s")
    keys = 'lock_timeout = "0"\nstatement_timeout = "0"\n'
    plan.write(STEP + f'[[step]]\nname = "s"\nsql = ["s.sql"]\n[[step]]\nname = "e"\nmigrations = "e"\n{keys}[[step]]\nname = "p"\nsql = ["p.sql"]\nprograms = true\n', {
        "m/1_x.up.sql": LOOK.format("m1"), "m/2_x.up.sql": "SELECT 1;\nCOMMIT;\n" + LOOK.format("m2"), "s.sql": LOOK.format("s"), "e/1_x.up.sql": LOOK.format("e"),
        "p.sql": LOOK.format("p")}).ok()
    assert {table: plan.sql(f"SELECT * FROM {table}") for table in ("m1", "m2", "s", "e", "p")} == {
        "m1": "7s|8s|1min", "m2": "7s|8s|1min", "s": "7s|8s|1min", "e": "0|0|1min", "p": "7s|8s|0"}


def test_a_slow_run_outlives_them(plan, limit):
    """A script whose transaction is idle while its programs run, one that takes long, a hook: all longer than any of the limits."""
    limit(idle_in_transaction_session_timeout="500ms", idle_session_timeout="500ms")
    plan.write('[[step]]\nname = "p"\nsql = ["p.sql"]\nprograms = true\n[[step]]\nname = "r"\nsql = ["r.sql"]\n[[step]]\nname = "h"\nexec = ["sleep", "1.5"]\n' + STEP, {
        "p.sql": "CREATE TABLE a (n int);\n\\! sleep 1.5\nINSERT INTO a VALUES (1);\n",
        "r.sql": "CREATE ROLE of_slow_run;\nSELECT pg_sleep(1.5);\nDROP ROLE of_slow_run;\n",
        "m/1_x.up.sql": "CREATE TABLE b (n int);\nSELECT pg_sleep(1.5);\n", "m/2_x.up.sql": "CREATE TABLE c (n int);\nVACUUM c;\nSELECT pg_sleep(1.5);\n"})
    result = plan.ok(timeout=60)
    assert "lost" not in result.err and plan.sql("SELECT count(*) FROM a") == "1", result


def test_our_own_sessions_have_none(plan, limit):
    """What keeps the lock and the ledger is not the work that a role's limits are meant for."""
    plan.write(STEP, {"m/1_x.up.sql": "SELECT 1;\n"}).ok()
    limit(statement_timeout="300ms", lock_timeout="300ms")
    with Session(plan.url) as somebody:
        somebody.do("BEGIN; LOCK TABLE pgprimer.unit IN EXCLUSIVE MODE")
        process = plan.write('[[step]]\nname = "h"\nexec = ["true"]\n').start()
        eventually(lambda: plan.sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pgprimer.unit'::regclass") == "1")
        time.sleep(1)
        assert process.running, process.err
        somebody.do("COMMIT")
        assert process.wait().exit == 0, process.err
