"""What a build, a proof and an inspection say at their end, as plain text of one screen."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping
from pathlib import Path

from nbforge.errors import NbforgeError
from nbforge.values import Image, Json
from nbforge.views import words

_LABEL = 10
_WIDTH = 110


def build_summary(
    manifest: Mapping[str, Json],
    contract: Mapping[str, Json],
    verification: Mapping[str, Json],
    directory: Path,
    image: Image | None,
    slice_: Mapping[str, int],
    reused: bool,
) -> str:
    """What was taken, what the service does, what was proven, where it is, what to do next."""
    statements = f"{words.count(slice_['in'], 'statement')} kept, {slice_['out']:,} left out"
    lines = [
        f"{manifest['name']} {_short(manifest['version'])}" + (" (nothing has changed)" if reused else ""),
        _line("slice", statements),
        *_contract_lines(contract),
        _line(
            "metrics", words.listed([f"{name} {words.number(value)}" for name, value in manifest["metrics"].items()], 6)
        ),
        _line("proof", _proved(verification) + (", and again in its container" if image else "")),
        _line("bundle", str(directory)),
        _line("image", f"{image.ref} ({_short(image.id)})" if image else ""),
        *_warnings(manifest),
        "",
        *_next(directory, image),
    ]
    return "\n".join(line for line in lines if line is not None)


def verified_summary(manifest: Mapping[str, Json], verification: Mapping[str, Json]) -> str:
    """The proof's outcome in a few lines."""
    lines = [
        f"{manifest['name']} {_short(manifest['version'])}",
        _line("proof", _proved(verification)),
        *_warnings(manifest),
    ]
    return "\n".join(line for line in lines if line is not None)


def bundle_summary(manifest: Mapping[str, Json], contract: Mapping[str, Json]) -> str:
    """What ``nbforge inspect BUNDLE`` shows."""
    kept = [
        f"{each['name']} ({each['type']}, {each['format']}, {words.size(each['size'])})"
        for each in manifest["artifacts"]
    ]
    lock = manifest["lock"]
    lines = [
        f"{manifest['name']} {_short(manifest['version'])}",
        _line("form", manifest["form"] + ("" if manifest["rowwise"] else "; answers depend on the other rows")),
        _line("notebooks", words.listed([each["file"] for each in manifest["notebooks"]])),
        *_contract_lines(contract),
        _line(
            "metrics", words.listed([f"{name} {words.number(value)}" for name, value in manifest["metrics"].items()], 6)
        ),
        _line("artifacts", words.listed(kept)),
        _line("lock", f"Python {lock['python']}, {words.count(len(lock['distributions']), 'distribution')}"),
        *_warnings(manifest),
    ]
    return "\n".join(line for line in lines if line is not None)


def error_text(error: NbforgeError) -> str:
    """Where, what, remedy; the detail after an empty line, where there is one."""
    place = f"{error.where}: " if error.where else ""
    text = "\n".join(line for line in (place + sentence(error.message), sentence(error.remedy)) if line)
    return f"{text}\n\n{error.detail.rstrip()}" if error.detail else text


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends in some mark already, or in something to be copied."""
    return f"{text}." if text[-1:].isalnum() or text[-1:] in ("`", ")", "]", "'") else text


def _contract_lines(contract: Mapping[str, Json]) -> list[str | None]:
    required = [each["name"] for each in contract["inputs"] if each["required"]]
    filled = [each["name"] for each in contract["inputs"] if not each["required"]]
    outputs = [_output(each) for each in contract["outputs"]]
    return [
        _line("inputs", words.listed(required, 12)),
        _line("filled", words.listed(filled, 12)),
        _line("ignored", words.listed(contract.get("ignored", ()), 12)),
        _line("output", words.listed(outputs, 4)),
    ]


def _output(output: Mapping[str, Json]) -> str:
    classes = output.get("classes")
    return f"{output['kind']}: {words.listed([str(each) for each in classes])}" if classes else str(output["kind"])


def _proved(verification: Mapping[str, Json]) -> str:
    proof = verification["proof"]
    equal = "every bit equal" if proof["equal"] == "bits" else f"equal within {proof['tolerance']:g}"
    return f"{words.count(proof['rows'], 'row')} together, twice, and {proof['apart']:,} one by one: {equal}"


def _warnings(manifest: Mapping[str, Json]) -> list[str]:
    unsafe = [each["name"] for each in manifest["artifacts"] if each.get("unsafe")]
    if not unsafe:
        return []
    text = f"{words.listed(unsafe)}: saved with cloudpickle, since no data-only format can hold it; loading "
    "it runs code from the file."
    return [_line("UNSAFE", text) or ""]


def _next(directory: Path, image: Image | None) -> list[str]:
    shown = shlex.quote(str(_relative(directory)))
    if image:
        return [f"Next:  docker run --rm --read-only -p 8080:8080 {image.ref}"]
    return [f"Next:  nbforge serve {shown}", f"       nbforge image {shown} -t NAME:TAG"]


def _relative(directory: Path) -> Path:
    try:
        return directory.relative_to(Path.cwd())
    except ValueError:
        return directory


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _line(label: str, text: str) -> str | None:
    if not text:
        return None
    indent = " " * (_LABEL + 2)
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=f"  {label:<{_LABEL}}",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
