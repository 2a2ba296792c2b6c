import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from comparison import SELF, Comparison  # noqa: E402
from support import binary  # noqa: E402


def pytest_configure():
    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)  # so that servers are ended where the tests are


@pytest.fixture(scope="session")
def comparison():
    if not SELF and not binary().exists():
        pytest.fail(f"{binary()} does not exist: build it, or name it in PGPRIMER", pytrace=False)
    made = Comparison()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def same(comparison):
    """same(case): fails with all that differs."""
    def check(case):
        verdict = comparison.run(case)
        if verdict.differences:
            pytest.fail(verdict.text(), pytrace=False)
        return verdict

    return check


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)
