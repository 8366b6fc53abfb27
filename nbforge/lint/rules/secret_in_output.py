"""A credential in an output.

Outputs are saved with the notebook: a printed configuration, the URL in a traceback, a response with its headers.
Searched are streams, results as text, HTML and JSON, and errors, for the same forms as in NBF301. What is found is
never shown whole.

**Example**: `print(os.environ)`, or a failed connection whose message holds `postgresql://me:...@db`.

**Fix**: revoke the credential, and clear the output; `--fix` clears it, but it stays in the repository's history.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint import secrets
from nbforge.lint.document import texts
from nbforge.lint.model import Fix, Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF302"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Every credential in the outputs; once a cell."""
    for cell in subject.code:
        told: set[str] = set()
        for output in cell.outputs:
            for secret in (secret for text in texts(output) for secret in secrets.in_text(text)):
                if secret.value in told:
                    continue
                told.add(secret.value)
                yield Problem(
                    f"the output holds what looks like {secret.what}: {secret.masked}",
                    "Revoke it, and clear the output.",
                    cell.index,
                    fix=Fix("outputs", cell.index),
                )
