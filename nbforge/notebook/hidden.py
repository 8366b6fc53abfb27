"""What calls into libraries touch beside what they are given: random numbers, settings, files, the environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbforge.notebook.callee import argument, is_constant, path_name
from nbforge.notebook.files import ANY, file_label, folders
from nbforge.notebook.presumption import seeds
from nbforge.notebook.purity import Rule
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.surroundings import FOLDERS
from nbforge.notebook.texts import Texts

STDOUT = "stdout"
_ANY_FILE = 99
_ASKS_WHERE = ("glob.", "importlib.", "os.", "pathlib.", "shutil.", "subprocess.", "tempfile.")
_TELLS_WHERE = frozenset({".absolute", ".cwd", ".resolve", ".samefile"})
_PATHLIKE = re.compile(r"^[^\s<>|*?\"]{1,200}\.\w{1,8}$|^[^\s<>|*?\"]*/[^\s<>|*?\"]*$")


class HiddenState(Texts):
    """Evaluation of what calls do to state that has no name."""

    def touch_hidden(self, node: ast.Call, rule: Rule, involved: Value, path: str) -> None:
        """A call of ``path`` by its rule: seeds, draws, settings, variables, files."""
        if rule.seeds:
            (self.seed if self.certain else self.may_seed)(rule.seeds)
        waits = bool(rule.unless) and path_name(node)[:1].isupper()  # what is constructed draws when it is trained
        if not waits and self.draws_now(node, rule):
            self.draw(rule.draws)
        if rule.trains:
            for region in involved:
                if self.heap.regions[region].draws:
                    self.draw(self.heap.regions[region].draws)
        if not rule.known or (rule.trains and any(self.heap.regions[region].unknown for region in involved)):
            self.may_draw(node)
        if not rule.known and seeds(path_name(node)):
            for generator in sorted(self.tables.generators):
                self.may_seed(generator)
        if rule.settings:
            self._settings(node, path)
        self.touch_environ(rule, involved, path)
        self._files(node, rule)

    def _settings(self, node: ast.Call, path: str) -> None:
        if path == "os.chdir":
            self.reads(self.path_label(node, 0) or "*")
            self.move()
        elif self._display_only(node) or path == "numpy.set_printoptions":
            self.sets("display")
        elif not path.startswith("os.environ."):
            self.sets(path.partition(".")[0])

    def touch_environ(self, rule: Rule, involved: Value, path: str) -> None:
        """A call may look at the environment, the working directory, and how things are shown."""
        if path in self.tables.words["texts"]:
            self.spell(involved)
        for region in sorted(involved & self.heap.opened) if self.heap.opened else ():
            self.reads(self.heap.regions[region].file)
        if STDOUT in self.patched:
            self.may_print(rule, path)
        if not rule.known or path.startswith(_ASKS_WHERE) or path in _TELLS_WHERE:
            self.look_around()
        if rule.known and rule.reads != _ANY_FILE:
            self.taken_whole(involved)
        else:
            self.ask_variable()  # code that nothing is known of, and other programs

    def may_print(self, rule: Rule, path: str) -> None:
        """A call may write to what the notebook has put in the place of ``sys.stdout``."""
        prints = path in self.tables.words["prints"]
        if prints or not rule.known:
            self.use_hidden(f"<attribute {STDOUT}>")
        if prints:
            self._print_to(self.patched[STDOUT])

    def _print_to(self, out: Value) -> None:
        """What is printed goes to one of ``out``, which the notebook has put in the place of ``sys.stdout``."""
        written = self.heap.reach(out) - self.heap.libraries
        self.mutate(written)
        self.call_back(written, written)

    def draws_now(self, node: ast.Call, rule: Rule) -> bool:
        """Whether a call draws from the global generator that its rule names."""
        if not rule.draws or self._given_keyword(node, rule.unless):
            return False
        return not rule.draws_with or any(
            keyword.arg is not None
            and keyword.arg in rule.draws_with
            and not (
                isinstance(keyword.value, ast.Constant) and keyword.value.value not in rule.draws_with[keyword.arg]
            )
            for keyword in node.keywords
        )

    def may_seed(self, generator: str) -> None:
        """The state of a global generator may be set."""
        with self.maybe():
            self.seed(generator)

    def _display_only(self, node: ast.Call) -> bool:
        first = node.args[0] if node.args else None
        prefixes = tuple(self.tables.words.get("display_options", ()))
        return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith(prefixes)

    def _given_keyword(self, node: ast.Call, name: str) -> bool:
        return bool(name) and any(
            keyword.arg == name and not is_constant(keyword.value, None) for keyword in node.keywords
        )

    def _files(self, node: ast.Call, rule: Rule) -> None:
        for position in (rule.reads, rule.writes):
            self._folders(self._path(node, position))
        if rule.reads is not None and (label := self.path_label(node, rule.reads)):
            (self.writes if self.mode_writes(node, rule) else self.reads)(label)
        if rule.writes is not None and (label := self.path_label(node, rule.writes)):
            self.writes(label)
            if path_name(node) in self.tables.words["makes_folders"]:
                self.touch(FOLDERS)
        if rule.known and rule.reads is rule.writes is None and rule.gives != "nothing":
            for label in self._named_files(node):  # a model may be made of one: ``Booster(model_file="model.txt")``
                self.reads(label)
                if rule.gives == "holds" and path_name(node)[:1].islower():  # ``create_cd(0, output_path="train.cd")``
                    self.writes(label)

    def _folders(self, path: ast.expr | None) -> None:
        """The folders that a path lies in have to be there."""
        for folder in sorted(folders(path, self.literal)) if path is not None else ():
            self.use_hidden(FOLDERS if folder == ANY else f"<file {folder}>")

    def mode_writes(self, node: ast.Call, rule: Rule) -> bool:
        """Whether what is opened may be written to: it is asked to, or its mode is not known."""
        if rule.opens != "r":
            return bool(rule.opens)
        position = 0 if isinstance(node.func, ast.Attribute) and not self._module_call(node) else 1
        mode = argument(node, "mode") or (node.args[position] if len(node.args) > position else None)
        if mode is None:
            return False
        text = str(mode.value) if isinstance(mode, ast.Constant) else "+"
        return "+" in text or not text.strip("bt").startswith(("r", "U"))

    def _module_call(self, node: ast.Call) -> bool:
        if not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Name):
            return False
        self.heap.note("other")
        return any(self.heap.regions[region].kind == "module" for region in self.env.get(node.func.value.id, EMPTY))

    def path_label(self, node: ast.Call, position: int) -> str:
        """The file that an argument names; an object that is no path names none."""
        if position == _ANY_FILE:
            return ANY
        found = self._path(node, position)
        return file_label(found, self.literal) if found is not None else ""

    def _path(self, node: ast.Call, position: int | None) -> ast.expr | None:
        if position is None or position == _ANY_FILE:
            return None
        if position < 0:  # the receiver is the path
            return node.func.value if isinstance(node.func, ast.Attribute) else None
        found = node.args[position] if len(node.args) > position else None
        for keyword in node.keywords:
            if keyword.arg in self.tables.words.get("path_keywords", ()):
                found = keyword.value
        return found

    def unknown_files(self, node: ast.Call) -> None:
        """Texts that look like paths, given to a call of unknown effect: it may read and write these files."""
        for label in self._named_files(node):
            self.reads(label)
            self.writes(label)

    def _named_files(self, node: ast.Call) -> Iterator[str]:
        for item in (*node.args, *(keyword.value for keyword in node.keywords)):
            text = item.value if isinstance(item, ast.Constant) else file_label(item, self.literal)
            if isinstance(text, str) and _PATHLIKE.match(text):
                yield file_label(item, self.literal)
