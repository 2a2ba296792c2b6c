"""The folder of the official image: .sh files among the .sql files, what is ignored, what the postgres service has run before."""
import os
import shutil
import subprocess

import pytest

from plans import marker, marks

STEP = '[[step]]\nname = "init"\nsql = ["initdb/*"]\n'
NOTE = 'echo "$(basename "$0") $*" >> notes\n'


def notes(plan):
    path = plan.folder / "notes"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def shell(plan, name, text, executable=False):
    plan.add({f"initdb/{name}": text})
    (plan.folder / "initdb" / name).chmod(0o755 if executable else 0o644)


def test_in_the_order_of_names(plan):
    """What the third writes shows that it ran between the second and the fourth."""
    plan.write(STEP, {"initdb/1.sql": marker(1), "initdb/3.sql": marker(3)})
    count = f'{shutil.which("psql")} -XAtqc "SELECT max(n) FROM mark" >> notes\n'
    shell(plan, "2.sh", count)
    shell(plan, "4.sh", "#!/bin/sh\n" + count, executable=True)
    result = plan.ok()
    assert notes(plan) == ["1", "3"] and marks(plan) == [1, 3], result
    assert plan.states() == {("init", f"initdb/{name}"): "done" for name in ("1.sql", "2.sh", "3.sql", "4.sh")}


def test_once_per_content(plan):
    plan.write(STEP)
    shell(plan, "a.sh", NOTE)
    shell(plan, "b.sh", NOTE)
    plan.ok()
    plan.ok("nothing to do")
    assert notes(plan) == ["a.sh ", "b.sh "]
    shell(plan, "b.sh", NOTE + "# changed\n")
    plan.ok("its content changed")
    assert notes(plan) == ["a.sh ", "b.sh ", "b.sh "]
    plan.ok(arguments=["--force", "init"])
    assert len(notes(plan)) == 5


@pytest.mark.parametrize("rerun,runs", [("once", 1), ("changed", 2), ("always", 3)])
def test_rerun(plan, rerun, runs):
    plan.write(STEP + f'rerun = "{rerun}"\n')
    shell(plan, "a.sh", NOTE)
    plan.ok()
    plan.ok()
    shell(plan, "a.sh", NOTE + "#\n")
    plan.ok()
    assert len(notes(plan)) == runs


def test_executable_ones_are_run_others_are_sourced(plan):
    plan.write(STEP)
    says = "echo how ${BASH_SOURCE[0]##*/} $0 $-\n"
    shell(plan, "1.sh", says)
    shell(plan, "2.sh", "#!/bin/bash\n" + says, executable=True)
    shell(plan, "3.sh", "#!/usr/bin/env bash\n" + says, executable=True)
    shell(plan, "4.sh", says, executable=True)  # without a first line: a shell runs it itself
    shell(plan, "5.sh", "exit 0\necho not reached\n")
    modes = {line["unit"]: line["mode"] for line in plan.json("plan")["actions"]}
    assert [modes[f"initdb/{n}.sh"] for n in range(1, 6)] == ["sourced by /bin/bash", "run", "run", "run by /bin/bash", "sourced by /bin/bash"]
    result = plan.ok()
    where = plan.folder / "initdb"
    lines = [line.split("| how ")[1].split() for line in result.err.splitlines() if "| how " in line]
    assert [line[:2] for line in lines] == [[f"{n}.sh", f"{where}/{n}.sh"] for n in range(1, 5)], result
    assert "e" in lines[0][2] and "E" in lines[0][2] and "e" not in lines[1][2], "sourced under set -E -e, as in the image"
    assert "not reached" not in result.err


def test_what_sourced_files_find(plan):
    """The entrypoint's functions and its older array, with a psql that writes down its arguments."""
    plan.write(STEP)
    shell(plan, "1.sh", 'psql() { printf "<%s> " "$@"; echo; }\ndocker_process_sql -f x.sql\n"${psql[@]}" -c "a b"\n'
                        'echo value > file\nMINE_FILE=file\nfile_env MINE\nfile_env OTHER def\necho "$MINE $OTHER ${MINE_FILE:-unset}"\n'
                        'touch in.sql other.txt\ndocker_process_init_files in.sql other.txt\nfalse | true\necho not reached\n')
    result = plan.exits(1)
    base = "| <-v> <ON_ERROR_STOP=1> <--username> <postgres> <--no-password> <--no-psqlrc> <--dbname> <" + plan.url.rpartition("/")[2] + "> "
    for said in (base + "<-f> <x.sql>", base + "<-c> <a b>", "| value def unset", base + "<-f> <in.sql>", "| ignoring other.txt"):
        assert said in result.err, result
    assert "not reached" not in result.err, "a part of a pipe that fails ends it"


def test_environment(plan, server):
    plan.write(STEP + 'search_path = ["one"]\nlock_timeout = "2s"\nset_role = "a b"\n')
    shell(plan, "1.sh", 'echo "$POSTGRES_USER/$POSTGRES_DB/${POSTGRES_DB_FILE:-none} $PGUSER@$PGHOST:$PGPORT/$PGDATABASE $PGAPPNAME"; echo "$PGOPTIONS"; '
                        '[ "$POSTGRES_PASSWORD" = "$PGPASSWORD" ] && [ -n "$DATABASE_URL" ] && echo "same $PGPASSWORD"; pwd\n')
    name = plan.url.rpartition("/")[2]
    result = plan.ok(f"| postgres/{name}/none postgres@127.0.0.1:{server.port}/{name} pgprimer:", ":init\n", "| same ", f"| {plan.folder}\n",
                     r"| -c search_path=one -c role=a\ b -c lock_timeout=2000", env={"POSTGRES_DB_FILE": os.devnull})
    assert server.password not in result.err


def test_psql_is_this_program(plan, pgprimer):
    plan.write(STEP)
    shell(plan, "1.sh", 'readlink "$(command -v psql)"\ncommand -v psql > where\n')
    plan.ok(f"| {pgprimer}\n")
    assert not os.path.exists((plan.folder / "where").read_text().strip()), "its folder is gone"


@pytest.mark.parametrize("executable", [False, True])
def test_failure(plan, executable):
    plan.write(STEP, {"initdb/2.sql": marker(2)})
    shell(plan, "1.sh", ("#!/bin/sh\n" if executable else "") + NOTE + "echo to err >&2\nexit 3\n", executable)
    result = plan.exits(1, "error: initdb/1.sh: ", "it ended with exit status 3", "to err", "step: init", "under [init]", "pgprimer baseline --step init --all")
    assert plan.states() == {("init", "initdb/1.sh"): "failed"}, result
    plan.ok("initdb/1.sh", "exit status 3", arguments=["status"])
    shell(plan, "1.sh", NOTE)
    plan.ok("failed last time")
    assert plan.states() == {("init", "initdb/1.sh"): "done", ("init", "initdb/2.sql"): "done"} and len(notes(plan)) == 2


def test_newer_content_that_failed_runs_again(plan):
    """It may have done half of its work: not as a script that was rolled back."""
    plan.write(STEP)
    shell(plan, "1.sh", NOTE)
    plan.ok()
    shell(plan, "1.sh", NOTE + "exit 3\n")
    plan.exits(1)
    assert plan.state("init", "initdb/1.sh") == "failed"
    shell(plan, "1.sh", NOTE)
    plan.ok()
    assert len(notes(plan)) == 3


def test_retries_and_timeout(plan):
    plan.write(STEP + "retries = 2\n")
    shell(plan, "1.sh", NOTE + "[ $(wc -l < notes) -ge 3 ]\n")
    plan.ok("trying again (1 of 2)", "trying again (2 of 2)")
    shell(plan, "1.sh", "sleep 30\n")
    plan.write(STEP + 'timeout = "500ms"\n').exits(1, "initdb/1.sh did not end within 500 ms", timeout=15)


def test_carriage_returns_are_told(plan):
    plan.write(STEP)
    shell(plan, "1.sh", "true\r\nfalse\r\n")
    plan.exits(1, "save it with \\n line ends")


@pytest.mark.parametrize("first_line,says", [("#!/nix/sh", 'names an interpreter that does not exist: "/nix/sh"'), ("#!/bin/sh\r", "carriage return"),
                                             ("#!/usr/bin/env nixshell", 'names an interpreter: "nixshell" is not found in PATH')])
def test_without_its_interpreter_nothing_runs(plan, first_line, says):
    plan.write(STEP, {"initdb/1.sql": marker(1)})
    shell(plan, "2.sh", first_line + "\n", executable=True)
    shell(plan, "3.sh", "#!/nix/other\n", executable=True)
    for arguments in (["run"], ["plan"], ["check"]):
        plan.exits(2, says, "/nix/other", arguments=arguments)
    assert plan.sql("SELECT to_regclass('mark') IS NULL AND to_regnamespace('pgprimer') IS NULL") == "t"
    plan.ok(arguments=["baseline", "--step", "init", "--unit", "initdb/2.sh", "--unit", "initdb/3.sh"])
    plan.ok()  # nothing that cannot be started is to be run any more
    assert marks(plan) == [1]


def without(hidden, plan, pgprimer):
    """A run in an image that does not have these shells."""
    hide = " && ".join(f"mount --bind /dev/null {path}" for path in hidden)
    namespace = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*namespace, hide], check=False, capture_output=True).returncode != 0:
        pytest.skip("no mount namespace may be made here")
    command = [*namespace, hide + ' && exec "$@"', "sh", pgprimer, "run", "--config", plan.folder / "pgprimer.toml"]
    return subprocess.run(command, env={"PATH": os.environ["PATH"], "DATABASE_URL": plan.url}, check=False, capture_output=True, text=True, timeout=60)


def test_without_a_shell_nothing_runs(plan, pgprimer):
    plan.write(STEP, {"initdb/1.sql": marker(1)})
    shell(plan, "2.sh", "true\n")
    shell(plan, "3.sh", "true\n", executable=True)
    result = without(["/bin/bash", "/bin/sh"], plan, pgprimer)
    assert result.returncode == 2, result
    assert "there is no shell in this image, neither /bin/bash nor /bin/sh, for initdb/2.sh, initdb/3.sh" in result.stderr, result
    assert plan.sql("SELECT to_regclass('mark') IS NULL AND to_regnamespace('pgprimer') IS NULL") == "t"


def test_any_shell_will_do(plan, pgprimer):
    plan.write(STEP)
    shell(plan, "1.sh", 'psql() { printf "<%s> " "$@"; echo; }\ndocker_process_sql -f x.sql\nfalse\necho not reached\n')
    result = without(["/bin/bash"], plan, pgprimer)
    assert result.returncode == 1 and "sourced by /bin/sh, it ended with exit status 1" in result.stderr, result
    assert "<-v> <ON_ERROR_STOP=1> <--username> <postgres>" in result.stderr and "not reached" not in result.stderr, result


def test_what_the_image_would_ignore(plan):
    plan.write(STEP, {"initdb/1.sql": marker(1), "initdb/README.md": "read", "initdb/notes.txt": "x", "initdb/.hidden": "x"})
    plan.ok("ignoring initdb/README.md, initdb/notes.txt: neither")
    assert plan.states() == {("init", "initdb/1.sql"): "done"} and marks(plan) == [1]
    plan.ok("nothing to do")
    plan.write(STEP.replace("initdb/*", "initdb/*.txt")).exits(1, "initdb/notes.txt:1")  # named, it is a script
    (plan.folder / "initdb" / "1.sql").unlink()
    plan.write(STEP).exits(2, "matches no file that can be run", "initdb/README.md, initdb/notes.txt")


def test_a_folder_that_postgres_ran_before(plan):
    plan.sql("CREATE TABLE t (id int)")
    plan.write(STEP, {"initdb/1.sql": "CREATE TABLE t (id int);\n"})
    plan.exits(1, 'relation "t" already exists', 'table "t" is there already', "the postgres service mounts this folder too", "pgprimer baseline --step init --all")
    plan.ok(arguments=["baseline", "--step", "init", "--all"])
    plan.ok()
    plan.add({"initdb/1.sql": "CREATE TABLE t (id int); -- changed\n"})
    result = plan.exits(1, 'rerun = "once" in step "init"', "pgprimer baseline --step init --unit initdb/1.sql", "CREATE TABLE IF NOT EXISTS t")
    assert "mounts" not in result.err, "it is no first contact any more"


@pytest.mark.parametrize("before,script,says", [
    ("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1);", ["a row with Key (id)=(1)", "INSERT INTO t ... ON CONFLICT DO NOTHING"]),
    ("CREATE TABLE t (id int, a int)", "ALTER TABLE t\n  ADD COLUMN a int;", ['column "a" of relation "t" is there already', "ALTER TABLE t ADD COLUMN IF NOT EXISTS a"]),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE FUNCTION f() RETURNS int\nLANGUAGE sql AS 'SELECT 1';", ["CREATE OR REPLACE FUNCTION f"]),
    ("CREATE TABLE t (n int)", "DO $$ BEGIN\n  CREATE TABLE t (n int);\nEND $$;", ['table "t" is there already', "CREATE TABLE IF NOT EXISTS t"]),
    ("SELECT 1", "CREATE ROLE postgres;", ['role "postgres" is there already', "DO $$ BEGIN CREATE ROLE postgres", "[[step.ensure.role]]"]),
])
def test_a_script_that_does_not_run_twice(plan, before, script, says):
    plan.sql(before)
    plan.write('[[step]]\nname = "s"\nsql = ["a.sql"]\n', {"a.sql": script})
    plan.exits(1, *says, "pgprimer baseline --step s --unit a.sql", 'rerun = "once" in step "s"')
