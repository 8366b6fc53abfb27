"""What can go wrong in a bundle. ``nbforge.errors`` does not ship, so these stand alone."""

from __future__ import annotations


class BundleError(Exception):
    """Base of the runtime's errors.

    Args:
        message: what is wrong, one sentence.
        remedy: what to do about it, one sentence, or nothing.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


class ContractError(BundleError):
    """``contract.json`` cannot be read by this runtime."""


class ArtifactError(BundleError):
    """A file of the bundle is missing, changed, or cannot be loaded."""


class FormatError(BundleError):
    """No format can hold a value, or a file does not hold what its record says."""


class FrameError(BundleError):
    """A column's values do not fit the dtype the model was trained with.

    Args:
        field: name of the input concerned.
    """

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class AnswerError(BundleError):
    """The entry point's value cannot be read as one answer a row."""


class ValidateError(BundleError):
    """The notebook's own validate function refused the request; the message is its text."""
