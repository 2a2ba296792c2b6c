"""What users get wrong with files and their rights: the exit status, and the message with its place, cause and next step, word for word."""
import gzip
import lzma
import os
import shutil
import subprocess

import pytest

from bad_input import HOOK, MIGRATIONS, NOWHERE, STEP, TARGET, Case, by_name, hold, lay_out, tell
from support import execute, minimal_environment

PACKED = TARGET + '[[step]]\nname = "a"\nsql = ["b.sql.{}"]\n'
FILES = [
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
        error: pgprimer.toml:5:8: "{folder}/b.sql.gz" is no archive, though its name ends in .gz
            sql = ["b.sql.gz"]
                   ^
          step: a
          hint: take that off its name, or pack it
        """, PACKED.replace("{}", "gz"), {"b.sql.gz": "SELECT 1;"}),
]


@by_name(FILES)
def test_file(run, folder, case):
    tell(run, folder, case)


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


def test_a_ready_file_on_a_read_only_file_system(run, database, folder):
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", disk], capture_output=True, check=False).returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        lay_out(folder, STEP + f'[announce]\nready_file = "{disk}/ready"\n', {"a.sql": "CREATE TABLE t ();"})
        hold(run(["run"], {"DATABASE_URL": database}, folder), folder, 2, """
            error: the ready file could not be written at the end: "{folder}/disk/ready" cannot be written: Read-only file system
              hint: [announce] ready_file is to name a file in a folder that is there and writable for us; under a read-only root mount a tmpfs there
            """)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_ready_file_where_there_is_no_folder(run, database, folder):
    lay_out(folder, STEP + '[announce]\nready_file = "/nix/ready"\n', {"a.sql": "CREATE TABLE t ();"})
    hold(run(["run"], {"DATABASE_URL": database}, folder), folder, 2, """
        error: the ready file could not be written at the end: "/nix/ready" cannot be written: No such file or directory
          hint: [announce] ready_file is to name a file in a folder that is there and writable for us; under a read-only root mount a tmpfs there
        """)


def test_a_link_to_nothing(plan):
    """A script that is not there is missed, by a glob, too; a program's tree, of which a hook's fingerprint is made, may have such links."""
    plan.write(TARGET + '[[step]]\nname = "a"\nsql = ["initdb/*.sql"]\n[[step]]\nname = "h"\nexec = ["true"]\ninputs = ["app/**"]\n', {
        "initdb/1.sql": "SELECT 1;", "app/manage.py": ""})
    (plan.folder / "app/.lock").symlink_to("user@host:1")
    (plan.folder / "app/lock").symlink_to("user@host:1")
    plan.ok()
    (plan.folder / "initdb/2.sql").symlink_to("gone.sql")
    result = plan.exits(2, 'initdb/2.sql" is a link to what is not there', "hint: look at what it points to, and whether that is mounted, too; or remove the link")
    assert "pgprimer.toml:5:8" in result.err, result
