"""The serving benchmark, as far as it goes without load: a peer that cannot serve is named with its reason."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.serving import report
from benchmarks.serving.__main__ import Results
from benchmarks.serving.load import ServingError
from benchmarks.serving.models import Subject
from benchmarks.serving.peers import Peer, Round, table

_ANSWERS = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = ANSWER.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

pytestmark = pytest.mark.skipif(not shutil.which("taskset"), reason="services are pinned to a core with taskset")


def peer(program: str) -> Peer:
    return Peer(
        name="peer",
        title="A peer (1.0)",
        python=Path(sys.executable),
        build=(),
        command=("{python}", "-c", program),
        prepare=(),
        path="/predict",
        body="records",
        answer=("predictions",),
        models=("m",),
    )


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return Subject("m", tmp_path, ({"a": 1.5}, {"a": 2.5}), (0, 1))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("ANSWER = '{\"predictions\": [1]}'" + _ANSWERS, r"the fitted object says \(0,\) and it \[1\]"),
        ("ANSWER = '{\"scores\": [0]}'" + _ANSWERS, "another shape"),
        ("ANSWER = 'ready'" + _ANSWERS, "Expecting value"),
        ("raise SystemExit('no such model')", "ended with 1\nno such model"),
    ],
)
def test_who_cannot_serve_is_told_with_what_it_said(subject: Subject, program: str, reason: str) -> None:
    with pytest.raises(ServingError, match=reason):
        peer(program).measure(subject, 1)


def test_who_is_left_out_is_below_the_table_and_not_in_it(tmp_path: Path) -> None:
    one = Round(c1_p50=0.002, c32_rate=100, c32_p99=0.1, batch_rows=1000, start=1, memory=100, failed=0)
    by = {"by-hand": [one, one], "nbforge": [replace(one, c32_rate=900), replace(one, c32_rate=1100)], "mlflow": [one]}
    results = Results({"m1": by})
    results.leave_out("m1", "mlflow", ServingError("the service ended\nwith 1"))
    titles = {name: entry["title"] for name, entry in table().items()}
    text = report.markdown(results.measured(), titles, "by-hand", results.reasons)
    assert "| **nbforge** | 2.00 (1.00x, 1.00-1.00) | 1,000 (10.00x, 9.00-11.00) |" in text
    assert "| MLflow |" not in text
    assert "Left out: MLflow. the service ended with 1" in text

    page = tmp_path / "explanation" / "serving.md"
    page.parent.mkdir()
    (tmp_path / "images").mkdir()
    page.write_text(f"before\n{report.BEGIN}\nearlier figures\n{report.END}\nafter\n")
    report.publish(text, results.measured(), titles, "Two rounds.", page)
    published = page.read_text()
    assert published.startswith(f"before\n{report.BEGIN}\nTwo rounds.\n\n![")
    assert published.endswith(f"{text}{report.END}\nafter\n")
    assert "earlier" not in published
    assert (tmp_path / "images" / "serving.svg").read_bytes().startswith(b"<?xml")


def test_the_page_has_a_place_for_the_figures() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert page.index(report.BEGIN) < page.index(report.END)


def test_figures_of_a_busy_machine_do_not_get_into_the_docs() -> None:
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        assert 0 < report.busy(0.5) <= 1
    finally:
        spinning.kill()
        spinning.wait()
