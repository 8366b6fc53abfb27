"""The contract: what the service accepts and returns, as ``contract.json`` holds it (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbforge.runtime import labels
from nbforge.runtime.errors import ContractError
from nbforge.runtime.protocol import PROTOCOL

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a record.

    ``name`` is what clients send, ``label`` the column's name as the model's frame has it. ``minimum`` and
    ``maximum`` are those of training, numbers or ISO 8601 text. ``frame_dtype`` is the exact dtype of the model's
    column (see :mod:`nbforge.runtime.columns`).
    ``fill`` is what the service puts in when the field is not ``required`` and not sent. ``integer_like``: a float
    column that held only whole numbers. ``range`` and ``category`` are policies for values outside training's;
    ``length`` is the fixed length of a ``vector``, or the most characters of a text if limited; ``longest`` the most
    characters of a text of training, ``pattern`` a regular expression that a text must match as a whole.
    ``optional``: a record may leave the field out although the model needs it; ``default`` stands for it then.
    """

    name: str
    dtype: str
    required: bool = True
    nullable: bool = False
    minimum: Any = None
    maximum: Any = None
    categories: tuple[Any, ...] | None = None
    label: Any = None
    frame_dtype: Any = None
    fill: Any = None
    integer_like: bool = False
    range: str = "flag"
    category: str = "refuse"
    length: int | None = None
    longest: int | None = None
    pattern: str | None = None
    optional: bool = False
    default: Any = None

    @property
    def may_be_absent(self) -> bool:
        """Whether a record may leave the field out."""
        return self.optional or not self.required

    @property
    def absent(self) -> Any:
        """What stands for the field where a record leaves it out."""
        return self.default if self.optional else self.fill

    def to_json(self) -> dict[str, Any]:
        """JSON with keys absent where they say nothing."""
        value: dict[str, Any] = {
            "name": self.name,
            "dtype": self.dtype,
            "required": self.required,
            "nullable": self.nullable,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "categories": None if self.categories is None else list(self.categories),
            "frame_dtype": self.frame_dtype,
            "integer_like": self.integer_like,
            "range": self.range,
            "category": self.category,
        }
        if self.label != self.name:
            value["label"] = labels.encode(self.label)
        if not self.required:
            value["fill"] = self.fill
        value |= {key: getattr(self, key) for key in ("length", "longest", "pattern") if getattr(self, key) is not None}
        if self.optional:
            value |= {"optional": True, "default": self.default}
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Input:
        """The inverse of :meth:`to_json`; keys of later protocols are ignored, absent ones have their defaults."""
        label = value.get("label", _ABSENT)
        categories = value.get("categories")
        return cls(
            name=value["name"],
            dtype=value["dtype"],
            required=value.get("required", True),
            nullable=value.get("nullable", False),
            minimum=value.get("minimum"),
            maximum=value.get("maximum"),
            categories=None if categories is None else tuple(categories),
            label=value["name"] if label is _ABSENT else labels.decode(label),
            frame_dtype=value.get("frame_dtype") or _default_frame_dtype(value["dtype"]),
            fill=value.get("fill"),
            integer_like=value.get("integer_like", False),
            range=value.get("range", "flag"),
            category=value.get("category", "refuse"),
            length=value.get("length"),
            longest=value.get("longest"),
            pattern=value.get("pattern"),
            optional=value.get("optional", False),
            default=value.get("default"),
        )


@dataclass(frozen=True, slots=True)
class Output:
    """One prediction's shape. ``kind``: label, number, vector, record, text or json. ``non_finite``: training's own
    answers held NaN or infinity, so the service may answer them too.
    """

    name: str
    kind: str
    dtype: str | None = None
    classes: tuple[Any, ...] | None = None
    non_finite: bool = False

    def to_json(self) -> dict[str, Any]:
        """JSON as architecture.md prints it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "dtype": self.dtype,
            "classes": None if self.classes is None else list(self.classes),
            "non_finite": self.non_finite,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Output:
        """The inverse of :meth:`to_json`."""
        classes = value.get("classes")
        return cls(
            name=value["name"],
            kind=value["kind"],
            dtype=value.get("dtype"),
            classes=None if classes is None else tuple(classes),
            non_finite=value.get("non_finite", False),
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """How the model's input is put together from columns.

    ``kind``: dataframe, array, series, list or scalars. ``dtype``: of an array. ``dimensions``: 1 or 2, of an array.
    ``name``: of a series.
    ``columns``: of a frame whose column index is no plain one: its ``dtype``, ``names`` and whether it is ``multi``.
    ``compiled``: the model is compiled and takes the columns as they are; clients still send what ``kind`` says.
    """

    kind: str = "dataframe"
    dtype: str | None = None
    name: Any = None
    dimensions: int = 2
    columns: Mapping[str, Any] | None = None
    compiled: bool = False

    def to_json(self) -> dict[str, Any]:
        """JSON as architecture.md prints it."""
        value: dict[str, Any] = {"kind": self.kind, "dtype": self.dtype}
        if self.kind == "series":
            value["name"] = labels.encode(self.name)
        if self.kind == "array":
            value["dimensions"] = self.dimensions
        if self.columns is not None:
            value["columns"] = {**self.columns, "names": [labels.encode(name) for name in self.columns["names"]]}
        return {**value, "compiled": True} if self.compiled else value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Frame:
        """The inverse of :meth:`to_json`."""
        columns = value.get("columns")
        if columns is not None:
            columns = {**columns, "names": [labels.decode(name) for name in columns["names"]]}
        return cls(
            kind=value.get("kind", "dataframe"),
            dtype=value.get("dtype"),
            name=labels.decode(value.get("name")),
            dimensions=value.get("dimensions", 2),
            columns=columns,
            compiled=value.get("compiled", False),
        )


@dataclass(frozen=True, slots=True)
class Contract:
    """What the service accepts and returns. ``inputs`` are in the order of the model's columns; ``unknown_fields`` is
    the policy for fields that are none, ``formats`` are those of bodies that this bundle accepts besides.
    """

    task: str
    inputs: tuple[Input, ...]
    ignored: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    frame: Frame = field(default_factory=Frame)
    examples: tuple[Mapping[str, Any], ...] = ()
    baseline: Mapping[str, Any] = field(default_factory=dict)
    unknown_fields: str = "refuse"
    formats: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Input, ...]:
        """The fields whose sent values count: the required ones; of a function of scalars all, defaults or not."""
        return tuple(each for each in self.inputs if each.required or self.frame.kind == "scalars")

    @property
    def takes_bare_values(self) -> bool:
        """Whether a row is one value, as with a series of text."""
        kind = self.frame.kind
        return kind in ("series", "list") or (kind == "array" and self.frame.dimensions == 1)

    def to_json(self) -> dict[str, Any]:
        """``contract.json``."""
        value: dict[str, Any] = {
            "protocol": PROTOCOL,
            "task": self.task,
            "inputs": [each.to_json() for each in self.inputs],
            "ignored": list(self.ignored),
            "outputs": [each.to_json() for each in self.outputs],
            "frame": self.frame.to_json(),
            "examples": [dict(each) for each in self.examples],
            "baseline": dict(self.baseline),
        }
        if self.unknown_fields != "refuse":
            value["unknown_fields"] = self.unknown_fields
        return {**value, "formats": list(self.formats)} if self.formats else value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Contract:
        """The contract that ``contract.json`` holds.

        Raises:
            ContractError: it is of a later protocol, or a key is missing.
        """
        if value.get("protocol", PROTOCOL) > PROTOCOL:
            raise ContractError(
                f"The contract is of protocol {value['protocol']}; this runtime reads up to {PROTOCOL}.",
                "Use the nbforge that built it, or a newer one.",
            )
        try:
            return cls(
                task=value["task"],
                inputs=tuple(Input.from_json(each) for each in value["inputs"]),
                ignored=tuple(value.get("ignored", ())),
                outputs=tuple(Output.from_json(each) for each in value.get("outputs", ())),
                frame=Frame.from_json(value.get("frame", {})),
                examples=tuple(value.get("examples", ())),
                baseline=value.get("baseline", {}),
                unknown_fields=value.get("unknown_fields", "refuse"),
                formats=tuple(value.get("formats", ())),
            )
        except KeyError as error:
            raise ContractError(f"The contract lacks the key {error}.", "Build the bundle again.") from error


def _default_frame_dtype(dtype: str) -> Any:
    """What a hand-written contract means where it gives no ``frame_dtype``."""
    if dtype in ("string", "date", "vector", "category"):
        return {"dtype": "object", "of": {"string": "text", "category": "json", "vector": "list"}.get(dtype, dtype)}
    return {"datetime": "datetime64[ns]", "timedelta": "timedelta64[ns]"}.get(dtype, dtype)
