"""Keys, ports of their own, and what every answer forbids a browser."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from nbforge.runtime import settings
from nbforge.runtime.keys import Keys
from nbforge.runtime.problems import Refusal
from tests.runtime_service.conftest import Running, Serve
from tests.runtime_service.test_process import running
from tests.support import bundles
from tests.support.serving import free_port

OLD, NEW = "old-key-0123456789", "new-key-0123456789"
BODY = {"area": 30.0, "rooms": 1.0, "age": 10.0}


@pytest.fixture
def guarded(tmp_path: Path, serve: Serve) -> Running:
    return serve(bundles.build("houses", tmp_path / "bundle"), api_keys=(OLD, NEW))


@pytest.mark.parametrize(
    "fields",
    [
        {"x-api-key": OLD},
        {"x-api-key": NEW},
        {"authorization": f"Bearer {NEW}"},
        {"authorization": f"bearer  {OLD}"},
    ],
)
def test_any_of_the_keys_opens(guarded: Running, fields: dict[str, str]) -> None:
    assert guarded.predict(BODY, headers=fields).status_code == 200
    assert guarded.http.get("/model", headers=fields).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [{}, {"x-api-key": OLD[:-1]}, {"x-api-key": "ä".encode("latin-1")}, {"authorization": f"Basic {OLD}"}],
)
def test_anything_else_does_not(guarded: Running, fields: dict[str, str]) -> None:
    refused = guarded.predict(BODY, headers=fields)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json()["title"] == "Unauthorized"
    assert guarded.http.post("/v2/models/houses/infer", json={}, headers=fields).json()["error"]
    for path in ("/model", "/model/card", "/metrics", "/openapi.json", "/v2"):
        assert guarded.http.get(path, headers=fields).status_code == 401


def test_probes_and_static_pages_need_no_key_and_the_api_says_who_does(guarded: Running) -> None:
    for path in ("/health/live", "/health/ready", "/v2/health/live", "/v2/models/houses/ready", "/", "/docs"):
        assert guarded.http.get(path).status_code == 200, path
    document = guarded.http.get("/openapi.json", headers={"x-api-key": NEW}).json()
    assert set(document["components"]["securitySchemes"]) == {"key", "bearer"}
    assert document["paths"]["/predict"]["post"]["security"] == [{"key": []}, {"bearer": []}]
    assert "401" in document["paths"]["/v2"]["get"]["responses"]
    assert "security" not in document["paths"]["/health/live"]["get"]
    rejected = guarded.http.get("/metrics", headers={"x-api-key": NEW}).text
    assert 'nbforge_rejected_total{reason="unauthorized"}' not in rejected


def test_a_file_of_keys_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbforge.runtime.keys._LOOK_SECONDS", 0.0)
    path = tmp_path / "keys"
    path.write_text(f"# the first\n{OLD}\n")
    keys = Keys((), str(path))
    keys.check(OLD, "")
    path.write_text(f"{NEW}\n")
    keys.check(NEW, "")
    with pytest.raises(Refusal):
        keys.check(OLD, "")
    path.unlink()
    keys.check(NEW, "")


def test_wrong_keys_stop_the_start_and_are_not_shown(tmp_path: Path) -> None:
    wrong = {
        "NBFORGE_API_KEYS": "secret",
        "NBFORGE_API_KEYS_FILE": str(tmp_path),
        "NBFORGE_ADMIN_PORT": "8080",
    }
    with pytest.raises(settings.SettingsError) as caught:
        settings.read(wrong)
    for name in wrong:
        assert name in str(caught.value)
    assert "secret" not in str(caught.value)
    assert settings.read({"NBFORGE_API_KEYS": f"{OLD}, {NEW}"}).api_keys == (OLD, NEW)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_of_their_own_for_metrics_and_docs(tmp_path: Path, workers: str) -> None:
    admin_port = free_port()
    variables = {"NBFORGE_ADMIN_PORT": str(admin_port), "NBFORGE_API_KEYS": OLD, "NBFORGE_DRAIN_SECONDS": "0"}
    root = bundles.build("houses", tmp_path / "bundle")
    with running(root, NBFORGE_WORKERS=workers, **variables) as (process, url, _):
        admin = f"http://127.0.0.1:{admin_port}"
        key = {"x-api-key": OLD}
        assert httpx.post(f"{url}/predict", json=BODY, headers=key).status_code == 200
        for path in ("/metrics", "/docs", "/openapi.json"):
            assert httpx.get(url + path, headers=key).status_code == 404
            assert httpx.get(admin + path).status_code == 200
        assert httpx.post(f"{admin}/predict", json=BODY).status_code == 404
        for base in (url, admin):
            assert httpx.get(f"{base}/health/ready").status_code == 200
        process.terminate()
    assert process.returncode == 0
    assert "NBFORGE_API_KEYS" not in os.environ


def test_answers_forbid_a_browser_what_it_need_not_do(guarded: Running) -> None:
    page = guarded.http.get("/").headers
    assert "frame-ancestors 'none'" in page["content-security-policy"]
    assert (page["x-frame-options"], page["referrer-policy"]) == ("DENY", "no-referrer")
    for path in ("/", "/model", "/health/live", "/nothing"):
        assert guarded.http.get(path).headers["x-content-type-options"] == "nosniff"
