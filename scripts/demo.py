"""``make demo``: a tagged notebook becomes a proven service, answers a row and shows its metrics.

With a container engine the service is an image and runs as a locked-down container; without one it is served by
``nbforge serve``, and the narration says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "sample_notebooks" / "penguins" / "penguins.ipynb"
BUNDLE = ROOT / "build" / "penguins"
IMAGE = "nbforge-demo/penguins:latest"
BASE = os.environ.get("NBFORGE_BASE", "nbforge-base:bookworm")
START_SECONDS = 60
ROW = {
    "island": "Biscoe",
    "bill_length_mm": 47.1,
    "bill_depth_mm": 14.4,
    "flipper_length_mm": 215.0,
    "body_mass_g": 5100.0,
    "sex": "male",
}
METRICS = (
    "nbforge_requests_total",
    "nbforge_predictions_total",
    "nbforge_prediction_duration_seconds_sum",
    "nbforge_model_info",
)


def main() -> int:
    """Tell the story; the exit code of the first command that fails."""
    with_image = has_engine()
    build = ["build", str(NOTEBOOK), "-o", str(BUNDLE), *(["-t", IMAGE, "--base", BASE] if with_image else [])]
    step(1, "Build: read the tags, train, save, and prove that the service predicts what the notebook predicted.")
    show("nbforge " + " ".join(build))
    built = subprocess.run([program("nbforge"), *build], check=False)
    if built.returncode:
        return built.returncode
    step(
        2,
        "Serve it"
        + (", read-only, without capabilities, as a user that the image does not know." if with_image else "."),
    )
    with container() if with_image else served() as url:
        wait_until_ready(url)
        step(3, "Score a penguin.")
        score(url)
        step(4, "Metrics, as Prometheus reads them.")
        metrics(url)
    epilogue(with_image)
    return 0


def has_engine() -> bool:
    """Whether the engine answers and holds the base image."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "image", "inspect", BASE], capture_output=True, check=False).returncode == 0


def program(name: str) -> str:
    """A program of this Python's environment."""
    return str(Path(sys.executable).with_name(name))


@contextlib.contextmanager
def served() -> Iterator[str]:
    """``nbforge serve`` on a free port."""
    port = free_port()
    show(f"nbforge serve {BUNDLE.relative_to(ROOT)} --port {port}")
    process = subprocess.Popen([program("nbforge"), "serve", str(BUNDLE), "--port", str(port)], start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def container() -> Iterator[str]:
    """The image on a free port, locked down."""
    port = free_port()
    command = ["docker", "run", "--detach", "--rm", "--read-only", "--cap-drop", "ALL", "--user", "123456:0"]
    command += ["--publish", f"127.0.0.1:{port}:8080", IMAGE]
    show(" ".join(command))
    identifier = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run(["docker", "stop", identifier], check=True, capture_output=True)


def free_port() -> int:
    """A port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str) -> None:
    """Return once the service has loaded its model."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            get(f"{url}/health/ready")
            return
        time.sleep(0.1)
    raise SystemExit(f"the service was not ready within {START_SECONDS} s")


def score(url: str) -> None:
    """One row in, one answer out."""
    body = json.dumps(ROW)
    show(f"curl -s {url}/predict -H 'content-type: application/json' -d '{body}'")
    request = urllib.request.Request(f"{url}/predict", body.encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        print(json.dumps(json.load(response), indent=2), flush=True)


def metrics(url: str) -> None:
    """The lines that the row moved."""
    show(f"curl -s {url}/metrics")
    for line in get(f"{url}/metrics").splitlines():
        if line.startswith(METRICS):
            print(line, flush=True)


def get(url: str) -> str:
    """The text at a loopback address."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return str(response.read(), "utf-8")


def step(number: int, text: str) -> None:
    """A heading of the narration."""
    print(f"\n{number}. {text}", flush=True)


def show(command: str) -> None:
    """The command a reader could type."""
    print(f"   $ {command}", flush=True)


def epilogue(with_image: bool) -> None:
    """What to do next, and what was left out."""
    bundle = BUNDLE.relative_to(ROOT)
    print(f"\nThe service is stopped. Its bundle is {bundle}: read {bundle}/README.md and {bundle}/service/scoring.py.")
    if with_image:
        print(f"Its image is {IMAGE}: docker run --rm -p 127.0.0.1:8080:8080 {IMAGE}")
    else:
        print(
            "LEFT OUT: the image, since no container engine with a base image answers here (scripts/engine.sh status)."
        )
        print("          As root on Debian, `make demo ENGINE=setup` installs and starts one.")
    print(f"Next: nbforge serve {bundle} --open, then tag a notebook of your own: docs/tutorial.md.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
