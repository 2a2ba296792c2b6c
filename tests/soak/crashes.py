"""What ends at any moment: pgprimer, its sessions, the server."""
import os
import signal
import time

from arena import Wrong, eventually
from proxies import came_through, ends_after

LATE_WRITER = {"wal_writer_delay": "10s"}  # so that commits that nobody waited for are lost in a crash
READY = {"PGPRIMER_ANNOUNCE_READY_FILE": "ready"}


def at_any_moment(arena, rng, env=None):
    """A run that has begun so long ago and is not over; one that is begins again. The time that a run takes is followed."""
    while True:
        arena.reset()
        process = arena.start(env=env)
        time.sleep(rng.uniform(0, arena.duration))
        arena.duration *= 1.01 if process.running else 0.9
        if process.running:
            return process


def kill(arena, _, rng):
    """kill -9 of pgprimer."""
    process = at_any_moment(arena, rng)
    if process.kill().exit != -signal.SIGKILL:
        return "over before"
    return "killed, asked" if arena.settle() else "killed"


def ended(arena, process, what):
    return f"{what}, {ends_after(arena, arena.ends(process, 0, 1, 5))}"


def backend(arena, number, rng):
    """One of pgprimer's sessions is terminated, or all are, or one gets kill -9 and takes the whole server with it for a moment."""
    process = at_any_moment(arena, rng)
    pids = arena.server.psql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgprimer%'").split()
    if not pids:
        return ended(arena, process, "no session")
    how = ["terminated", "all terminated", "terminated", "killed"][number % 4]
    pid = rng.choice(pids)
    if how == "killed":
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            how = "over before"
        arena.is_up()
    else:
        arena.server.kill_backends("application_name LIKE 'pgprimer%'" if how == "all terminated" else f"pid = {pid}")
    return ended(arena, process, how)


def stop(arena, _, rng):
    """pg_ctl stop -m immediate, then start."""
    process = at_any_moment(arena, rng)
    arena.crash()
    return ended(arena, process, "stopped")


def durable(arena, number, rng):
    """The server crashes right after the announcement; every other time a backend has been killed before among asynchronous commits. All is there."""
    ready = arena.folder / "plan/ready"
    ready.unlink(missing_ok=True)
    process = at_any_moment(arena, rng, READY)
    what = "announced"
    if number % 2:
        pids = arena.server.psql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgprimer%'").split()
        if pids and not ready.exists():
            os.kill(int(rng.choice(pids)), signal.SIGKILL)
            what = "killed before"
    eventually(lambda: ready.exists() or not process.running, timeout=60, interval=0.001)
    if not ready.exists():
        result = arena.ends(process, 1, 5)
        what += ", " + came_through(arena, result)
        process = arena.start(env=READY)
        eventually(lambda: ready.exists() or not process.running, timeout=60, interval=0.001)
        if not ready.exists():
            raise Wrong(f"no announcement: {process.err}")
    arena.crash()
    process.wait(60)
    arena.check()
    arena.has_nothing_to_do()
    return what
