"""What may be written into ``[tool.nbforge]``.

:data:`KEYS` and :data:`INPUT_KEYS` are the whole truth about it; the checks, the hints for typing errors and the manual
are made from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

POLICIES: Final = ("flag", "refuse", "ignore")
FORMATS: Final = ("arrow",)


@dataclass(frozen=True, slots=True)
class Key:
    """One configuration key.

    ``kind`` is what the value must be: ``text``, ``boolean``, ``number``, ``integer``, ``number or date``, ``value``
    (anything that a field may have), ``list of text``, ``list`` or ``table``; ``choices``, where given, are the only
    good values (or items of a list). ``flag`` is the option of ``nbforge build`` that says
    the same.
    """

    name: str
    kind: str
    doc: str
    default: str = ""
    choices: tuple[str, ...] = ()
    flag: str = ""


KEYS: Final[tuple[Key, ...]] = (
    Key("output", "text", "The directory of the bundle.", "build/<name>", flag="--output"),
    Key("name", "text", "The service's name: lower-case letters, digits and `-`.", "the notebook's", flag="--name"),
    Key("image", "text", "The reference of the image to build, as for `docker tag`.", "no image", flag="--image"),
    Key("base", "text", "The image to build on.", "python:X.Y-slim of the kernel's version", flag="--base"),
    Key("python", "text", "The interpreter of the training environment.", "see Environments", flag="--python"),
    Key("kernel", "text", "The kernelspec whose interpreter runs the notebook.", "see Environments", flag="--kernel"),
    Key(
        "env", "list of text", "Names of variables handed to the run; their values are redacted.", "none", flag="--env"
    ),
    Key(
        "rowwise",
        "boolean",
        "`false` allows answers that depend on the other rows of a request; requests are then never merged.",
        "every answer depends on its own row alone",
    ),
    Key(
        "examples",
        "text",
        "What the contract's examples are: made-up rows, rows of the training data, or none.",
        "synthetic",
        choices=("synthetic", "rows", "none"),
    ),
    Key(
        "reuse-network-runs",
        "boolean",
        "Reuse a finished run even though it contacted hosts, whose data may have changed.",
        "false",
        flag="--reuse-network-runs",
    ),
    Key(
        "compile",
        "text",
        "Compile the fitted estimator, where that is proven to change no answer on the training rows.",
        "the fitted object itself is served",
        choices=("onnx",),
        flag="--compile",
    ),
    Key(
        "unknown-fields",
        "text",
        "What happens to a field that is none of the model's: 422, a warning, nothing; it never reaches the model.",
        "refuse",
        choices=POLICIES,
    ),
    Key(
        "formats",
        "list of text",
        "Formats of requests that the service accepts besides JSON, CSV and NDJSON: Arrow IPC; pyarrow joins the lock.",
        "none",
        choices=FORMATS,
    ),
    Key("tracing", "boolean", "Whether the service sends OpenTelemetry traces; the SDK joins the lock.", "false"),
    Key("private", "list of text", "Fields that the prediction log leaves out.", "none"),
    Key("inputs", "table", "A table for each input field whose checks differ from the defaults.", "none"),
    Key("lint", "table", "What `nbforge lint` looks for.", "see below"),
)

INPUT_KEYS: Final[tuple[Key, ...]] = (
    Key(
        "range",
        "text",
        "What happens to a number, date or duration outside the training range, or a text longer than all of training.",
        "flag",
        choices=POLICIES,
    ),
    Key(
        "category",
        "text",
        "What happens to a category never seen in training.",
        "flag where the model was shown to accept one, else refuse",
        choices=POLICIES,
    ),
    Key("nullable", "boolean", "Whether null is accepted.", "where training had nulls"),
    Key("minimum", "number or date", "The least value that is usual.", "the least of training"),
    Key("maximum", "number or date", "The greatest value that is usual.", "the greatest of training"),
    Key("max-length", "integer", "The most characters that a text may have; more is refused.", "unlimited"),
    Key("pattern", "text", "A regular expression that a text must match as a whole.", "none"),
    Key("required", "boolean", "`false`: may be left out, and is then the default, or null.", "true"),
    Key("default", "value", "What stands for the field where it is left out.", "none"),
    Key("categories", "list", "The categories that are known.", "those of training"),
)
