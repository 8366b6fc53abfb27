"""From columns to answers: the one way to predict, in the kernel, in the proof and in the service."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from nbforge.runtime import artifacts, frames, labels, shortcuts
from nbforge.runtime.answers import Answers, plain, read, read_one
from nbforge.runtime.contract import Contract
from nbforge.runtime.errors import AnswerError, ArtifactError, ValidateError


class Path:
    """The way from a model's input to its answers, as ``entry`` of ``capture.json`` describes it.

    Args:
        entry: ``form``, ``name``, ``passes``, ``features``, ``columns`` and ``shortcuts``.
        namespace: where the names are looked up: the kernel's, or the scoring module's.
    """

    __slots__ = ("_answer", "_columns", "_features", "_one_call", "_subject")

    def __init__(self, entry: Mapping[str, Any], namespace: Mapping[str, Any]) -> None:
        allowed = entry.get("shortcuts", ())
        self._subject = shortcuts.subject(namespace[entry["name"]], allowed)
        self._features = namespace[entry["features"]] if entry.get("features") else None
        self._one_call = shortcuts.LABELS in allowed
        columns = entry.get("columns")
        self._columns = (
            [labels.decode(each) for each in columns] if isinstance(columns, list) else labels.decode(columns)
        )
        if entry["form"] == "estimator":
            self._answer: Callable[[Any, int], Answers] = self._estimate
        elif entry.get("passes") == "scalars":
            self._answer = self._row_by_row
        else:
            self._answer = self._call

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """What the entry point, if it is a fitted classifier, can answer."""
        classes = getattr(self._subject, "classes_", None) if self._answer == self._estimate else None
        return None if classes is None or getattr(classes, "ndim", 1) != 1 else tuple(plain(each) for each in classes)

    @property
    def probable(self) -> tuple[Any, ...] | None:
        """The classes that answers give probabilities of, where they do."""
        return self.classes if hasattr(self._subject, "predict_proba") else None

    @property
    def engineers(self) -> bool:
        """Whether there is features code."""
        return self._features is not None

    def features(self, model_input: Any) -> Any:
        """What the features code makes of an input, which may be modified; without such code the input itself.

        Raises:
            AnswerError: it gives nothing back.
        """
        if self._features is None:
            return model_input
        found = self._features(model_input)
        if found is None:
            raise AnswerError(
                "The features code gave nothing back.", "Bind the transformed frame in the features cell."
            )
        return found

    def answers(self, model_input: Any, n: int, *, watched: bool = False) -> Answers:
        """One answer for each of the ``n`` rows. The input may be modified: hand over one that nobody else holds.

        ``watched``: the answers hold the features that they came from.

        Raises:
            AnswerError: the entry point's value cannot be read as ``n`` answers.
            Exception: whatever the notebook's code raises.
        """
        features = self.features(model_input)
        answers = self._answer(features, n)
        return replace(answers, features=features) if watched else answers

    def _call(self, model_input: Any, n: int) -> Answers:
        return read(self._subject(model_input), n)

    def _row_by_row(self, model_input: Mapping[str, list[Any]], n: int) -> Answers:
        names = list(model_input)
        rows = zip(*model_input.values(), strict=True) if names else ((),) * n
        return Answers(tuple(read_one(self._subject(**dict(zip(names, row, strict=True)))) for row in rows))

    def _estimate(self, model_input: Any, n: int) -> Answers:
        if self._columns is not None:
            model_input = model_input[self._columns]
        subject = self._subject
        if type(subject).__module__ == "xgboost.core":
            return read(subject.predict(_matrix(model_input)), n)
        classes = getattr(subject, "classes_", None)
        if classes is None or not hasattr(subject, "predict_proba") or getattr(classes, "ndim", 1) != 1:
            return read(subject.predict(model_input), n)
        if not self._one_call:
            predictions = subject.predict(model_input)
            return read(predictions, n, subject.predict_proba(model_input), list(classes))
        table = subject.predict_proba(model_input)
        predictions = shortcuts.most_probable(table, classes)
        return read(subject.predict(model_input) if predictions is None else predictions, n, table, list(classes))


@dataclass(frozen=True, slots=True)
class Scorer:
    """A bundle ready to score. Its files' digests matched when it was loaded."""

    root: FilePath
    manifest: Mapping[str, Any]
    contract: Contract
    path: Path
    builder: frames.Builder
    check: tuple[Callable[[Any], Any], frames.Builder] | None

    @classmethod
    def load(cls, root: FilePath) -> Scorer:
        """Loads the bundle at ``root``; nothing of it runs before every digest has matched.

        Raises:
            ArtifactError: a file is missing or changed, or an artifact cannot be loaded.
            ContractError: ``contract.json`` is of a later protocol.
        """
        root = root.resolve()
        manifest = artifacts.read_manifest(root)
        artifacts.verify_files(root, manifest)
        contract = Contract.from_json(json.loads((root / "contract.json").read_bytes()))
        namespace = vars(_scoring_module(root))
        validate = manifest.get("validate")
        allowed = manifest["entry"].get("shortcuts", ())
        if {shortcuts.ARRAY, shortcuts.COLUMNS} & set(allowed):
            shortcuts.silence()
        return cls(
            root=root,
            manifest=manifest,
            contract=contract,
            path=Path(manifest["entry"], namespace),
            builder=shortcuts.builder(contract, allowed),
            check=(namespace[validate], frames.Builder(contract)) if validate else None,
        )

    def score(self, columns: frames.Columns, n: int) -> Answers:
        """Answers for ``n`` rows of validated columns (see :class:`nbforge.runtime.frames.Builder`).

        Raises:
            FrameError: a column holds what its dtype cannot.
            ValidateError: the notebook's validate function refused the rows.
            AnswerError: the model's value is not one answer a row.
            Exception: whatever the notebook's code raises.
        """
        self.validate(columns, n)
        return self.path.answers(self.builder.build(columns, n), n)

    def validate(self, columns: frames.Columns, n: int) -> None:
        """Runs the notebook's validate function on a frame of its own, if there is one.

        Raises:
            ValidateError: it raised :class:`ValueError`; the message is that error's text.
        """
        if self.check is None:
            return
        try:
            check, builder = self.check
            check(builder.build(columns, n))
        except ValueError as error:
            raise ValidateError(str(error)) from error


def _matrix(model_input: Any) -> Any:
    import xgboost

    return xgboost.DMatrix(model_input, enable_categorical=True)


def _scoring_module(root: FilePath) -> Any:
    """Imports ``service/scoring.py`` as ``scoring``: artifacts refer to its classes and functions by that name."""
    path = root / "service" / "scoring.py"
    spec = importlib.util.spec_from_file_location("scoring", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ArtifactError("service/scoring.py is missing.", "Build the bundle again.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["scoring"] = module
    # Project modules that scoring imports lie beside it.
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules["scoring"]
        raise
    return module
