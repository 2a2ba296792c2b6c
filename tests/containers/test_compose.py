"""compose.yaml and the sample plan, as somebody tries them first."""
import json
import re
import subprocess
import uuid

import pytest

from docker_client import ROOT, eventually


class Project:
    def __init__(self, docker):
        self.docker = docker
        self.name = f"pgprimer-test-{uuid.uuid4().hex[:8]}"

    def __call__(self, *arguments, **options):
        return self.docker("compose", "-p", self.name, "--ansi=never", *arguments, **options)

    def status(self, service):
        """(state, exit status) of a service's container."""
        lines = [json.loads(line) for line in self("ps", "-a", "--format=json", service).stdout.splitlines()]
        return (lines[0]["State"], lines[0]["ExitCode"]) if lines else ("", None)

    def up(self, folder):
        """`docker compose up --build`, until `tests` has ended; what it printed. The database stays, so it does not end by itself."""
        log = folder / f"up-{uuid.uuid4().hex[:6]}.log"
        with log.open("w") as out:
            process = subprocess.Popen(["docker", "compose", "-p", self.name, "--ansi=never", "up", "--build"], cwd=ROOT, env=self.docker.environment,
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
            try:
                def over():
                    if process.poll() is not None:
                        return True
                    return re.search(r"tests-1 +exited", log.read_text())
                eventually(over, timeout=1800, interval=0.3, message=lambda: log.read_text()[-8000:])
            finally:
                self("stop")
                process.wait(60)
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", log.read_text())


@pytest.fixture
def project(docker, image):
    made = Project(docker)
    yield made
    made("down", "-v", "--remove-orphans", check=False)


def lines_of(service, text):
    return [line.partition("|")[2].strip() for line in text.splitlines() if line.startswith(f"{service}-1 ")]


def test_up_primes_then_lets_the_tests_go_and_does_nothing_the_second_time(project, tmp_path):
    first = project.up(tmp_path)
    assert project.status("primer") == ("exited", 0), first
    assert project.status("tests") == ("exited", 0), first
    said = "\n".join(lines_of("tests", first))
    assert "Heron Freight" in said and re.search(r"schema +. 004 +. done", said) and "primed" in said, first

    second = project.up(tmp_path)
    assert project.status("primer") == ("exited", 0), second
    assert project.status("tests") == ("exited", 0), second
    assert "Heron Freight" in "\n".join(lines_of("tests", second))
    assert "unchanged" in "\n".join(lines_of("primer", second)), second
    assert "003_backfill.sql" not in "\n".join(lines_of("primer", second)), second


def test_tests_do_not_start_where_priming_fails(project, tmp_path):
    override = tmp_path / "broken.yaml"
    override.write_text('services:\n  primer:\n    environment: { DATABASE_URL: "postgresql://postgres:wrong@db/app" }\n')
    done = project("-f", ROOT / "compose.yaml", "-f", override, "up", "-d", check=False)
    assert done.returncode != 0
    assert project.status("primer") == ("exited", 6), project("logs", "primer").stdout
    assert project.status("tests")[0] in ("", "created")
    assert "wrong" not in project("logs", "primer").stdout.replace("wrong password", "")
