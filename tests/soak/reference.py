"""Plans that are interrupted: what must hold of one in the end can be read from its databases, and what ran twice shows."""
from dataclasses import dataclass

DATABASE = "soak"
ROLE = "soak_role"


@dataclass
class Reference:
    configuration: str
    files: dict
    marks: dict        # table: the number in its only row
    databases: tuple   # that it fills, DATABASE first
    made: tuple = ()   # that it makes, and nothing more
    call: str = ""     # the unit of which only a person knows whether it took effect

    def marks_sql(self):
        """Answers in lines "TABLE|NUMBER"."""
        return " UNION ALL ".join(f"SELECT '{table}', n FROM {table}" for table in self.marks)

    def wrong_marks(self, rows):
        """What the answer tells of a unit that did not run exactly once; empty: all is well."""
        expected, found = sorted(f"{table}|{number}" for table, number in self.marks.items()), sorted(rows.split())
        return sorted(row for row in set(found + expected) if found.count(row) != expected.count(row))


def mark(table, number):
    """No key forbids a second row, and the table may be there."""
    return f"CREATE TABLE IF NOT EXISTS {table} (n int);\nINSERT INTO {table} VALUES ({number});\n"


EXTRA = "soak_extra"  # a database that a migration creates
CALL = "015"

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


VERSIONS = [f"{number:03}" for number in range(1, COUNT + 1)]


def migration(version):
    return mark(f"mark_{version}", int(version)) + SPECIAL.get(version, f"CREATE TABLE t_{version} (id int PRIMARY KEY);\n")


ROWS = "".join(f"{n}\tname of item {n}\t{n}.50\n" for n in range(300))
PLAIN = Reference(CONFIGURATION, {
    "hook.sql": "INSERT INTO hooked VALUES (1) ON CONFLICT DO NOTHING;\n",
    "init/1_item.sql": "CREATE TABLE item (id int, name text, price numeric);\nCREATE TABLE hooked (n int PRIMARY KEY);\n"
                       f"COPY item FROM stdin;\n{ROWS}\\.\n" + mark("mark_init_1", 1),
    "init/2_view.sql": mark("mark_init_2", 2) + "CREATE VIEW cheap AS SELECT * FROM item WHERE price < 10;\n",
    **{f"m/{version}_m.up.sql": migration(version) for version in VERSIONS},
}, {**{f"mark_{version}": int(version) for version in VERSIONS}, "mark_init_1": 1, "mark_init_2": 2}, (DATABASE,), (EXTRA,), str(int(CALL)))
