"""A Docker engine, the image as compose.yaml builds it, and containers that are gone after the test."""
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from docker_client import HERE, Database, Docker  # noqa: E402
from podman_client import Podman  # noqa: E402


@pytest.fixture(scope="session")
def engine():
    """The environment in which docker finds an engine. It is stopped afterwards where this has started it."""
    running = subprocess.run([HERE / "engine", "status"], capture_output=True, text=True).stdout.startswith("pid")
    started = subprocess.run([HERE / "engine", "start"], capture_output=True, text=True)
    if started.returncode == 3:
        pytest.skip("NO DOCKER ENGINE CAN BE STARTED HERE, nothing about containers is tested:\n" + started.stderr)
    assert started.returncode == 0, started.stderr
    environment = dict(os.environ)
    for line in started.stdout.splitlines():
        name, _, value = shlex.split(line)[1].partition("=")
        environment[name] = value
    yield environment
    if not running:
        subprocess.run([HERE / "engine", "stop"], capture_output=True)


@pytest.fixture(scope="session")
def shared(engine):
    """What several tests share; ended after the last."""
    client = Docker(engine)
    subprocess.run([HERE / "base-images"], env=engine, check=True)
    yield client
    client.clear()


@pytest.fixture(scope="session")
def image(shared):
    """pgprimer's image, built as `docker compose up --build` builds it; or the one that PGPRIMER_IMAGE names."""
    if os.environ.get("PGPRIMER_IMAGE"):
        return os.environ["PGPRIMER_IMAGE"]
    shared("compose", "build", "primer", timeout=3600)
    return "pgprimer:latest"  # without a tag, `docker save` would take every one


@pytest.fixture(scope="session")
def executable(shared, image):
    """`docker exec` finds the container's own files. It does not where the engine itself runs in a chroot."""
    container = shared.start(image, "wait", "tcp://127.0.0.1:1", "--timeout", "60s")
    tried = shared("exec", container, "/pgprimer", "version", check=False)
    if tried.returncode != 0:
        pytest.skip(f"`docker exec` DOES NOT WORK HERE: {tried.stdout}{tried.stderr}")


@pytest.fixture(scope="session")
def podman(shared, image, tmp_path_factory):
    installed = subprocess.run([HERE / "engine", "podman"], capture_output=True, text=True)
    if installed.returncode == 3:
        pytest.skip("PODMAN CANNOT BE INSTALLED HERE:\n" + installed.stderr)
    saved = subprocess.run(["docker", "save", image], env=shared.environment, stdout=subprocess.PIPE, check=True).stdout
    client = Podman(tmp_path_factory.mktemp("podman"), saved)
    yield client
    client.clear()


@pytest.fixture
def docker(shared):
    before = len(shared.made)
    yield shared
    shared.clear(before)


@pytest.fixture(scope="session")
def database(shared):
    return Database(shared)
