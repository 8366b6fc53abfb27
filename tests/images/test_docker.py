"""Images, built and run by a real engine."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nbforge.bundle import lock, manifest
from nbforge.environments import interpreter, overlay
from nbforge.errors import ImageError, ProofError
from nbforge.images import context, dockerfile
from nbforge.images import docker as images
from nbforge.images import plan as plans
from nbforge.images.base import Base
from nbforge.values import ImagePlan, VerifiedBundle
from tests.images import small_service
from tests.support.registry import registry

if TYPE_CHECKING:
    import docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]


@pytest.fixture(scope="module")
def base(base_image: str) -> Base:
    return images.preflight(base_image)


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory, base: Base) -> VerifiedBundle:
    root = tmp_path_factory.mktemp("light") / "bundle"
    return _complete(small_service.lay_out(root, None, small_service.LIGHT_SCORING), base)


@pytest.fixture(scope="module")
def plan(verified: VerifiedBundle, base: Base) -> ImagePlan:
    return plans.plan(verified, base, images.base_layer(base))


@pytest.fixture
def ref(engine: docker.DockerClient, tmp_path: Path) -> Iterator[str]:
    """A tag of this test's own; gone afterwards."""
    name = f"nbforge-test:{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    yield name
    for image in engine.images.list(name):
        if name in image.tags:
            engine.images.remove(name)  # by its name: the image itself may have others


def _complete(bundle: Any, base: Base) -> VerifiedBundle:
    active = interpreter.environment(Path(shutil.which("python") or "python"), "active")
    locked = lock.make(bundle.directory, active, overlay.overlay(active))
    return small_service.complete(bundle, locked.text, dockerfile.files(active.version, base.ref))


def _ask(url: str) -> Any:
    request = urllib.request.Request(f"{url}/predict", json.dumps(small_service.ROWS).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["predictions"]


def _leftovers(engine: docker.DockerClient, image: str) -> list[str]:
    """Containers of an image that are still there; other tests' are not meant."""
    return [str(each.id) for each in engine.containers.list(all=True, filters={"ancestor": image})]


def test_the_facts_of_a_base(base: Base) -> None:
    assert base.python.startswith("3.")
    assert base.glibc >= (2, 28)
    assert {"libc.so.6", "libz.so.1"} <= base.libraries
    assert "libgomp.so.1" not in base.libraries


def test_a_base_of_another_python(base_image: str) -> None:
    with pytest.raises(ImageError, match=r"the notebook runs in Python 3\.99") as caught:
        images.preflight(base_image, "3.99.1")
    assert caught.value.exit_code == 6


def test_a_base_without_python(engine: docker.DockerClient, ref: str) -> None:
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    repository, tag = ref.split(":")
    engine.api.import_image_from_data(empty.getvalue(), repository=repository, tag=tag)
    with pytest.raises(ImageError, match="does not run `python3`"):
        images.preflight(ref)
    assert _leftovers(engine, ref) == []


def test_no_such_base() -> None:
    with pytest.raises(ImageError, match="neither in the engine nor can it be pulled") as caught:
        images.preflight("127.0.0.1:9/nobody/nothing:1")
    assert caught.value.code == "no-base-image"


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("unix:///nowhere/docker.sock", "tcp://127.0.0.1:9"):
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(ImageError) as caught:
            images.preflight("python:3.11-slim")
        assert (caught.value.code, caught.value.exit_code) == ("no-engine", 6)


def test_built_proven_and_tagged(
    engine: docker.DockerClient, plan: ImagePlan, verified: VerifiedBundle, base: Base, ref: str
) -> None:
    proven: list[str] = []

    def prove(image: str) -> None:
        assert engine.images.get(image).tags == [], "no name before the proof"
        with images.run_container(image) as service:
            assert _ask(service.url) == [1.5, 1.5, 3.0]
            settings = engine.containers.get(service.id).attrs
            assert settings["HostConfig"]["ReadonlyRootfs"]
            assert settings["HostConfig"]["CapDrop"] == ["ALL"]
            assert settings["Config"]["User"] == "123456:0"
            health = engine.containers.get(service.id).exec_run(list(plan.healthcheck[-3:]))
            assert health.exit_code == 0
        proven.append(image)

    image = images.DockerBuilder().build(plan, ref, prove)
    assert [image.id] == proven
    assert _leftovers(engine, image.id) == []
    config = engine.images.get(ref).attrs["Config"]
    assert config["User"] == "65532:0"
    assert config["Labels"].items() >= plans.labels(verified, base).items()
    assert config["Healthcheck"]["Test"] == ["CMD", "python3", "/service/service/app.py", "--health"]
    assert (config["StopSignal"], config["ExposedPorts"]) == ("SIGTERM", {"8080/tcp": {}})
    assert images.present(ref, verified.bundle.version) == image
    assert images.present(ref, "sha256:another") is None
    assert images.present("nbforge-test:nobody", verified.bundle.version) is None
    _look_inside(engine, ref)


def _look_inside(engine: docker.DockerClient, ref: str) -> None:
    """What is in it belongs to root, is compiled, and is no evidence."""
    script = (
        "import json, os; found = {}\n"
        "for folder, _, files in os.walk('/service'):\n"
        "    for name in files:\n"
        "        facts = os.stat(os.path.join(folder, name))\n"
        "        found[os.path.join(folder, name)] = [facts.st_uid, facts.st_gid, facts.st_mode & 0o022]\n"
        "print(json.dumps(found))"
    )
    found = json.loads(engine.containers.run(ref, ["python3", "-c", script], remove=True, network_mode="none"))
    assert set(map(tuple, found.values())) == {(0, 0, 0)}
    assert "/service/bundle.json" in found
    assert not [name for name in found if "evidence" in name or "/packages/bin/" in name or "direct_url" in name]
    assert any(name.startswith("/service/packages/numpy/__pycache__/__init__.") for name in found)
    assert not [name for name in found if name.startswith("/service/service/") and name.endswith(".pyc")]


def test_an_image_that_is_not_proven_leaves_the_earlier_one(
    engine: docker.DockerClient, plan: ImagePlan, ref: str, base_image: str
) -> None:
    earlier = engine.images.get(base_image)
    earlier.tag(*ref.split(":"))
    built: list[str] = []

    def refuse(image: str) -> None:
        built.append(image)
        raise ProofError("not the same")

    with pytest.raises(ProofError):
        images.DockerBuilder().build(plan, ref, refuse)
    assert engine.images.get(ref).id == earlier.id
    import docker

    with pytest.raises(docker.errors.ImageNotFound):
        engine.images.get(built[0])


def test_the_same_image_again_is_kept_when_its_proof_fails(
    engine: docker.DockerClient, plan: ImagePlan, ref: str
) -> None:
    first = images.DockerBuilder().build(plan, ref)

    def refuse(_image: str) -> None:
        raise ProofError("not the same")

    with pytest.raises(ProofError):
        images.DockerBuilder().build(plan, ref, refuse)
    assert engine.images.get(ref).id == first.id


def test_the_context_is_the_same_bytes_each_time(plan: ImagePlan, verified: VerifiedBundle, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(verified.bundle.directory, copy)
    (copy / "service" / "__pycache__").mkdir()
    (copy / "service" / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"left over")
    moved = VerifiedBundle(manifest.load(copy), {})
    assert plan.base.startswith("sha256:")
    digests = set()
    for each in (plan, plans.plan(moved, images.preflight(plan.labels["org.opencontainers.image.base.name"]))):
        stream = io.BytesIO()
        context.write(each, stream)
        digests.add(hashlib.sha256(stream.getvalue()).hexdigest())
    assert len(digests) == 1


def test_the_bundles_dockerfile_by_hand(
    engine: docker.DockerClient, plan: ImagePlan, verified: VerifiedBundle, ref: str, tmp_path: Path
) -> None:
    """As its comment tells a person to: layers beside the bundle's files, then a plain build."""
    root = tmp_path / "bundle"
    shutil.copytree(verified.bundle.directory, root)
    (root / "layers" / "base").mkdir(parents=True)
    for layer in plan.layers:
        if layer.name.startswith("layers/") and not (root / layer.name).exists():
            shutil.copytree(layer.source, root / layer.name, copy_function=shutil.copyfile)
    image = _plainly_built(engine, root, ref)
    with images.run_container(str(image.id)) as service:
        assert _ask(service.url) == [1.5, 1.5, 3.0]
    ours = engine.images.get(images.DockerBuilder().build(plan, ref).id).attrs["Config"]
    for key in ("User", "Cmd", "Env", "Healthcheck", "WorkingDir", "ExposedPorts", "StopSignal"):
        assert image.attrs["Config"][key] == ours[key]


def _plainly_built(engine: docker.DockerClient, root: Path, ref: str) -> Any:
    """Docker 20.10 may lose a layer of its build cache; then the build is begun again, as a person would."""
    from docker.errors import BuildError

    for last in (False, False, True):
        try:
            return engine.images.build(path=str(root), tag=ref, network_mode="none", rm=True, forcerm=True)[0]
        except BuildError as error:
            if last or "layer does not exist" not in str(error):
                raise
    raise AssertionError("the last try returns or raises")


def test_a_container_that_does_not_start(engine: docker.DockerClient, base_image: str, ref: str) -> None:
    recipe = f"FROM {base_image}\nCMD python3 -c \"raise SystemExit('no model here')\"\n"
    image, _log = engine.images.build(fileobj=io.BytesIO(recipe.encode()), tag=ref, rm=True, forcerm=True)
    with pytest.raises(ImageError, match="no model here") as caught, images.run_container(str(image.id)):
        pass
    assert caught.value.code == "container-start"
    assert _leftovers(engine, str(image.id)) == []


def test_a_base_whose_standard_library_is_not_compiled(engine: docker.DockerClient, base_image: str, ref: str) -> None:
    recipe = f"FROM {base_image}\nRUN find /usr/lib /usr/local/lib -name '*.pyc' -delete\n"
    engine.images.build(fileobj=io.BytesIO(recipe.encode()), tag=ref, network_mode="none", rm=True, forcerm=True)
    bare = images.preflight(ref)
    assert not bare.compiled
    layer = images.base_layer(bare)
    assert layer is not None
    compiled = [path.relative_to(layer).as_posix() for path in layer.rglob("*.pyc")]
    assert [
        path
        for path in compiled
        if path.endswith(f"asyncio/__pycache__/base_events.cpython-{bare.minor.replace('.', '')}.pyc")
    ]
    assert all(path.startswith("usr/") for path in compiled)


@pytest.mark.tool("docker-registry")
def test_pushed_with_the_registrys_digest(plan: ImagePlan, tmp_path: Path, engine: docker.DockerClient) -> None:
    with registry(tmp_path) as host:
        ref = f"{host}/team/small:1"
        image = images.DockerBuilder().build(plan, ref)
        try:
            pushed = images.DockerBuilder().push(image)
            assert pushed.digest is not None
            request = urllib.request.Request(
                f"http://{host}/v2/team/small/manifests/1",
                headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
            )
            with urllib.request.urlopen(request) as answer:
                assert "sha256:" + hashlib.sha256(answer.read()).hexdigest() == pushed.digest
        finally:
            engine.images.remove(ref, noprune=True)


def test_a_registry_out_of_reach(plan: ImagePlan, engine: docker.DockerClient) -> None:
    ref = "127.0.0.1:9/team/small:1"
    image = images.DockerBuilder().build(plan, ref)
    try:
        with pytest.raises(ImageError, match="could not push"):
            images.DockerBuilder().push(image)
    finally:
        engine.images.remove(ref, noprune=True)


def test_lightgbm_gets_its_libgomp(tmp_path: Path, engine: docker.DockerClient, base: Base, ref: str) -> None:
    import lightgbm
    import pandas as pd

    rows = pd.DataFrame([{"a": n / 7, "b": -n / 3} for n in range(40)])
    model = lightgbm.LGBMRegressor(n_estimators=3, min_child_samples=2, verbose=-1).fit(rows, rows["a"] * 2)
    verified = _complete(small_service.lay_out(tmp_path / "bundle", model), base)
    made = plans.plan(verified, base, images.base_layer(base))
    brought = json.loads(made.labels["nbforge.libraries"])
    assert [(each["name"], each["needed_by"]) for each in brought] == [("libgomp.so.1", "lightgbm")]
    image = images.DockerBuilder().build(made, ref)
    with images.run_container(image.id) as service:
        assert _ask(service.url) == list(model.predict(pd.DataFrame(small_service.ROWS)))
