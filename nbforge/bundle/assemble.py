"""Laying out a bundle: what a run captured, nbforge's runtime, the lock, and what describes them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from nbforge import resources
from nbforge.bundle import manifest, scoring_module
from nbforge.environments import bytecode
from nbforge.errors import NotebookError
from nbforge.values import Bundle, Json, Notebook, Run

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_TAKEN: Final = frozenset({"app.py", "scoring.py", "static", "nbforge", "nbforge.py"})
_SKIP = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def lay_out(root: Path, name: str, run: Run, notebooks: Sequence[Notebook]) -> Bundle:
    """Write everything that comes from the run, and a manifest that has no lock yet.

    The result can be imported and scored with in the training environment, which is how the lock is found.

    Args:
        root: an empty directory.
        name: the service's name.
        run: the finished run, its capture complete.
        notebooks: in the order of their indices.
    """
    captured = run.directory / "capture"
    shutil.copyfile(captured / "contract.json", root / "contract.json")
    (root / "artifacts").mkdir()
    for record in run.capture["artifacts"]:
        shutil.copyfile(captured / "artifacts" / record["file"], root / "artifacts" / record["file"])
    (root / "evidence").mkdir()
    shutil.copyfile(captured / "proof.json", root / "evidence" / "proof.json")
    service = root / "service"
    service.mkdir()
    (service / "scoring.py").write_text(
        scoring_module.render(run.capture["pieces"], [notebook.path.name for notebook in notebooks], name), "utf-8"
    )
    _copy_runtime(service)
    _copy_modules(service, run.capture.get("modules", ()))
    _compile(service, run.environment.python)
    return _described(root, name, run.capture, notebooks, {"python": _minor(run), "sha256": None, "distributions": []})


def complete(
    bundle: Bundle,
    run: Run,
    notebooks: Sequence[Notebook],
    lock: str,
    distributions: Sequence[Mapping[str, Json]],
    image_files: Mapping[str, str],
) -> Bundle:
    """Add the lock and what an image is built from; the bundle gets its version.

    Args:
        bundle: as :func:`lay_out` left it.
        run: the run it was laid out from.
        notebooks: the same.
        lock: text of requirements.lock.
        distributions: ``{"name", "version"}`` of each.
        image_files: text by file name: ``Dockerfile``, ``.dockerignore``.
    """
    root = bundle.directory
    (root / "requirements.lock").write_text(lock, "utf-8")
    for name, text in image_files.items():
        (root / name).write_text(text, "utf-8")
    summary = {
        "python": _minor(run),
        "sha256": manifest.sha256_of(root / "requirements.lock"),
        "distributions": [dict(each) for each in distributions],
    }
    return _described(root, bundle.name, run.capture, notebooks, summary)


def _described(root: Path, name: str, capture: Mapping[str, Json], notebooks: Sequence[Notebook], lock: Json) -> Bundle:
    sources = [{"file": notebook.path.name, "sha256": notebook.sha256} for notebook in notebooks]
    manifest.write(root, manifest.make(root, name, capture, sources, lock))
    return manifest.load(root)


def _minor(run: Run) -> str:
    return ".".join(run.environment.version.split(".")[:2])


def _copy_runtime(service: Path) -> None:
    """``nbforge`` as the service imports it, unchanged; the start script and its assets."""
    (service / "nbforge").mkdir()
    shutil.copyfile(_PACKAGE / "__init__.py", service / "nbforge" / "__init__.py")
    shutil.copytree(_PACKAGE / "runtime", service / "nbforge" / "runtime", ignore=_SKIP, copy_function=shutil.copyfile)
    templates = resources.path("service_templates")
    shutil.copyfile(templates / "app.py", service / "app.py")
    shutil.copytree(templates / "static", service / "static", ignore=_SKIP, copy_function=shutil.copyfile)


def _copy_modules(service: Path, modules: Sequence[Mapping[str, Json]]) -> None:
    """Modules of the user's project that scoring imports, under the names they are imported by.

    Raises:
        NotebookError: a module has the name of one of the service's own.
    """
    for module in modules:
        name = PurePosixPath(module["name"])
        if name.is_absolute() or ".." in name.parts or name.parts[0] in _TAKEN:
            raise NotebookError(
                f"the module `{name}` of the project has the name of a part of the service",
                remedy="Rename it; app, scoring, static and nbforge are taken.",
                code="module-name",
                name=str(name),
            )
        target = service / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(module["path"], target)


def _compile(service: Path, python: Path) -> None:
    """Nobody else may: in the image the code belongs to root, and without bytecode every start compiles it anew."""
    modules = {path.relative_to(service).as_posix() for path in service.rglob("*.py")}
    bytecode.compile_modules(python, service, modules - {"app.py"}, checked=True)


def write_json(path: Path, value: Json) -> None:
    """A JSON file for people and programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
