"""What every test may use: the program as a user runs it, the container engine, other people's tools."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import engine as engines
from tests.support.cli import Nbforge

if TYPE_CHECKING:
    import docker

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
_LEFT_OUT = "LEFT OUT: "
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Tests speak to loopback only. Package indices are reached by pip and uv, which are processes of their own."""
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not str(arguments[1][0]).startswith(_LOOPBACK):
        raise RuntimeError(f"a test tried to contact {arguments[1][0]}: only loopback is allowed")


sys.addaudithook(_no_network)


def pytest_configure(config: pytest.Config) -> None:
    """Give the whole run, all its workers together, one cache of its own; uv's cache of wheels stays the user's."""
    if not hasattr(config, "workerinput"):
        directory = tempfile.mkdtemp(prefix="nbforge-tests-")
        os.environ["NBFORGE_CACHE_DIR"] = directory
        config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    # A shell that runs the tests in the background makes its children ignore Ctrl-C, and they would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    path = os.pathsep.join([str(Path(sys.executable).parent), str(TOOLS / "node_modules" / ".bin"), os.environ["PATH"]])
    os.environ["PATH"] = path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What uses the engine runs in one worker, unless it says otherwise: image builds slow each other down."""
    for item in items:
        if item.get_closest_marker("docker") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("docker"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out, loudly, what this machine cannot run; under ``CI=true`` it is a failure instead."""
    missing: list[str] = []
    if item.get_closest_marker("docker"):
        missing += engines.missing()
    missing += [
        f"`{mark.args[0]}` is not installed" for mark in item.iter_markers("tool") if not shutil.which(mark.args[0])
    ]
    if missing:
        leave_out("; ".join(missing))


def leave_out(reason: str) -> None:
    """Skip with a line in the closing banner, or fail where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true allows no test to be left out", pytrace=False)
    pytest.skip(_LEFT_OUT + reason)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests this machine could not run, and what would change that."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if _LEFT_OUT in text:
            reason = text.split(_LEFT_OUT, 1)[1]
            reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.write_sep("!", f"{sum(reasons.values())} TESTS WERE LEFT OUT", red=True, bold=True)
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{count:5} x {reason}")
        terminalreporter.write_line("As root on Debian, `make test ENGINE=setup` installs and starts what they need.")


@pytest.fixture
def nbforge(tmp_path: Path) -> Nbforge:
    """The program, run as a user runs it: a process of its own, in an empty directory."""
    return Nbforge(tmp_path)


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the running engine; for tests marked ``docker``."""
    with closing(engines.client()) as client:
        yield client


@pytest.fixture(scope="session")
def base_image() -> str:
    """A base that is present in the engine; for tests marked ``docker``."""
    return engines.base()
