"""What ends at any moment: pgprimer, its sessions, the server."""
import os
import re
import signal
import time

from arena import Wrong, eventually
from proxies import SIDES, Proxy, came_through, ends_after

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


def sessions(arena):
    return arena.server.psql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgprimer%'").split()


def kill_session(arena, rng):
    """kill -9 of one backend of pgprimer's, at which the server ends all the others; whether there was one."""
    try:
        os.kill(int(rng.choice(sessions(arena))), signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        return False
    arena.is_up()
    return True


def backend(arena, number, rng):
    """One of pgprimer's sessions is terminated, or all are, or one gets kill -9 and takes the whole server with it for a moment."""
    process = at_any_moment(arena, rng)
    how = ["terminated", "all terminated", "terminated", "killed"][number % 4]
    if how == "killed":
        there = kill_session(arena, rng)
    else:
        pids = sessions(arena)
        there = pids and arena.server.kill_backends("application_name LIKE 'pgprimer%'" if how == "all terminated" else f"pid = {rng.choice(pids)}")
    return ended(arena, process, how if there else "no session")


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
    killed = number % 2 and not ready.exists() and kill_session(arena, rng)
    eventually(lambda: ready.exists() or not process.running, timeout=60, interval=0.001)
    if not ready.exists():
        came_through(arena, arena.ends(process, 1, 5))
        process = arena.start(env=READY)
        eventually(lambda: ready.exists() or not process.running, timeout=60, interval=0.001)
        if not ready.exists():
            raise Wrong(f"no announcement: {process.err}")
    arena.crash()
    process.wait(60)
    if arena.sql("SELECT count(*) FROM pgprimer.primed") != "1":
        raise Wrong("what was announced is not recorded")
    arena.check()
    arena.has_nothing_to_do()
    return "killed before" if killed else "announced"


def one_of_many(arena, rng):
    """A run that meets with something, on what the one before it has left; or with a file that fails, and is mended afterwards."""
    broken = None
    if rng.random() < 0.3:
        broken = arena.folder / "plan" / rng.choice([name for name in arena.reference.files if name.endswith(".sql") and "hook" not in name])
        whole = broken.read_text()
        broken.write_text(whole + "SELECT 1 / 0;\n")
    side = rng.choice(SIDES)
    cut = [f"--cut-after-messages={side}:{rng.randrange(1000)}", *rng.choice([[], ["--reset"], ["--cut-all"]])]
    with Proxy(arena, "--once", *(cut if rng.random() < 0.4 else [])) as proxy:
        process = arena.start(url=proxy.url)
        time.sleep(rng.uniform(0, arena.duration))
        how = rng.choice(["nothing", "kill", "kill", "stop", "terminate", "session", "crash"])
        if how in ("kill", "stop"):
            process.signal(signal.SIGKILL if how == "kill" else signal.SIGTERM)
        elif how == "terminate":
            arena.server.kill_backends("application_name LIKE 'pgprimer%'")
        elif how == "session":
            kill_session(arena, rng)
        elif how == "crash":
            arena.crash()
        result = arena.ends(process, 0, 1, 5, -signal.SIGKILL, 128 + signal.SIGTERM, -signal.SIGTERM)
        if result.exit == -signal.SIGTERM and result.err:  # in its first millisecond nothing handles it
            raise Wrong(f"a stop that was not handled: {result}")
    if broken:
        broken.write_text(whole)
        if result.exit == 1 and "division by zero" in result.err or result.exit == 5 and re.search("changed (since|after)", result.err):
            return
    if result.exit == 5 and rng.random() < 0.5:
        repair = arena.start(*arena.way_on(result))
        time.sleep(rng.uniform(0, 0.1))
        repair.kill()
    elif result.exit >= 0 and result.exit < 128:
        came_through(arena, result)


def mixed(arena, _, rng):
    """Several faults, each of which meets what the one before it has left."""
    arena.reset()
    count = rng.randrange(2, 7)
    for _ in range(count):
        one_of_many(arena, rng)
    return f"{count} faults" + (", asked" if arena.settle() else "")
