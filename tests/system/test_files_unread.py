"""Files whose stats are as the ledger has them are not read; what stats cannot tell is read."""
import os
import re
import time

from support import execute, minimal_environment

TEXT = """
[[step]]
name = "scripts"
sql = ["s/*.sql"]
[[step]]
name = "schema"
migrations = "m"
[[step]]
name = "hook"
exec = ["./hook.sh"]
inputs = ["in/*"]
"""
FILES = {"s/a.sql": "SELECT 1;", "m/1_one.sql": "CREATE TABLE one ();", "m/2_two.sql": "CREATE TABLE two ();", "in/x": "12", "hook.sh": "#!/bin/sh\n"}


def read(plan, pgprimer):
    """Which of the plan's files a run opens, and what it says."""
    log = plan.folder.parent / "opened"
    environment = minimal_environment(plan.folder) | {"DATABASE_URL": plan.url}
    result = execute(["strace", "-f", "-e", "trace=openat", "-o", log, pgprimer, "run", "--config", plan.folder / "pgprimer.toml"], environment)
    assert result.exit == 0, result
    opened = {name for name in FILES if re.search(rf'openat\(.*/{re.escape(name)}"', log.read_text())}
    return opened, result.out


def settled(plan, files):
    plan.write(TEXT, files)
    time.sleep(2.1)  # a file younger than 2 s may change again within one tick of its time stamp
    plan.ok()
    return plan


def test_nothing_is_read_where_nothing_changed(plan, pgprimer):
    settled(plan, FILES)
    opened, out = read(plan, pgprimer)
    assert opened == set() and "nothing to do" in out and "2 unchanged" in out


def test_a_touched_file_is_read_and_unchanged(plan, pgprimer):
    settled(plan, FILES)
    (plan.folder / "s/a.sql").touch()
    opened, out = read(plan, pgprimer)
    assert opened == {"s/a.sql"} and "nothing to do" in out


def test_other_content_of_the_same_size_and_time_is_noticed(plan, pgprimer):
    settled(plan, FILES)
    path = plan.folder / "in/x"
    before = path.stat()
    path.write_text("21")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    opened, out = read(plan, pgprimer)
    assert "in/x" in opened and re.search(r"hook +exec +done", out)


def test_an_included_file_is_always_looked_at(plan):
    settled(plan, FILES | {"s/a.sql": "\\ir ../i.sql\n", "i.sql": "SELECT 1;"})
    plan.ok("nothing to do")
    plan.add({"i.sql": "SELECT 2;"})
    plan.ok("1 applied")


def test_a_young_file_is_not_trusted(plan, pgprimer):
    plan.write(TEXT, FILES)
    plan.ok()
    assert read(plan, pgprimer)[0] == set(FILES) - {"hook.sh"}


def test_what_is_wrong_with_the_files_is_told_without_a_server(plan):
    plan.write(TEXT, FILES | {"m/02_again.sql": "SELECT 1;"})
    result = plan.run(env={"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/d"})
    assert result.exit == 2 and "2_two.sql" in result.err and "02_again.sql" in result.err, result
