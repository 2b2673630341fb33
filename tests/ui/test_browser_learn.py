"""The live training in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from page_server import go
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


def place_on_page(box: Locator) -> list[float]:
    """Left, top, width and height, however far the page is scrolled."""
    return box.evaluate(
        "e => { const r = e.getBoundingClientRect();"
        " return [r.x + scrollX, r.y + scrollY, r.width, r.height]; }"
    )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_live_training_starts_streams_stops_and_is_reset(
    visit: Callable[..., Page], tmp_path: Path, language: str
) -> None:
    page = visit(f"?lang={language}")
    go(page, "learn")
    board, status = page.locator("#learn-canvas"), page.locator("#learn-status")
    cells = board.locator(".pairs-grid .cell")
    expect(cells).to_have_count(144)  # as large before the first run as in it
    expect(page.locator("#learn-reset")).to_be_disabled()
    before = place_on_page(board.locator(".pairs-grid"))
    steps = page.locator("#LearnSettings-training_steps input[type=number]")
    steps.fill("3000")
    steps.press("Tab")
    page.locator("#learn-start").click()
    expect(board.locator(".cell.first")).to_have_count(12)
    assert before == place_on_page(board.locator(".pairs-grid"))
    expect(page.locator("#learn-reset")).to_be_disabled()
    page.locator("#learn-stop").click()
    expect(status).to_contain_text({"en": "Stopped after", "ar": "أُوقف التدريب"}[language])
    expect(board.locator("ul.picks li:is(.right, .wrong)")).to_have_count(12)
    expect(board.locator(".told")).to_contain_text(re.compile(r"12"))
    name, cell = board.locator(".name").first.bounding_box(), cells.first.bounding_box()
    assert name and cell and (name["x"] > cell["x"]) == (language == "ar")
    go(page, "clip")
    go(page, "learn")  # what was learned is still there
    expect(board.locator(".cell.first")).to_have_count(12)
    page.screenshot(path=tmp_path / f"learn-{language}.png", full_page=True)
    page.locator("#learn-reset").click()
    expect(board.locator(".cell.first")).to_have_count(0)
    expect(page.locator("#learn-reset")).to_be_disabled()
    expect(page.locator("#learn-start")).to_be_enabled()
