"""The page of a lab on a free port, and a browser for it; for the tests and the screenshots."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from app import build_app, serve
from multimodal.lab import Lab
from multimodal.ui.shell import page

#: Each tab and its place.
TABS = {name: place for place, name in enumerate(page.tab_builders())}
PATIENCE = 60_000  # milliseconds; a loaded machine is slow to answer, never wrong
expect.set_options(timeout=PATIENCE)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip


@contextmanager
def page_of(lab: Lab) -> Iterator[str]:
    """The address of a lab's page, served in this process."""
    demo = build_app(lab)
    try:
        serve(demo, lab, "127.0.0.1", None, share=False)
        yield demo.local_url
    finally:
        demo.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; tests/ensure_chromium.sh sees to it that there is one."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        raise RuntimeError("No Chromium is on PATH; run tests/ensure_chromium.sh.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def go(visited: Page, tab: str) -> None:
    """Open a tab."""
    visited.locator("#tabs button[role=tab]").nth(TABS[tab]).click()
