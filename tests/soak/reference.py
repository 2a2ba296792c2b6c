"""The plan that is interrupted: what must hold of it in the end can be read from its database, and what ran twice shows."""

EXTRA = "soak_extra"  # a database that a migration creates
ROLE = "soak_role"
CALL = "015"  # of which only a person knows whether it took effect

CONFIGURATION = f"""
[target]
url = "${{DATABASE_URL}}"
[lock]
wait = "60s"
[[step]]
name = "ensured"
[[step.ensure.role]]
name = "{ROLE}"
login = true
password = "secret"
[[step.ensure.schema]]
name = "extra"
[[step.ensure.grant]]
to = "{ROLE}"
privileges = ["usage"]
on = "schema extra"
[[step]]
name = "init"
sql = ["init/*.sql"]
rerun = "once"
[[step]]
name = "schema"
migrations = "m"
[[step]]
name = "hook"
exec = ["${{PRIMER}}", "sql", "hook.sql"]
inputs = ["init/*.sql"]
[[step]]
name = "rely"
expect = {{ relations = ["item", "item_name"], roles = ["{ROLE}"], queries = ["SELECT count(*) = 300 FROM item"] }}
"""

# What migrations do besides their mark. Those without an entry are plain, and go through the pipeline.
SPECIAL = {
    "004": "UPDATE item SET price = price + 1 WHERE id % 7 = 0;\n",
    "006": "DO $$ BEGIN PERFORM pg_sleep(0.01); END $$;\n",
    "009": "CREATE INDEX CONCURRENTLY item_name ON item (name);\n",
    "010": "REINDEX TABLE CONCURRENTLY item;\n",
    "012": "VACUUM item;\n",
    "013": "CREATE TYPE mood AS ENUM ('sad');\n",
    "014": "ALTER TYPE mood ADD VALUE 'fine';\nCREATE TABLE person (m mood DEFAULT 'fine');\nINSERT INTO person DEFAULT VALUES;\n",
    CALL: "CREATE TABLE called (half int);\nCREATE PROCEDURE in_halves() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO called VALUES (1); COMMIT; "
          "PERFORM pg_sleep(0.01); INSERT INTO called VALUES (2); END $$;\nCALL in_halves();\n",
    "016": f"CREATE DATABASE {EXTRA};\n",
    "018": "BEGIN;\nINSERT INTO item SELECT 1000 + n, 'more', n FROM generate_series(1, 40) n;\nDELETE FROM item WHERE id > 1000;\nCOMMIT;\n",
}
COUNT = 22


def versions():
    return [f"{number:03}" for number in range(1, COUNT + 1)]


def mark(name, number):
    """No key forbids a second row, and the table may be there."""
    return f"CREATE TABLE IF NOT EXISTS mark_{name} (n int);\nINSERT INTO mark_{name} VALUES ({number});\n"


def files():
    rows = "".join(f"{n}\tname of item {n}\t{n}.50\n" for n in range(300))
    return {
        "hook.sql": "INSERT INTO hooked VALUES (1) ON CONFLICT DO NOTHING;\n",
        "init/1_item.sql": "CREATE TABLE item (id int, name text, price numeric);\nCREATE TABLE hooked (n int PRIMARY KEY);\n"
                           f"COPY item FROM stdin;\n{rows}\\.\n{mark('init_1', 1)}",
        "init/2_view.sql": mark("init_2", 2) + "CREATE VIEW cheap AS SELECT * FROM item WHERE price < 10;\n",
        **{f"m/{version}_m.up.sql": mark(version, int(version)) + SPECIAL.get(version, f"CREATE TABLE t_{version} (id int PRIMARY KEY);\n")
           for version in versions()},
    }


MARKED = {**{version: int(version) for version in versions()}, "init_1": 1, "init_2": 2}
# Answers in lines "NAME|NUMBER".
MARKS = " UNION ALL ".join(f"SELECT '{name}', n FROM mark_{name}" for name in MARKED)


def wrong_marks(rows):
    """What the answer to MARKS tells of a migration that did not run exactly once; empty: all is well."""
    expected = sorted(f"{name}|{number}" for name, number in MARKED.items())
    found = sorted(rows.split())
    return [row for row in set(found + expected) if found.count(row) != expected.count(row)]
