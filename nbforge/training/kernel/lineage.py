"""What the notebook reads: files, folders, hosts, programs, environment variables and modules, recorded as it happens.

An audit hook sees what goes through Python; :mod:`.readers` wraps what does not. Recording never fails the user's code.
Nothing is hashed here: the host does that, once, from :func:`report`.
"""

from __future__ import annotations

import os
import re
import socket
import stat
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from nbforge.training.kernel import readers

SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/run", "/System", "/Library")
TOOL_CACHES = (
    ".cache/matplotlib",
    ".cache/fontconfig",
    ".cache/pip",
    ".cache/uv",
    ".config/matplotlib",
    ".matplotlib",
    ".ipython",
    ".jupyter",
    ".local/share/jupyter",
    ".local/lib",
    ".local/share/fonts",
    ".fonts",
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PLUMBING = ("os.py", "<frozen os>", "_collections_abc.py", "<frozen _collections_abc>")
PROBES = frozenset({"uname", "lscpu", "ldconfig", "nproc", "sysctl"})
"""What libraries ask about the machine."""

LOOPBACK = re.compile(r"^(localhost|127\..*|::1|0\.0\.0\.0|::|)$")


class Recorder:
    """Takes audit events; see :func:`report` for what it keeps."""

    def __init__(self, ignore: Iterable[str], keep: Iterable[str]) -> None:
        self._ignored = tuple(_prefixes([*_environment_paths(), *SYSTEM, *_home(TOOL_CACHES), *ignore]))
        self._kept = tuple(_prefixes(keep))
        self._busy = threading.local()
        self._own_names = {socket.gethostname().lower()}
        self.read: dict[str, tuple[int, int, int]] = {}
        self.written: set[str] = set()
        self.listed: dict[str, list[str]] = {}
        self.hosts: set[str] = set()
        self.programs: set[str] = set()
        self.environ: set[str] = set()
        self.recent: set[tuple[str, str]] = set()
        self._handlers: dict[str, Callable[..., None]] = {
            "open": self._open,
            "os.listdir": self._list,
            "os.scandir": self._list,
            "os.rename": lambda _source, target, *_: self._made(target),
            "os.mkdir": lambda path, *_: self._made(path),
            "sqlite3.connect": self.source,
            "socket.connect": lambda _socket, address: self._address(address),
            "socket.getaddrinfo": lambda host, *_: self._host(host),
            "socket.gethostbyname": self._host,
            "subprocess.Popen": lambda executable, args, *_: self.command(args or executable),
            "os.system": self.command,
            "os.posix_spawn": lambda path, argv, _env: self.command(argv or path),
        }

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook: called for every event of the interpreter, so it must be quick and must not raise."""
        handler = self._handlers.get(event)
        if handler is not None:
            self.guarded(handler, *args)

    def guarded(self, handler: Callable[..., None], *args: Any) -> None:
        """Call ``handler``; what it does itself is not recorded, and what it raises is not the user's concern."""
        if getattr(self._busy, "now", False):
            return
        self._busy.now = True
        try:
            handler(*args)
        except Exception:  # noqa: BLE001, S110  # an undecodable path, a vanished folder: the user's own call tells
            pass
        finally:
            self._busy.now = False

    def relevant(self, path: str) -> bool:
        """Whether ``path`` is data of the user: the longest known prefix decides; below none, it is."""
        return _longest(path, self._kept) >= _longest(path, self._ignored)

    def source(self, value: object) -> None:
        """A path, URL or list of them that a reader is given."""
        if isinstance(value, list | tuple):
            for item in value:
                self.source(item)
        elif isinstance(value, str | bytes | os.PathLike):
            text = os.fsdecode(value)
            if "://" in text:
                self._host(urlsplit(text).hostname)
            elif os.path.isdir(text):
                self._folder(text)
            else:
                self._reading(os.path.abspath(text.removeprefix("file:").partition("?")[0]))

    def command(self, value: object) -> None:
        """A command line: its program, and those of its words that are files."""
        words = value.split() if isinstance(value, str) else [os.fsdecode(word) for word in _words(value)]
        if len(words) == 3 and words[1] == "-c":  # sh -c "..."
            words = words[2].split()
        program = os.path.basename(words[0].strip("'\"()")) if words else ""
        if program and program not in PROBES:
            self.programs.add(program)
            for word in words[1:]:
                path = os.path.abspath(word.strip("'\"()<>;"))
                if os.path.isfile(path):
                    self._reading(path)
                elif "://" in word:
                    self._host(urlsplit(word.strip("'\"")).hostname)

    def _open(self, path: object, mode: str | None, flags: int | None) -> None:
        if not isinstance(path, str | bytes | os.PathLike) or _importing(sys._getframe(3)):
            return
        name = os.path.abspath(os.fsdecode(path))
        writes = bool(flags & WRITING) if isinstance(flags, int) else bool(set(mode or "r") & set("wax+"))
        if not writes or (isinstance(flags, int) and flags & os.O_RDWR and not flags & os.O_TRUNC):
            self._reading(name)
        if writes and self.relevant(name):
            self._writing(name)

    def _writing(self, name: str) -> None:
        self.written.add(name)
        self.recent.add(("written", name))

    def _reading(self, name: str) -> None:
        if name in self.read or name in self.written:
            self.recent.add(("read", name))
            return
        if not self.relevant(name):
            return
        status = os.stat(name)
        if stat.S_ISREG(status.st_mode):
            self.recent.add(("read", name))
            self.read[name] = (status.st_size, status.st_mtime_ns, status.st_ino)

    def _folder(self, top: str) -> None:
        for folder, _folders, files in os.walk(top):
            self._listing(os.path.abspath(folder))
            for name in files:
                self._reading(os.path.abspath(os.path.join(folder, name)))

    def _list(self, path: object = None) -> None:
        if isinstance(path, int) or _importing(sys._getframe(3)):
            return
        self._listing(os.path.abspath(os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else "."))

    def _listing(self, folder: str) -> None:
        if folder not in self.listed and self.relevant(folder):
            self.listed[folder] = sorted(os.listdir(folder))

    def _made(self, target: object) -> None:
        if isinstance(target, str | bytes | os.PathLike):
            name = os.path.abspath(os.fsdecode(target))
            if self.relevant(name):
                self._writing(name)

    def _address(self, address: object) -> None:
        if isinstance(address, tuple) and address:
            self._host(address[0])

    def _host(self, host: object) -> None:
        name = (os.fsdecode(host) if isinstance(host, str | bytes) else "").lower().rstrip(".")
        if not LOOPBACK.match(name) and name not in self._own_names:
            self.hosts.add(name)
            self.recent.add(("hosts", name))

    def modules(self) -> dict[str, str]:
        """Imported modules that are the user's own files, as ``{name: path}``."""
        found = {}
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if (
                isinstance(path, str)
                and path.endswith(".py")
                and name != "__main__"
                and self.relevant(os.path.abspath(path))
            ):
                found[name] = os.path.abspath(path)
        return found


_recorder: Recorder | None = None


def install(ignore: Sequence[str], keep: Sequence[str]) -> None:
    """Start recording for the rest of the process.

    Args:
        ignore: folders whose files are no data (the run's own, the overlay, the cache).
        keep: folders whose files are data even below an ignored one (the notebook's).
    """
    global _recorder  # noqa: PLW0603  # an audit hook cannot be removed: there is one a process
    recorder = _recorder = Recorder(ignore, keep)
    sources = {module: (names, _safely(recorder, recorder.source)) for module, names in readers.READERS.items()}
    commands = {module: (names, _safely(recorder, recorder.command)) for module, names in readers.COMMANDS.items()}
    readers.AfterImport({**sources, **commands}).install()
    _watch_environ(recorder)
    sys.addaudithook(recorder.audit)


def report() -> dict[str, Any]:
    """What was recorded so far, as JSON; paths are absolute.

    ``read``: ``{path: [size, mtime_ns, inode]}`` at the first reading, without files that this process wrote before;
    ``written``; ``listed``: ``{folder: [names]}``; ``hosts`` (never loopback); ``programs``; ``environ``: names of
    variables; ``modules``.
    """
    if _recorder is None:
        return {"read": {}, "written": [], "listed": {}, "hosts": [], "programs": [], "environ": [], "modules": {}}
    modules = _recorder.modules()
    own = set(modules.values())
    return {
        "read": {path: list(seen) for path, seen in sorted(_recorder.read.items()) if path not in own},
        "written": sorted(_recorder.written),
        "listed": dict(sorted(_recorder.listed.items())),
        "hosts": sorted(_recorder.hosts),
        "programs": sorted(_recorder.programs),
        "environ": sorted(_recorder.environ),
        "modules": dict(sorted(modules.items())),
    }


def recent() -> set[tuple[str, str]]:
    """What was read, written and contacted since the last call: ``("read", path)``, ``("written", path)``,
    ``("hosts", name)``; here every reading counts, also of what this process wrote.
    """
    if _recorder is None:
        return set()
    found, _recorder.recent = _recorder.recent, set()
    return found


def _safely(recorder: Recorder, handler: Callable[[object], None]) -> readers.Notice:
    return lambda value: recorder.guarded(handler, value)


def _watch_environ(recorder: Recorder) -> None:
    environ: Any = type(os.environ)
    original = environ.__getitem__

    def getitem(self: Any, key: Any) -> Any:
        if isinstance(key, str) and _asked_by_user(recorder, sys._getframe(1)):
            recorder.environ.add(key)
        return original(self, key)

    environ.__getitem__ = getitem


def _asked_by_user(recorder: Recorder, frame: Any) -> bool:
    """Whether the first frame outside ``os`` is a notebook's cell or a module of the user's project."""
    while frame is not None and frame.f_code.co_filename.endswith(PLUMBING):
        frame = frame.f_back
    name = frame.f_code.co_filename if frame is not None else "<"
    return "ipykernel_" in name or (not name.startswith("<") and recorder.relevant(os.path.abspath(name)))


def _importing(frame: Any) -> bool:
    name = frame.f_code.co_filename
    return name.startswith("<frozen importlib") or "/importlib/" in name or "/pkg_resources/" in name


def _environment_paths() -> list[str]:
    return [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()]


def _home(names: Iterable[str]) -> list[str]:
    return [os.path.join(os.path.expanduser("~"), name) for name in names]


def _prefixes(paths: Iterable[str]) -> list[str]:
    return sorted({spelling for path in paths for spelling in (os.path.abspath(path), os.path.realpath(path))} - {"/"})


def _longest(path: str, prefixes: Sequence[str]) -> int:
    return max((len(prefix) for prefix in prefixes if path == prefix or path.startswith(prefix + os.sep)), default=0)


def _words(value: object) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if isinstance(value, bytes | os.PathLike) else []
