"""The bundle's README: what the model is, what it takes and gives, what it was made from, and what was proven."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from nbforge.values import Json
from nbforge.views import words

_UNSAFE = (
    "**Unsafe artifacts.** Loading {names} runs code from the file (cloudpickle), because no data-only "
    "format can hold it. The service loads it only after its sha256 has matched; load it elsewhere only if you trust "
    "where this bundle comes from."
)


def render(
    manifest: Mapping[str, Json],
    contract: Mapping[str, Json],
    verification: Mapping[str, Json],
    lineage: Mapping[str, Json],
) -> str:
    """The model card as Markdown, from the JSON documents of a bundle."""
    sections = [
        _head(manifest, contract),
        _inputs(contract),
        _outputs(contract),
        _metrics(manifest),
        _proof(verification),
        _origin(manifest, lineage),
        _artifacts(manifest),
        _running(manifest, contract),
    ]
    return "\n".join(section for section in sections if section)


def _head(manifest: Mapping[str, Json], contract: Mapping[str, Json]) -> str:
    notebooks = words.listed([f"`{each['file']}`" for each in manifest["notebooks"]])
    tasks = {"classification": "A classifier", "regression": "A regression model"}
    what = tasks.get(contract["task"], "A model")
    return f"# {manifest['name']}\n\n{what}, built by nbforge from {notebooks}.\n\nVersion `{manifest['version']}`.\n"


def _inputs(contract: Mapping[str, Json]) -> str:
    rows = [
        [
            f"`{field['name']}`",
            field["dtype"],
            "yes" if field["required"] else "no",
            "yes" if field["nullable"] else "no",
            _range(field),
        ]
        for field in contract["inputs"]
    ]
    text = "## Inputs\n\n" + _table(["field", "type", "required", "null", "training saw"], rows)
    if contract.get("ignored"):
        text += f"\nAccepted and not used: {words.listed([f'`{name}`' for name in contract['ignored']], 40)}.\n"
    return text


def _range(field: Mapping[str, Json]) -> str:
    if field.get("categories"):
        return words.listed([f"`{each}`" for each in field["categories"]], 12)
    if field.get("minimum") is None and field.get("maximum") is None:
        return ""
    return f"{words.number(field.get('minimum'))} to {words.number(field.get('maximum'))}"


def _outputs(contract: Mapping[str, Json]) -> str:
    rows = [
        [
            f"`{each['name']}`",
            each["kind"],
            each.get("dtype") or "",
            words.listed([f"`{name}`" for name in each.get("classes") or ()], 20),
        ]
        for each in contract["outputs"]
    ]
    return "## Outputs\n\n" + _table(["output", "kind", "type", "classes"], rows)


def _metrics(manifest: Mapping[str, Json]) -> str:
    rows = [[f"`{name}`", words.number(value)] for name, value in manifest.get("metrics", {}).items()]
    return "## Metrics of the training run\n\n" + _table(["metric", "value"], rows) if rows else ""


def _proof(verification: Mapping[str, Json]) -> str:
    proof = verification["proof"]
    equal = "bit for bit" if proof["equal"] == "bits" else f"within a relative {proof['tolerance']:g}"
    text = (
        f"## Proof\n\nA fresh process with only `requirements.lock` installed answered "
        f"{words.count(proof['rows'], 'training row')} "
        f"over HTTP, together, again, and {proof['apart']:,} of them one by one: equal to the training "
        f"kernel's own answers, {equal}.\n"
    )
    return text + f"`nbforge verify` repeats it from this directory alone.{_coverage(verification.get('coverage'))}\n"


def _coverage(coverage: Json) -> str:
    if not isinstance(coverage, Mapping):
        return ""
    said = [
        f"{name.replace('_', ' ')}: {words.number(value)}"
        for name, value in coverage.items()
        if isinstance(value, int | float | str) and not isinstance(value, bool)
    ]
    return f" The rows cover: {'; '.join(said)}." if said else ""


def _origin(manifest: Mapping[str, Json], lineage: Mapping[str, Json]) -> str:
    rows = [[f"`{each['file']}`", "notebook", f"`{each['sha256']}`"] for each in manifest["notebooks"]]
    rows += [[f"`{each['path']}`", "data", f"`{each['sha256']}`"] for each in lineage.get("data", ())]
    rows += [[f"`{each['path']}`", "code", f"`{each['sha256']}`"] for each in lineage.get("modules", ())]
    text = "## Made from\n\n" + _table(["file", "what", "sha256"], rows)
    git = lineage.get("git")
    if git:
        text += f"\nCommit `{git['commit']}`{' with uncommitted changes' if git.get('dirty') else ''}.\n"
    if lineage.get("parameters"):
        text += f"\nParameters given: `{json.dumps(lineage['parameters'], ensure_ascii=False)}`.\n"
    if lineage.get("hosts"):
        text += f"\nThe run contacted: {words.listed(lineage['hosts'], 20)}.\n"
    return text


def _artifacts(manifest: Mapping[str, Json]) -> str:
    artifacts = manifest["artifacts"]
    if not artifacts:
        return ""
    rows = [
        [f"`{each['name']}`", f"`{each['type']}`", each["format"], words.size(each["size"]), _cell(each)]
        for each in artifacts
    ]
    text = "## Artifacts\n\n" + _table(["name", "type", "format", "size", "from"], rows)
    unsafe = [f"`{each['name']}`" for each in artifacts if each.get("unsafe")]
    return text + ("\n" + _UNSAFE.format(names=words.listed(unsafe)) + "\n" if unsafe else "")


def _cell(record: Mapping[str, Json]) -> str:
    known = record.get("notebook") is not None and record.get("cell") is not None
    return f"{record['notebook']}, cell {record['cell']}" if known else ""


def _running(manifest: Mapping[str, Json], contract: Mapping[str, Json]) -> str:
    name = manifest["name"]
    body = json.dumps({"records": contract.get("examples", [])[:1] or [{}]}, ensure_ascii=False).replace("'", "'\\''")
    return (
        "## Running it\n\n"
        "```sh\n"
        "nbforge serve .                       # on http://127.0.0.1:8080\n"
        f"nbforge image . -t {name}:latest        # a container image\n"
        "nbforge score . rows.csv -o out.csv   # a file\n"
        "```\n\n"
        "```sh\n"
        f"curl -s http://127.0.0.1:8080/predict -H 'Content-Type: application/json' \\\n  -d '{body}'\n"
        "```\n"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |\n" for line in lines
    )
