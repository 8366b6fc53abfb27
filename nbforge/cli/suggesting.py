"""``nbforge tag --suggest``: shown, asked about, or applied."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbforge.cli import running

if TYPE_CHECKING:
    from nbforge.notebook.suggest import Proposal, Suggestion

_QUESTION = "[y]es, [n]o, [a]ll, [q]uit"


def suggest(notebook: Path, *, apply: bool, add_cell: bool, as_json: bool) -> None:
    """Propose tags; set them where that is asked for, or agreed to on a terminal."""
    from nbforge import tagging

    proposal = tagging.propose(notebook, add_cell=add_cell)
    if apply:
        done = tagging.take(notebook, [each for each in proposal.suggestions if each.confidence != "low"])
        shown = tagging.proposed(notebook, proposal)
        value = {**shown.json, "changed": done.json["changed"], "added_cell": done.json["new_cell"]}
        running.result(as_json, lambda: value, lambda: "\n".join([done.text, *_left(notebook, proposal)]))
        return
    shown = tagging.proposed(notebook, proposal)
    if as_json or not _on_a_terminal() or not (proposal.suggestions or proposal.offer):
        running.result(as_json, lambda: shown.json, lambda: shown.text, to=sys.stdout)
        return
    chosen = ask(notebook, proposal, _answer)
    running.say(tagging.take(notebook, chosen).text if chosen else "Nothing was changed.")


def ask(notebook: Path, proposal: Proposal, answer: Callable[[str], str]) -> Sequence[Suggestion]:
    """What a person agrees to, of a proposal shown one by one.

    Args:
        notebook: its file.
        proposal: what is proposed.
        answer: asks a question and returns the first letter of what is said.
    """
    from nbforge import tagging
    from nbforge.views import tagging as view

    if proposal.offer is not None and not proposal.complete:
        running.say(f"No cell is the prediction yet: {proposal.offer.reason}.")
        if answer(f"Add a cell with `{proposal.offer.source}` at the end? [y]es, [n]o") == "y":
            proposal = tagging.propose(notebook, add_cell=True)
    heads = tagging.heads(notebook)
    chosen: list[Suggestion] = []
    everything = False
    for each in proposal.suggestions:
        running.say("\n".join(view.suggestion(tagging.suggested(each), heads)))
        said = "y" if everything else answer(f"       set {each.tag}? {_QUESTION}")
        if said == "q":
            break
        everything = everything or said == "a"
        if said in {"y", "a"}:
            chosen.append(each)
    for note in proposal.notes:
        running.say(f"Note: {note}")
    return chosen


def _left(notebook: Path, proposal: Proposal) -> list[str]:
    """What was proposed and not set."""
    weak = [
        f"Left out, a weak proposal: --set {each.cell}={each.tag} ({each.reason})."
        for each in proposal.suggestions
        if each.confidence == "low"
    ]
    missing = []
    if proposal.offer is not None and not proposal.complete:
        missing = [f"No cell is the prediction yet: --add-cell adds `{proposal.offer.source}` at the end."]
    return [*weak, *missing, *(f"Note: {note}" for note in proposal.notes), *_next(notebook, proposal)]


def _next(notebook: Path, proposal: Proposal) -> list[str]:
    import shlex

    return [f"Next:  nbforge build {shlex.quote(str(notebook))}"] if proposal.complete else []


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _answer(question: str) -> str:
    """The first letter of an answer; no answer is a yes, the end of the input ends it all."""
    while True:
        running.say(question)
        try:
            said = input().strip().lower()
        except EOFError:
            return "q"
        if said[:1] in {"", "y", "n", "a", "q"}:
            return said[:1] or "y"
