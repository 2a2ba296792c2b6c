"""What users get wrong: the exit status, and the message with its place, cause and next step, word for word."""
import gzip
import json
import lzma
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

from support import Server, eventually, execute, minimal_environment, name_of, psql

NOWHERE = "postgresql://app:hunter2secret@127.0.0.1:1/app"  # nobody listens: what is told without a server is told before connecting
TARGET = '[target]\nurl = "${DATABASE_URL}"\n'
STEP = TARGET + '[[step]]\nname = "a"\nsql = ["a.sql"]\n'
PACKED = TARGET + '[[step]]\nname = "a"\nsql = ["b.sql.{}"]\n'
MIGRATIONS = TARGET + '[[step]]\nname = "m"\nmigrations = "m"\n'
HOOK = TARGET + '[[step]]\nname = "h"\nexec = ["./hook.sh", "x"]\n'
NO_LATER = "take it out; the README says what is there instead"


@dataclass
class Case:
    name: str
    exit: int
    says: str                      # a block of standard error, as it stands; {folder} is the configuration's
    plan: object = None            # text or bytes of pgprimer.toml
    files: dict = field(default_factory=dict)  # name: text, bytes, or (text, mode)
    args: tuple = ("run",)
    env: dict = field(default_factory=dict)
    ran: bool = False              # whether a.sql's first statement, CREATE TABLE t, has been executed and kept


def by_name(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@pytest.fixture
def folder(tmp_path):
    at = tmp_path
    while at != at.parent and at.stat().st_uid == os.getuid() and str(at).startswith("/tmp/"):
        at.chmod(0o755)  # for those tests that run as somebody else
        at = at.parent
    return tmp_path


def lay_out(folder, plan, files):
    if plan is not None:
        (folder / "pgprimer.toml").write_bytes(plan if isinstance(plan, bytes) else plan.encode())
    for name, content in files.items():
        content, mode = content if isinstance(content, tuple) else (content, 0o644)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)


def hold(result, folder, exit, says):
    """The exit status, the block, and what holds for every message: readable, and no secret in it."""
    assert result.exit == exit, result
    shown = result.err.replace(str(folder), "{folder}")
    block = dedent(says).strip("\n")
    assert f"\n{block}\n" in f"\n{shown}", f"wanted:\n{block}\n\ngot:\n{shown}"
    assert len(result.err) < 30_000 and len(result.out) < 30_000, "nobody reads that much"
    assert "hunter2" not in result.out + result.err and "defect" not in result.err, result


# The configuration

CONFIGURATION = [
    Case("empty", 2, """
        error: pgprimer.toml: the configuration "pgprimer.toml" is empty
          hint: it needs at least one [[step]]: pgprimer's README shows a plan
        """, ""),
    Case("only a comment", 2, """
        error: pgprimer.toml: the configuration "pgprimer.toml" is empty
          hint: it needs at least one [[step]]: pgprimer's README shows a plan
        """, "\n# later\n"),
    Case("binary", 2, """
        error: pgprimer.toml: "pgprimer.toml" is binary (it holds NUL bytes), not TOML
          hint: a configuration is a text in UTF-8; is this the right file?
        """, b"\x7fELF\x00\x00\x01"),
    Case("100 MB", 2, """
        error: pgprimer.toml: "pgprimer.toml" is too large: more than 8 MB
          hint: a configuration is a short text; is this one?
        """, b"# padding padding padding padding padding padding\n" * (2 << 20)),
    Case("Latin-1", 2, r"""
        error: pgprimer.toml:4:11: this is not TOML: it is not UTF-8 here
            name = "gr\xF6\xDFe"
                      ^
          hint: save the file as UTF-8
        """, (TARGET + '[[step]]\nname = "gr\xf6\xdfe"\n').encode("latin-1")),
    Case("UTF-16", 2, """
        error: pgprimer.toml: "pgprimer.toml" is UTF-16 text
          hint: save it as UTF-8
        """, STEP.encode("utf-16")),
    Case("BOM and CRLF are no errors", 2, """
        error: pgprimer.toml:6:1: there is no key "rerunn" in [[step]]
            rerunn = "once"
            ^
          hint: did you mean "rerun"?
        """, ("\ufeff" + STEP + 'rerunn = "once"\n').replace("\n", "\r\n")),
    Case("text without quotes", 2, """
        error: pgprimer.toml:4:8: this is not TOML: parsing value: could not determine value type
            name = a
                   ^
          hint: text stands in quotes: name = "value"
        """, TARGET + "[[step]]\nname = a\n"),
    Case("a string without its end", 2, """
        error: pgprimer.toml:4:10: this is not TOML: parsing string: unescaped control characters other than TAB (U+0009) are explicitly prohibited
            name = "a
                     ^
          hint: a string ends on its line; is its closing quote missing?
        """, TARGET + '[[step]]\nname = "a\nsql = ["a.sql"]\n'),
    Case("a key twice", 2, """
        error: pgprimer.toml:5:8: this is not TOML: parsing key-value pair: cannot redefine existing string 'name'
            name = "b"
                   ^
          hint: it stands twice: leave one of them out; is a [[step]] missing between?
        """, TARGET + '[[step]]\nname = "a"\nname = "b"\n'),
    Case("unknown key", 2, """
        error: pgprimer.toml:6:1: there is no key "trasaction" in [[step]]
            trasaction = "whole"
            ^
          hint: did you mean "transaction"?
        """, STEP + 'trasaction = "whole"\n'),
    Case("unknown section", 2, """
        error: pgprimer.toml:3:2: there is no key "lokc" in the configuration
            [lokc]
             ^
          hint: did you mean "lock"?
        """, TARGET + '[lokc]\nwait = "5m"\n'),
    Case("unknown key far from all", 2, """
        error: pgprimer.toml:4:1: there is no key "colour" in [lock]
            colour = "red"
            ^
          hint: keys are wait
        """, TARGET + '[lock]\ncolour = "red"\n'),
    Case("wrong types, all at once", 2, """
        error: pgprimer.toml:4:11: [wait] timeout is a number; a duration is wanted
            timeout = 60
                      ^
          hint: write it with its unit: "60s", "1500ms", "15m"
        error: pgprimer.toml:7:7: [[step]] sql is a number; an array of strings is wanted
            sql = 17
                  ^
        error: pgprimer.toml:8:11: [[step]] enabled is a string; true or false is wanted
            enabled = "yes"
                      ^
          hint: without quotes
        error: pgprimer.toml:9:11: [[step]] retries is a string; a number is wanted
            retries = "3"
                      ^
          hint: without quotes
        """, TARGET + '[wait]\ntimeout = 60\n[[step]]\nname = "a"\nsql = 17\nenabled = "yes"\nretries = "3"\n'),
    Case("a command line instead of arguments", 2, """
        error: pgprimer.toml:5:8: [[step]] exec is a string; an array of strings is wanted
            exec = "python manage.py"
                   ^
          hint: exec = ["...", "..."]
        """, TARGET + '[[step]]\nname = "a"\nexec = "python manage.py"\n'),
    Case("a number instead of tables", 2, """
        error: pgprimer.toml:1:8: [step] is a number; an array of tables is wanted
            step = 3
                   ^
          hint: write [[step]] and its keys below it
        """, "step = 3\n" + TARGET),
    Case("a word that is none", 2, """
        error: pgprimer.toml:6:9: [[step]] rerun is "alway"; it is one of once, changed, always
            rerun = "alway"
                    ^
          hint: did you mean "always"?
        """, STEP + 'rerun = "alway"\n'),
    Case("a key of another kind", 2, """
        error: pgprimer.toml:6:1: rerun is a key of sql steps, and step "a" is exec
            rerun = "once"
            ^
          hint: take it out
        """, TARGET + '[[step]]\nname = "a"\nexec = ["true"]\nrerun = "once"\n'),
    Case("lists of nothing", 2, """
        error: pgprimer.toml:5:1: sql names no file
            sql = []
            ^
          hint: sql = ["initdb/*.sql"]
        error: pgprimer.toml:8:1: migrations names no folder
            migrations = []
            ^
          hint: migrations = "migrations"
        error: pgprimer.toml:11:1: exec names no program
            exec = []
            ^
          hint: exec = ["program", "argument"]
        error: pgprimer.toml:14:8: an element of sql is empty; it is to name a file
            sql = [""]
                   ^
          hint: sql = ["initdb/*.sql"]
        """, TARGET + '[[step]]\nname = "a"\nsql = []\n[[step]]\nname = "b"\nmigrations = []\n[[step]]\nname = "c"\nexec = []\n'
             '[[step]]\nname = "d"\nsql = [""]\n'),
    Case("missing file", 2, """
        error: pgprimer.toml:5:8: "{folder}/a.sql" is not there
            sql = ["a.sql"]
                   ^
          step: a
          hint: paths are relative to the configuration's folder, {folder}
        """, STEP),
    Case("missing files of several steps", 2, """
        error: pgprimer.toml:5:8: "{folder}/a.sql" is not there
            sql = ["a.sql"]
                   ^
          step: a
          hint: paths are relative to the configuration's folder, {folder}
        error: pgprimer.toml:8:14: "{folder}/m" is not there
            migrations = "m"
                         ^
          step: m
          hint: paths are relative to the configuration's folder, {folder}
        """, STEP + '[[step]]\nname = "m"\nmigrations = "m"\n'),
    Case("a glob that matches nothing", 2, """
        error: pgprimer.toml:5:8: "initdb/*.sql" matches no file
            sql = ["initdb/*.sql"]
                   ^
          detail: looked for in {folder}
          step: a
          hint: look at the pattern and at what is mounted there
        """, TARGET + '[[step]]\nname = "a"\nsql = ["initdb/*.sql"]\n'),
    Case("a folder instead of files", 2, """
        error: pgprimer.toml:5:8: "initdb" is a folder, not a file
            sql = ["initdb"]
                   ^
          step: a
          hint: write "initdb/*.sql"
        """, TARGET + '[[step]]\nname = "a"\nsql = ["initdb"]\n', {"initdb/a.sql": ""}),
    Case("a file instead of a folder", 2, """
        error: pgprimer.toml:5:14: "{folder}/m" is no folder
            migrations = "m"
                         ^
          step: m
          hint: name the folder that holds the migrations
        """, MIGRATIONS, {"m": "SELECT 1;"}),
    Case("inputs that match nothing", 2, """
        error: pgprimer.toml:6:11: "nix/*.py" matches no file
            inputs = ["nix/*.py"]
                      ^
          detail: looked for in {folder}
          step: h
          hint: look at the pattern and at what is mounted there
        """, HOOK + 'inputs = ["nix/*.py"]\n'),
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
    Case("environment that is not set", 2, """
        error: pgprimer.toml:2:8: ${UNSET}: there is no environment variable UNSET
            host = "${UNSET}"
                   ^
          hint: set it, or give a default: ${UNSET:-value}
        error: pgprimer.toml:5:8: ${ALSO}: there is no environment variable ALSO
            sql = ["${ALSO}/a.sql"]
                   ^
          hint: set it, or give a default: ${ALSO:-value}
        """, '[target]\nhost = "${UNSET}"\n[[step]]\nname = "a"\nsql = ["${ALSO}/a.sql"]\n'),
    Case("a secret file that is missing", 2, """
        error: pgprimer.toml:3:12: ${file:/run/secrets/nix}: "/run/secrets/nix" cannot be opened: No such file or directory
            password = "${file:/run/secrets/nix}"
                       ^
          hint: look at the path and at what is mounted
        """, '[target]\nhost = "localhost"\npassword = "${file:/run/secrets/nix}"\n'),
    Case("what is not available yet", 2, f"""
        error: pgprimer.toml:2:1: [announce] http is not available in this version
            http = "0.0.0.0:8080"
            ^
          hint: {NO_LATER}
        error: pgprimer.toml:3:2: [runner] is not available in this version
            [runner]
             ^
          hint: {NO_LATER}
        error: pgprimer.toml:6:1: [[step]] snapshot is not available in this version
            snapshot = "x"
            ^
          hint: {NO_LATER}
        error: pgprimer.toml:9:1: [[step]] runner is not available in this version
            runner = "app"
            ^
          hint: {NO_LATER}
        error: pgprimer.toml:10:1: [[step]] for_each is not available in this version
            for_each = "SELECT 1"
            ^
          hint: {NO_LATER}
        error: pgprimer.toml:11:1: [[step]] parallel is not available in this version
            parallel = 8
            ^
          hint: {NO_LATER}
        """, '[announce]\nhttp = "0.0.0.0:8080"\n[runner]\n[[step]]\nname = "a"\nsnapshot = "x"\n'
             '[[step]]\nname = "b"\nrunner = "app"\nfor_each = "SELECT 1"\nparallel = 8\nsql = ["a.sql"]\n'),
    Case("entries of ensure", 2, """
        error: pgprimer.toml:5:1: role r: "superusr" is no attribute of a role
          step: a
          hint: attributes are superuser, createdb, createrole, inherit, login, replication, bypassrls, the same with "no" before them, "connection limit 5" and "valid until '2030-01-01'"
        error: pgprimer.toml:8:1: "tabel t" is nothing that a grant knows: database, schema, table, sequence, function NAME, or all tables, sequences, functions in schema NAME
        """, TARGET + '[[step]]\nname = "a"\n[[step.ensure.role]]\nname = "r"\nattributes = ["superusr"]\n'
             '[[step.ensure.grant]]\nto = "x"\non = "tabel t"\nprivileges = ["SELECT"]\n'),
    Case("overrides from the environment", 2, """
        error: environment PGPRIMER_WAIT_TIMEOUTT: there is no key "timeoutt" in [wait]
          hint: did you mean "timeout"?
        error: environment PGPRIMER_LOCK_WAIT: [lock] wait is "soon", which is no duration
          hint: write it like "60s", "1500ms", "15m" or "1h30m"
        """, STEP, env={"PGPRIMER_WAIT_TIMEOUTT": "5s", "PGPRIMER_LOCK_WAIT": "soon"}),
    Case("missing --config", 2, """
        error: nix.toml: the configuration "nix.toml" is not there
          hint: it is named by --config; the working directory is {folder}
        """, None, args=("run", "--config", "nix.toml")),
    Case("missing PGPRIMER_CONFIG", 2, """
        error: nix.toml: the configuration "nix.toml" is not there
          hint: it is named by environment PGPRIMER_CONFIG; the working directory is {folder}
        """, None, env={"PGPRIMER_CONFIG": "nix.toml"}),
    Case("a folder as --config", 2, """
        error: .: "." is a folder, not a configuration
          hint: name ./pgprimer.toml
        """, STEP, args=("run", "--config", ".")),
    Case("no configuration at all", 2, """
        error: there is no configuration: neither --config, PGPRIMER_CONFIG, PGPRIMER_CONFIG_TOML, ./pgprimer.toml nor /etc/pgprimer/pgprimer.toml
          hint: and none of the folders /initdb, /docker-entrypoint-initdb.d, /migrations, /hooks that serve without one
        """),
    Case("two migrations of one version", 2, """
        error: pgprimer.toml:5:14: two files of one version: "{folder}/m/001_a.sql" and "{folder}/m/001_b.sql"
            migrations = "m"
                         ^
          step: m
          hint: renumber one of them
        """, MIGRATIONS, {"m/001_a.sql": "SELECT 1;", "m/001_b.sql": "SELECT 2;"}),
    Case("a dialect that is none", 2, """
        error: pgprimer.toml:6:11: there is no dialect "flywya"
            dialect = "flywya"
                      ^
          step: m
          hint: did you mean "flyway"?
        """, MIGRATIONS + 'dialect = "flywya"\n', {"m/001_a.sql": "SELECT 1;"}),
    Case("a goose statement without its end", 2, """
        error: {folder}/m/001_a.sql:2: "{folder}/m/001_a.sql" begins a statement (StatementBegin) and never ends it
          step: m
        """, MIGRATIONS, {"m/001_a.sql": "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n"}),
    Case("gzip that is cut off", 2, """
        error: pgprimer.toml:5:8: "{folder}/b.sql.gz" is cut off: the archive ends in the middle
            sql = ["b.sql.gz"]
                   ^
          step: a
          hint: was it copied or downloaded whole?
        """, PACKED.replace("{}", "gz"), {"b.sql.gz": gzip.compress(os.urandom(5000))[:-900]}),
    Case("xz that is cut off", 2, """
        error: pgprimer.toml:5:8: "{folder}/b.sql.xz" is cut off: the archive ends in the middle
            sql = ["b.sql.xz"]
                   ^
          step: a
          hint: was it copied or downloaded whole?
        """, PACKED.replace("{}", "xz"), {"b.sql.xz": lzma.compress(os.urandom(5000))[:-900]}),
    Case("zstd that is cut off", 2, """
        error: pgprimer.toml:5:8: "{folder}/b.sql.zst" is cut off: the archive ends in the middle
            sql = ["b.sql.zst"]
                   ^
          step: a
          hint: was it copied or downloaded whole?
        """, PACKED.replace("{}", "zst"), {"b.sql.zst": b"\x28\xb5\x2f\xfd\x04\x58\x41\x00\x00SELE"}),
    Case("a text that is named as gzip", 2, """
        error: pgprimer.toml:5:8: "{folder}/b.sql.gz" cannot be unpacked: incorrect header check
            sql = ["b.sql.gz"]
                   ^
          step: a
          hint: was it copied or downloaded whole?
        """, PACKED.replace("{}", "gz"), {"b.sql.gz": "SELECT 1;"}),
]


@by_name(CONFIGURATION)
def test_configuration(run, folder, case):
    lay_out(folder, case.plan, case.files)
    hold(run(case.args, {"DATABASE_URL": NOWHERE, **case.env}, folder), folder, case.exit, case.says)


def test_a_huge_line_is_shown_as_a_window(run, folder):
    lay_out(folder, TARGET + '[[step]]\nname = "a"\nsql = ["' + "x" * 5_000_000 + '"]\nsqk = 3\n', {})
    result = run(["run"], {"DATABASE_URL": NOWHERE}, folder)
    hold(result, folder, 2, 'error: pgprimer.toml:6:1: there is no key "sqk" in [[step]]\n    sqk = 3\n    ^\n  hint: did you mean "sql"?')
    lay_out(folder, TARGET + '[[step]]\nname = "a"\nsqk = ["' + "x" * 5_000_000 + '"]\n', {})
    result = run(["run"], {"DATABASE_URL": NOWHERE}, folder)
    hold(result, folder, 2, 'error: pgprimer.toml:5:1: there is no key "sqk" in [[step]]\n    sqk = ["' + "x" * 142 + '...\n    ^\n  hint: did you mean "sql"?')
    result = run(["run", "--log-format", "json"], {"DATABASE_URL": NOWHERE}, folder)
    assert result.exit == 2 and len(result.err) < 5000, len(result.err)


# The command line

COMMAND_LINE = [
    Case("a slip in the command", 2, """
        error: there is no command "rnu"
          hint: did you mean "run"?
        """, args=("rnu",)),
    Case("a command that is none", 2, """
        error: there is no command "frobnicate"
          hint: the commands are: run, wait, healthcheck, sql, plan, status, check, baseline, install, version, help
        """, args=("frobnicate",)),
    Case("a command that is not there yet", 2, """
        error: `pgprimer serve` is not available in this version
          hint: the commands are: run, wait, healthcheck, sql, plan, status, check, baseline, install, version, help
        """, args=("serve",)),
    Case("a command from the environment", 2, """
        error: there is no command "chekc"
          hint: did you mean "check"?
        """, args=(), env={"PGPRIMER_COMMAND": "chekc"}),
    Case("a slip in an option", 2, """
        error: `pgprimer run` takes no option "--dryrun"
          hint: did you mean "--dry-run"?
        """, args=("run", "--dryrun")),
    Case("an argument too many", 2, """
        error: `pgprimer run` takes no argument "foo"
          hint: pgprimer run --help shows what there is
        """, args=("run", "foo")),
    Case("an option without its value", 2, """
        error: --config: 1 required TEXT missing
          hint: pgprimer run --help shows what there is
        """, args=("run", "--config")),
    Case("a log level from the environment", 2, """
        error: PGPRIMER_LOG_LEVEL is "loud"; it is debug, info, warning or error
        """, env={"PGPRIMER_LOG_LEVEL": "loud"}),
    Case("a timeout without a unit", 2, """
        error: --timeout "soon" is no duration
          hint: write it like 60s, 1500ms or 2m
        """, args=("wait", "--timeout", "soon", "tcp://localhost:1")),
    Case("--only of no step", 2, """
        error: --only: there is no step "rolse"
          hint: did you mean "roles"?
        """, TARGET + '[[step]]\nname = "roles"\nsql = ["a.sql"]\n', args=("run", "--only", "rolse")),
    Case("baseline of what", 2, """
        error: baseline needs exactly one of --all, --unit and --to
          hint: pgprimer baseline --help shows an example
        """, STEP, args=("baseline", "--step", "a")),
    Case("baseline of a version that is not there", 2, """
        error: step "m" has no version "009"
          hint: did you mean "001"?
        """, MIGRATIONS, {"m/001_a.sql": "", "m/002_b.sql": ""},
         args=("baseline", "--step", "m", "--to", "009")),
    Case("sql of a file that is missing", 2, """
        error: nix.sql: "nix.sql" cannot be opened: No such file or directory
          hint: look at the path and at what is mounted
        """, args=("sql", "nix.sql")),
    Case("no program to start after the wait", 2, """
        error: no program after --
          hint: write it like: pgprimer wait tcp://redis:6379 -- ./manage.py test
        """, args=("wait", "--")),
]


@by_name(COMMAND_LINE)
def test_command_line(run, folder, case):
    lay_out(folder, case.plan, case.files)
    hold(run(case.args, {"DATABASE_URL": NOWHERE, **case.env}, folder), folder, case.exit, case.says)


def test_errors_are_the_same_as_json(run, folder):
    lay_out(folder, TARGET + '[[step]]\nname = "a"\nsql = ["a.sql"]\nrerunn = "once"\nrerun = "alway"\n', {})

    def problems(*args):
        lines = [json.loads(line) for line in run(args, {"DATABASE_URL": NOWHERE}, folder).err.splitlines()]
        return [line["diagnostic"] for line in lines if line["event"] == "problem"]

    assert problems("run", "--log-format", "json") == [{
        "message": 'there is no key "rerunn" in [[step]]', "file": "pgprimer.toml", "line": 6, "column": 1, "source": 'rerunn = "once"',
        "hint": 'did you mean "rerun"?',
        "more": [{"message": '[[step]] rerun is "alway"; it is one of once, changed, always', "file": "pgprimer.toml", "line": 7, "column": 9,
                  "source": 'rerun = "alway"', "hint": 'did you mean "always"?'}]}]
    assert problems("run", "--log-format", "json", "--dryrun") == [{"message": '`pgprimer run` takes no option "--dryrun"', "hint": 'did you mean "--dry-run"?'}]


# Addresses

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
        """, env={"PGPORT": "x"}),
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


# Scripts

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
                  \t            \t^
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
        error: a.sql:2:1: files include one another more than 16 deep
            \ir a.sql
            ^
          step: a
          hint: does a file include itself?
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
        error: a.sql:2:1: \copy is not available in this version
            \copy t from 'x.csv'
            ^
          step: a
          hint: what there is: \i \ir \set \unset \echo \connect \restrict \unrestrict, and \. after COPY data
        error: a.sql:3:10: \gset is not available in this version
            SELECT 1 \gset
                     ^
          hint: what there is: \i \ir \set \unset \echo \connect \restrict \unrestrict, and \. after COPY data
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\copy t from 'x.csv'\nSELECT 1 \\gset\n"}),
    Case("a meta-command in an include", 2, r"""
        error: b.sql:2:1: \! is not available in this version
            \! rm
            ^
          step: a
          hint: what there is: \i \ir \set \unset \echo \connect \restrict \unrestrict, and \. after COPY data
        """, files={"a.sql": "CREATE TABLE t (a int);\n\\ir b.sql\n", "b.sql": "SELECT 1;\n\\! rm\n"}),
    Case("a function that does not compile", 1, """
        error: a.sql:3:3: syntax error at or near "RETRUN" (42601)
              RETRUN 1;
              ^
          step: a
        """, files={"a.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETRUN 1;\nEND $$;\n"}),
    Case("an exception with detail and hint", 1, """
        error: a.sql:2:1: no way (P0001)
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
          hint: set placeholders = { schema = "..." } in the step
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
error: a.sql:2:1: no (P0001)
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
    problem = {"message": "no", "sqlstate": "P0001", "file": "a.sql", "line": 2, "column": 1,
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


# Hooks

HOOKS = [
    Case("missing", 2, """
        error: pgprimer.toml:5:1: "{folder}/hook.sh" does not exist
          step: h
          hint: with a / in its name it is looked for from the working folder, {folder}
        """),
    Case("not in PATH", 2, """
        error: pgprimer.toml:5:1: "nixprogram" is not found in PATH
          detail: PATH is "/usr/bin:/bin"
          step: h
          hint: install it in this image, or name it with its folder
        """, TARGET + '[[step]]\nname = "h"\nexec = ["nixprogram"]\n', env={"PATH": "/usr/bin:/bin"}),
    Case("not executable", 2, """
        error: pgprimer.toml:5:1: "{folder}/hook.sh" is not executable (mode 0644)
          step: h
          hint: chmod +x it
        """, files={"hook.sh": "#!/bin/sh\n"}),
    Case("a folder", 2, """
        error: pgprimer.toml:5:1: "{folder}/hook.sh" is a folder, not a program
          step: h
        """, files={"hook.sh/x": ""}),
    Case("without its interpreter", 2, """
        error: pgprimer.toml:5:1: "{folder}/hook.sh" names an interpreter that does not exist: "/nix/sh"
          step: h
          hint: install /nix/sh in this image, or correct the file's first line
        """, files={"hook.sh": ("#!/nix/sh\n", 0o755)}),
    Case("saved with CRLF", 2, r"""
        error: pgprimer.toml:5:1: "{folder}/hook.sh" has a #! line that ends with a carriage return: there is no interpreter "/bin/sh\x0D"
          step: h
          hint: save it with \n line ends
        """, files={"hook.sh": ("#!/bin/sh\r\n", 0o755)}),
    Case("without a first line", 2, """
        error: pgprimer.toml:5:1: "{folder}/hook.sh" is neither a program nor a script with a #! line
          step: h
          hint: begin it with #! and its interpreter
        """, files={"hook.sh": ("echo hi\n", 0o755)}),
    Case("in a folder that is missing", 2, """
        error: pgprimer.toml:5:1: the working folder "{folder}/nix" does not exist
          step: h
        """, HOOK + 'cwd = "nix"\n', {"hook.sh": ("#!/bin/sh\n", 0o755)}),
    Case("that fails", 1, """
        error: pgprimer.toml:5:1: "./hook.sh x" ended with exit status 3
          step: h
          hint: its output, if any, stands above, under [h]
        """, files={"hook.sh": ("#!/bin/sh\nexit 3\n", 0o755)}),
    Case("that is killed", 1, """
        error: pgprimer.toml:5:1: "./hook.sh x" was killed by SIGKILL (9)
          step: h
          hint: its output, if any, stands above, under [h]; the kernel kills so where memory is short
        """, files={"hook.sh": ("#!/bin/sh\nkill -9 $$\n", 0o755)}),
    Case("that ignores SIGTERM", 1, """
        error: pgprimer.toml:5:1: "./hook.sh x" did not end within 300 ms and was killed
          step: h
          hint: set timeout for this step to what it needs
        """, HOOK + 'timeout = "300ms"\n', {"hook.sh": ("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n", 0o755)}),
]


@by_name(HOOKS)
def test_hook(run, database, folder, case):
    lay_out(folder, case.plan or HOOK, case.files)
    hold(run(["run"], {"DATABASE_URL": database, **case.env}, folder), folder, case.exit, case.says)


def test_a_hook_that_writes_100_MB(run, database, folder):
    write = "#!/bin/sh\nhead -c 50000000 /dev/zero | tr '\\0' 'x'\nyes " + "y" * 999 + " | head -c 50000000 >&2\nexit 1\n"
    lay_out(folder, HOOK, {"hook.sh": (write, 0o755)})
    hold(run(["run", "--log-level", "warning"], {"DATABASE_URL": database}, folder), folder, 1, """
        error: pgprimer.toml:5:1: "./hook.sh x" ended with exit status 1
          step: h
          hint: its output, if any, stands above, under [h]
        """)


# Files and rights

@pytest.fixture
def as_nobody(pgprimer, folder):
    """Runs the binary as uid 65534, for whom file modes count."""
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody else")
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    copy = folder / "pgprimer-for-all"
    shutil.copy(pgprimer, copy)
    copy.chmod(0o755)

    def begin(args, url):
        return execute([*prefix, copy, *args], minimal_environment("/nonexistent", {"DATABASE_URL": url}), cwd=folder)

    return begin


OTHER_USER = "owner 0:0, mode {}; we are 65534:65534"


def test_files_that_may_not_be_read(as_nobody, folder):
    lay_out(folder, STEP, {"a.sql": ("SELECT 1;", 0o600), "closed/pgprimer.toml": STEP, "m/001_a.sql": ("SELECT 1;", 0o600)})
    cure = "hint: make it readable for us (chmod, chown), or run as another user"
    hold(as_nobody(["run"], NOWHERE), folder, 2, f"""
        error: pgprimer.toml:5:8: "{{folder}}/a.sql" cannot be opened: Permission denied
            sql = ["a.sql"]
                   ^
          detail: {OTHER_USER.format("0600")}
          step: a
          {cure}
        """)
    (folder / "closed").chmod(0o700)
    hold(as_nobody(["run", "--config", "closed/pgprimer.toml"], NOWHERE), folder, 2, f"""
        error: closed/pgprimer.toml: "closed/pgprimer.toml" cannot be opened: Permission denied
          detail: "closed": {OTHER_USER.format("0700")}
          {cure}
        """)
    lay_out(folder, MIGRATIONS, {})
    hold(as_nobody(["check"], NOWHERE), folder, 2, f"""
        error: pgprimer.toml:5:14: "{{folder}}/m/001_a.sql" cannot be opened: Permission denied
            migrations = "m"
                         ^
          detail: {OTHER_USER.format("0600")}
          step: m
          {cure}
        """)
    (folder / "pgprimer.toml").chmod(0o600)
    hold(as_nobody(["run"], NOWHERE), folder, 2, f"""
        error: pgprimer.toml: "pgprimer.toml" cannot be opened: Permission denied
          detail: {OTHER_USER.format("0600")}
          {cure}
        """)


def test_a_ready_file_on_a_full_disk(run, database, folder):
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4096,nr_inodes=10", "tmpfs", disk], capture_output=True, check=False).returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        (disk / "full").write_bytes(b"x" * 4096)
        lay_out(folder, STEP + '[announce]\nready_file = "disk/ready"\n'.replace("disk", str(disk)), {"a.sql": "CREATE TABLE t ();"})
        hold(run(["run"], {"DATABASE_URL": database}, folder), folder, 1, """
            error: the plan is done, but the ready file could not be written: "{folder}/disk/ready" cannot be written: No space left on device
              hint: no space is left there
            """)
        assert [path.name for path in disk.iterdir()] == ["full"], "nothing half-written stays"
        (disk / "full").unlink()
        assert run(["run"], {"DATABASE_URL": database}, folder).exit == 0
        assert (disk / "ready").exists()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_ready_file_where_there_is_no_folder(run, database, folder):
    lay_out(folder, STEP + '[announce]\nready_file = "/nix/ready"\n', {"a.sql": "CREATE TABLE t ();"})
    hold(run(["run"], {"DATABASE_URL": database}, folder), folder, 2, """
        error: the ready file could not be written at the end: "/nix/ready" cannot be written: No such file or directory
          hint: [announce] ready_file is to name a file in a folder that is there and writable for us
        """)


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


# The ledger disagrees

@pytest.fixture
def three(database, folder, run):
    """Three migrations, applied; again(exit, block) runs once more."""
    lay_out(folder, MIGRATIONS, {f"m/00{n}_{name}.sql": f"CREATE TABLE {name} ();" for n, name in ((1, "a"), (2, "b"), (3, "c"))})
    environment = {"DATABASE_URL": database}
    assert run(["run"], environment, folder).exit == 0

    def again(exit, *parts):
        for format in ("text", "json"):
            result = run(["run", "--log-format", format], environment, folder)
            assert result.exit == exit, result
            assert len(result.err) < 10_000
            for part in parts if format == "text" else ():
                assert part in result.err, result

    return again


def test_a_changed_migration(three, folder):
    (folder / "m/001_a.sql").write_text("CREATE TABLE changed ();")
    three(5, "m/001_a.sql: migration m/001_a.sql was changed after it was applied, ", "\n  step: m\n",
          '\n  hint: restore the file and write a new migration; or accept it: changed = "warn" or "ignore" for this step, or pgprimer baseline --step m --unit 001\n')


def test_a_vanished_migration(three, folder):
    (folder / "m/002_b.sql").unlink()
    three(5, "error: pgprimer.toml:3:1: the file of version 002, applied ", ", is gone\n  step: m\n",
          '\n  hint: restore the file; or go on with missing = "warn" or "ignore" for this step\n')


def test_a_migration_out_of_order(three, folder):
    (folder / "m/0025_d.sql").write_text("CREATE TABLE d ();")
    (folder / "m/004_e.sql").write_text("CREATE TABLE e ();")
    (folder / "m/0025_d.sql").rename(folder / "m/000_d.sql")
    three(5, "m/000_d.sql: migration m/000_d.sql is older than m/003_c.sql, which is applied, and was never applied itself\n  step: m\n",
          '\n  hint: give it a higher number; or set out_of_order = "apply" ("warn", "ignore" leave it out); or pgprimer baseline --step m --unit 000\n')


def test_a_ledger_ahead_of_the_files(three, folder):
    (folder / "m/003_c.sql").unlink()
    three(0, "warning [m] the ledger is ahead of the files: version 003, applied ", ", is newer than all of them\n")
    lay_out(folder, MIGRATIONS + 'ahead = "error"\n', {})
    three(5, "error: pgprimer.toml:3:1: the ledger is ahead of the files: version 003, applied ", ", is newer than all of them\n  step: m\n",
          '\n  hint: use the newer files; or go on with ahead = "warn" or "ignore" for this step\n')


def test_a_filled_database_and_the_way_on(run, database, folder):
    lay_out(folder, MIGRATIONS, {"m/001_a.sql": "CREATE TABLE a ();", "m/002_b.sql": "CREATE TABLE b ();"})
    psql(database, "CREATE TABLE a (); CREATE TABLE other ();")
    environment = {"DATABASE_URL": database}
    result = run(["run"], environment, folder)
    assert result.exit == 5, result
    assert f'error: pgprimer.toml:3:1: database "{name_of(database)}" is not empty, ' in result.err, result
    assert "; nothing was changed\n  detail: tables found: public.a, public.other\n  step: m\n" in result.err, result
    assert "pgprimer baseline --step m --all (or --to VERSION)" in result.err, result
    assert psql(database, "SELECT to_regclass('b') IS NULL") == "t"
    recorded = run(["baseline", "--step", "m", "--to", "001"], environment, folder)
    assert recorded.exit == 0 and recorded.out == "recorded as applied: m/001_a.sql\n", recorded
    assert run(["run"], environment, folder).exit == 0
    assert psql(database, "SELECT to_regclass('b') IS NOT NULL") == "t"
