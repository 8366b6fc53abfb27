"""A model compiled to ONNX, as the service asks it: no library that fitted it is needed any more.

The file says all there is to know, in the metadata of its model under :data:`KEY`::

    {"inputs": [{"tensor", "fields": [name, ...], "dtype": "float64" | "float32" | "int64" | "text" | "terms"}],
     "classes": [label, ...] | null, "vector": bool, "terms": {...} | null}

An input of several fields is a table ``[n, fields]``, one of a single field is ``[n, 1]``. ``terms``: a text whose
words are counted and weighed before they get into the model, see :mod:`nbforge.runtime.terms`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from nbforge.runtime.terms import TermTable

KEY: Final = "nbforge"

Columns = Mapping[str, Any]
"""One-dimensional arrays by field name, as the contract of a compiled model hands them over."""


class CompiledModel:
    """Predicts as the estimator did that it was compiled from.

    Args:
        content: the ONNX file.
    """

    def __init__(self, content: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Requests are merged: one thread predicts, and idle threads that spin would take the web layer's time.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.content = content
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]
        told = json.loads(self._session.get_modelmeta().custom_metadata_map[KEY])
        self._vector = told["vector"]
        terms = TermTable(told["terms"]) if told["terms"] else None
        self._feeds = [(each["tensor"], _feed(each["fields"], each["dtype"], terms)) for each in told["inputs"]]
        if told["classes"] is not None:
            self.classes_ = np.array(told["classes"])

    def predict(self, columns: Columns) -> Any:
        """Labels or numbers ``[n]``, or numbers ``[n, outputs]``."""
        found = self._run(0, columns)
        return found if self._vector else found.reshape(len(found))

    def _run(self, output: int, columns: Columns) -> Any:
        feed = {tensor: make(columns) for tensor, make in self._feeds}
        return self._session.run([self._outputs[output]], feed)[0]


class CompiledClassifier(CompiledModel):
    """With probabilities ``[n, classes]``."""

    def predict_proba(self, columns: Columns) -> Any:
        """In the order of ``classes_``."""
        return self._run(1, columns)


def _feed(fields: Sequence[str], dtype: str, terms: TermTable | None) -> Callable[[Columns], Any]:
    if dtype == "terms" and terms is not None:
        return lambda columns: terms.table(columns[fields[0]])
    if dtype == "text":
        return lambda columns: columns[fields[0]].reshape(-1, 1)
    kind = np.dtype(dtype)
    if len(fields) == 1:
        return lambda columns: columns[fields[0]].astype(kind, copy=False).reshape(-1, 1)

    def table(columns: Columns) -> Any:
        first = columns[fields[0]]
        made = np.empty((len(first), len(fields)), dtype=kind)
        for position, field in enumerate(fields):
            made[:, position] = columns[field]
        return made

    return table
