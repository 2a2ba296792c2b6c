"""exec steps: what the program gets, when it is started, what becomes of its output, how it ends."""
import json
import re
import sys
from urllib.parse import urlsplit

import pytest

from support import alive

HOOK = '[[step]]\nname = "hook"\nexec = ["./hook.sh"]\n'
COUNT = "#!/bin/sh\necho x >> count\n"


def count(plan, name="count"):
    path = plan.folder / name
    return len(path.read_text().split()) if path.exists() else 0


def environment(plan, **more):
    """Runs a hook that writes down what it was given."""
    (plan.folder / "work").mkdir(exist_ok=True)
    plan.add({"dump.py": f"#!{sys.executable}\nimport json, os\njson.dump({{'cwd': os.getcwd(), **os.environ}}, open(os.environ['OUT'], 'w'))\n"})
    plan.ok(env={"OUT": str(plan.folder / "out.json"), "PGOPTIONS": "-c jit=off", "PGHOSTADDR": "127.0.0.1", "PGPRIMER_LOG_LEVEL": "info", **more})
    return json.loads((plan.folder / "out.json").read_text())


def test_environment_and_working_directory(plan):
    plan.write('[[step]]\nname = "hook"\nexec = ["../dump.py", "$HOME"]\ncwd = "work"\nenv = { MINE = "yes", PGAPPNAME = "mine" }\nsearch_path = ["one", "two"]\n')
    env = environment(plan, OTHER="kept")
    url = urlsplit(plan.url)
    assert env["cwd"] == str(plan.folder / "work")
    assert (env["PGHOST"], env["PGPORT"], env["PGUSER"], env["PGDATABASE"], env["PGPASSWORD"]) == (url.hostname, str(url.port), "postgres", url.path[1:], url.password)
    assert urlsplit(env["DATABASE_URL"])[:3] == url[:3]
    assert env["MINE"] == "yes" and env["PGAPPNAME"] == "mine" and env["OTHER"] == "kept" and "search_path" in env["PGOPTIONS"]
    assert "PGHOSTADDR" not in env and not [name for name in env if name.startswith("PGPRIMER_")]


def test_its_own_name_and_folder_by_default(plan):
    plan.write('[[step]]\nname = "my hook"\nexec = ["./dump.py"]\n')
    env = environment(plan)
    assert env["cwd"] == str(plan.folder)
    assert re.fullmatch(r"pgprimer:[0-9a-f-]+:my-hook", env["PGAPPNAME"]), env["PGAPPNAME"]
    assert "PGOPTIONS" not in env


@pytest.mark.parametrize("inputs,starts", [("", [1, 2, 3, 4]), ('inputs = ["*.txt"]\n', [1, 1, 2, 2]), ('inputs = ["*.txt"]\nenv = { A = "${A:-1}" }\n', [1, 1, 2, 3])],
                         ids=["without inputs every time", "inputs", "inputs and env"])
def test_started_only_where_something_changed(plan, inputs, starts):
    plan.write(HOOK + inputs, {"hook.sh": COUNT, "a.txt": "1"})
    seen = []
    for round_ in range(4):
        if round_ == 2:
            plan.add({"b.txt": "2"})
        plan.ok(env={"A": "2"} if round_ == 3 else {})
        seen.append(count(plan))
    assert seen == starts


def test_arguments_belong_to_the_fingerprint(plan):
    plan.write('[[step]]\nname = "hook"\nexec = ["./hook.sh", "a"]\ninputs = ["hook.sh"]\n', {"hook.sh": COUNT}).ok()
    plan.change('"a"', '"b"').ok()
    assert count(plan) == 2
    plan.ok("nothing to do")
    assert count(plan) == 2


def test_a_secret_is_no_change(plan):
    """Secrets count by name: a new password does not start the hook again."""
    plan.add({"secret": "one"}).write(HOOK + 'inputs = ["hook.sh"]\nenv = { TOKEN = "${file:' + str(plan.folder / "secret") + '}" }\n', {"hook.sh": COUNT})
    plan.ok()
    plan.add({"secret": "two"})
    plan.ok()
    assert count(plan) == 1


def test_rows_are_inputs(plan):
    plan.sql("CREATE TABLE tenants (name text); INSERT INTO tenants VALUES ('a')")
    plan.write(HOOK + 'inputs = ["hook.sh"]\ninputs_sql = ["SELECT name FROM tenants ORDER BY 1"]\n', {"hook.sh": COUNT})
    for expected, sql in [(1, "SELECT 1"), (1, "INSERT INTO tenants VALUES ('b')"), (2, "UPDATE tenants SET name = 'c' WHERE name = 'b'"), (3, "SELECT 1"), (3, "SELECT 1")]:
        plan.ok()
        assert count(plan) == expected
        plan.sql(sql)


def test_plan_and_baseline_read_the_rows_too(plan):
    plan.sql("CREATE TABLE tenants (name text); INSERT INTO tenants VALUES ('a')")
    plan.write(HOOK + 'inputs = ["hook.sh"]\ninputs_sql = ["SELECT name FROM tenants ORDER BY 1"]\n', {"hook.sh": COUNT})
    plan.ok("./hook.sh: has not run yet")
    plan.ok("skip ./hook.sh: inputs unchanged", "Nothing to do.", arguments=["plan"])
    plan.sql("INSERT INTO tenants VALUES ('b')")
    changed = "./hook.sh: inputs or the rows of inputs_sql changed"
    plan.ok(f"again {changed}", "1 to do.", arguments=["plan"])
    plan.ok("recorded as applied: ./hook.sh", arguments=["baseline", "--step", "hook", "--all"])
    plan.ok("nothing to do")
    assert count(plan) == 1
    plan.sql("INSERT INTO tenants VALUES ('c')")
    plan.ok(changed)
    plan.ok("./hook.sh: forced", arguments=["--force", "hook"])
    assert count(plan) == 3


def test_rows_are_read_in_the_search_path_of_the_step(plan):
    plan.sql("CREATE SCHEMA other; CREATE TABLE tenants (name text); CREATE TABLE other.tenants (name text)")
    plan.write(HOOK + 'inputs_sql = ["SELECT name FROM tenants ORDER BY 1"]\nsearch_path = ["other"]\n', {"hook.sh": COUNT})
    plan.ok()
    plan.sql("INSERT INTO tenants VALUES ('not looked at')")
    plan.ok("nothing to do")
    plan.sql("TRUNCATE tenants; INSERT INTO other.tenants VALUES ('a')")
    plan.ok()
    assert count(plan) == 2


def test_rows_that_the_hook_itself_makes(plan):
    plan.write(HOOK + 'inputs_sql = ["SELECT count(*) FROM made"]\n', {
        "hook.sh": COUNT + "psql -qc 'CREATE TABLE IF NOT EXISTS made (n int); INSERT INTO made VALUES (1)'\n"})
    plan.ok()
    plan.ok()
    assert count(plan) == 1
    plan.sql("INSERT INTO made VALUES (2)")
    plan.ok()
    assert count(plan) == 2


def test_retries(plan):
    plan.write(HOOK + "retries = 3\n", {"hook.sh": COUNT + "[ $(wc -l < count) -ge 3 ]\n"})
    plan.ok("trying again (1 of 3)", "trying again (2 of 3)")
    assert count(plan) == 3


@pytest.mark.parametrize("script,says", [
    ("echo to out; echo to err >&2; exit 7", ["status 7", "to out", "to err"]),
    ("kill -9 $$", ["SIGKILL"]),
    ("exit 0", []),
], ids=["status", "signal", "none"])
def test_how_it_ends(plan, script, says):
    plan.write(HOOK, {"hook.sh": f"#!/bin/sh\n{script}\n"})
    result = plan.exits(1 if says else 0, *says)
    assert plan.state("hook", "hook") == ("failed" if says else "done")
    if says:
        assert "pgprimer.toml:" in result.err and "hook.sh" in result.err, result


@pytest.mark.parametrize("program,says", [("./nothing-here", "nothing-here"), ("./plain.txt", "plain.txt"), ("nothing-in-path", "nothing-in-path")])
def test_what_cannot_be_started(plan, program, says):
    plan.write(f'[[step]]\nname = "hook"\nexec = ["{program}"]\n', {"plain.txt": "no program"})
    result = plan.run()
    assert result.exit in (1, 2) and says in result.err and "pgprimer.toml:5" in result.err, result


def test_timeout_ends_the_whole_group(plan):
    plan.write(HOOK + 'timeout = "500ms"\n', {"hook.sh": "#!/bin/sh\ntrap '' TERM\nsh -c 'trap \"\" TERM; echo $$ > child; exec sleep 30' &\nwait\n"})
    plan.exits(1, "did not end within 500 ms and was killed", timeout=15)
    assert not alive(int((plan.folder / "child").read_text()))


def test_output_lines(plan):
    plan.write(HOOK, {"hook.sh": "#!/bin/sh\nprintf 'one\\ntwo'\nprintf 'b\\000in\\033[31m\\377ary\\n' >&2\nhead -c 300000 /dev/zero | tr '\\0' 'x'\necho end\n"})
    result = plan.ok("[hook] | one", "[hook] ")
    assert "\x1b" not in result.err and "\x00" not in result.err
    assert result.err.count("x") >= 300_000, "a long line is not cut off"
    log = plan.ok(arguments=["--log-format", "json"])
    lines = [json.loads(line) for line in log.err.splitlines()]
    texts = [line["text"] for line in lines if line["event"] == "hook_line"]
    assert "one" in texts and any(text.endswith("end") for text in texts)


def test_output_of_a_password_is_hidden(plan, server):
    plan.write(HOOK, {"hook.sh": '#!/bin/sh\necho "url $DATABASE_URL password $PGPASSWORD" | tee /dev/stderr\nexit 1\n'})
    result = plan.exits(1, "url postgres")
    assert server.password not in result.err + result.out, result
    assert server.password not in plan.sql("SELECT coalesce(string_agg(u::text, ' '), '') FROM pgprimer.unit u")


@pytest.mark.parametrize("length", [65536, 131072])
def test_a_password_on_the_border_of_two_pieces_is_hidden(plan, server, length):
    """A long line comes in pieces, and no piece shows a part of it."""
    for part in range(1, len(server.password)):
        plan.add({"hook.sh": f"#!/bin/sh\nhead -c {length - part} /dev/zero | tr '\\0' '.'\necho \"$PGPASSWORD,end\"\n"})
        plan.write(HOOK)
        result = plan.ok(arguments=["--log-format", "json"])
        lines = [json.loads(line) for line in result.err.splitlines()]
        texts = [line["text"] for line in lines if line["event"] == "hook_line"]
        assert "".join(texts) == "." * (length - part) + "***,end", (part, [text[-40:] for text in texts])


def test_plan_knows_the_rows_that_are_inputs(plan):
    plan.sql("CREATE TABLE tenants (name text)")
    plan.write(HOOK + 'inputs_sql = ["SELECT name FROM tenants"]\n', {"hook.sh": COUNT})
    plan.ok("has not run yet", arguments=["plan"])
    plan.ok("has not run yet")
    plan.ok("Nothing to do", arguments=["plan"])
    plan.sql("INSERT INTO tenants VALUES ('a')")
    plan.ok("inputs or the rows of inputs_sql changed", arguments=["plan"])
    plan.ok("inputs or the rows of inputs_sql changed")


def test_arguments_of_several_lines_stay_on_one(plan):
    plan.write('[[step]]\nname = "hook"\nexec = ["sh", "-c", "echo a\\nexit 3"]\n')
    result = plan.exits(1, "echo a\\x0Aexit 3")
    assert "\nexit 3" not in result.err + result.out, result
    assert "\nexit 3" not in plan.ok(arguments=["plan"]).out


def test_an_input_that_is_a_folder(plan):
    plan.write(HOOK + 'inputs = ["src"]\n', {"hook.sh": COUNT, "src/a/b.py": "1"})
    plan.exits(2, '"src" is a folder', 'write "src/**"')
    plan.change('"src"', '"src/**"').ok()
    plan.add({"src/a/b.py": "2"}).ok()
    assert count(plan) == 2


def test_schemas_with_blanks_in_their_names(plan):
    plan.sql('CREATE SCHEMA "My \\S"; CREATE TABLE "My \\S".there (n int)')
    plan.write('[[step]]\nname = "hook"\nexec = ["psql", "-qAtc", "TABLE there; SHOW search_path"]\nsearch_path = ["My \\\\S", "public"]\n')
    plan.ok('"My \\S"')
