"""That the comparison sees what it is there to see: two sides that were given different scripts."""
import subprocess
from pathlib import Path

import pytest

from comparison import Case, Comparison


@pytest.fixture(scope="module")
def both_psql(comparison):
    """The same clusters, psql on both sides."""
    twin = Comparison.__new__(Comparison)
    twin.__dict__.update(comparison.__dict__, myself=False)
    twin._pgprimer = lambda cluster, script, case: twin._psql(cluster, script, case, case.keep_going)
    return twin


def verdict(comparison, folder, ours, psql, **how):
    (folder / "ours.sql").write_text(ours)
    (folder / "psql.sql").write_text(psql)
    return comparison.run(Case(folder / "ours.sql", truth=folder / "psql.sql", **how))


@pytest.mark.parametrize("kinds,ours,psql", [
    ("", "CREATE TABLE t (n int);", "CREATE  TABLE t (n int);"),
    ("dump", "CREATE TABLE t (n int);", "CREATE TABLE t (n text);"),
    ("dump", "CREATE TABLE t (n int); INSERT INTO t VALUES (1);", "CREATE TABLE t (n int); INSERT INTO t VALUES (2);"),
    ("dump", "CREATE SEQUENCE s; SELECT setval('s', 5) > 0 AS x;", "CREATE SEQUENCE s; SELECT setval('s', 6) > 0 AS x;"),
    ("exit sqlstates", "SELECT 1/0;", "SELECT 1 AS b \\gset a\n"),
    ("sqlstates", "SELECT 1/0;", "SELECT nix;"),
    ("dump", "CREATE ROLE a;", "CREATE ROLE b;"),
    ("dump", "CREATE ROLE a PASSWORD 'x';", "CREATE ROLE a;"),
    ("", "CREATE ROLE a PASSWORD 'x';", "CREATE ROLE a PASSWORD 'x';"),
    ("dump", "CREATE DATABASE a;\n\\c a\nCREATE TABLE t (n int);", "CREATE DATABASE a;\n\\c a\nCREATE TABLE u (n int);"),
    ("dump", "\\c template1\nCREATE TABLE t (n int);", "\\c template1\nCREATE TABLE u (n int);"),
    ("dump", "ALTER SYSTEM SET work_mem = '1MB';", "ALTER SYSTEM SET work_mem = '2MB';"),
    ("dump", "ALTER DATABASE subject SET work_mem = '1MB';", "ALTER DATABASE subject SET work_mem = '2MB';"),
    ("dump", "\\c template1\nDROP DATABASE subject;", "\\c template1\n"),
    ("output", "SELECT 1 AS a;", "SELECT 2 AS a;"),
    ("output", "\\echo a", "\\echo a b"),
    ("files", "SELECT 1 AS a \\g a.out\n", "SELECT 2 AS a \\g a.out\n"),
    ("files", "SELECT 1 AS a \\g a.out\n", "SELECT 1 AS a \\g b.out\n"),
])
def test_a_difference_is_seen(both_psql, folder, kinds, ours, psql):
    seen = verdict(both_psql, folder, ours, psql, output=True)
    assert seen.kinds() == kinds, seen.text()


def test_the_order_of_sqlstates_counts(both_psql, folder):
    seen = verdict(both_psql, folder, "SELECT 1/0; SELECT nix;", "SELECT nix; SELECT 1/0;", keep_going=True)
    assert seen.kinds() == "sqlstates"
    assert "+22012 division by zero" in seen.text() and "-22012 division by zero" in seen.text(), seen.text()


def test_what_never_ends_is_ended(both_psql, folder):
    seen = verdict(both_psql, folder, "SELECT pg_sleep(60);", "SELECT 1;", timeout=2)
    assert "exit" in seen.kinds() and "not done in time" in seen.text()


def test_nothing_stays_for_the_next(both_psql, folder):
    verdict(both_psql, folder, "CREATE ROLE a; CREATE DATABASE b OWNER a;\n\\c template1\nCREATE TABLE t (n int);", "SELECT 1;")
    seen = verdict(both_psql, folder, "CREATE TABLE t (n int); CREATE ROLE a; CREATE DATABASE b;", "CREATE TABLE t (n int); CREATE ROLE a; CREATE DATABASE b;")
    assert seen.differences == [], seen.text()


def test_compare_says_a_line_a_script(folder):
    scripts = {"a.sql": "\\ir parts/b.sql\n", "parts/b.sql": "\\set x 1\n", "c.sql": "CREATE TABLE of_c (n int);\n"}
    for name, text in scripts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    result = subprocess.run([Path(__file__).with_name("compare"), "--binary", "/bin/true", "--diff", folder], capture_output=True, text=True)
    lines = result.stdout.splitlines()
    assert lines[0] == f"same     continue  {folder}/a.sql" and lines[1] == f"differs  continue  {folder}/c.sql  dump", result
    assert "    -CREATE TABLE public.of_c (" in lines, result
    assert lines[-2] == f"same     continue  {folder}/parts/b.sql" and lines[-1].startswith("2 the same, 1 not (dump 1), "), result
    assert result.returncode == 1


def test_compare_takes_a_folder_together(folder):
    (folder / "1.sql").write_text("CREATE TABLE of_c (n int);\n")
    (folder / "2.sql").write_text("INSERT INTO of_c VALUES (1);\n")
    argv = [Path(__file__).with_name("compare"), "--together"]
    same = subprocess.run([*argv, "--self", folder], capture_output=True, text=True)
    assert same.returncode == 0, same
    assert [line.split()[0] for line in same.stdout.splitlines()] == ["same", "same", "same", "3"] and "errors" not in same.stdout, same
    other = subprocess.run([*argv, "--binary", "/bin/true", folder], capture_output=True, text=True)
    assert [line.split()[0] for line in other.stdout.splitlines()] == ["same", "same", "differs", "2"], other
    assert other.stdout.splitlines()[2] == "differs  continue  what is left  dump" and other.returncode == 1, other
