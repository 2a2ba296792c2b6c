"""What users get wrong in the configuration: the exit status, and the message with its place, cause and next step, word for word."""
from bad_input import NOWHERE, STEP, TARGET, Case, by_name, hold, lay_out, tell

NO_LATER = "take it out; the README says what is there instead"
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
]


@by_name(CONFIGURATION)
def test_configuration(run, folder, case):
    tell(run, folder, case)


def test_a_huge_line_is_shown_as_a_window(run, folder):
    lay_out(folder, TARGET + '[[step]]\nname = "a"\nsql = ["' + "x" * 5_000_000 + '"]\nsqk = 3\n', {})
    result = run(["run"], {"DATABASE_URL": NOWHERE}, folder)
    hold(result, folder, 2, 'error: pgprimer.toml:6:1: there is no key "sqk" in [[step]]\n    sqk = 3\n    ^\n  hint: did you mean "sql"?')
    lay_out(folder, TARGET + '[[step]]\nname = "a"\nsqk = ["' + "x" * 5_000_000 + '"]\n', {})
    result = run(["run"], {"DATABASE_URL": NOWHERE}, folder)
    hold(result, folder, 2, 'error: pgprimer.toml:5:1: there is no key "sqk" in [[step]]\n    sqk = ["' + "x" * 142 + '...\n    ^\n  hint: did you mean "sql"?')
    result = run(["run", "--log-format", "json"], {"DATABASE_URL": NOWHERE}, folder)
    assert result.exit == 2 and len(result.err) < 5000, len(result.err)
