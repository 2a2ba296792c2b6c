"""What users get wrong with addresses, and on the server: the exit status, and the message with its place, cause and next step, word for word."""
from pathlib import Path

import pytest

from bad_input import NOWHERE, STEP, TARGET, Case, by_name, hold, lay_out
from support import Server, eventually, name_of, psql

SPELLING = "in a password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A"
ADDRESSES = [
    Case("malformed", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL is no URL: it has no scheme://
            url = "${DATABASE_URL}"
                  ^
          hint: it should be postgresql://USER:PASSWORD@HOST:PORT/DATABASE
        """, env={"DATABASE_URL": "postgres//u:hunter2secret@h/d"}),
    Case("name = value", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL is no URL: it has no scheme://
            url = "${DATABASE_URL}"
                  ^
          hint: it should be postgresql://USER:PASSWORD@HOST:PORT/DATABASE
        """, env={"DATABASE_URL": "host=h password=hunter2secret dbname=d"}),
    Case("another scheme", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL has a scheme that is not PostgreSQL's: mysql
            url = "${DATABASE_URL}"
                  ^
          hint: schemes are postgresql, postgres, postgis, psql, pgsql, X+driver and jdbc:postgresql
        """, env={"DATABASE_URL": "mysql://u:hunter2secret@h/d"}),
    Case("a port out of range", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL has port 70000, which is not from 1 to 65535
            url = "${DATABASE_URL}"
                  ^
          hint: PostgreSQL's own is 5432
        """, env={"DATABASE_URL": "postgresql://u:hunter2secret@h:70000/d"}),
    Case("port 0", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL has port 0, which is not from 1 to 65535
            url = "${DATABASE_URL}"
                  ^
          hint: PostgreSQL's own is 5432
        """, env={"DATABASE_URL": "postgresql://u:hunter2secret@h:0/d"}),
    Case("a port that is a word", 2, f"""
        error: pgprimer.toml:2:7: [target] url: the database URL has a port that is no number
            url = "${{DATABASE_URL}}"
                  ^
          hint: {SPELLING}
        """, env={"DATABASE_URL": "postgresql://u:x@h:hunter2/d"}),
    Case("a password without its @", 2, f"""
        error: pgprimer.toml:2:7: [target] url: the database URL has a port that is no number
            url = "${{DATABASE_URL}}"
                  ^
          hint: is the @ before the host missing? {SPELLING}
        """, env={"DATABASE_URL": "postgresql://u:hunter2secret/d"}),
    Case("a password of digits without its @", 2, f"""
        error: pgprimer.toml:2:7: [target] url: the database URL has a port that is not from 1 to 65535
            url = "${{DATABASE_URL}}"
                  ^
          hint: is the @ before the host missing? {SPELLING}
        """, env={"DATABASE_URL": "postgresql://u:99887766/d"}),
    Case("an IPv6 address without its bracket", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL has an IPv6 address without its "]"
            url = "${DATABASE_URL}"
                  ^
          hint: write it like postgresql://user@[::1]:5432/database
        """, env={"DATABASE_URL": "postgresql://u:hunter2secret@[::1/d"}),
    Case("a word for sslmode", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL has sslmode "maybe"
            url = "${DATABASE_URL}"
                  ^
          hint: sslmode is one of disable, allow, prefer, require, verify-ca, verify-full
        """, env={"DATABASE_URL": "postgresql://u:hunter2secret@h/d?sslmode=maybe"}),
    Case("written in the file", 2, """
        error: pgprimer.toml:2:7: [target] url: the database URL has port 70000, which is not from 1 to 65535
            url = ***
                  ^
          hint: PostgreSQL's own is 5432
        """, '[target]\nurl = "postgresql://u:hunter2secret@h:70000/d"\n[[step]]\nname = "a"\nsql = ["a.sql"]\n'),
    Case("a password under a wrong key", 2, """
        error: pgprimer.toml:3:1: there is no key "passwort" in [target]
            passwort = ***
            ^
          hint: did you mean "password"?
        """, '[target]\nhost = "localhost"\npasswort = "hunter2secret"\n[[step]]\nname = "a"\nsql = ["a.sql"]\n'),
    Case("a password that is no TOML", 2, """
        error: pgprimer.toml:3:12: this is not TOML: parsing value: could not determine value type
            password = ***
                       ^
          hint: text stands in quotes: name = "value"
        """, '[target]\nhost = "localhost"\npassword = hunter2secret\n'),
    Case("--database-url", 2, """
        error: --database-url: the database URL has a scheme that is not PostgreSQL's: mysql
          hint: schemes are postgresql, postgres, postgis, psql, pgsql, X+driver and jdbc:postgresql
        """, args=("run", "--database-url", "mysql://u:hunter2secret@h/d")),
    Case("an address to wait for", 2, """
        error: the address to wait for: the database URL has a scheme that is not PostgreSQL's: mysql
          hint: schemes are postgresql, postgres, postgis, psql, pgsql, X+driver and jdbc:postgresql
        """, args=("wait", "mysql://u:hunter2secret@h/d")),
    Case("a tcp:// address with a login", 2, """
        error: the tcp:// address has a user name in it
          hint: it is of the form tcp://host:port
        """, args=("wait", "tcp://u:hunter2secret@h")),
    Case("an http:// address with a login", 2, """
        error: the URL has a user name in it, which is not supported
          hint: write it like http://host:8080/path
        """, args=("wait", "http://u:hunter2secret@h/")),
    Case("PGPORT", 2, """
        error: environment PGPORT is "x", which is no port from 1 to 65535
          hint: PostgreSQL's own is 5432
        """, env={"DATABASE_URL": "postgresql://app:hunter2secret@127.0.0.1/app", "PGPORT": "x"}),
    Case("url and host", 2, """
        error: pgprimer.toml:3:1: [target] has url and host
            host = "x"
            ^
          hint: the url says it already: leave one of them out
        """, '[target]\nurl = "postgresql://u@h/d"\nhost = "x"\n'),
    Case("from the environment alone", 2, """
        error: environment DATABASE_URL: the database URL has port 70000, which is not from 1 to 65535
          hint: PostgreSQL's own is 5432
        """, '[[step]]\nname = "a"\nsql = ["a.sql"]\n', env={"DATABASE_URL": "postgresql://u:hunter2secret@h:70000/d"}),
]


@by_name(ADDRESSES)
def test_address(run, folder, case):
    lay_out(folder, STEP if case.plan is None else case.plan, {"a.sql": "SELECT 1;"})
    for format in ("text", "json"):
        result = run(case.args, {"DATABASE_URL": NOWHERE, "PGPRIMER_LOG_FORMAT": format, **case.env}, folder)
        assert result.exit == case.exit, result
        for part in ("hunter", "secret@", "99887766", "8776"):
            assert part not in result.out + result.err, result
        if format == "text":
            hold(result, folder, case.exit, case.says)


def test_no_part_of_a_password_is_seen_anywhere(run, server, database, folder):
    password = "Zq7/kw?Vx#9@Lm:p&t"
    server.psql(f"CREATE ROLE careful LOGIN SUPERUSER PASSWORD '{password}'")
    spy = "#!/bin/sh\ntr '\\0' ' ' < /proc/$PPID/cmdline\nps -eo args\npsql -XAtc 'SELECT query, application_name FROM pg_stat_activity'\nexit 3\n"
    lay_out(folder, TARGET + '[[step]]\nname = "a"\nsql = ["a.sql"]\n[[step]]\nname = "h"\nexec = ["./spy"]\non_failure = "continue"\n'
                             '[[step]]\nname = "b"\nsql = ["b.sql"]\n',
            {"a.sql": "CREATE TABLE t ();", "spy": (spy, 0o755), "b.sql": "SELECT nix;"})
    url = f"postgresql://careful:{password}@127.0.0.1:{server.port}/{name_of(database)}"
    try:
        seen = ""
        for args, exit in ((["run"], 1), (["run", "--log-format", "json", "--log-level", "debug"], 1), (["plan", "--json"], 0), (["status", "--json"], 0)):
            result = run(args, {"DATABASE_URL": url}, folder)
            assert result.exit == exit, result
            seen += result.out + result.err
        tables = psql(database, "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'pgprimer'").splitlines()
        assert tables
        for table in tables:
            seen += psql(database, f"SELECT t::text FROM {table} t")
        for begin in range(len(password) - 4):
            assert password[begin:begin + 5] not in seen, password[begin:begin + 5]
    finally:
        psql(database, "DROP SCHEMA pgprimer CASCADE; DROP TABLE IF EXISTS t")
        server.psql("DROP ROLE careful")


def test_an_address_in_the_arguments_loses_its_login(start, folder):
    process = start(["wait", "--timeout", "30s", "postgresql://app:hunter2@127.0.0.1:1/app"], cwd=folder)
    eventually(lambda: "waiting for postgresql://app@127.0.0.1:1/app" in process.err, message=lambda: process.err)
    assert "hunter2" not in Path(f"/proc/{process.pid}/cmdline").read_text() and "hunter2" not in process.err


@pytest.mark.parametrize("user, password, name, message, hint", [
    ("postgres", "wr0ng", "postgres", 'password authentication failed for user "postgres" (28P01)',
     'the password is wrong or there is no role "postgres": the server gives the same answer for both; wait_for_role = true waits for it'),
    ("nix", "s3cret", "postgres", 'password authentication failed for user "nix" (28P01)',
     'the password is wrong or there is no role "nix": the server gives the same answer for both; wait_for_role = true waits for it'),
    ("postgres", "s3cret", "nix", 'database "nix" does not exist (3D000)',
     'create database "nix"; create_database = true in [target] creates it, wait_for_database = true waits for it'),
], ids=["wrong password", "missing role", "missing database"])
def test_a_server_that_refuses(run, server, folder, user, password, name, message, hint):
    lay_out(folder, STEP, {"a.sql": "SELECT 1;"})
    parts = f"user {user}, host 127.0.0.1, port {server.port}, database {name} and password from [target] url"
    result = run(["run"], {"DATABASE_URL": server.url(name, user, password)}, folder)
    hold(result, folder, 6, f'error: pgprimer.toml:1:1: "postgresql://{user}@127.0.0.1:{server.port}/{name}": {message}\n  detail: {parts}\n  hint: {hint}')


def test_a_role_that_may_not_make_the_ledger(run, server, database, folder):
    lay_out(folder, STEP, {"a.sql": "CREATE TABLE t ();"})
    server.psql("CREATE ROLE weak LOGIN PASSWORD 'weakpw'")
    try:
        name = name_of(database)
        hold(run(["run"], {"DATABASE_URL": server.url(name, "weak", "weakpw")}, folder), folder, 6, f"""
            error: role "weak" may not create the ledger's schema "pgprimer" (42501)
              detail: permission denied for database {name}
              hint: once, as a superuser: GRANT CREATE ON DATABASE "{name}" TO "weak"; or create the schema for it: CREATE SCHEMA "pgprimer" AUTHORIZATION "weak"
            """)
    finally:
        server.psql("DROP ROLE weak")


def test_libpq_takes_nothing_from_the_environment_that_the_ranks_have_refused(run, server, database):
    """Another user's password for one, which is not sent as ours; nor does a service or an address of another server come in."""
    server.psql("CREATE ROLE sameword LOGIN PASSWORD 'samepw'")
    try:
        url = server.url(name_of(database), "sameword").replace(f":{server.password}@", "@")
        result = run(["wait", url], {"PGUSER": "postgres", "PGPASSWORD": "samepw"})
        assert result.exit == 6 and "no password supplied" in result.err, result
        result = run(["wait", database], {"PGSERVICE": "nowhere", "PGHOSTADDR": "127.0.0.9", "PGTARGETSESSIONATTRS": "standby", "PGOPTIONS": "-c no.such.thing"})
        assert result.exit == 0 and "PGOPTIONS is not used" in result.err, result
        result = run(["wait", server.socket_url(user="postgres")], {"PGHOSTADDR": "127.0.0.9"})
        assert result.exit == 0, result
    finally:
        server.psql("DROP ROLE sameword")


def test_databases_that_let_nobody_in(run, server, database, folder):
    lay_out(folder, STEP, {"a.sql": "SELECT 1;"})
    name = name_of(database)
    server.psql(f"CREATE ROLE outside LOGIN PASSWORD 'outsidepw'; REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    try:
        result = run(["run"], {"DATABASE_URL": server.url(name, "outside", "outsidepw")}, folder)
        assert result.exit == 6 and f'  hint: as the database\'s owner: GRANT CONNECT ON DATABASE "{name}" TO "outside"\n' in result.err, result
        server.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        result = run(["run"], {"DATABASE_URL": database}, folder)
        assert result.exit == 6 and f'  hint: name another database, or as a superuser: ALTER DATABASE "{name}" ALLOW_CONNECTIONS true\n' in result.err, result
    finally:
        server.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true; DROP ROLE outside")


def test_a_database_that_is_read_only(run, server, database, folder):
    lay_out(folder, STEP, {"a.sql": "CREATE TABLE t ();"})
    server.psql(f"ALTER DATABASE {name_of(database)} SET default_transaction_read_only = on")
    hold(run(["run"], {"DATABASE_URL": database}, folder), folder, 6, """
        error: the server takes no writes: the ledger cannot be created (25006)
          detail: cannot execute CREATE SCHEMA in a read-only transaction
          hint: connect to the primary, or look at default_transaction_read_only of role and database
        """)


def test_a_standby_is_waited_for_and_named(run, own_server: Server, folder):
    own_server.start()
    own_server.stop()
    (own_server.data / "standby.signal").touch()
    own_server.start()
    lay_out(folder, '[wait]\ntimeout = "1s"\n' + STEP, {"a.sql": "CREATE TABLE t ();"})
    result = run(["run"], {"DATABASE_URL": own_server.url()}, folder)
    assert result.exit == 3, result
    assert "in recovery" in result.err or "standby" in result.err, result
