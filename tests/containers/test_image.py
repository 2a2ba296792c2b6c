"""The image: what is in it, how small it is, how it behaves with no rights at all and as PID 1."""
import gzip
import io
import json
import subprocess
import tarfile
import time

import pytest

from docker_client import HARDENED, HERE, PASSWORD, ROOT, eventually

PLAN = """
[target]
url = "${DATABASE_URL}"
[[step]]
name = "table"
sql = ["/plan/*.sql"]
[announce]
ready_file = "/run/pgprimer/ready"
"""


def plan_volume(docker, **files):
    """A volume with these files, readable by all, written by a container: the engine need not see our file system."""
    volume = docker.volume()
    for name, text in files.items():
        docker("run", "--rm", "-i", "--entrypoint=sh", "-v", f"{volume}:/plan", "postgres:15", "-c", f"cat > /plan/{name.replace('__', '.')}", text=text)
    return volume


def files_of(docker, image):
    name = docker.name("container")
    docker("create", "--name", name, image)
    exported = subprocess.run(["docker", "export", name], env=docker.environment, stdout=subprocess.PIPE, check=True).stdout
    return {member.name: member for member in tarfile.open(fileobj=io.BytesIO(exported))}


def test_is_small(docker, image):
    saved = subprocess.run(["docker", "save", image], env=docker.environment, stdout=subprocess.PIPE, check=True).stdout
    archive = tarfile.open(fileobj=io.BytesIO(saved))
    layers = json.load(archive.extractfile("manifest.json"))[0]["Layers"]
    blobs = [archive.extractfile(archive.getmember(layer)).read() for layer in layers]
    unpacked = sum(len(blob) for blob in blobs)
    packed = sum(len(gzip.compress(blob, 9)) for blob in blobs)
    print(f"{unpacked} bytes unpacked, {packed} packed")
    assert unpacked <= 10e6 and packed <= 4e6


def test_holds_the_binary_certificates_and_two_folders_and_nothing_else(docker, image):
    files = files_of(docker, image)
    engine_made = {".dockerenv", "dev", "dev/console", "dev/pts", "dev/shm", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "sys"}
    assert set(files) - engine_made == {"pgprimer", "etc", "etc/ssl", "etc/ssl/certs", "etc/ssl/certs/ca-certificates.crt", "run", "run/pgprimer", "shared"}
    assert oct(files["run/pgprimer"].mode) == oct(files["shared"].mode) == oct(0o1777)
    assert oct(files["pgprimer"].mode) == oct(0o755)
    assert files["etc/ssl/certs/ca-certificates.crt"].size > 100_000


def test_says_what_it_is_and_whom_it_runs_as(docker, image):
    config = docker.inspect(image)["Config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["/pgprimer"] and not config["Cmd"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/pgprimer", "healthcheck"]
    assert config["Healthcheck"]["Interval"] == 2_000_000_000
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"] == "pgprimer"
    assert labels["org.opencontainers.image.licenses"] == "PostgreSQL"
    assert labels["org.opencontainers.image.description"]


def test_looks_more_often_until_healthy_where_the_engine_can(docker, image):
    version = docker("version", "--format={{.Server.Version}}").stdout
    if int(version.partition(".")[0]) < 25:
        pytest.skip(f"DOCKER {version.strip()} KNOWS NO --start-interval")
    tag = docker.name("image")
    docker("build", "--build-arg=QUICK=1", "-f", "docker/Dockerfile", "-t", tag, ".", timeout=3600)
    config, usual = docker.inspect(tag)["Config"], docker.inspect(image)["Config"]
    assert config["Healthcheck"]["StartInterval"] == 500_000_000 and not config["OnBuild"]
    assert [config[name] for name in ("User", "Entrypoint", "Cmd")] == [usual[name] for name in ("User", "Entrypoint", "Cmd")]


def test_dockerfile_names_no_processor():
    text = (ROOT / "docker/Dockerfile").read_text().lower()
    assert not [word for word in ("amd64", "x86", "arm64", "aarch64", "--platform") if word in text]


@pytest.mark.parametrize("builder", ["classic", "BuildKit"])
def test_builds_on_docker_20_10(engine, docker, builder, tmp_path):
    """Bookworm's engine, with a program that takes no time to compile in place of ours: what is tested is the Dockerfile."""
    started = subprocess.run([HERE / "engine", "start", "--old"], capture_output=True, text=True)
    if started.returncode == 3:
        pytest.skip("DOCKER 20.10 CANNOT BE STARTED HERE:\n" + started.stderr)
    assert started.returncode == 0, started.stderr
    old = {"DOCKER_HOST": next(line for line in started.stdout.splitlines() if "DOCKER_HOST" in line).partition("=")[2],
           "DOCKER_BUILDKIT": "1" if builder == "BuildKit" else "0"}
    try:
        subprocess.run([HERE / "base-images", "debian:bookworm-slim"], env={**docker.environment, **old}, check=True)
        for name in ("docker/deps", "docker/Dockerfile", "CMakePresets.json", ".dockerignore"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
            (tmp_path / name).chmod((ROOT / name).stat().st_mode)
        for folder in ("include", "src"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "main.cpp").write_text('#include <cstdio>\nint main() { std::puts("built"); }\n')
        (tmp_path / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(pgprimer CXX)\nadd_executable(pgprimer src/main.cpp)\ntarget_link_options(pgprimer PRIVATE -static)\n")
        docker("build", "--network=host", "-f", tmp_path / "docker/Dockerfile", "-t", "pgprimer-test-old", tmp_path, environment=old, timeout=1200)
        ran = docker("run", "--rm", "--network=none", *HARDENED, "pgprimer-test-old", environment=old)
        assert ran.stdout == "built\n"
    finally:
        subprocess.run([HERE / "engine", "stop", "--old"], capture_output=True)


@pytest.mark.parametrize("user", ["65532:65532", "1000:1000", "4000000:0", "0:0"])
@pytest.mark.parametrize("tmpfs", [True, False], ids=["tmpfs", "no tmpfs"])
def test_primes_with_no_rights_at_all(docker, image, database, user, tmpfs):
    name = database.create()
    plan = plan_volume(docker, a__sql="CREATE TABLE made (id int);\n")
    config = PLAN if tmpfs else PLAN.partition("[announce]")[0]
    arguments = [*HARDENED, "--user", user, "--network", database.network, "-v", f"{plan}:/plan:ro", "-e", f"DATABASE_URL={database.url(name)}",
                 "-e", f"PGPRIMER_CONFIG_TOML={config}", *(["--tmpfs=/run/pgprimer"] if tmpfs else []), image]
    first = docker.run(*arguments)
    assert first.returncode == 0, first.stderr
    assert database.psql(name, "SELECT to_regclass('made')").stdout.strip() == "made"
    again = docker.run(*arguments)
    assert again.returncode == 0, again.stderr
    assert PASSWORD not in first.stderr + first.stdout + again.stderr + again.stdout


def test_copies_itself_to_a_new_volume_for_an_image_that_has_a_shell(docker, image):
    volume = docker.volume()
    done = docker.run(*HARDENED, "-v", f"{volume}:/shared", image, "install", "/shared/pgprimer")
    assert done.returncode == 0, done.stderr
    done = docker.run("-v", f"{volume}:/shared:ro", "--entrypoint=/shared/pgprimer", "postgres:15", "version")
    assert done.returncode == 0 and "pgprimer" in done.stdout, done.stderr


@pytest.mark.parametrize("sent, status", [("TERM", 143), ("INT", 130)])
def test_as_pid_1_a_signal_ends_the_waiting_within_two_seconds(docker, image, sent, status):
    name = docker.start(*HARDENED, "-e", f"DATABASE_URL=postgresql://postgres:{PASSWORD}@nobody.invalid/app",
                        "-e", "PGPRIMER_CONFIG_TOML=[[step]]\nname = 'a'\nexpect = { schemas = ['public'] }", image)
    eventually(lambda: docker.logs(name))
    assert docker.inspect(name)["State"]["Running"], docker.logs(name)
    since = time.monotonic()
    docker("kill", "-s", sent, name)
    assert docker.ended(name) == status, docker.logs(name)
    assert time.monotonic() - since < 2.5


def test_as_pid_1_a_signal_ends_a_statement_and_the_next_run_does_it(docker, image, database, executable):
    name = database.create()
    plan = plan_volume(docker, a__sql="CREATE TABLE made (id int);\nSELECT pg_sleep(4);\n")
    arguments = [*HARDENED, "--network", database.network, "-v", f"{plan}:/plan:ro", "--tmpfs=/run/pgprimer",
                 "-e", f"DATABASE_URL={database.url(name)}", "-e", f"PGPRIMER_CONFIG_TOML={PLAN}", image]
    container = docker.start(*arguments)
    asleep = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE '%pg_sleep(4)%' AND pid <> pg_backend_pid()"
    eventually(lambda: database.psql("postgres", asleep).stdout.strip() != "0", message=lambda: docker.logs(container))
    assert docker("exec", container, "/pgprimer", "healthcheck", check=False).returncode == 1
    since = time.monotonic()
    docker("stop", "-t", "10", container)
    assert docker.ended(container) == 143, docker.logs(container)
    assert time.monotonic() - since < 2.5
    eventually(lambda: database.psql("postgres", asleep).stdout.strip() == "0", timeout=3)
    assert database.psql(name, "SELECT to_regclass('made') IS NULL").stdout.strip() == "t"
    again = docker.run(*arguments)
    assert again.returncode == 0, again.stderr
    assert database.psql(name, "SELECT to_regclass('made')").stdout.strip() == "made"


def test_turns_healthy_when_primed_and_not_before(docker, image, database, executable):
    """The binary inside an application's image, as README advises: primes, then the application goes on."""
    name = database.create()
    tag = docker.name("image")
    docker("build", "-t", tag, "-", environment={"DOCKER_BUILDKIT": "0"},
           text=f"FROM postgres:15\nCOPY --from={image} /pgprimer /usr/local/bin/pgprimer\nENTRYPOINT []\nHEALTHCHECK --interval=1s --retries=100 CMD [\"pgprimer\", \"healthcheck\"]\n"
                'CMD ["sh", "-c", "pgprimer run && exec sleep 300"]\n')
    plan = plan_volume(docker, a__sql="SELECT pg_sleep(4);\n")
    container = docker.start("--network", database.network, "-v", f"{plan}:/plan:ro", "-e", f"DATABASE_URL={database.url(name)}",
                             "-e", f"PGPRIMER_CONFIG_TOML={PLAN.partition('[announce]')[0]}", tag)

    def health():
        state = docker.inspect(container)["State"]
        assert state["Running"], docker.logs(container)
        return state["Health"]["Status"]

    eventually(lambda: any(entry["ExitCode"] == 1 for entry in docker.inspect(container)["State"]["Health"]["Log"]), timeout=15)
    assert health() == "starting"
    assert docker("exec", container, "pgprimer", "healthcheck", check=False).returncode == 1
    eventually(lambda: health() == "healthy", timeout=20, message=lambda: docker.logs(container))
    assert docker("exec", container, "pgprimer", "healthcheck", check=False).returncode == 0
    entries = docker.inspect(container)["State"]["Health"]["Log"]
    assert {entry["ExitCode"] for entry in entries} == {0, 1}


SLOW_START = """
echo 'the temporary server is up'
psql -v ON_ERROR_STOP=1 -U postgres -d app -c 'CREATE TABLE from_initdb (id int)'
sleep 5
"""


@pytest.mark.parametrize("way", ["TCP", "a shared socket"])
@pytest.mark.parametrize("aim", ["server", "database"])
def test_the_temporary_init_server_never_passes(docker, image, way, aim):
    network, sockets = docker.network(), docker.volume()
    scripts = plan_volume(docker, slow__sh=SLOW_START)
    server = docker.start("--network", network, "--network-alias=db", "-v", f"{sockets}:/var/run/postgresql", "-v", f"{scripts}:/docker-entrypoint-initdb.d:ro",
                          "-e", f"POSTGRES_PASSWORD={PASSWORD}", "-e", "POSTGRES_DB=app", "postgres:15")
    url = f"postgresql://postgres:{PASSWORD}@db/app" if way == "TCP" else "postgresql:///app?host=/var/run/postgresql&user=postgres"
    waiter = docker.start(*HARDENED, "--network", network, "-v", f"{sockets}:/var/run/postgresql", image, "wait", "--for", aim, "--timeout", "60s", url)
    eventually(lambda: "the temporary server is up" in docker.logs(server))
    time.sleep(3)
    assert docker.inspect(waiter)["State"]["Running"], docker.logs(waiter)
    assert docker.ended(waiter, timeout=90) == 0, docker.logs(waiter)
    assert "PostgreSQL init process complete" in docker.logs(server)


def test_the_same_image_runs_under_podman(podman, database):
    name = database.create()
    # The engine's network is reached through the host's: podman has its own. Its healthchecks want systemd.
    run = ["run", "--rm", "--network=host", "--no-healthcheck", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges",
           "-e", f"DATABASE_URL={database.url(name, database.address)}", "-e", "PGPRIMER_CONFIG_TOML=[[step]]\nname = 'a'\n[[step.ensure.schema]]\nname = 'made'"]
    for user in ([], ["--user=1000:1000"]):
        podman(*run, *user, podman.image)
    assert database.psql(name, "SELECT to_regnamespace('made')").stdout.strip() == "made"
