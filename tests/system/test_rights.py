"""The least set of rights that README names, and whose things are made."""
import re

import pytest

from plans import Plan
from support import ROOT, Session, psql

PLAN = """[[step]]
name = "init"
sql = ["init.sql"]
[[step]]
name = "schema"
migrations = "m"
set_role = "app_owner"
search_path = ["public"]
[[step]]
name = "hook"
exec = ["psql", "-qc", "CREATE TABLE IF NOT EXISTS by_hook (n int)"]
set_role = "app_owner"
[[step]]
name = "expect"
expect = { relations = ["public.one", "mine.own"] }
"""
FILES = {
    "init.sql": "CREATE SCHEMA mine;\nCREATE TABLE mine.own (n int);\nINSERT INTO mine.own VALUES (1);\n",
    "m/1_whole.up.sql": "CREATE TABLE one (n int PRIMARY KEY);\nCREATE TYPE mood AS ENUM ('fine');\n",
    "m/2_stepwise.up.sql": "CREATE TABLE two (n int);\nCREATE INDEX CONCURRENTLY two_n ON two (n);\n",
    "m/3_function.up.sql": "CREATE FUNCTION three() RETURNS int LANGUAGE sql AS 'SELECT 3';\nCREATE VIEW four AS SELECT three();\n",
}
OWNERS = """SELECT relname || ' ' || pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION SELECT proname || ' ' || pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION SELECT 'mood ' || pg_get_userbyid(typowner) FROM pg_type WHERE typname = 'mood'
UNION SELECT 'mine ' || pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'mine' ORDER BY 1"""


def rights(name):
    """README's statements, for this database."""
    text = re.search(r"## Rights.*?```sql\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
    lines = [line.split("--")[0].strip() for line in text.splitlines()]
    return [line.replace("DATABASE app ", f"DATABASE {name} ").replace("'...'", "'primer''s own'") for line in lines]


@pytest.fixture(scope="module")
def strict(server):
    """strict(old, new) -> urls as superuser and as role primer, of a new database where PUBLIC may do nothing. README's rights, with `old` changed."""
    made = []

    def make(old="", new=""):
        url = server.database()
        made.append(url)
        name = url.rpartition("/")[2]
        server.psql(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; DROP ROLE IF EXISTS primer; DROP ROLE IF EXISTS app_owner; CREATE ROLE app_owner")
        psql(url, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
        text = "\n".join(rights(name))
        assert old in text
        psql(url, text.replace(old, new) if old else text)
        return url, server.url(name, "primer", "primer%27s%20own")

    def forget():
        for url in made:
            server.drop(url)
        server.psql("DROP ROLE IF EXISTS primer; DROP ROLE IF EXISTS app_owner")
        made.clear()
    make.forget = forget
    yield make
    forget()


@pytest.fixture
def least(strict, tmp_path, run, start):
    def make(old="", new=""):
        url, as_primer = strict(old, new)
        plan = Plan(tmp_path, as_primer, run, start).write(PLAN, FILES)
        plan.admin = url
        return plan
    yield make
    strict.forget()


def test_they_are_enough(least):
    plan = least()
    plan.ok()
    owners = dict(line.split(" ") for line in psql(plan.admin, OWNERS).splitlines())
    assert owners.pop("mine") == "primer" and set(owners.values()) == {"app_owner"}, owners
    assert {"one", "two", "two_n", "three", "four", "mood", "by_hook"} <= set(owners)
    assert psql(plan.admin, "SELECT DISTINCT applied_by FROM pgprimer.unit") == "primer"
    plan.add({"m/4_more.up.sql": "ALTER TABLE one ADD COLUMN more int;\n", "init.sql": "INSERT INTO mine.own VALUES (2);\n"}).ok()
    assert psql(plan.admin, "SELECT count(*) FROM mine.own") == "2"
    for command in ("plan", "status"):
        plan.ok(arguments=[command])


@pytest.mark.parametrize("old, new, status, says", [
    ("CONNECT, CREATE", "CREATE", 6, "GRANT CONNECT ON DATABASE"),
    ("CONNECT, CREATE", "CONNECT", 6, "GRANT CREATE ON DATABASE"),
    ("GRANT app_owner TO primer;", "", 1, 'as a superuser: GRANT "app_owner" TO "primer"'),
    ("USAGE, CREATE", "USAGE", 1, "permission denied for schema public"),
], ids=["connect", "create", "membership", "schema"])
def test_each_is_needed_and_asked_for(least, old, new, status, says):
    least(old, new).exits(status, says)


def test_the_ledgers_schema_may_be_made_for_it(least):
    plan = least("CONNECT, CREATE", "CONNECT")
    psql(plan.admin, "CREATE SCHEMA pgprimer AUTHORIZATION primer; CREATE SCHEMA mine AUTHORIZATION primer")
    plan.add({"init.sql": FILES["init.sql"].replace("CREATE SCHEMA mine;\n", "")}).ok()


def test_who_is_in_the_way_is_told_without_the_right_to_read_queries(least):
    plan = least()
    plan.ok()
    with Session(plan.admin) as other:
        other.do("SET application_name = 'superior'; BEGIN; SELECT 'hidden query', count(*) FROM one")
        pid = other.do("SELECT pg_backend_pid()")
        plan.change('set_role = "app_owner"\nsearch_path', 'lock_timeout = "100ms"\nset_role = "app_owner"\nsearch_path').add({"m/4_more.up.sql": "ALTER TABLE one ADD COLUMN more int;\n"})
        result = plan.exits(1, f'behind pid {pid} (postgres, application "superior")', f"pg_terminate_backend({pid})")
        assert "insufficient" not in result.err and "hidden query" not in result.err, result
        psql(plan.admin, "GRANT pg_read_all_stats TO primer")
        plan.exits(1, "idle in transaction, begun")
