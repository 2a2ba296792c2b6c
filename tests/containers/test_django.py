"""The Django project and its plan, in the application's own image beside postgres:15: primed, found primed, killed in the middle."""
import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from docker_client import HERE, PASSWORD, ROOT, eventually

sys.path.insert(1, str(ROOT / "tests/system"))

from django_project import HOOKS, virtual_environment  # noqa: E402

FILE = HERE / "django/compose.yaml"


class Project:
    """A Compose project with volumes of its own."""

    def __init__(self, docker, environment):
        self.docker, self.environment = docker, environment
        self.name = f"pgprimer-test-{uuid.uuid4().hex[:8]}"

    def __call__(self, *arguments, **options):
        return self.docker("compose", "-f", FILE, "-p", self.name, "--ansi=never", *arguments, environment=self.environment, **options)

    def container(self, service):
        return self("ps", "-aq", service).stdout.strip()

    def state(self, service):
        """(state, exit status) of a service's container."""
        lines = [json.loads(line) for line in self("ps", "-a", "--format=json", service).stdout.splitlines()]
        return (lines[0]["State"], lines[0]["ExitCode"]) if lines else ("", None)

    def said(self, service):
        """What the service's container has said in all of its runs."""
        done = self("logs", "--no-log-prefix", service)
        return done.stdout + done.stderr

    def starts(self):
        """The arguments after manage.py of each start of Python by a hook."""
        log = self("run", "--rm", "--no-deps", "-T", "--entrypoint=cat", "primer", "/starts/log").stdout
        return [line.removeprefix("manage.py ") for line in log.splitlines()]

    def psql(self, query, check=True):
        return self("exec", "-T", "-e", f"PGPASSWORD={PASSWORD}", "db", "psql", "-XAtq", "-h", "127.0.0.1", "-U", "postgres", "-d", "meats", "-c", query,
                    check=check).stdout.strip()


@pytest.fixture
def project(docker, image):
    packages = next(virtual_environment().parent.parent.glob("lib/python3*/site-packages"))
    made = Project(docker, {"APPLICATION": docker.name("image"), "PGPRIMER": image, "PACKAGES": str(packages)})
    yield made
    made("down", "-v", "--remove-orphans", check=False)


def assert_primed(project):
    assert project.state("primer") == ("exited", 0), project.said("primer")
    assert project.docker.ended(project.container("tests")) == 0, project.said("tests")
    tables = project.psql("SELECT schemaname, count(*) FROM pg_tables WHERE schemaname LIKE '%tenant' AND tablename ~ '^(suppliers|customers|orders)' GROUP BY 1 ORDER BY 1")
    assert tables.splitlines() == ["second_tenant|4", "test_tenant|4"]
    for schema in ("test_tenant", "second_tenant"):
        assert project.psql(f"SELECT code FROM {schema}.suppliers_supplier") == "HOUSE"
    assert int(project.psql("SELECT count(*) FROM carriers_carrier")) > 0


def test_up_builds_everything_and_the_second_up_starts_no_python(project):
    project("up", "-d", "--build", timeout=1200)
    assert_primed(project)
    assert project.starts() == HOOKS
    assert project.said("tests").count("smoke passed") == 2
    first = project.said("primer")
    assert "nothing to do" not in first

    project("up", "-d", "--build")
    assert_primed(project)
    assert project.starts() == HOOKS
    assert project.said("tests").count("smoke passed") == 4
    second = project.said("primer").removeprefix(first)
    assert "nothing to do: primed" in second, second
    assert PASSWORD not in first + second


def test_killed_in_a_hook_it_ends_the_same_when_started_again(project, executable):
    project("build", "primer", timeout=1200)
    project("up", "-d", "db")
    eventually(lambda: project.psql("SELECT 1", check=False) == "1", message=lambda: project.said("db"))
    # The first hook makes this table, too: it stands until this transaction is over.
    project("exec", "-d", "db", "psql", "-XU", "postgres", "-d", "meats", "-c", "BEGIN; CREATE TABLE public.carriers_carrier (); SELECT pg_sleep(600)")
    eventually(lambda: project.psql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND wait_event = 'PgSleep'") == "1")

    with ThreadPoolExecutor() as pool:
        up = pool.submit(project, "up", "-d", check=False)
        eventually(lambda: project.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE TABLE%'") == "1",
                   message=lambda: project.said("primer"))
        project("kill", "-s", "KILL", "primer")
        assert up.result().returncode != 0
    assert project.state("primer") == ("exited", 137)
    assert project.state("tests")[0] in ("", "created")
    assert project.starts() == HOOKS[:1]
    project.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()")

    project("up", "-d", timeout=300)
    assert_primed(project)
    assert project.starts() == HOOKS[:1] + HOOKS
