"""A credential in a cell.

Whoever can read the notebook can use it, and so can whoever reads the repository's history. Known by their form are
tokens of cloud providers, code hosts and model hubs, private keys, JSON Web Tokens, passwords in URLs and connection
strings; and by the name that it is given to, a text such as `password = "..."` or `api_key="..."`. Placeholders
(`"your-key-here"`), `os.environ["TOKEN"]` and `getpass()` are none. Markdown cells are searched for tokens as well.
What is found is never shown whole.

**Example**

    client = Client(api_key="sk-proj-...")

**Fix**: revoke the credential, then read it from the environment: `os.environ["API_KEY"]`, handed to a build with
[`--env API_KEY`](../how-to/secrets.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint import secrets
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF301"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Every credential in code and text."""
    for cell in subject.cells:
        source = cell.cell.source
        found = secrets.in_source(source) if cell.cell.kind == "code" else secrets.in_text(source)
        for secret in found:
            line = source.count("\n", 0, secret.start) + 1
            column = secret.start - (source.rfind("\n", 0, secret.start) + 1) + 1
            yield Problem(
                f"this looks like {secret.what}: {secret.masked}",
                "Revoke it, and read it from the environment (`nbforge build --env NAME`).",
                cell.index,
                line,
                column,
                line,
            )
