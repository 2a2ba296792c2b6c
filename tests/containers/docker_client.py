"""The Docker client as the tests use it: what a test makes is gone after it. And a PostgreSQL in a container."""
import json
import subprocess
import time
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PASSWORD = "s3cret"
HARDENED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]


def eventually(what, timeout=60.0, interval=0.1, message="it did not happen in time"):
    end = time.monotonic() + timeout
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(message() if callable(message) else message)
        time.sleep(interval)


class Docker:
    """The client, and what a test has made with it."""

    def __init__(self, environment):
        self.environment = environment
        self.made = []  # (kind, name), the last one goes first

    def __call__(self, *arguments, check=True, timeout=600, environment=None, text=None):
        done = subprocess.run(
            ["docker", *map(str, arguments)], env={**self.environment, **(environment or {})}, cwd=ROOT, input=text,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"docker {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
        return done

    def name(self, kind):
        name = f"pgprimer-test-{uuid.uuid4().hex[:10]}"
        self.made.append((kind, name))
        return name

    def network(self):
        name = self.name("network")
        self("network", "create", name)
        return name

    def volume(self):
        name = self.name("volume")
        self("volume", "create", name)
        return name

    def start(self, *arguments):
        """docker run -d; the container's name."""
        name = self.name("container")
        self("run", "-d", "--name", name, *arguments)
        return name

    def run(self, *arguments, timeout=120):
        """docker run to its end; status, stdout, stderr."""
        name = self.name("container")
        return self("run", "--name", name, *arguments, check=False, timeout=timeout)

    def inspect(self, name):
        return json.loads(self("inspect", name).stdout)[0]

    def logs(self, name):
        done = self("logs", name)
        return done.stdout + done.stderr

    def ended(self, name, timeout=60):
        """The exit status of a container, once it has one."""
        return int(self("wait", name, timeout=timeout).stdout)

    def clear(self, down_to=0):
        while len(self.made) > down_to:
            kind, name = self.made.pop()
            if kind == "container":
                self("rm", "-fv", name, check=False)
            elif kind == "image":
                self("rmi", "-f", name, check=False)
            else:
                self(kind, "rm", name, check=False)


class Database:
    """postgres:15 on a network, with a new database for whoever asks."""

    def __init__(self, docker):
        self.docker = docker
        self.network = docker.network()
        self.name = docker.start("--network", self.network, "--network-alias=db", "-e", f"POSTGRES_PASSWORD={PASSWORD}", "postgres:15")
        eventually(lambda: self.psql("postgres", "SELECT 1", check=False).stdout.strip() == "1", message=lambda: docker.logs(self.name))

    def psql(self, database, query, check=True):
        return self.docker("exec", "-e", f"PGPASSWORD={PASSWORD}", self.name, "psql", "-XAtq", "-h", "127.0.0.1", "-U", "postgres", "-d", database, "-c", query,
                           check=check)

    def create(self):
        name = f"d{uuid.uuid4().hex[:10]}"
        self.psql("postgres", f"CREATE DATABASE {name}")
        return name

    def url(self, name, host="db"):
        return f"postgresql://postgres:{PASSWORD}@{host}/{name}"

    @property
    def address(self):
        return self.docker.inspect(self.name)["NetworkSettings"]["Networks"][self.network]["IPAddress"]
