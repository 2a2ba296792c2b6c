"""A plan of what the plain one has not: two targets, a folder for several schemas, roles within scripts, stepwise scripts, a flush."""
from reference import DATABASE, ROLE, Reference, mark

SECOND = "soak_second"
MADE = "soak_made"
TENANTS = ["t1", "t2", "t3"]
MARKS = {"mark_init": 1, "mark_steps_1": 1, "mark_steps_2": 2, "mark_steps_3": 3, "mark_role": 4, "mark_v1": 1, "mark_v2": 2, "mark_view": 1,
         **{f"{tenant}.mark_{number}": number for tenant in TENANTS for number in (1, 2, 3)}}
STEPS = "".join(f'[[step]]\nname = "{tenant}"\nmigrations = "tenant"\nsearch_path = ["{tenant}", "public"]\n' for tenant in TENANTS)
CONFIGURATION = f"""
[lock]
wait = "60s"
[target.first]
url = "${{DATABASE_URL}}"
allow_destructive = true
[target.second]
url = "${{SECOND_URL}}"
create_database = true
[[step]]
name = "roles"
[[step.ensure.role]]
name = "{ROLE}"
login = true
password = "secret"
attributes = ["createdb", "connection limit 5"]
[[step.ensure.grant]]
to = "{ROLE}"
privileges = ["create", "usage"]
on = "schema public"
[[step]]
name = "init"
sql = ["init.sql"]
rerun = "once"
[[step]]
name = "ensured"
[[step.ensure.database]]
name = "{MADE}"
owner = "{ROLE}"
[[step.ensure.extension]]
name = "plpgsql"
[[step.ensure.rls]]
table = "part"
force = true
[[step.ensure.grant]]
to = "{ROLE}"
privileges = ["select"]
on = "tables in schema public"
default = true
[[step]]
name = "steps"
sql = ["steps.sql"]
rerun = "once"
transaction = "stepwise"
[[step]]
name = "shared"
migrations = "flyway"
{STEPS}[[step]]
name = "second"
target = "second"
migrations = "second"
[[step]]
name = "seed"
sql = ["seed.sql"]
rerun = "once"
[[step]]
name = "flush"
flush = {{ keep = ["tenant", {", ".join(f'"{table}"' for table in MARKS)}], invalidates = ["seed"] }}
[[step]]
name = "hook"
target = "second"
exec = ["${{PRIMER}}", "sql", "hook.sql"]
inputs = ["hook.sql"]
[[step]]
name = "rely"
expect = {{ relations = ["seeded", "t3.own"], queries = ["SELECT count(*) = 20 FROM seeded"] }}
"""

FILES = {
    "init.sql": "CREATE TABLE tenant (name text);\n\\copy tenant from 'tenants.txt'\n" + mark("mark_init", 1)
                + "SELECT format('CREATE SCHEMA %I', name) FROM tenant ORDER BY name\n\\gexec\n\\ir part.sql\n",
    "tenants.txt": "".join(f"{tenant}\n" for tenant in TENANTS),
    "part.sql": "CREATE TABLE part (n int CHECK (n > 0), other int UNIQUE DEFERRABLE INITIALLY DEFERRED);\n",
    "steps.sql": "CREATE SCHEMA aside;\nSET search_path = aside, public;\nCREATE TABLE big AS SELECT n FROM generate_series(1, 2000) n;\n"
                 "CREATE INDEX CONCURRENTLY big_n ON big (n);\n" + mark("public.mark_steps_1", 1) + "VACUUM ANALYZE big;\n"
                 "BEGIN;\nCREATE TABLE within (n int);\n" + mark("public.mark_steps_2", 2) + "COMMIT;\nDROP INDEX CONCURRENTLY big_n;\n"
                 "CREATE UNIQUE INDEX CONCURRENTLY big_u ON big (n);\n" + mark("public.mark_steps_3", 3)
                 + f"SET ROLE {ROLE};\n" + mark("public.mark_role", 4) + "RESET ROLE;\nREINDEX INDEX CONCURRENTLY big_u;\nCREATE VIEW bigger AS SELECT n + 1 AS n FROM big;\n",
    "flyway/V1__one.sql": mark("mark_v1", 1) + "DO $$ BEGIN EXECUTE 'CREATE TABLE v1_' || 1 || ' (n int)'; END $$;\n",
    "flyway/V2__two.sql": "SET LOCAL lock_timeout = '5s';\n" + mark("mark_v2", 2) + "CREATE TABLE v2 (n int);\nSET search_path = v2;\n",
    "flyway/R__view.sql": mark("mark_view", 1) + "CREATE OR REPLACE VIEW latest AS SELECT 1 AS one;\n",
    "tenant/1_one.sql": mark("mark_1", 1) + "CREATE TABLE own (n int);\n",
    "tenant/2_two.sql": mark("mark_2", 2) + "CREATE INDEX CONCURRENTLY own_n ON own (n);\n",
    "tenant/3_three.sql": mark("mark_3", 3) + "INSERT INTO own SELECT generate_series(1, 5);\n",
    "second/1_one.sql": mark("mark_1", 1) + "CREATE TABLE kept (n int PRIMARY KEY);\n",
    "second/2_two.sql": mark("mark_2", 2) + "VACUUM kept;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS more ON kept (n);\n",
    "second/3_three.sql": mark("mark_3", 3),
    "seed.sql": "CREATE TABLE IF NOT EXISTS seeded (n int);\nCOPY seeded FROM stdin;\n" + "".join(f"{n}\n" for n in range(20)) + "\\.\n",
    "hook.sql": "INSERT INTO kept VALUES (1) ON CONFLICT DO NOTHING;\n",
}
PLAN = Reference(CONFIGURATION, FILES, MARKS, (DATABASE, SECOND), (MADE,))
