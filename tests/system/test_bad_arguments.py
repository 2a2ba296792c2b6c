"""What users get wrong on the command line: the exit status, and the message with its place, cause and next step, word for word."""
import json

from bad_input import MIGRATIONS, NOWHERE, STEP, TARGET, Case, by_name, lay_out, tell

COMMAND_LINE = [
    Case("a slip in the command", 2, """
        error: there is no command "rnu"
          hint: did you mean "run"?
        """, args=("rnu",)),
    Case("a command that is none", 2, """
        error: there is no command "frobnicate"
          hint: the commands are: run, wait, healthcheck, sql, plan, status, check, baseline, repair, install, version, help
        """, args=("frobnicate",)),
    Case("a command that is not there yet", 2, """
        error: `pgprimer serve` is not available in this version
          hint: the commands are: run, wait, healthcheck, sql, plan, status, check, baseline, repair, install, version, help
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
    tell(run, folder, case)


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
