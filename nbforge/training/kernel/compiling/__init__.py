"""Compiling the fitted estimator to ONNX, and the proof that this changes no answer on the training rows."""

from __future__ import annotations

from .attempts import Compiled, NotCompilableError, compile_estimator
from .placing import replace_model

__all__ = ["Compiled", "NotCompilableError", "compile_estimator", "replace_model"]
