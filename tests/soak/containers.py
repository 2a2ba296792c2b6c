"""pgprimer's own container, restarted in the middle: `docker restart`, or `docker kill` and `docker start`."""
import contextlib
import io
import os
import shlex
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from arena import Wrong
from proxies import came_through
from support import Result, binary

HERE = Path(__file__).resolve().parents[1] / "containers"
sys.path.insert(0, str(HERE))
from docker_client import Docker  # noqa: E402


class Skipped(Exception):
    """This cannot be tried here, and why."""


@contextlib.contextmanager
def engine():
    """An engine for the time being, in the environment of this process."""
    running = subprocess.run([HERE / "engine", "status"], capture_output=True, text=True).stdout.startswith("pid")
    started = subprocess.run([HERE / "engine", "start"], capture_output=True, text=True)
    if started.returncode != 0:
        raise Skipped(f"NO DOCKER ENGINE CAN BE STARTED HERE: {started.stderr.strip()}")
    for line in started.stdout.splitlines():
        name, _, value = shlex.split(line)[1].partition("=")
        os.environ[name] = value
    try:
        yield
    finally:
        if not running:
            subprocess.run([HERE / "engine", "stop"], capture_output=True)


class Restarts:
    def __init__(self):
        self.docker, self.image = Docker(dict(os.environ)), None

    def close(self):
        self.docker.clear()

    def build(self, arena):
        """As the image's last stage is, with the plan in it."""
        self.image = self.docker.name("image")
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(binary(), "pgprimer")
            tar.add(arena.folder / "plan", "plan")
            folder = tarfile.TarInfo("run/pgprimer")
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(folder)
        archive = arena.folder / "image.tar"
        archive.write_bytes(packed.getvalue())
        changes = ['ENTRYPOINT ["/pgprimer"]', "USER 65532:65532", "WORKDIR /plan"]
        self.docker("import", *[word for change in changes for word in ("--change", change)], archive, self.image)

    def __call__(self, arena, number, rng):
        if not self.image:
            self.build(arena)
        kept = len(self.docker.made)
        try:
            name = self.at_any_moment(arena, rng)
            if number % 2:
                self.docker("kill", name, check=False)
                self.docker("start", name)
            else:
                self.docker("restart", "-t", "5", name)
            how = self.came_through(arena, name)
        finally:
            self.docker.clear(kept)
        arena.settle()
        return f"{'killed' if number % 2 else 'restarted'}, {how}"

    def at_any_moment(self, arena, rng):
        """A container that runs; one that is over begins again."""
        while True:
            arena.reset()
            name = self.docker.name("container")
            self.docker("create", "--name", name, "--network", "host", "--read-only", "--tmpfs", "/run/pgprimer:mode=1777",
                        "-e", f"DATABASE_URL={arena.url}", "-e", "PRIMER=/pgprimer", self.image)
            self.docker("start", name)
            time.sleep(rng.uniform(0, arena.duration))
            running = self.docker.inspect(name)["State"]["Running"]
            arena.duration *= 1.01 if running else 0.9
            if running:
                return name

    def came_through(self, arena, name):
        result = Result(self.docker.ended(name), "", self.docker.logs(name))
        if result.exit not in (0, 1, 5):
            raise Wrong(f"the container ended with {result}")
        return came_through(arena, result)
