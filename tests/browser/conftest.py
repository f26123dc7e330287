"""A page in headless Chromium that fails on any console error and on any request but the file itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]

Open = Callable[..., Any]


def _give_up(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running headless Chromium; without one tests are skipped, but never in CI."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        _give_up("playwright is not installed")
    own = {"executable_path": str(CHROMIUM)} if CHROMIUM.exists() else {}
    with sync_playwright() as tools:
        try:
            browser = tools.chromium.launch(args=FLAGS, **own)
        except Error as err:
            _give_up(f"Chromium does not start: {str(err).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Open]:
    """Opens a file in a window of a width and height; at the end of the test nothing may have gone wrong in it."""
    wrong: list[str] = []
    opened = []

    def opening(path: Path, width: int = 1280, height: int = 800, **settings: Any) -> Any:
        page = chromium.new_page(viewport={"width": width, "height": height}, **settings)
        address = path.as_uri()
        page.on(
            "console", lambda said: wrong.append(f"console: {said.text}") if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: None if _is_own(asked.url, address) else wrong.append(f"request: {asked.url}"))
        page.goto(address)
        opened.append(page)
        return page

    yield opening
    for page in opened:
        page.close()
    assert wrong == []


def _is_own(asked: str, address: str) -> bool:
    return asked.split("#")[0] == address or asked.startswith(("data:", "blob:"))
