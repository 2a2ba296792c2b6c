"""What the top level of the tree may hold; what does not go to the builder."""
import subprocess

from docker_client import ROOT

ALLOWED = set("""CMakeLists.txt src include initdb tests docker compose.yaml README.md
    .ci .github .clang-format .clang-tidy .dockerignore .gitignore CMakePresets.json LICENSE action.yml""".split())


def test_the_top_level_holds_nothing_unexpected():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {name.partition("/")[0] for name in files} <= ALLOWED


def test_what_the_dockerfile_copies_is_not_ignored():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", "build", "tests"} <= set(ignored)
    assert not {"docker", "include", "src", "CMakeLists.txt", "CMakePresets.json"} & set(ignored)
