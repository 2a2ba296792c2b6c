"""What users get wrong with hooks: the exit status, and the message with its place, cause and next step, word for word."""
from bad_input import HOOK, TARGET, Case, by_name, hold, lay_out

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
