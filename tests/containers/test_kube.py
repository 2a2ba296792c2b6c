"""The primer as the init container of an application's Pod, in `podman play kube`; the server stands apart, as it does in a cluster."""
import json
import subprocess
import uuid

import pytest

from docker_client import PASSWORD, eventually

# Kubernetes runs init containers again when it starts a Pod again; podman does only if it is told to. The engine's network is the host's.
MANIFEST = """
apiVersion: v1
kind: ConfigMap
metadata: {{ name: {pod}-plan }}
data:
  pgprimer.toml: |
    [target]
    url = "${{DATABASE_URL}}"
    [[step]]
    name = "tables"
    sql = ["plan.sql"]
    [[step]]
    name = "what takes time"
    sql = ["slow.sql"]
  plan.sql: "CREATE TABLE made (id int, at timestamptz);"
  slow.sql: "{slow}"
  app.sql: "CREATE TABLE app AS SELECT count(*) AS saw, max(at) < clock_timestamp() AS after FROM made;"
---
apiVersion: v1
kind: Pod
metadata: {{ name: {pod}, annotations: {{ io.podman.annotations.init.container.type: always }} }}
spec:
  restartPolicy: Never
  hostNetwork: true
  initContainers:
    - name: primer
      image: {image}
      imagePullPolicy: Never
      args: [run, --config, /plan/pgprimer.toml]
      env: [{{ name: DATABASE_URL, value: "{url}" }}]
      securityContext: {{ runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {{ drop: [ALL] }} }}
      volumeMounts: [{{ name: plan, mountPath: /plan }}]
  containers:
    - name: app
      image: {image}
      imagePullPolicy: Never
      args: [sql, --database-url, "{url}", /plan/app.sql]
      volumeMounts: [{{ name: plan, mountPath: /plan }}]
  volumes: [{{ name: plan, configMap: {{ name: {pod}-plan }} }}]
"""
SLOW = "SELECT pg_sleep(3); INSERT INTO made VALUES (1, clock_timestamp());"
ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND wait_event = 'PgSleep'"
NEVER = "0001-01-01T00:00:00Z"


class Pod:
    """A database and a Pod whose app wants it primed."""

    def __init__(self, podman, database, file, slow):
        self.podman, self.server = podman, database
        self.name, self.file, self.database = f"pgprimer-test-{uuid.uuid4().hex[:8]}", file, database.create()
        url = database.url(self.database, database.address)
        self.file.write_text(MANIFEST.format(pod=self.name, image=podman.image, url=url, slow=slow))

    def play(self):
        """podman play kube, which comes back when the init containers have ended."""
        return subprocess.Popen(["podman", "play", "kube", self.file], env=self.podman.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def state(self, container):
        return json.loads(self.podman("inspect", f"{self.name}-{container}").stdout)[0]["State"]

    def said(self, container):
        done = self.podman("logs", f"{self.name}-{container}", check=False)
        return done.stdout + done.stderr

    def psql(self, query):
        return self.server.psql(self.database, query).stdout.strip()

    def until_asleep(self):
        eventually(lambda: self.psql(ASLEEP.format(self.database)) == "1", timeout=30, message=lambda: self.said("primer"))


@pytest.fixture
def pod(podman, database, tmp_path):
    made = []

    def make(slow=SLOW):
        made.append(Pod(podman, database, tmp_path / f"{len(made)}.yaml", slow))
        return made[-1]
    yield make
    for each in made:
        podman("play", "kube", "--down", each.file, check=False)
        podman("volume", "rm", f"{each.name}-plan", check=False)


def ended(play):
    out, err = play.communicate(timeout=60)
    return play.returncode, out + err


def test_the_app_starts_when_the_plan_is_done_and_not_before(podman, pod):
    made = pod()
    play = made.play()
    made.until_asleep()
    assert made.state("primer")["Running"]
    assert made.state("app")["StartedAt"] == NEVER
    status, said = ended(play)
    assert status == 0, said
    assert podman("wait", f"{made.name}-app").stdout.strip() == "0", made.said("app")
    assert made.psql("TABLE app") == "1|t"
    inspected = json.loads(podman("inspect", f"{made.name}-primer").stdout)[0]
    assert inspected["State"]["ExitCode"] == 0 and inspected["HostConfig"]["ReadonlyRootfs"] and not inspected["EffectiveCaps"]
    assert inspected["HostConfig"]["SecurityOpt"] == ["no-new-privileges"] and inspected["Config"]["User"] == "65532:65532"
    assert PASSWORD not in made.said("primer")


def test_where_the_plan_fails_the_app_does_not_start(pod):
    made = pod("SELECT nothing FROM nowhere;")
    status, said = ended(made.play())
    assert status != 0 and "exited with code 1" in said, said
    assert made.state("primer")["ExitCode"] == 1
    assert "nowhere" in made.said("primer") and "slow.sql" in made.said("primer")
    assert made.state("app")["StartedAt"] == NEVER


def test_killed_in_the_middle_and_started_again_it_goes_on_and_then_finds_nothing_to_do(podman, pod):
    made = pod()
    play = made.play()
    made.until_asleep()
    podman("kill", "-s", "KILL", f"{made.name}-primer")
    status, said = ended(play)
    assert status != 0, said
    assert made.state("app")["StartedAt"] == NEVER
    assert made.psql("SELECT count(*) FROM made") == "0"

    podman("pod", "start", made.name, timeout=60)
    assert podman("wait", f"{made.name}-app").stdout.strip() == "0", made.said("app")
    assert made.psql("TABLE app") == "1|t"
    assert "nothing to do" not in made.said("primer")

    podman("pod", "stop", made.name)
    podman("pod", "start", made.name, timeout=60)
    assert "nothing to do: primed" in made.said("primer")
    assert made.psql("SELECT count(*) FROM made") == "1"
