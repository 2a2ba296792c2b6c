"""What the tests of bad input share: cases, and what holds for every message."""
from dataclasses import dataclass, field
from textwrap import dedent

import pytest

NOWHERE = "postgresql://app:hunter2secret@127.0.0.1:1/app"  # nobody listens: what is told without a server is told before connecting
TARGET = '[target]\nurl = "${DATABASE_URL}"\n'
STEP = TARGET + '[[step]]\nname = "a"\nsql = ["a.sql"]\n'
MIGRATIONS = TARGET + '[[step]]\nname = "m"\nmigrations = "m"\n'
HOOK = TARGET + '[[step]]\nname = "h"\nexec = ["./hook.sh", "x"]\n'


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


def tell(run, folder, case):
    """Runs a case that needs no server."""
    lay_out(folder, case.plan, case.files)
    hold(run(case.args, {"DATABASE_URL": NOWHERE, **case.env}, folder), folder, case.exit, case.says)
