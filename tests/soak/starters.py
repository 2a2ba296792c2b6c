"""Many at once: one works, the others wait and say for whom, none longer than it may."""
import signal
import threading
import time

import reference
from arena import Wrong, eventually
from crashes import at_any_moment
from proxies import came_through
from support import Session

LOCK = 60.0  # seconds, as the configuration says


def all_end(arena, started, *statuses):
    for process in started:
        arena.ends(process, *statuses, timeout=LOCK + 30)
        if "deadlock" in process.err:
            raise Wrong(f"a deadlock: {process.err}")


def at_once(arena, number, rng):
    """50 on an empty database, 50 with half the history, 20 while files are added and changed, 30 of which some are killed or stopped."""
    arena.write()
    arena.reset()
    how = ["empty", "half", "changing files", "some killed"][number % 4]
    if how == "half":
        half = rng.randrange(10, reference.COUNT)  # what the plan expects is there
        for version in reference.VERSIONS[half:]:
            (arena.folder / f"plan/m/{version}_m.up.sql").unlink()
        arena.ends(arena.start())
        arena.write()
    if how == "changing files":
        return changing(arena, rng)
    if how == "some killed":
        return some_killed(arena, rng)
    all_end(arena, [arena.start() for _ in range(50)])
    arena.settle()
    return how


def some_killed(arena, rng):
    started = [arena.start() for _ in range(30)]
    doomed = {process: rng.choice([signal.SIGKILL, signal.SIGTERM]) for process in rng.sample(started, 15)}
    for process, number in doomed.items():
        time.sleep(rng.uniform(0, arena.duration / 4))
        if process.running:
            process.signal(number)
    all_end(arena, [process for process in started if process not in doomed], 0, 5)
    all_end(arena, list(doomed), 0, 5, -signal.SIGKILL, 128 + signal.SIGTERM)
    return "some killed" + (", asked" if arena.settle() else "")


MORE = 8


def changing(arena, rng):
    """Versions are added, and a script that runs at each change changes. A file that changed under a run's hands may be that run's error."""
    plan = arena.folder / "plan"

    def put(name, content):
        (plan / "new").write_text(content)
        (plan / "new").rename(plan / name)

    put("pgprimer.toml", reference.CONFIGURATION + '[[step]]\nname = "again"\nsql = ["again.sql"]\n')
    put("again.sql", "CREATE OR REPLACE VIEW again AS SELECT 0 AS n;\n")

    def change():
        for number in range(1, MORE + 1):
            time.sleep(rng.uniform(0, arena.duration / 2))
            version = f"{reference.COUNT + number:03}"
            concurrently = f"CREATE INDEX CONCURRENTLY more_{version} ON item (price);\n" if number % 3 == 0 else ""
            put(f"m/{version}_m.up.sql", reference.mark(f"mark_{version}", number) + concurrently)
            put("again.sql", f"CREATE OR REPLACE VIEW again AS SELECT {number} AS n;\n")

    changes = threading.Thread(target=change)
    changes.start()
    started = []
    for _ in range(20):
        started.append(arena.start())
        time.sleep(rng.uniform(0, arena.duration / 5))
    changes.join()
    all_end(arena, started, 0, 1, 2, 5)
    for process in started:
        if process.wait().exit and "changed" not in process.err:
            raise Wrong(f"it failed, and not because of a file that has changed: {process.err}")
    arena.ends(arena.start())
    arena.has_nothing_to_do()
    found = arena.state()
    for number in range(1, MORE + 1):
        if arena.sql(f"SELECT count(*) FROM mark_{reference.COUNT + number:03}") != "1":
            raise Wrong(f"version {reference.COUNT + number} did not run exactly once")
    arena.reset()
    arena.ends(arena.start())
    expected = arena.state()
    for path in (plan / "m").glob("*"):
        if int(path.name[:3]) > reference.COUNT:
            path.unlink()
    arena.write()
    if found != expected:
        arena.differs(expected, found, "the end is another than by one run over the last files")
    return "changing files"


def frozen(arena, _, rng):
    """A starter gets SIGSTOP: where it has the lock, the others say who has it and since when, and end with status 4 at their deadline."""
    holder = at_any_moment(arena, rng)
    holder.signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        waiting = [arena.start(env={"PGPRIMER_LOCK_WAIT": "1s"}) for _ in range(4)]
        results = [arena.ends(process, 0, 4, 5, timeout=20) for process in waiting]
        if time.monotonic() - begun > 10:
            raise Wrong(f"they waited longer than a second: {results}")
        for result in results:
            if result.exit == 4 and not ("pid " in result.err and ", since " in result.err and "[lock] wait" in result.err):
                raise Wrong(f"it is not said who has the lock, and since when: {result}")
    finally:
        holder.signal(signal.SIGCONT)
    arena.ends(holder, 0, 1, 5)
    arena.settle()
    return "told" if any(result.exit == 4 for result in results) else "not held"


def overtaken(arena, number, rng):
    """A starter gets SIGSTOP and loses its sessions, or the server crashes; another one goes on, and in the midst of that the first wakes up."""
    frozen = at_any_moment(arena, rng)
    frozen.signal(signal.SIGSTOP)
    try:
        if number % 3 == 2:
            arena.crash()
        else:
            arena.server.kill_backends("application_name LIKE 'pgprimer%'" + (" AND application_name LIKE '%lock%'" if number % 3 else ""))
        second = arena.start()
        time.sleep(rng.uniform(0, arena.duration))
    finally:
        frozen.signal(signal.SIGCONT)
    for process in (second, frozen):
        result = arena.ends(process, 0, 1, 5)
        if result.exit != 5:  # else one answer is enough, and the next start asks for it
            came_through(arena, result)
    arena.settle()
    return ["all sessions", "the lock's session", "server crashed"][number % 3]


SLEEPS = {
    "whole": "SELECT pg_sleep(1.5);\n",
    "stepwise": "VACUUM called;\nSELECT pg_sleep(1.5);\n",
    "index": "CREATE INDEX CONCURRENTLY slow ON item (price);\n",
}


def orphan(arena, number, rng):
    """kill -9 of a starter whose backend works on: the next one waits for that, and nothing runs twice."""
    how = list(SLEEPS)[number % 3]
    last = arena.folder / f"plan/m/{reference.COUNT:03}_m.up.sql"
    arena.write()
    arena.reset()
    last.write_text(reference.mark(f"mark_{reference.COUNT:03}", reference.COUNT) + SLEEPS[how])
    words = SLEEPS[how].splitlines()[-1][:20]
    others = Session(arena.url)
    try:
        if how == "index":
            first = arena.start()
            eventually(lambda: arena.sql("SELECT to_regclass('t_021')") or not first.running, timeout=60)
            others.do("BEGIN; INSERT INTO item VALUES (5000)")
        else:
            first = arena.start()
        eventually(lambda: not first.running or arena.sql(f"SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE '{words}%'"),
                   timeout=60, interval=0.01)
        time.sleep(rng.uniform(0, 0.3))
        first.kill()
        following = arena.start()
        time.sleep(0.5)
        if how == "index":
            others.do("ROLLBACK")
        result = arena.ends(following, 0)
    finally:
        others.close()
    if first.wait().exit == -signal.SIGKILL and "still goes on in the server" not in result.err:
        raise Wrong(f"it did not wait for the work of the one that was killed: {result}")
    arena.check_marks(arena.sql(arena.reference.marks_sql()))
    arena.has_nothing_to_do()
    arena.write()
    return how
