"""Every sample becomes a service and, where an engine runs, a locked-down container."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support import cases, expect
from tests.support.cli import Nbforge
from tests.support.fuzzing import described, raw
from tests.support.serving import serve, wait_until_ready

if TYPE_CHECKING:
    import docker

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = cases.collect(ROOT / "sample_notebooks")
# One worker for all that builds or removes images: the engine's build cache does not stand both at once.
PARAMETERS = [pytest.param(c, id=c.name, marks=pytest.mark.xdist_group("docker")) for c in SAMPLES]

_PROJECTS: dict[str, cases.Project] = {}


def _built(case: cases.Case, factory: pytest.TempPathFactory) -> cases.Project:
    """The sample's project, laid out once for both tests so that the second one reuses the run of the first."""
    if case.name not in _PROJECTS:
        _PROJECTS[case.name] = case.lay_out(factory.mktemp("sample") / case.name)
    return _PROJECTS[case.name]


@pytest.mark.parametrize("case", PARAMETERS)
def test_the_sample_becomes_a_proven_service(case: cases.Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    project = _built(case, tmp_path_factory)
    outcome = project.build()
    assert outcome.code == 0, str(outcome)
    expect.success(project, outcome)
    assert outcome.json["image"] is None
    inspection = Nbforge(project.directory)("inspect", *project.notebooks, "--json").json
    expect.cells(case.section("slice"), inspection, project.notebooks)
    with serve(project.bundle) as client:
        expect.predictions(case, client)
        _withstands(client)


def _withstands(client: httpx.Client) -> None:
    """A few of the requests of `make fuzz`."""
    document = client.get("/openapi.json").json()
    found = raw.run(client.base_url.host, client.base_url.port or 80, 150, seed=2)
    assert not found.wrong, "\n".join(found.wrong[:5])
    described.run(str(client.base_url), document, document["info"]["title"], 40)


@pytest.mark.docker
@pytest.mark.parametrize("case", PARAMETERS)
def test_the_sample_becomes_an_image_that_runs_locked_down(
    case: cases.Case, tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient, base_image: str
) -> None:
    project = _built(case, tmp_path_factory)
    ref = f"nbforge-test/{case.name}:{uuid.uuid4().hex[:12]}"
    outcome = project.build("-t", ref, "--base", base_image, *case.section("image").get("args", ()))
    try:
        assert outcome.code == 0, str(outcome)
        assert outcome.json["image"]["ref"] == ref
        image = engine.images.get(ref)
        assert image.id == outcome.json["image"]["id"]
        _modest(case, image.attrs["Size"] - engine.images.get(base_image).attrs["Size"])
        with _locked_down(engine, ref) as client:
            expect.predictions(case, client)
            assert client.get("/metrics").status_code == 200
    finally:
        if engine.images.list(ref):
            engine.images.remove(ref, force=True, noprune=True)


def _modest(case: cases.Case, added: int) -> None:
    limit = case.section("image").get("megabytes")
    assert limit is None or added <= limit * 1e6, f"{added / 1e6:.0f} MB over the base"


@contextmanager
def _locked_down(engine: docker.DockerClient, ref: str) -> Iterator[httpx.Client]:
    """The image with no capability, no writable path and a user that it does not know."""
    container: Any = engine.containers.run(
        ref,
        detach=True,
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        user="123456:0",
        ports={"8080/tcp": ("127.0.0.1", 0)},
    )
    try:
        container.reload()
        port = container.attrs["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(url)
        except AssertionError as error:
            raise AssertionError(container.logs().decode()) from error
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client
        container.stop(timeout=20)
        assert container.wait()["StatusCode"] == 0, container.logs().decode()
    finally:
        container.remove(force=True)
