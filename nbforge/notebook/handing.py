"""Methods and functions of libraries that are given to a call, which will call them: ``map(rows.append, more)``."""

from __future__ import annotations

from nbforge.notebook.heap import DATA, HIDDEN
from nbforge.notebook.hidden import STDOUT, HiddenState
from nbforge.notebook.purity import Rule
from nbforge.notebook.regions import EMPTY, Region, Value

_GIVES_NEW = frozenset({"nothing", "fresh", "parts"})


class Handing(HiddenState):
    """Evaluation of calls that other code makes of what is not in the notebook."""

    def hand_over(self, value: Value, arguments: Value | None = None) -> Value:
        """What ``value`` holds may be called with anything that ``arguments``, else ``value``, hand out; what that may
        give.
        """
        if not value or not self.heap.handed:
            return EMPTY
        held = self.heap.parts(value)
        given = held if arguments is None else self.heap.parts(arguments)
        result: Value = EMPTY
        for region in sorted(held & self.heap.handed):
            facts = self.heap.regions[region]
            owner = EMPTY if facts.owner is None else frozenset({facts.owner})
            rule = self.tables.method(facts.qual, self.kind_of(owner)) if owner else self.tables.function(facts.qual)
            result |= self._call_handed(rule, facts, owner, given - owner - {region})
        return result

    def changed_of(self, receiver: Value, item: str | int) -> Value | None:
        """What one entry of ``changes`` names of the receiver; ``None`` where it is about the arguments."""
        match item:
            case "receiver":
                return receiver
            case "receiver*":
                return self.heap.reach(receiver, without=(DATA,))
            case "picture":
                return frozenset(region for region in receiver if self.heap.regions[region].qual == "picture")
        return None

    def _call_handed(self, rule: Rule, facts: Region, owner: Value, given: Value) -> Value:
        """Nothing is known of the arguments but that they are among ``given``."""
        changed: Value = EMPTY
        for item in rule.changes:
            own = self.changed_of(owner, item)
            changed |= given - self.heap.libraries if own is None else own
        changed = frozenset(region for region in changed if not self.heap.regions[region].fixed)
        if changed:
            self.mutate(changed)
            self.shift(changed)
            self.change_environ(changed)
        if owner and (rule.keeps or rule.takes):
            self.heap.link(owner, HIDDEN, given)
        self._touch(rule, facts.qual)
        return EMPTY if rule.gives in _GIVES_NEW else self.heap.parts(owner | given)

    def _touch(self, rule: Rule, path: str) -> None:
        if rule.seeds:
            self.may_seed(rule.seeds)
        if rule.draws and not (rule.unless and path.rpartition(".")[2][:1].isupper()):
            self.draw(rule.draws)
        if rule.settings:
            self.sets(path.partition(".")[0])
        if STDOUT in self.patched:
            self.may_print(rule, path)
        if rule.reads is not None or rule.writes is not None:
            self.reads("*")
        if rule.writes is not None:
            self.writes("*")
