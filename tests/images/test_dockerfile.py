"""The bundle's Dockerfile is the one recipe: it lints, and a plan made from it builds the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nbforge.errors import ImageError
from nbforge.images import dockerfile
from nbforge.images.docker import split_ref
from nbforge.values import ImagePlan, Layer


def _plan(recipe: dockerfile.Recipe, folder: Path) -> ImagePlan:
    layers = []
    for source, target in recipe.copies:
        path = folder / source
        path.mkdir(parents=True) if "." not in source and source != "Dockerfile" else path.write_text("")
        layers.append(Layer(source, path, target))
    return ImagePlan(
        base="debian:12",
        layers=tuple(layers),
        environment=recipe.environment,
        labels={"a.b": 'said "so"'},
        user=recipe.user,
        command=recipe.command,
        healthcheck=recipe.healthcheck,
        port=recipe.port,
        workdir=recipe.workdir,
    )


def test_what_is_read_from_it() -> None:
    recipe = dockerfile.read(dockerfile.files("3.12.4")["Dockerfile"])
    assert recipe.base == "python:3.12-slim"
    assert recipe.copies[0] == ("layers/base", "/")
    assert ("layers/packages", "/service/packages/") in recipe.copies
    assert not {source for source, _ in recipe.copies} & {"evidence", "training"}
    assert recipe.user.split(":")[0].isdigit()
    assert recipe.user.split(":")[0] != "0"
    assert recipe.command == ("python3", "/service/service/app.py")
    assert recipe.healthcheck[-3:] == ("python3", "/service/service/app.py", "--health")
    assert recipe.environment["NBFORGE_PORT"] == str(recipe.port) == "8080"


def test_a_base_of_the_users() -> None:
    assert "ARG BASE=corp/python:1\n" in dockerfile.files("3.11", "corp/python:1")["Dockerfile"]


def test_a_plan_renders_to_the_same_steps(tmp_path: Path) -> None:
    recipe = dockerfile.read(dockerfile.files("3.11")["Dockerfile"])
    rendered = dockerfile.render(_plan(recipe, tmp_path))
    again = dockerfile.read("ARG BASE=python:3.11-slim\n" + rendered)
    assert again == recipe
    assert rendered.count("COPY ") == dockerfile.files("3.11")["Dockerfile"].count("\nCOPY ")


def test_another_dockerfile_is_refused() -> None:
    with pytest.raises(ImageError, match="Dockerfile"):
        dockerfile.read("FROM scratch\n")


@pytest.mark.tool("hadolint")
def test_hadolint_has_nothing_to_say(tmp_path: Path) -> None:
    template = dockerfile.files("3.11")["Dockerfile"]
    recipe = dockerfile.read(template)
    rendered = dockerfile.render(_plan(recipe, tmp_path))
    for text in (template, rendered):
        (tmp_path / "Dockerfile.test").write_text(text)
        done = subprocess.run(
            [shutil.which("hadolint") or "hadolint", tmp_path / "Dockerfile.test"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("ref", "parts"),
    [
        ("churn", ("churn", "latest")),
        ("team/churn:1.0", ("team/churn", "1.0")),
        ("127.0.0.1:5000/churn", ("127.0.0.1:5000/churn", "latest")),
        ("127.0.0.1:5000/churn:2", ("127.0.0.1:5000/churn", "2")),
    ],
)
def test_references(ref: str, parts: tuple[str, str]) -> None:
    assert split_ref(ref) == parts


@pytest.mark.parametrize("ref", ["", ":1", "Churn:1", "churn@sha256:00"])
def test_no_references(ref: str) -> None:
    with pytest.raises(ImageError, match="no name for an image"):
        split_ref(ref)
