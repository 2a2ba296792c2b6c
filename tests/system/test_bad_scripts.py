"""What users get wrong in scripts: the exit status, and the message with its place, cause and next step, word for word."""
import gzip
import json

from bad_input import MIGRATIONS, STEP, TARGET, Case, by_name, hold, lay_out
from support import psql

SCRIPTS = [
    Case("a SQL error", 1, """
        error: a.sql:5:8: relation "tt" does not exist (42P01)
              FROM tt
                   ^
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int);\n\nINSERT INTO t VALUES (1);\nSELECT foo\n  FROM tt\n WHERE x = 1;\n"}),
    Case("a syntax error", 1, """
        error: a.sql:2:8: syntax error at or near "TABEL" (42601)
            CREATE TABEL x ();
                   ^
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int);\nCREATE TABEL x ();\n"}),
    Case("behind wide characters and tabs", 1, """
        error: a.sql:2:21: column "nix" does not exist (42703)
            SELECT\t'äöü', '漢字',\tnix;
                  \t              \t^
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int);\nSELECT\t'äöü', '漢字',\tnix;\n"}),
    Case("BOM", 1, """
        error: a.sql:1:8: column "nix" does not exist (42703)
            SELECT nix;
                   ^
          step: a
        """, files={"a.sql": "\ufeffSELECT nix;\n"}),
    Case("CRLF", 1, """
        error: a.sql:2:8: column "nix" does not exist (42703)
            SELECT nix
                   ^
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int);\r\nSELECT nix\r\n FROM t;\r\n"}),
    Case("an open quote", 2, """
        error: a.sql:2:23: unterminated quoted string ('): it is opened here and the file ends without its end
            INSERT INTO t VALUES ('x);
                                  ^
          step: a
          hint: close it; inside it the quote itself is written twice
        """, files={"a.sql": "CREATE TABLE t (a int);\nINSERT INTO t VALUES ('x);\nSELECT 1;\n"}),
    Case("open dollars", 2, """
        error: a.sql:2:4: unterminated dollar-quoted string ($$): it is opened here and the file ends without its end
            DO $$ BEGIN NULL; END;
               ^
          step: a
          hint: close it with the same dollars and tag that open it
        """, files={"a.sql": "CREATE TABLE t (a int);\nDO $$ BEGIN NULL; END;\nSELECT 1;\n"}),
    Case("an open comment", 2, """
        error: a.sql:2:1: unterminated comment (/*): it is opened here and the file ends without its end
            /* hello
            ^
          step: a
          hint: close it with */
        """, files={"a.sql": "CREATE TABLE t (a int);\n/* hello\nSELECT 1;\n"}),
    Case("an open parenthesis", 2, """
        error: a.sql:1:1: the statement that begins here ends inside a parenthesis
            CREATE TABLE t (a int;
            ^
          step: a
          hint: a ) is missing
        """, files={"a.sql": "CREATE TABLE t (a int;\nSELECT 1;\n"}),
    Case("COPY with too few columns", 1, """
        error: a.sql:4: missing data for column "b" (22P04)
          context: COPY t, line 2: "2"
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n1\tx\n2\n3\tz\n\\.\nSELECT 1;\n"}),
    Case("COPY with a word for a number", 1, """
        error: a.sql:5: invalid input syntax for type integer: "drei" (22P02)
          context: COPY t, line 3, column a: "drei"
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n1\tx\n2\ty\ndrei\tz\n\\.\nSELECT 1;\n"}),
    Case("a NUL byte", 2, r"""
        error: a.sql:2:9: a NUL byte: this is not SQL text
            SELECT '\x00';
                    ^
          step: a
          hint: PostgreSQL takes no NUL in text; is the file binary, or UTF-16?
        """, files={"a.sql": b"CREATE TABLE t (a int);\nSELECT '\x00';\n"}),
    Case("Latin-1", 1, r"""
        error: a.sql:3:4: invalid byte sequence for encoding "UTF8": 0xf6 0xdf 0x65 0x27 (22021)
            'gr\xF6\xDFe';
               ^
          step: a
          hint: save the file as UTF-8, or begin it with SET client_encoding
        """, files={"a.sql": "CREATE TABLE t (a int);\nSELECT\n'gr\xf6\xdfe';\n".encode("latin-1")}),
    Case("UTF-16", 2, """
        error: a.sql: this is UTF-16 text
          step: a
          hint: save it as UTF-8
        """, files={"a.sql": "CREATE TABLE t (a int);\n".encode("utf-16")}),
    Case("an archive of pg_dump", 2, """
        error: a.sql: this is an archive of pg_dump, not SQL
          step: a
          hint: restore it with pg_restore, or dump with --format=plain
        """, files={"a.sql": b"PGDMP\x01\x0e\x00\x04\x08\x01\x01"}),
    Case("gzip under another name", 2, """
        error: a.sql: this is gzip data
          step: a
          hint: name it *.gz
        """, files={"a.sql": gzip.compress(b"SELECT 1;")}),
    Case("a file that includes itself", 2, r"""
        error: a.sql:2:1: "a.sql" includes itself
            \ir a.sql
            ^
          step: a
          hint: without an \if around it this never comes to an end
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\ir a.sql\n"}),
    Case("an include that is missing", 2, """
        error: {folder}/nix.sql: "{folder}/nix.sql" cannot be opened: No such file or directory
          included from a.sql:2:1
          step: a
          hint: look at the path and at what is mounted
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\ir nix.sql\n"}),
    Case("an error in an include", 1, """
        error: sub/b.sql:3:8: column "nix" does not exist (42703)
            SELECT nix;
                   ^
          included from a.sql:2:1
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\ir sub/b.sql\n", "sub/b.sql": "SELECT 1;\n\nSELECT nix;\n"}),
    Case("meta-commands that are not there", 2, r"""
        error: a.sql:2:1: \cpoy is no command of psql
            \cpoy t from 'x.csv'
            ^
          step: a
          hint: did you mean \copy?
        error: a.sql:3:1: \prompt asks a person, and nobody is there
            \prompt name
            ^
          hint: give the value as a variable: variables in the step, -v NAME=VALUE for pgprimer sql
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\cpoy t from 'x.csv'\n\\prompt name\n"}),
    Case("a meta-command in an include", 2, r"""
        error: b.sql:2:1: \! runs a program, which is off here
            \! rm
            ^
          included from a.sql:2:1
          step: a
          hint: allow it: programs = true in the step, --programs for pgprimer sql
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\ir b.sql\n", "b.sql": "SELECT 1;\n\\! rm\n"}),
    Case("a function that does not compile", 1, """
        error: a.sql:3:3: syntax error at or near "RETRUN" (42601)
              RETRUN 1;
              ^
          step: a
        """, files={"a.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETRUN 1;\nEND $$;\n"}),
    Case("an exception with detail and hint", 1, """
        error: a.sql:2:4: no way (P0001)
            DO $$ BEGIN RAISE EXCEPTION 'no way' USING DETAIL = 'because', HINT = 'do not'; END $$;
               ^
          detail: because
          context: PL/pgSQL function inline_code_block line 1 at RAISE
          step: a
          hint: do not
        """, files={"a.sql": "CREATE TABLE t (a int);\nDO $$ BEGIN RAISE EXCEPTION 'no way' USING DETAIL = 'because', HINT = 'do not'; END $$;\n"}),
    Case("an error at COMMIT", 1, """
        error: a.sql: insert or update on table "t" violates foreign key constraint "t_b_fkey" (23503)
          detail: Key (b)=(2) is not present in table "t".
                  raised at the end of the script, by COMMIT
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1, 2);\n"}),
    Case("set_role of a role that is missing", 1, """
        error: pgprimer.toml:3:1: set_role: role "nix" does not exist (22023)
          step: a
        """, STEP + 'set_role = "nix"\n', files={"a.sql": "CREATE TABLE t (a int);\n"}),
    Case("statement by statement", 1, """
        error: a.sql:3:8: column "nix" does not exist (42703)
            SELECT nix;
                   ^
          step: a
        """, files={"a.sql": "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY ON t (a);\nSELECT nix;\n"}, ran=True),
    Case("a database that \\connect does not find", 1, r"""
        error: a.sql:2:1: "postgresql://postgres@{server}/nodb": database "nodb" does not exist (3D000)
            \connect nodb
            ^
          step: a
          hint: create database "nodb"
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\connect nodb\n"}, ran=True),
    Case("a placeholder without a value", 2, """
        error: m/V1__a.sql:2:14: the placeholder ${schema} has no value
            CREATE TABLE ${schema}.a();
                         ^
          step: m
          hint: set placeholders = { "schema" = "..." } in the step
        """, MIGRATIONS, {"m/V1__a.sql": "CREATE TABLE t ();\nCREATE TABLE ${schema}.a();"}),
    Case("expectations", 1, """
        error: pgprimer.toml:3:1: 3 of 3 expectations do not hold
          step: e
        error: pgprimer.toml:5:25: relation nix does not exist
        error: pgprimer.toml:5:47: role nix does not exist
        error: pgprimer.toml:5:66: query fails: division by zero (22012)
          detail: SELECT 1/0
        """, TARGET + '[[step]]\nname = "e"\nexpect = { relations = ["nix"], roles =      ["nix"], queries = ["SELECT 1/0"] }\n'),
]


@by_name(SCRIPTS)
def test_script(run, server, database, folder, case):
    lay_out(folder, case.plan or STEP, case.files)
    says = case.says.replace("{server}", f"127.0.0.1:{server.port}")
    hold(run(["run"], {"DATABASE_URL": database}, folder), folder, case.exit, says)
    assert psql(database, "SELECT to_regclass('t') IS NOT NULL") == ("t" if case.ran else "f")


def test_a_sql_error_as_text_and_as_json(run, database, folder):
    lay_out(folder, STEP, {"a.sql": "CREATE TABLE t (a int);\nDO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'd', HINT = 'h'; END $$;\nSELECT 1;\n"})
    text = run(["run", "--log-level", "error"], {"DATABASE_URL": database}, folder)
    assert text.exit == 1
    assert text.err == """\
error: a.sql:2:4: no (P0001)
    DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'd', HINT = 'h'; END $$;
       ^
  detail: d
  context: PL/pgSQL function inline_code_block line 1 at RAISE
  step: a
  hint: h
"""
    result = run(["run", "--log-level", "error", "--log-format", "json"], {"DATABASE_URL": database}, folder)
    assert result.exit == 1
    line = json.loads(result.err)
    assert line.pop("time")
    problem = {"message": "no", "sqlstate": "P0001", "file": "a.sql", "line": 2, "column": 4,
               "source": "DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'd', HINT = 'h'; END $$;", "detail": "d",
               "context": "PL/pgSQL function inline_code_block line 1 at RAISE", "step": "a", "hint": "h"}
    assert line == {"level": "error", "event": "problem", "diagnostic": problem}
    summary = json.loads(result.out)
    assert summary["exit_status"] == 1 and summary["problems"] == [problem] and not summary["primed"]


def test_a_line_of_50_MB_is_shown_as_a_window(run, database, folder):
    long = b"x" * 50_000_000
    lay_out(folder, STEP, {"a.sql": b"CREATE TABLE t (a int);\nSELECT length('" + long + b"'), nix;\n"})
    result = run(["run"], {"DATABASE_URL": database}, folder)
    hold(result, folder, 1, 'error: a.sql:2:50000020: column "nix" does not exist (42703)\n    ...' + "x" * 46 + "'), nix\n" + " " * 57 + "^\n  step: a")
    lay_out(folder, STEP, {"a.sql": b"CREATE TABLE t (a int);\nSELECT length('" + long})
    result = run(["run"], {"DATABASE_URL": database}, folder)
    hold(result, folder, 2, "error: a.sql:2:15: unterminated quoted string ('): it is opened here and the file ends without its end\n    SELECT length('" +
         "x" * 135 + "...\n" + " " * 18 + "^\n  step: a\n  hint: close it; inside it the quote itself is written twice")


def test_a_message_of_50_MB_is_cut(run, database, folder):
    lay_out(folder, STEP, {"a.sql": "DO $$ BEGIN RAISE EXCEPTION '%', repeat('x', 50000000); END $$;\n"})
    for format in ("text", "json"):
        result = run(["run", "--log-format", format], {"DATABASE_URL": database}, folder)
        assert result.exit == 1 and "... (49991808 bytes more)" in result.err and len(result.out + result.err) < 60_000, len(result.err)
