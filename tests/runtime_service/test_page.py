"""The page for people, in a real browser: keyboard only, phone width, nothing fetched from anywhere else."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# The driver of the browser and its pages share one loop; more workers would start more browsers.
pytestmark = [pytest.mark.tool("chromium"), pytest.mark.xdist_group("browser")]

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of a service; at the end nothing but what is ``fine`` has gone wrong, and nobody else was asked."""
    wrong: list[str] = []
    elsewhere: list[str] = []

    def go(running: Running, path: str = "/", size: Any = DESK, fine: str = "nothing") -> Page:
        origin = f"http://127.0.0.1:{running.port}"
        page = contexts.enter_context(browser.new_context(viewport=size)).new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console", lambda said: wrong.append(said.text) if said.type == "error" and fine not in said.text else None
        )
        page.on(
            "request",
            lambda asked: elsewhere.append(asked.url) if not asked.url.startswith((origin, "data:")) else None,
        )
        page.goto(origin + path)
        return page

    with contextlib.ExitStack() as contexts:
        yield go
    assert not wrong
    assert not elsewhere


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    for _ in range(most):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by keyboard")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_prediction_by_keyboard(service: Callable[..., Running], visit: Callable[..., Page], size: Any) -> None:
    page = visit(service("penguins"), size=size)
    page.wait_for_selector("#field-0")
    tab_to(page, "button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".prediction")
    assert page.inner_text(".prediction")
    page.wait_for_selector("#card h1, #card h2, #card h3")
    assert overflow(page) <= 0


def test_what_is_wrong_is_said_beside_its_field(service: Callable[..., Running], visit: Callable[..., Page]) -> None:
    page = visit(service("houses"), fine="422")
    page.fill("#field-0", "many")
    page.keyboard.press("Enter")
    page.wait_for_selector("#field-0[aria-invalid=true]")
    hint = page.get_attribute("#field-0", "aria-describedby")
    assert page.inner_text(f"#{hint}")
    assert page.evaluate("document.activeElement.id") == "field-0"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_live_charts(serve: Serve, visit: Callable[..., Page], size: Any, tmp_path: Path) -> None:
    running = serve(bundles.build("penguins", tmp_path / "bundle"), drift_window=50)
    page = visit(running, size=size)
    page.wait_for_selector("#live:not([hidden])")
    example = running.http.get("/model").json()["examples"][0]
    assert running.predict({"records": [example] * 60}).status_code == 200
    page.wait_for_selector("#drift .badge:not(:text('no window yet'))", timeout=15_000)
    assert page.locator("#traffic figure").count() == 3
    assert page.locator("#predictions .share, #predictions figure").count()
    page.locator("#drift summary").first.press("Enter")
    assert page.locator("#drift details[open] rect").count()
    assert overflow(page) <= 0


def test_a_key_is_asked_for(serve: Serve, visit: Callable[..., Page], tmp_path: Path) -> None:
    key = "a-key-of-twenty-chars"
    page = visit(serve(bundles.build("penguins", tmp_path / "bundle"), api_keys=(key,)), fine="401")
    page.fill("#key", "not the right one at all")
    page.keyboard.press("Enter")
    page.wait_for_selector("label:has-text('not known')")
    page.fill("#key", key)
    page.keyboard.press("Enter")
    page.click("button[type=submit]:has-text('Predict')")
    page.wait_for_selector(".prediction")


def test_the_documentation(service: Callable[..., Running], visit: Callable[..., Page]) -> None:
    page = visit(service("penguins"), "/docs", PHONE)
    page.wait_for_selector("#operations details[open]")
    assert page.locator("#operations summary").count() > 5
    assert overflow(page) <= 0
