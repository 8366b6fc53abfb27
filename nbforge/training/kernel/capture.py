"""After the run: from the live kernel to the files that the host makes a bundle of."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from typing import Any

from nbforge.runtime import machine, scorer
from nbforge.runtime.contract import Contract
from nbforge.runtime.protocol import PROTOCOL

from . import compiling, disclosure, estimators, heldout, shortcuts, slimming, unserved, wished
from .answering import Answering
from .bunches import column_names
from .chain import first_line
from .discover import discover
from .errors import CaptureError
from .recorder import Fit
from .subject import Subject
from .unfolding import prepared_while_loading
from .walk import Walker


class Capture(Answering):
    """One capture of one kernel, into ``directory``."""

    def write(self) -> None:
        """Capture everything, or raise.

        Raises:
            CaptureError: where the notebook cannot become a service as it is.
        """
        (self.directory / "artifacts").mkdir(parents=True, exist_ok=True)
        subject, walker = self.find()
        self._emit(subject, walker)
        validate = self._validate(walker)
        warnings = [*self._prepared(), *self._disclosed(walker)]
        try:
            found = discover(**self._discovery(subject))
        except CaptureError as refusal:
            if refusal.cell is None and refusal.code == "inputs-kind" and self.raw is not None:
                refusal.cell = self.raw.cell
            if refusal.cell is None and self.plan["entry"]:
                refusal.cell = self.plan["entry"]["cell"]
            raise
        except Exception as error:  # the notebook's code may raise anything on rows by themselves
            cell = self.plan["entry"]["cell"] if self.plan["entry"] else None
            raise unserved.fails_alone(subject.entry["name"], subject.features, error, cell) from error
        asked = slimming.Asked(Contract.from_json(found["contract"]), found["proof"]["rows"], subject.path)
        warnings += slimming.slim(walker.done, walker.records, self.directory / "artifacts", asked)
        content = {
            "protocol": PROTOCOL,
            "form": subject.entry["form"],
            "entry": {**subject.entry, "shortcuts": self._shortcuts(subject, found["contract"])},
            "pieces": walker.pieces,
            "artifacts": walker.records,
            "modules": walker.projects.records(),
            "validate": validate,
            "metrics": self.session.metrics,
            "rowwise": found["rowwise"],
            "tracing": bool(self.config.get("tracing", False)),
            "private": wished.private(Contract.from_json(found["contract"]), self.config.get("private", ())),
            "warnings": [*self._notes(subject), *self._trained(subject), *self.left_out, *warnings, *found["warnings"]],
            "environment": {"python": platform.python_version(), **machine.facts()},
        }
        contract = found["contract"]
        if self.config.get("compile"):
            contract = self._compile(subject, contract, content)
        self._write("contract.json", contract)
        self._write("proof.json", found["proof"])
        self._write("capture.json", content)

    def _compile(self, subject: Subject, contract: Any, content: dict[str, Any]) -> Any:
        """The contract of the compiled model, which takes the estimator's place in ``content``; or all as it was, and
        the reason.
        """
        raw = self.raw.value if self.raw is not None else None
        try:
            made = compiling.compile_estimator(content, subject.scope, Contract.from_json(contract), raw)
        except compiling.NotCompilableError as reason:
            content["warnings"].append(f"Not compiled, the fitted object is served: {reason}.")
            return contract
        compiling.replace_model(content, made, self.directory / "artifacts")
        return made.contract.to_json()

    def _shortcuts(self, subject: Subject, contract: Any) -> list[str]:
        raw = self.raw.value if self.raw is not None else None
        return shortcuts.find(subject.entry, subject.scope, Contract.from_json(contract), raw)

    def _notes(self, subject: Subject) -> list[str]:
        entry = self.chosen
        if not entry:
            return []
        asked, cell = entry.get("receiver"), entry["cell"]
        if self.put_down:
            return [f"Cell {cell} puts `{self.put_down}` into a table; that is what the service gives."]
        if self.written is not None:
            return [self.written.note(cell)]
        if asked and subject.entry["form"] == "estimator":
            return [f"Cell {cell} predicts for rows of its own choice, so the service asks `{asked}` itself."]
        if entry is not self.plan["entry"]:
            return [
                f"The last statement of cell {cell} answers nothing; `{entry['name']}` in it is what the service gives."
            ]
        return []

    def _trained(self, subject: Subject) -> list[str]:
        """Which cells tagged ``train`` make rows that scoring needs."""
        lines = subject.features.lines if subject.features is not None else ()
        cells = {line.step.cell: line.step.text for line in lines}
        return [
            f"Cell {cell} is tagged `nbforge:train` and makes rows that scoring needs: "
            f"`{first_line(text)}` runs in scoring too, with what training fitted."
            for cell, text in sorted(cells.items())
            if "train" in self.session.cells[cell]["roles"]
        ]

    def _prepared(self) -> list[str]:
        """What to say of a data cell that goes on to prepare what it loaded."""
        step = prepared_while_loading(self.session.program, self.session.tables)
        if step is None:
            return []
        told = (
            f"Cell {step.cell} is tagged `nbforge:data` and calls `{first_line(step.text)}`: clients are asked for "
            "what that makes of the tables. Give the call a cell of its own, and they send what was loaded."
        )
        return [told]

    def _write(self, name: str, content: Any) -> None:
        (self.directory / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def _emit(self, subject: Subject, walker: Walker) -> None:
        """The pieces, dependencies first: what nbforge wrote, then the entry point."""
        if self.plan.get("stages"):
            return
        walker.overrides.update(subject.given)
        walker.texts.update(subject.rewritten)
        name = subject.entry["name"]
        features = subject.features
        if features is not None:
            self.origins = features.origins
            place = (self.session.notebook, features.lines[0].step.cell) if features.lines else None
            walker.emit_text(features.name, features.source, place)
        if self.written is not None:
            walker.emit_text(name, self.written.text, (self.session.notebook, self.plan["entry"]["cell"]))
        elif features is None or features.name != name:
            walker.emit(name)

    def _disclosed(self, walker: Walker) -> list[str]:
        if self.raw is None:
            return []
        return disclosure.check(walker.done, self.raw.value, lambda name: (self._origin(name) or (0, None))[1])

    def _validate(self, walker: Walker) -> str | None:
        cells = [index for index, cell in self.session.cells.items() if "validate" in cell["roles"]]
        names = [
            name
            for step in self.session.steps
            if step.cell in cells and step.kind == "function"
            for name in step.defines
        ]
        if not names:
            return None
        walker.emit(names[-1])
        return names[-1]

    def _discovery(self, subject: Subject) -> dict[str, Any]:
        raw, fits = self.raw, self._own_fits()
        return {
            "entry": self.entry,
            "raw": raw.value if raw is not None else None,
            "path": scorer.Path(subject.entry, subject.scope),
            "target": estimators.target_of(raw.value, fits) if raw is not None else None,
            "learned": estimators.learned(raw.value if raw is not None else None, fits),
            "config": self.config,
            "held_out": heldout.positions(raw.value, self.fits) if raw is not None else None,
            "names": column_names(raw.value, self.session.namespace) if raw is not None else (),
        }

    def _own_fits(self) -> Sequence[Fit]:
        """Those of models that the predict cell reads, where there are any: others may have filled gaps, say."""
        cell = self.plan["entry"]["cell"] if self.plan["entry"] else None
        read = {name for step in self.session.steps if step.cell == cell for name in step.uses}
        models = [self.entry.value, *(self.session.namespace.get(name) for name in sorted(read))]
        return [fit for fit in self.fits if any(fit.receiver is model for model in models)] or self.fits
