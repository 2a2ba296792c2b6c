"""What `pgprimer sql` says of a script that fails: word for word, as text and as JSON, and that nothing after the place has run."""
import gzip
import json
import re
from dataclasses import dataclass, field
from textwrap import dedent

import pytest

from bad_input import by_name, lay_out
from support import eventually


@dataclass
class Case:
    name: str
    script: str
    says: str
    json: dict = None
    exit: int = 1
    files: dict = field(default_factory=dict)
    args: tuple = ()


FUNCTION = "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE plpgsql AS $$\nDECLARE x int;\nBEGIN\n  SELECT b INTO x\n    FROM t;\n  RETURN x;\nEND $$;\n"
LONG = "x" * 300

CASES = [
    Case("in a chain of includes", "SELECT 1;\n\\ir sub/b.sql\n", """
        error: sub/c.sql:2:18: column "nix" does not exist (42703)
            \tSELECT '漢字äöü', nix, 'x';
            \t                  ^
          included from sub/b.sql:3:1
          included from x.sql:2:1
        """, {"message": 'column "nix" does not exist', "sqlstate": "42703", "file": "sub/c.sql", "line": 2, "column": 18,
              "source": "\tSELECT '漢字äöü', nix, 'x';", "included_from": ["sub/b.sql:3:1", "x.sql:2:1"]},
         files={"sub/b.sql": "SELECT 1;\n\n\\ir c.sql\n", "sub/c.sql": "SELECT 2;\n\tSELECT '漢字äöü', nix, 'x';\n"}),
    Case("in a statement prepared before", "CREATE TEMP TABLE t (a int);\nPREPARE p AS SELECT * FROM t WHERE a > 1;\nDROP TABLE t;\nEXECUTE p;\n", """
        error: x.sql:4:1: relation "t" does not exist (42P01)
            EXECUTE p;
            ^
        """, {"message": 'relation "t" does not exist', "sqlstate": "42P01", "file": "x.sql", "line": 4, "column": 1, "source": "EXECUTE p;"}),
    Case("a query of a function", "CREATE TEMP TABLE t (a int);\n" + FUNCTION + "SELECT pg_temp.f();\n", """
        error: x.sql:9:1: column "b" does not exist (42703)
            SELECT pg_temp.f();
            ^
          query: SELECT b            FROM t
                        ^
          context: PL/pgSQL function pg_temp_N.f() line 4 at SQL statement
        """, {"message": 'column "b" does not exist', "sqlstate": "42703", "file": "x.sql", "line": 9, "column": 1, "source": "SELECT pg_temp.f();",
              "query": "SELECT b            FROM t", "query_position": 8, "context": "PL/pgSQL function pg_temp_N.f() line 4 at SQL statement"}),
    Case("in a DO block", "SELECT 1;\n DO $$\nDECLARE x int;\nBEGIN\n  x := 'a';\nEND $$;\n", """
        error: x.sql:5:3: invalid input syntax for type integer: "a" (22P02)
              x := 'a';
              ^
          query: x := 'a'
                      ^
          context: PL/pgSQL function inline_code_block line 4 at assignment
        """, {"message": 'invalid input syntax for type integer: "a"', "sqlstate": "22P02", "file": "x.sql", "line": 5, "column": 3,
              "source": "  x := 'a';", "query": "x := 'a'", "query_position": 6,
              "context": "PL/pgSQL function inline_code_block line 4 at assignment"}),
    Case("in a DO block that does not compile", "DO LANGUAGE plpgsql 'BEGIN\n  nix := 1;\nEND';\n", """
        error: x.sql:2:3: "nix" is not a known variable (42601)
              nix := 1;
              ^
        """),
    Case("raised with all fields", "DO $$ BEGIN\n  RAISE E'one\\ntwo' USING DETAIL = E'd1\\nd2', HINT = 'h', ERRCODE = 'AB123';\nEND $$;\n", """
        error: x.sql:2:3: one
               two (AB123)
              RAISE E'one\\ntwo' USING DETAIL = E'd1\\nd2', HINT = 'h', ERRCODE = 'AB123';
              ^
          detail: d1
                  d2
          context: PL/pgSQL function inline_code_block line 2 at RAISE
          hint: h
        """, {"message": "one\ntwo", "sqlstate": "AB123", "file": "x.sql", "line": 2, "column": 3,
              "source": "  RAISE E'one\\ntwo' USING DETAIL = E'd1\\nd2', HINT = 'h', ERRCODE = 'AB123';", "detail": "d1\nd2",
              "context": "PL/pgSQL function inline_code_block line 2 at RAISE", "hint": "h"}),
    Case("in BEGIN ATOMIC", "CREATE FUNCTION pg_temp.a() RETURNS int LANGUAGE sql\nBEGIN ATOMIC\n  SELECT 1;\n  SELECT nix FROM pg_class;\nEND;\n", """
        error: x.sql:4:10: column "nix" does not exist (42703)
              SELECT nix FROM pg_class;
                     ^
        """),
    Case("in a function of SQL", "CREATE FUNCTION pg_temp.a() RETURNS int LANGUAGE sql AS $$\n  SELECT 'é',\n nix FROM pg_class $$;\n", """
        error: x.sql:3:2: column "nix" does not exist (42703)
             nix FROM pg_class $$;
             ^
        """),
    Case("through functions", "CREATE FUNCTION pg_temp.g(i int) RETURNS int LANGUAGE plpgsql AS\n'BEGIN IF i = 0 THEN RETURN 1 / i; END IF; RETURN pg_temp.g(i - 1); END';\n"
         "DO $$\nBEGIN\n  PERFORM pg_temp.g(1);\nEND $$;\n", """
        error: x.sql:5:3: division by zero (22012)
              PERFORM pg_temp.g(1);
              ^
          context: PL/pgSQL function pg_temp_N.g(integer) line 1 at RETURN
                   PL/pgSQL function pg_temp_N.g(integer) line 1 at RETURN
                   SQL statement "SELECT pg_temp.g(1)"
                   PL/pgSQL function inline_code_block line 3 at PERFORM
        """),
    Case("in the middle of a long line", f"SELECT 1;\n SELECT '{LONG}', '漢字', nix, '{LONG}';\n", f"""
        error: x.sql:2:319: column "nix" does not exist (42703)
            ...{"x" * 41}', '漢字', nix, '{"x" * 94}...
                                                                   ^
        """),
    Case("behind variables", "\\set s nix\nSELECT :s, :\"s\",\n  :'s' FROM missing;\n", """
        error: x.sql:3:13: relation "missing" does not exist (42P01)
              :'s' FROM missing;
                        ^
        """),
    Case("joined by \\;", "SELECT 1 \\; SELECT nix;\n", """
        error: x.sql:1:20: column "nix" does not exist (42703)
            SELECT 1 \\; SELECT nix;
                               ^
        """),
    Case("of a constraint", "CREATE TEMP TABLE t (a int PRIMARY KEY);\nINSERT INTO t VALUES (1);\n  INSERT INTO t VALUES (1);\n", """
        error: x.sql:3:3: duplicate key value violates unique constraint "t_pkey" (23505)
              INSERT INTO t VALUES (1);
              ^
          detail: Key (a)=(1) already exists.
        """),
    Case("of COPY", "CREATE TEMP TABLE t (a int, b text);\nCOPY t FROM stdin;\n1\tx\n2\ty\tz\n\\.\n", """
        error: x.sql:4: extra data after last expected column (22P04)
          context: COPY t, line 2: "2\ty\tz"
        """, {"message": "extra data after last expected column", "sqlstate": "22P04", "file": "x.sql", "line": 4, "context": 'COPY t, line 2: "2\ty\tz"'}),
    Case("of \\copy's data in the script", "CREATE TEMP TABLE t (a int, b text);\n\n\\copy t from stdin\n1\tx\ntwo\ty\n\\.\n", """
        error: x.sql:5: invalid input syntax for type integer: "two" (22P02)
          context: COPY t, line 2, column a: "two"
        """),
    Case("of \\copy's file", "CREATE TEMP TABLE t (a int, b text);\n  \\copy t from t.csv csv\n", """
        error: x.sql:2:3: invalid input syntax for type integer: "two" (22P02)
              \\copy t from t.csv csv
              ^
          context: COPY t, line 2, column a: "two"
        """, files={"t.csv": "1,x\ntwo,y\n"}),
    Case("made by \\gexec", "SELECT 'SELECT 1', 'SELECT nix' \\gexec\n", """
        error: x.sql:1:33: column "nix" does not exist (42703)
            SELECT 'SELECT 1', 'SELECT nix' \\gexec
                                            ^
          context: in the statement that \\gexec made: SELECT nix
        """),
    Case("an open quote", "SELECT 1;\nSELECT 'é\n;\n", """
        error: x.sql:2:8: unterminated quoted string at or near "'é
               ;
               CREATE TABLE ran ();" (42601)
            SELECT 'é
                   ^
        """),
    Case("an open \\if", "SELECT 1;\n  \\if false\nSELECT 2;\n", """
        error: x.sql:2:3: \\if without \\endif: the file ends before it
          hint: every \\if needs an \\endif in the same file
        """),
    Case("an \\else that is alone", "SELECT 1;\n\\else\n", """
        error: x.sql:2:1: \\else without \\if
            \\else
            ^
        """),
    Case("neither true nor false", "\\if :nix\nSELECT 1;\n\\endif\n", """
        error: x.sql:1:1: \\if: ":nix" is neither true nor false
            \\if :nix
            ^
          hint: true, false, yes, no, on, off, 1 or 0; a variable that is not set is left as :name
        """),
    Case("a command that is misspelt", "SELECT 1;\n\\conect x\n", """
        error: x.sql:2:1: \\conect is no command of psql
            \\conect x
            ^
          hint: did you mean \\connect?
        """, exit=2),
    Case("a file that is missing", "SELECT 1;\n\\i nix.sql\n", """
        error: x.sql:2:1: "nix.sql" cannot be opened: No such file or directory
            \\i nix.sql
            ^
          hint: \\i is relative to the working directory, {folder}; \\ir is relative to the file
        """, {"message": '"nix.sql" cannot be opened: No such file or directory', "file": "x.sql", "line": 2, "column": 1, "source": "\\i nix.sql",
              "hint": "\\i is relative to the working directory, {folder}; \\ir is relative to the file"}),
    Case("a file that includes itself", "SELECT 1;\n\\ir y.sql\n", """
        error: y.sql:1:1: files include one another more than 16 deep
            \\ir y.sql
            ^
          included from y.sql:1:1 (15 times)
          included from x.sql:2:1
          hint: does a file include itself?
        """, files={"y.sql": "\\ir y.sql\n"}),
    Case("an include that is cut off", "SELECT 1;\n\\ir y.sql.gz\n", """
        error: y.sql.gz: "y.sql.gz" is cut off: the archive ends in the middle
          included from x.sql:2:1
          hint: was it copied or downloaded whole?
        """, exit=2, files={"y.sql.gz": gzip.compress(b"SELECT 1;\nCREATE TABLE part ();\n")[:-9]}),
    Case("all of them, where errors are passed over", "SELECT nix;\n\\cpoy x\nSELECT 1/0;\n", """
        error: x.sql:1:8: column "nix" does not exist (42703)
            SELECT nix;
                   ^
        error: x.sql:2:1: \\cpoy is no command of psql
            \\cpoy x
            ^
          hint: did you mean \\copy?
        error: x.sql:3:1: division by zero (22012)
            SELECT 1/0;
            ^
        """, exit=0, args=("--on-error", "continue")),
]


def masked(text, folder):
    return re.sub(r"pg_temp_\d+", "pg_temp_N", text.replace(str(folder), "{folder}"))


@by_name(CASES)
def test_message(run, database, folder, case):
    passes = case.exit == 0
    lay_out(folder, None, {"x.sql": case.script + ("" if passes else "CREATE TABLE ran ();\n"), **case.files})
    command = ["sql", "-q", "--database-url", database, *case.args, "x.sql"]
    result = run(command, cwd=folder)
    assert masked(result.err, folder) == dedent(case.says).lstrip("\n") and result.out == "", result
    assert result.exit == case.exit
    if case.json:
        line = json.loads(masked(run([*command, "--log-format", "json"], cwd=folder).err, folder))
        assert line.pop("time") and line == {"level": "error", "event": "problem", "diagnostic": case.json}
    check = run(["sql", "-q", "--database-url", database, "-"], cwd=folder, stdin="DROP TABLE ran;")
    assert check.exit == 1, "what stands after the error has run"


FULL = {
    "\\o": ("SELECT 1;\n\\o /dev/full\nSELECT 2;\n\\o\n", 3, "SELECT 2;"),
    "\\o without results": ("\\o /dev/full\n\\qecho x\n\\o\n", 3, "\\o"),
    "\\g": ("SELECT 1 \\g /dev/full\n", 1, "SELECT 1 \\g /dev/full"),
    "\\w": ("SELECT 1\n\\w /dev/full\n;\n", 2, "\\w /dev/full"),
    "\\copy to": ("\\copy (SELECT generate_series(1, 100000)) to /dev/full\n", 1, "\\copy (SELECT generate_series(1, 100000)) to /dev/full"),
}


@pytest.mark.parametrize("what", FULL)
def test_a_full_disk(run, database, folder, what):
    script, line, text = FULL[what]
    lay_out(folder, None, {"x.sql": script + "CREATE TABLE ran ();\n"})
    result = run(["sql", "-q", "--database-url", database, "x.sql"], cwd=folder)
    assert result.exit == 1
    assert result.err == f'error: x.sql:{line}:1: "/dev/full" cannot be written: No space left on device\n    {text}\n    ^\n'
    assert run(["sql", "-q", "--database-url", database, "-"], cwd=folder, stdin="DROP TABLE ran;").exit == 1
    result = run(["sql", "-o", "/dev/full", "--database-url", database, "-"], cwd=folder, stdin="SELECT 1;\nCREATE TABLE ran ();\n")
    assert result.exit == 1 and result.err == 'error: standard input:1:1: "/dev/full" cannot be written: No space left on device\n    SELECT 1;\n    ^\n'


def test_w_to_a_program(run, database, folder):
    lay_out(folder, None, {"x.sql": "SELECT 7\n\\w | tr 7 8 > out\n\\r\n\\w | exit 3\n"})
    result = run(["sql", "--database-url", database, "x.sql"], cwd=folder)
    assert (folder / "out").read_text() == "SELECT 8\n"
    assert result.exit == 1 and result.err.startswith('error: x.sql:4:1: "exit 3" ended with exit status 3\n'), result


CHANGES = {
    "grows": (lambda path: path.write_bytes(path.read_bytes() + b"DROP TABLE before;\n"), "now it has more"),
    "is cut": (lambda path: path.write_bytes(path.read_bytes()[:150_010]), "now it ends after 150010"),
    "vanishes": (lambda path: path.unlink(), None),
    "is replaced": (lambda path: (path.with_suffix(".new").write_text("DROP TABLE before;\n"), path.with_suffix(".new").rename(path)), None),
}


# The file is read up to the statement that waits; then it changes.
@pytest.mark.parametrize("what", CHANGES)
def test_a_file_that_changes_while_it_is_read(server, start, database, folder, what):
    change, says = CHANGES[what]
    script = "CREATE TABLE before ();\nSELECT pg_advisory_lock(1) \\g\n" + "-- pad\n" * 20_000 + "DROP TABLE before; -- " + "x" * 100_000 + "\n"
    lay_out(folder, None, {"x.sql": script})
    with server.session(database) as session:
        session.do("SELECT pg_advisory_lock(1)")
        process = start(["sql", "-q", "--database-url", database, "x.sql"], cwd=folder)
        eventually(lambda: server.waiting_for_lock(database))
        change(folder / "x.sql")
        session.do("SELECT pg_advisory_unlock(1)")
        result = process.wait(20)
    there = server.psql("SELECT to_regclass('before') IS NOT NULL", database)
    if not says:
        assert (result.exit, result.err, there) == (0, "", "f")
        return
    assert result.exit == 2 and there == ("t" if what == "is cut" else there)
    assert result.err == (f'error: x.sql: "x.sql" changed while it was read: it had {len(script)} bytes, {says}\n'
                          "  hint: begin when it is complete: write it under another name and rename it\n")
