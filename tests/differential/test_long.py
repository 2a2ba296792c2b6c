"""Scripts too long to be kept: many statements, long lines."""
import pytest

from comparison import Case


def script(folder, *parts):
    path = folder / "script.sql"
    path.write_text("".join(parts), encoding="utf-8")
    return path


MODES = pytest.mark.parametrize("keep_going", [False, True], ids=["stop", "continue"])


def inserts(count, wrong):
    return "".join(f"INSERT INTO t (v) VALUES ('row {n}');\n" if n != wrong else "INSERT INTO t (v) VALUES (1/0);\n" for n in range(count))


@MODES
def test_5000_inserts_with_an_error_in_the_middle(same, folder, keep_going):
    verdict = same(Case(script(folder, "CREATE TABLE t (n serial, v text);\n", inserts(5000, 2500)), keep_going=keep_going))
    assert [e.sqlstate for e in verdict.psql.errors] == ["22012"]


@MODES
def test_5000_inserts_in_a_transaction_with_an_error(same, folder, keep_going):
    same(Case(script(folder, "CREATE TABLE t (n serial, v text);\nBEGIN;\n", inserts(5000, 3000), "COMMIT;\n"), keep_going=keep_going))


@MODES
def test_the_last_statement_fails(same, folder, keep_going):
    same(Case(script(folder, "CREATE TABLE t (n serial, v text);\n", inserts(500, 499)), keep_going=keep_going, output=True))


def test_every_other_statement_fails(same, folder):
    lines = "".join(f"INSERT INTO t VALUES ({n // 2});\n\\echo :SQLSTATE\n" if n % 10 == 0 else f"INSERT INTO t VALUES ({n // 2});\n" for n in range(1000))
    same(Case(script(folder, "CREATE TABLE t (n int PRIMARY KEY);\n", lines), keep_going=True, output=True))


def test_results_stand_in_their_order(same, folder):
    lines = "".join(f"INSERT INTO t VALUES ({n});\n" + (f"SELECT count(*) AS at_{n} FROM t;\n\\echo after {n}\n" if n % 7 == 0 else "") for n in range(300))
    same(Case(script(folder, "CREATE TABLE t (n int);\n", lines), output=True))


@MODES
def test_ddl(same, folder, keep_going):
    tables = "".join(f"CREATE TABLE t{n} (n int PRIMARY KEY);\nCREATE INDEX ON t{n} (n);\nINSERT INTO t{n} VALUES ({n});\n" for n in range(60))
    same(Case(script(folder, tables, "CREATE TABLE t0 (n int);\nDROP TABLE t1;\nSELECT nix;\nDROP TABLE t2;\n"), keep_going=keep_going))


def test_long_lines(same, folder):
    literal = "ä;''\\" * 300_000
    same(Case(script(folder, "CREATE TABLE t (v text);\nINSERT INTO t VALUES ('", literal, "');\nINSERT INTO t VALUES ($$", literal, "$$);\n-- ", literal,
                     "\n/* ", literal, " */\nCOPY t FROM stdin;\n", "x" * 2_000_000, "\n\\.\nSELECT length(v), md5(v) FROM t;\n"), output=True))


def test_many_lines_of_one_statement(same, folder):
    rows = ",\n".join(f"({n}, 'row ''{n}'';')" for n in range(20_000))
    same(Case(script(folder, "CREATE TABLE t (n int, v text);\nINSERT INTO t VALUES\n", rows, "\n;\nSELECT count(*), sum(n) FROM t;\n"), output=True))


def test_long_copy(same, folder):
    rows = "".join(f"{n}\trow {n}\n" for n in range(30_000))
    same(Case(script(folder, "CREATE TABLE t (n int PRIMARY KEY, v text);\nCOPY t FROM stdin;\n", rows, "\\.\nSELECT count(*) FROM t;\nCOPY t FROM stdin;\n",
                     rows.replace("\n", "0\n", 1), "\\.\nSELECT count(*) FROM t;\n"), output=True, keep_going=True))


def test_deep_nesting(same, folder):
    lines = "".join("\\if true\n" for _ in range(300)) + "SELECT 'deep' AS v;\n" + "".join("\\endif\n" for _ in range(300))
    same(Case(script(folder, "/* " * 200, " */" * 200, "SELECT ", "(" * 500, "1", ")" * 500, " AS n;\n", lines), output=True))


def test_long_variable(same, folder):
    value = "v" * 200_000
    same(Case(script(folder, f"\\set x {value}\n\\set y :x:x\nSELECT length(:'y'), length(':x');\n\\echo :x\n"), output=True))
