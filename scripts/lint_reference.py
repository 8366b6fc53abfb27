"""Writes docs/reference/lint.md from the rules' own docstrings; ``--check`` only says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from nbforge.keys import Key
from nbforge.lint import options, registry
from nbforge.lint.model import Rule
from scripts import generated

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "lint.md"
_HEAD = """\
# Lint rules

<!-- Written by scripts/lint_reference.py (`make docs`) from the rules' docstrings: do not edit. -->

`nbforge lint` reads notebooks and runs nothing. Each finding has the code of its rule, a severity, the cell (counted
from 0) and the line. Where a rule speaks of what a build needs, it goes by the [slice](../explanation/slicing.md); in a
notebook without `nbforge:` tags every cell counts as needed.

    nbforge lint churn.ipynb drafts/         # files and folders; this folder where none is named
    nbforge lint --select NBF3 --format sarif > lint.sarif
    nbforge lint --fix                       # repairs tags, lost writes and renamed calls, and changes no other byte
    nbforge lint --clear-outputs             # clears outputs that NBF105 and NBF302 complain of

It exits with 7 where a finding is at least as bad as `--fail-on` (`warning`), else with 0. In folders, hidden ones,
bundles and environments are left out.

| format | |
|---|---|
| `text` | for people, in colour on a terminal |
| `json` | one object: `notebooks`, `fixed`, `findings`, each with `rule`, `severity`, `notebook`, `cell`, `line`, ... |
| `sarif` | SARIF 2.1.0, for code scanning; regions are lines of the `.ipynb`, cells are logical locations |
| `github` | annotations of a workflow, at the lines of the `.ipynb` that a review shows |

## Suppressing a finding

At the end of the line, or of the statement; or for a cell, in a line of its own:

```python
frame = pd.read_csv("/mnt/warehouse/customers.csv")  # nbforge: ignore[NBF303]
```

```python
# nbforge: ignore-cell[NBF401, NBF403]
# nbforge: data
```

## `[tool.nbforge.lint]`

```toml
[tool.nbforge.lint]
ignore = ["NBF403"]
max-output-kb = 200

[tool.nbforge.lint.severity]
NBF401 = "error"

[tool.nbforge.lint.per-notebook-ignores]
"drafts/*.ipynb" = ["NBF2", "NBF4"]
```

"""


def render() -> str:
    """The page as Markdown."""
    rules = registry.all_rules()
    rows = "".join(
        f"| [{rule.CODE}](#{_anchor(rule)}) | `{registry.name_of(rule)}` "
        f"| {rule.SEVERITY} | {registry.summary(rule)} |\n"
        for rule in rules
    )
    keys = "".join(_row(key) for key in options.KEYS)
    sections = "".join(_section(rule) for rule in rules)
    return (
        f"{_HEAD}| key | type | default | flag | meaning |\n|---|---|---|---|---|\n{keys}\n"
        f"## Rules\n\n| code | name | severity | |\n|---|---|---|---|\n{rows}{sections}"
    )


def _anchor(rule: Rule) -> str:
    return f"{rule.CODE.lower()}-{registry.name_of(rule)}"


def _section(rule: Rule) -> str:
    head = f"## {rule.CODE} {registry.name_of(rule)}\n\nSeverity: `{rule.SEVERITY}`."
    return f"\n{head}\n\n{registry.manual(rule).rstrip()}\n"


def _row(key: Key) -> str:
    choices = f": {', '.join(f'`{choice}`' for choice in key.choices)}" if key.choices else ""
    flag = f"`{key.flag}`" if key.flag else ""
    return f"| `{key.name}` | {key.kind}{choices} | {key.default} | {flag} | {key.doc} |\n"


if __name__ == "__main__":
    raise SystemExit(generated.main(PAGE, render, sys.argv[1:]))
