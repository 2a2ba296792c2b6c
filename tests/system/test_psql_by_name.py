"""The binary under the name psql, as the scripts of images call it: compared with psql itself, its output, its exit status, its errors."""
import signal
from pathlib import Path

import pytest

from support import PASSWORD, PG_BIN, Process, eventually, execute, minimal_environment, name_of, psql

FILES = {
    "good.sql": "CREATE TABLE made (n int);\nINSERT INTO made VALUES (1), (2);\nSELECT * FROM made ORDER BY n;\n",
    "bad.sql": "SELECT 1 AS one;\nSELECT nothing;\nSELECT 2 AS two;\n",
    "copy.sql": "CREATE TABLE c (n int, t text);\nCOPY c FROM stdin;\n1\tone\n2\ttwo\n\\.\nSELECT count(*) FROM c;\n",
    "variable.sql": "SELECT :'who' AS who, :n + 1 AS next;\n",
    "unfinished.sql": "SELECT 1",
    "notice.sql": "DROP TABLE IF EXISTS nowhere;\nDO $$ BEGIN RAISE WARNING 'careful' USING DETAIL = 'd', HINT = 'h'; END $$;\n",
    "long.sql": "SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', nothing_like_it FROM pg_class;\n",
    "function.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1 / 0; END';\nSELECT f();\n",
    "quit.sql": "SELECT 1;\n\\q\nSELECT 2;\n",
    "inner.sql": "\\ir bad.sql\nSELECT 3;\n",
    "data.csv": "n,t\n1,\"a,b\"\n2,c\n",
    "away.sql": "\\connect nowhere\nSELECT 1;\n",
    "echo.sql": "-- a comment\nSELECT 1 AS one,\n  2 AS two;\n\\echo there\nINSERT INTO e VALUES (1);\n",
    "temporary.sql": "CREATE TEMP TABLE t (n int);\nINSERT INTO t VALUES (7);\n\\set seen 8\n",
}
TABLE = 'psql -qc "CREATE TABLE t (n int, t text)"; '

# What is called; an error's text is compared where `err` stands before it, and ours says more where it does not.
CALLS = [
    'psql -v ON_ERROR_STOP=1 --username "$PGUSER" --dbname "$PGDATABASE" <<-EOSQL\n\tCREATE USER u_$$;\n\tDROP USER u_$$;\n\tSELECT 1 AS one;\nEOSQL',
    "err:psql -v ON_ERROR_STOP=1 <<EOSQL\nSELECT 1;\nSELECT nothing;\nSELECT 2;\nEOSQL",
    "err:psql <<EOSQL\nSELECT 1;\nSELECT nothing;\nSELECT 2;\nEOSQL",
    "psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --dbname $PGDATABASE -f good.sql",
    "psql -tAc 'SELECT 1'",
    'psql -tAc "SELECT 1 FROM pg_database WHERE datname = \'$PGDATABASE\'" | grep -q 1',
    "psql -XtAc \"SELECT n, 'x' FROM generate_series(1, 3) n\"",
    "psql -At -F , -c 'SELECT 1, 2' -c 'SELECT 3, 4'",
    "psql -A -t -R ';' -c 'VALUES (1), (2)'",
    "psql -A -t -0 -c 'VALUES (1), (2)'",
    "psql -A -t -z -c 'VALUES (1, 2), (3, NULL)'",
    "psql -c 'SELECT 1 AS a; SELECT 2 AS b; CREATE TABLE made (n int)'",
    "err:psql -c 'CREATE TABLE made (n int); SELECT 1 / 0'; psql -tAc \"SELECT to_regclass('made') IS NULL\"",
    "err:psql -c 'SELECT nothing'",
    "err:psql -c 'SELECT nothing' -c 'SELECT 1'",
    "err:psql -v ON_ERROR_STOP=1 -c 'SELECT nothing' -c 'SELECT 1'",
    "err:psql -c 'SELECT 1' -c 'SELECT nothing'",
    "psql -c '\\echo hello' -c 'SELECT :x' -c '\\set x 5' -c '\\echo :x'",
    "psql -v x=7 -c '\\echo :x' -f - <<EOSQL\nSELECT :x AS x \\gset\n\\echo :x\nEOSQL",
    "err:psql -f bad.sql",
    "err:psql -c \"DO \\$\\$ BEGIN RAISE EXCEPTION '%', repeat('x', 30000); END \\$\\$\"",
    "err:psql <<EOSQL\nCREATE TEMP TABLE t (a int);\nPREPARE p AS SELECT * FROM t WHERE a > 1;\nDROP TABLE t;\nEXECUTE p;\nEOSQL",
    "err:psql -v ON_ERROR_STOP=1 -f bad.sql",
    "err:psql -v ON_ERROR_STOP=on -f - < bad.sql",
    "psql -v ON_ERROR_STOP=1 -f inner.sql",
    "psql -v ON_ERROR_STOP=1 -q -f copy.sql",
    "psql -f copy.sql",
    "psql -v who=\"it's me\" --set=n=41 --variable n=42 -f variable.sql",
    "err:psql -f notice.sql",
    "err:psql -q < notice.sql",
    "err:psql -v ON_ERROR_STOP=1 -f long.sql",
    "err:psql -f function.sql",
    "psql -f quit.sql -f quit.sql",
    "psql -f unfinished.sql",
    "psql -f nowhere.sql",
    "psql -f nowhere.sql -c 'SELECT 1'",
    "psql -v ON_ERROR_STOP=1 -f nowhere.sql -c 'SELECT 1'",
    "psql -f away.sql",
    "psql -v ON_ERROR_STOP=1 -f away.sql",
    "psql -1 -v ON_ERROR_STOP=1 -f good.sql -f bad.sql; psql -tAc \"SELECT to_regclass('made') IS NULL\"",
    "psql --single-transaction -f good.sql -c 'INSERT INTO made VALUES (3)'; psql -tAc 'SELECT count(*) FROM made'",
    "psql -1 -c 'CREATE TABLE made (n int)' -c 'SELECT nothing'; psql -tAc \"SELECT to_regclass('made') IS NULL\"",
    "psql -1",
    "psql -f temporary.sql -c 'SELECT * FROM t' -c '\\echo :seen'",
    "psql -c 'BEGIN' -c 'CREATE TABLE made (n int)'; psql -tAc \"SELECT to_regclass('made') IS NULL\"",
    TABLE + "psql -c 'COPY t FROM stdin (FORMAT csv, HEADER)' < data.csv; psql -c 'TABLE t'",
    TABLE + "psql -c '\\copy t FROM stdin CSV HEADER' < data.csv; psql -c '\\copy t TO stdout'",
    TABLE + "psql -c '\\copy t FROM data.csv CSV HEADER' -c \"\\copy t TO 'out.csv' CSV\"; cat out.csv",
    TABLE + "printf '1\\tx\\n\\\\.\\n2\\ty\\n' | psql -c 'COPY t FROM stdin' -c 'COPY t FROM stdin'; psql -c 'COPY t TO stdout'",
    TABLE + "psql -qc \"INSERT INTO t VALUES (1, 'x'); COPY t TO stdout (FORMAT binary)\" > b; psql -c 'COPY t FROM stdin (FORMAT binary)' < b; "
            "psql -c 'TABLE t'",
    "psql -c 'COPY (SELECT 1) TO stdout'",
    "psql -o out.txt -c 'SELECT 1' -c '\\echo here'; cat out.txt",
    "psql -o '| tr 1 2' -tAc 'SELECT 1'",
    "psql -o /nowhere/at/all -c 'SELECT 1'",
    "psql --csv -c 'SELECT 1 AS a, NULL AS b'",
    "psql -H -c 'SELECT 1 AS a' -c 'CREATE TABLE made (n int)'",
    "psql -x -c 'SELECT 1 AS a, 2 AS b'",
    "psql -P format=unaligned -P null=- -P footer=off -c 'SELECT 1, NULL'",
    "psql -P format=nonsense -c 'SELECT 1'",
    "psql -l -q -t | cut -d '|' -f 1 | grep -qw $PGDATABASE",
    "psql -lqtA",
    "psql --list",
    "psql -a -f echo.sql",
    "psql -e -f echo.sql",
    "psql -a -c 'SELECT 1'",
    "err:psql -b -f bad.sql -c 'SELECT nix'",
    "err:psql -b < bad.sql",
    "err:psql -b -v VERBOSITY=terse -v ON_ERROR_STOP=1 -f bad.sql",
    "psql -E -c '\\lo_import data.csv it' | sed 's/OBJECT [0-9]*/OBJECT/; s/import [0-9]*/import/'",
    "psql -S -tA <<EOSQL\nSELECT 1\nSELECT 2\nEOSQL",
    "psql -c 'INSERT INTO pg_temp.nowhere VALUES (1)'",
    "psql -c 'CREATE TABLE made (n int)' -c 'INSERT INTO made VALUES (1) RETURNING n' -c 'EXPLAIN (COSTS off) SELECT 1' -c 'SHOW work_mem'",
    "psql -c '' -c ';' -f /dev/null",
    "psql --frob",
    "psql -k",
    "psql -c",
    "psql --file",
    "psql --quiet=yes",
    "psql --user $PGUSER --tuples -A --comm 'SELECT current_user'",
    "psql -c 'SELECT current_database()' $PGDATABASE $PGUSER more words",
    "psql -tA $PGDATABASE -c 'SELECT 1' -- $PGUSER",
    "psql -v ON_ERROR_STOP=perhaps -c 'SELECT 1'",
    "psql -v 'a b=1' -c 'SELECT 1'",
    "psql -d nowhere -c 'SELECT 1'",
    "psql -U nobody -c 'SELECT 1'",
    "PGPASSWORD=wrong psql -w -c 'SELECT 1'",
    "PGPASSWORD= psql -w -c 'SELECT 1'",
    "psql -h 127.0.0.1 -p 1 -c 'SELECT 1'",
    "psql -p nonsense -c 'SELECT 1'",
    'env -u PGDATABASE psql -tA "postgresql://$PGUSER:$PGPASSWORD@$PGHOST:$PGPORT/$PGDATABASE" -c "SELECT current_database()"',
    'psql -tA -U nobody -d "user=$PGUSER dbname=postgres" -c "SELECT current_user, current_database()"',
    'psql "postgresql://$PGHOST/?nonsense=1" -c "SELECT 1"',
    "PGOPTIONS='-c search_path=pg_catalog,public -c work_mem=5MB --statement-timeout=7s' psql -tAc 'SHOW search_path; SHOW work_mem; SHOW statement_timeout'",
    "PGOPTIONS='-c nonsense=1' psql -c 'SELECT 1'",
    "PGAPPNAME=mine psql -tAc 'SHOW application_name'",
    "psql -tAc 'SHOW application_name; SHOW client_encoding'",
    "PGCLIENTENCODING=LATIN1 psql -tAc 'SHOW client_encoding' -c \"SELECT 'ä'\" | od -c",
    "PGTZ=Asia/Tokyo psql -tAc 'SHOW timezone'",
    'echo "$PGHOST:$PGPORT:*:$PGUSER:$PGPASSWORD" > pass; chmod 600 pass; env -u PGPASSWORD PGPASSFILE=$PWD/pass psql -tAc "SELECT 1"',
    'printf "[me]\\nhost=$PGHOST\\nport=$PGPORT\\ndbname=postgres\\n" > services; export PGSERVICEFILE=$PWD/services; env -u PGDATABASE PGSERVICE=me '
    'psql -tAc "SELECT current_database()"',
    "env -u PGDATABASE psql -tAc 'SELECT current_database()'",
    "psql -c '\\! echo from a program' -c '\\echo `echo ticks`'",
    "psql <<EOSQL\n\\set ON_ERROR_STOP on\n\\if :{?PORT}\n\\echo yes\n\\endif\n\\copy (SELECT 1) to stdout\n\\warn careful\nEOSQL",
    "if psql -c 'SELECT pg_terminate_backend(pg_backend_pid())'; then echo good; else echo bad; fi",
    "until psql -c '\\q'; do exit 9; done; echo up",
    "cat good.sql | gzip | gunzip | psql -q -v ON_ERROR_STOP=1",
    "coproc P { psql -qtA; }; for n in 1 2 3; do echo \"SELECT $n;\" >&${P[1]}; read -r -t 10 -u ${P[0]} got || exit 9; echo got $got; done",
    "while read n; do psql -tAc \"SELECT $n\"; done <<EOSQL\n1\n2\nEOSQL",
]


@pytest.fixture
def call(database, tmp_path, home, pgprimer, server):
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    (tmp_path / "theirs/psql").symlink_to(PG_BIN / "psql")
    (tmp_path / "ours/psql").symlink_to(pgprimer)

    def call(whose, script, **env):
        cwd = tmp_path / (whose + ".files")
        cwd.mkdir(exist_ok=True)
        for name, text in FILES.items():
            (cwd / name).write_text(text)
        psql(database, "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; CREATE TABLE e (n int)")
        environment = minimal_environment(home, {"PGHOST": server.host, "PGPORT": server.port, "PGUSER": "postgres", "PGPASSWORD": PASSWORD,
                                                 "PGDATABASE": name_of(database), **env})
        environment["PATH"] = f"{tmp_path / whose}:/usr/bin:/bin"
        return execute(["/bin/bash", "-c", script], environment, cwd=cwd)

    return call


@pytest.mark.parametrize("script", CALLS, ids=lambda script: script.split("\n")[0])
def test_as_psql(call, script):
    compares_errors = script.startswith("err:")
    script = script.removeprefix("err:")
    theirs, ours = call("theirs", script), call("ours", script)
    assert (ours.exit, ours.out) == (theirs.exit, theirs.out), f"ours: {ours}\n\ntheirs: {theirs}"
    if compares_errors:
        assert ours.err == theirs.err
    else:
        assert bool(ours.err) == bool(theirs.err), f"ours: {ours}\n\ntheirs: {theirs}"


def test_a_stop_ends_it_and_its_statement(database, tmp_path, home, pgprimer, server):
    (tmp_path / "psql").symlink_to(pgprimer)
    process = Process([tmp_path / "psql", database, "-c", "SELECT pg_sleep(60)"], minimal_environment(home))
    try:
        eventually(lambda: psql(database, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'") == "1")
        arguments = Path(f"/proc/{process.pid}/cmdline").read_text()
        process.signal(signal.SIGTERM)
        assert process.wait(10).exit == 128 + signal.SIGTERM
    finally:
        process.end()
    assert PASSWORD not in arguments
    eventually(lambda: psql(database, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'") == "0")


def test_no_user_of_the_operating_system(call):
    assert call("ours", "env -u PGUSER psql -tAc 'SELECT current_user'").out == "postgres\n"


def test_a_password_that_nobody_can_be_asked_for(call):
    result = call("ours", "env -u PGPASSWORD psql -W -c 'SELECT 1'")
    assert result.exit == 2 and "nobody is there to be asked" in result.err, result
    assert call("ours", "psql -tAW -c 'SELECT 1'").out == "1\n"


def test_what_only_shows_is_said_to_be_passed_over(call):
    result = call("ours", "psql -c '\\dt'")
    assert result.exit == 0 and "\\dt is passed over" in result.err, result


def test_results_also_into_a_file(call):
    result = call("ours", "psql -L log -tAc 'SELECT 1' && cat log")
    assert result.out == "1\n1\n", result
