"""What magics and shell commands do, as far as their names tell."""

from __future__ import annotations

import re

RUNS_CODE = frozenset({"time", "timeit", "prun", "memit", "mprun", "lprun"})
"""Magics whose text is Python of the notebook."""

SHOWS = frozenset(
    [
        "matplotlib",
        "config",
        "precision",
        "who",
        "whos",
        "who_ls",
        "autosave",
        "pinfo",
        "pinfo2",
        "pdoc",
        "pdef",
        "psource",
        "pfile",
        "lsmagic",
        "magic",
        "pwd",
        "ls",
        "ll",
        "lf",
        "lk",
        "la",
        "cat",
        "more",
        "less",
        "man",
        "page",
        "history",
        "hist",
        "rehashx",
        "colors",
        "xmode",
        "pprint",
        "doctest_mode",
        "debug",
        "pdb",
        "tb",
        "quickref",
        "psearch",
        "logstart",
        "logstop",
        "logon",
        "logoff",
        "logstate",
        "notebook",
        "automagic",
        "autocall",
        "autoindent",
        "alias",
        "dhist",
        "env_list",
        "html",
        "HTML",
        "javascript",
        "js",
        "markdown",
        "latex",
        "svg",
        "SVG",
        "watermark",
        "config_inline",
    ]
)
"""Magics that show something or set how things are shown."""

SETTINGS = frozenset(
    [
        "load_ext",
        "reload_ext",
        "unload_ext",
        "autoreload",
        "aimport",
        "env",
        "set_env",
        "cd",
        "pushd",
        "popd",
        "bookmark",
        "reset",
        "reset_selective",
        "xdel",
        "gui",
        "dotenv",
        "autoawait",
    ]
)
"""Magics that change state which anything later may depend on."""

_READS = frozenset(
    [
        "ls",
        "cat",
        "head",
        "tail",
        "wc",
        "pwd",
        "echo",
        "du",
        "df",
        "which",
        "file",
        "tree",
        "nvidia-smi",
        "whoami",
        "date",
        "uname",
        "lscpu",
        "free",
        "ps",
        "env",
        "printenv",
        "hostname",
        "find",
        "grep",
        "md5sum",
        "sha256sum",
        "sort",
        "uniq",
        "less",
        "more",
        "diff",
        "stat",
        "clear",
        "man",
        "ll",
    ]
)
_INSTALLS = re.compile(
    r"^\s*(?:sudo\s+)?(?:\S*python3?\s+-m\s+)?(?:\S*/)?(?:uv\s+)?(?:pip3?|conda|mamba|apt|apt-get|poetry)\b"
)
_INSTALL_READS = re.compile(r"\b(?:list|show|freeze|--version|-V|search|check|info)\b")
_NAMES = re.compile(r"\{([^{}]*)\}|\$\{?(\w+)")


def interpolated(text: str) -> set[str]:
    """Names that IPython would put the value of into a command: ``{expression}`` and ``$name``."""
    names: set[str] = set()
    for expression, name in _NAMES.findall(text):
        names.update(re.findall(r"[^\W\d]\w*", expression) if expression else [name])
    return names - {""}


def command_effect(command: str) -> str:
    """``installs``, ``reads``, ``writes`` (files), or ``""``."""
    if _INSTALLS.match(command):
        return "" if _INSTALL_READS.search(command) else "installs"
    effect = ""
    for part in re.split(r"[|;&]+", command):
        words = part.split()
        if words and not words[0].startswith("#"):
            plain = words[0] in _READS or (words[0].startswith("python") and words[1:] in (["--version"], ["-V"]))
            effect = (effect or "reads") if plain else "writes"
    return "writes" if effect and re.search(r"(?<!2)>", command) else effect


def without_options(text: str) -> str:
    """A line magic's code after its options (``%timeit -n 10 f(x)``)."""
    return re.sub(r"^\s*(?:-\w+\s+(?:\d+\s+)?)*", "", text)
