"""What users get wrong in the steps of a plan: the exit status, and the message with its place, cause and next step, word for word."""
from bad_input import STEP, TARGET, Case, by_name, tell

STEPS = [
    Case("two kinds", 2, """
        error: pgprimer.toml:6:1: step "a" has two kinds, sql and exec; it needs exactly one of sql, migrations, exec, ensure, expect, flush
            exec = ["true"]
            ^
          hint: make two steps of it
        """, STEP + 'exec = ["true"]\n'),
    Case("three kinds", 2, """
        error: pgprimer.toml:7:1: step "a" has 3 kinds, sql and migrations and exec; it needs exactly one of sql, migrations, exec, ensure, expect, flush
            migrations = "m"
            ^
          hint: make 3 steps of it
        """, STEP + 'exec = ["true"]\nmigrations = "m"\n'),
    Case("no kind", 2, """
        error: pgprimer.toml:3:1: step "a" does nothing: it needs exactly one of sql, migrations, exec, ensure, expect, flush
            [[step]]
            ^
          hint: sql = ["initdb/*.sql"], for one
        """, TARGET + '[[step]]\nname = "a"\n'),
    Case("no name", 2, """
        error: pgprimer.toml:3:1: step number 1 has no name
            [[step]]
            ^
          hint: name = "what it does": the ledger's key is made of it
        """, TARGET + '[[step]]\nsql = ["a.sql"]\n'),
    Case("names that are one id", 2, """
        error: pgprimer.toml:6:1: two steps have the id "a": "a" (line 3) and "A"
            [[step]]
            ^
          hint: give one of them another name, or an id of its own: id = "..."
        """, STEP + '[[step]]\nname = "A"\nsql = ["b.sql"]\n'),
    Case("two ids", 2, """
        error: pgprimer.toml:7:1: two steps have the id "x": "first" (line 3) and "second"
            [[step]]
            ^
          hint: give one of them another name, or an id of its own: id = "..."
        """, TARGET + '[[step]]\nname = "first"\nid = "x"\nsql = ["a.sql"]\n[[step]]\nname = "second"\nid = "x"\nsql = ["a.sql"]\n'),
    Case("needs of two in a circle", 2, """
        error: pgprimer.toml:5:10: needs goes round in a circle: "a" needs "b" needs "a"
            needs = ["b"]
                     ^
          hint: steps run in the order they stand: take one of these needs out
        """, TARGET + "".join(f'[[step]]\nname = "{one}"\nneeds = ["{other}"]\nsql = ["a.sql"]\n' for one, other in ("ab", "ba"))),
    Case("needs of three in a circle", 2, """
        error: pgprimer.toml:5:10: needs goes round in a circle: "a" needs "b" needs "c" needs "a"
            needs = ["b"]
                     ^
          hint: steps run in the order they stand: take one of these needs out
        """, TARGET + "".join(f'[[step]]\nname = "{one}"\nneeds = ["{other}"]\nsql = ["a.sql"]\n' for one, other in ("ab", "bc", "ca"))),
    Case("needs itself", 2, """
        error: pgprimer.toml:6:10: step "a" needs itself
            needs = ["a"]
                     ^
          hint: take it out of its needs
        """, STEP + 'needs = ["a"]\n'),
    Case("needs what comes later", 2, """
        error: pgprimer.toml:6:10: step "a" needs "b", which stands after it
            needs = ["b"]
                     ^
          hint: steps run in the order they stand: put "b" first
        """, STEP + 'needs = ["b"]\n[[step]]\nname = "b"\nsql = ["a.sql"]\n'),
    Case("needs what is not there", 2, """
        error: pgprimer.toml:8:10: needs names step "role", which is not there
            needs = ["role"]
                     ^
          hint: did you mean "roles"?
        """, TARGET + '[[step]]\nname = "roles"\nsql = ["a.sql"]\n[[step]]\nname = "b"\nneeds = ["role"]\nsql = ["a.sql"]\n'),
    Case("a target that is not there", 2, """
        error: pgprimer.toml:6:10: step "a" names target "app", and there is no [target.app]
            target = "app"
                     ^
          hint: leave target out for the first one, or write [target.app]
        """, STEP + 'target = "app"\n'),
    Case("flush without allow_destructive", 2, """
        error: pgprimer.toml:3:1: step "flush" empties tables, and its target does not allow that
            [[step]]
            ^
          hint: allow_destructive = true in [target], or enabled = false for the step
        """, TARGET + '[[step]]\nname = "flush"\nflush = { keep = [] }\n'),
    Case("entries of ensure", 2, """
        error: pgprimer.toml:5:1: role r: "superusr" is no attribute of a role
          step: a
          hint: attributes are superuser, createdb, createrole, inherit, login, replication, bypassrls, the same with "no" before them, "connection limit 5" and "valid until '2030-01-01'"
        error: pgprimer.toml:8:1: "tabel t" is nothing that a grant knows: database, schema, table, sequence, function NAME, or all tables, sequences, functions in schema NAME
        """, TARGET + '[[step]]\nname = "a"\n[[step.ensure.role]]\nname = "r"\nattributes = ["superusr"]\n'
             '[[step.ensure.grant]]\nto = "x"\non = "tabel t"\nprivileges = ["SELECT"]\n'),
]


@by_name(STEPS)
def test_step(run, folder, case):
    tell(run, folder, case)
