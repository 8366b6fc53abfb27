"""The user's pip settings in uv's words, and what uv's failures mean."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbforge.environments import pipconf, settings, uv

HOME = {"HOME": "/nowhere", "PIP_CONFIG_FILE": os.devnull, "PATH": "/usr/bin"}


def _home(directory: Path, text: str = "", **variables: str) -> dict[str, str]:
    (directory / ".config" / "pip").mkdir(parents=True, exist_ok=True)
    (directory / ".config" / "pip" / "pip.conf").write_text(text)
    return {"HOME": str(directory), "XDG_CONFIG_DIRS": str(directory / "xdg"), **variables}


@pytest.mark.parametrize(
    ("pip", "expected"),
    [
        ({"PIP_INDEX_URL": "https://me:pw@pypi.corp/simple"}, {"UV_DEFAULT_INDEX": "https://me:pw@pypi.corp/simple"}),
        (
            {"PIP_EXTRA_INDEX_URL": "https://a/simple https://b/simple"},
            {"UV_INDEX": "https://a/simple https://b/simple", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"PIP_FIND_LINKS": "/wheels https://x/links"}, {"UV_FIND_LINKS": "/wheels,https://x/links"}),
        ({"PIP_CERT": "/corp.pem"}, {"SSL_CERT_FILE": "/corp.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/corp.pem"}, {"SSL_CERT_FILE": "/corp.pem"}),
        ({"PIP_CLIENT_CERT": "/me.pem"}, {"SSL_CLIENT_CERT": "/me.pem"}),
        ({}, {"UV_SYSTEM_CERTS": "1"}),
        ({"PIP_TRUSTED_HOST": "a.corp b.corp"}, {"UV_INSECURE_HOST": "a.corp b.corp"}),
        ({"PIP_PROXY": "proxy.corp:3128"}, {"HTTPS_PROXY": "http://proxy.corp:3128"}),
        ({"PIP_DEFAULT_TIMEOUT": "180"}, {"UV_HTTP_TIMEOUT": "180"}),
        ({"PIP_TIMEOUT": "7.6"}, {"UV_HTTP_TIMEOUT": "8"}),
        ({"PIP_RETRIES": "9"}, {"UV_HTTP_RETRIES": "9"}),
        ({"PIP_KEYRING_PROVIDER": "subprocess"}, {"UV_KEYRING_PROVIDER": "subprocess"}),
        ({"PIP_PRE": "yes"}, {"UV_PRERELEASE": "allow"}),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else "",
)
def test_each_setting_of_pip_is_said_to_uv(pip: dict[str, str], expected: dict[str, str]) -> None:
    said = settings.variables({**HOME, **pip}, Path("/nowhere"))
    assert expected.items() <= said.items()


def test_what_the_user_wrote_for_uv_wins() -> None:
    mine = {
        "UV_INDEX_URL": "https://uv/simple",
        "SSL_CERT_FILE": "/mine.pem",
        "HTTPS_PROXY": "http://mine",
        "UV_HTTP_TIMEOUT": "5",
    }
    pip = {"PIP_INDEX_URL": "https://pip/simple", "PIP_CERT": "/pip.pem", "PIP_PROXY": "http://pip", "PIP_TIMEOUT": "9"}
    said = settings.variables({**HOME, **mine, **pip}, Path("/nowhere"))
    assert mine.items() <= said.items()
    assert "UV_DEFAULT_INDEX" not in said


def test_an_index_in_uv_toml_wins(tmp_path: Path) -> None:
    (tmp_path / ".config" / "uv").mkdir(parents=True)
    (tmp_path / ".config" / "uv" / "uv.toml").write_text('[pip]\nindex-url = "https://uv/simple"\n')
    said = settings.variables(_home(tmp_path, "[global]\nindex-url = https://pip/simple\n"), Path("/nowhere"))
    assert "UV_DEFAULT_INDEX" not in said


def test_files_are_read_in_pips_order(tmp_path: Path) -> None:
    (tmp_path / "xdg" / "pip").mkdir(parents=True)
    (tmp_path / "xdg" / "pip" / "pip.conf").write_text(
        "[global]\ntimeout = 1\nretries = 1\ncert = /shared.pem\nproxy = shared\n"
    )
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "pip.conf").write_text("[global]\ncert = /venv.pem\n")
    environ = _home(tmp_path, "[global]\nretries = 2\ncert = /user.pem\n[install]\nproxy = user\n", PIP_TIMEOUT="3")
    found = pipconf.read(environ, tmp_path / "venv")
    assert found == {"timeout": "3", "retries": "2", "cert": "/venv.pem", "proxy": "user"}
    assert pipconf.read({**environ, "PIP_CONFIG_FILE": "/dev/null"}, tmp_path / "venv") == {"timeout": "3"}


def test_a_broken_pip_conf_is_no_setting(tmp_path: Path) -> None:
    assert "index-url" not in pipconf.read(_home(tmp_path, "index-url = no section\n"), tmp_path)


def test_constraints_that_exist(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("torch<3\n")
    environ = _home(tmp_path, f"[global]\nconstraint = {tmp_path / 'c.txt'} {tmp_path / 'gone.txt'}\n")
    assert settings.constraints(environ, tmp_path) == (tmp_path / "c.txt",)


def test_nothing_of_another_environment_reaches_uv() -> None:
    said = settings.variables({**HOME, "VIRTUAL_ENV": "/other", "PYTHONPATH": "/other/lib"}, Path("/nowhere"))
    assert not {"VIRTUAL_ENV", "PYTHONPATH"} & set(said)


@pytest.mark.parametrize(
    ("stderr", "code", "words"),
    [
        (
            "error: Failed to fetch: `https://me:secret@pypi.corp/n/`\n cause: tcp connect error\n Connection refused",
            "index-unreachable",
            "pypi.corp cannot be reached (connection refused)",
        ),
        (
            "cause: Failed to fetch: `https://gone.corp/x`\n cause: dns error",
            "index-unreachable",
            "its name is unknown",
        ),
        (
            "Failed to fetch: `https://pypi.corp/`\n invalid peer certificate: UnknownIssuer",
            "index-certificate",
            "pypi.corp is not trusted",
        ),
        (
            "Failed to fetch: `https://pypi.corp/`\n HTTP status client error (401 Unauthorized)",
            "index-credentials",
            "pypi.corp",
        ),
        ("Because there is no version of\n  numpy==99.1 and you require", "distribution-missing", "numpy==99.1"),
        ("Because acme-tools was not found in the package registry and", "distribution-missing", "acme-tools"),
        (
            "Because odd==1.0 has no wheels with a matching Python ABI tag",
            "distribution-missing",
            "odd==1.0 has no wheel",
        ),
        ("error: failed to write: No space left on device (os error 28)", "disk-full", "the disk is full"),
        ("error: something new\n  cause: nobody knows", "unresolvable", "something new: nobody knows"),
        ("", "unresolvable", "gave no reason"),
    ],
)
def test_what_a_failure_of_uv_means(stderr: str, code: str, words: str) -> None:
    environ = {"UV_DEFAULT_INDEX": "https://me:secret@pypi.corp/simple"}
    failure = uv.failure("make the lock", stderr, environ)
    assert (failure.code, failure.exit_code) == (code, 8)
    assert words in failure.message
    assert "secret" not in str(failure) + failure.detail
    assert "https://" not in str(failure) + failure.detail


def test_the_remedy_for_a_distribution_without_a_wheel_makes_one() -> None:
    failure = uv.failure("make the lock", "Because odd==1.0 has no usable wheels and", {})
    assert '`pip wheel odd==1.0 --no-deps -w wheels`, and build with `UV_FIND_LINKS="$PWD/wheels"`' in failure.remedy
