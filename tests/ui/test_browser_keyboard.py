"""The page in a real browser, without a mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from page_server import TABS
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

#: What has to be reached on each tab to use it; all else on it may come before, between or after.
NEEDED = {
    "clip": {"clip-pictures", "clip-captions", "clip-score", "clip-labels", "clip-classify"},
    "learn": {"learn-start"},
    "gallery": {"gallery-files", "gallery-example", "gallery-query", "gallery-search"},
    "inside": {"inside-picture", "inside-look", "inside-random"},
    "paint": {"paint-prompt", "paint-start"},
    "dalle": {"dalle-prompt", "dalle-start"},
    "compare": {"compare-prompt", "compare-start"},
}
MOST_STEPS = 150
#: The ids around the focused element, and whether it shows that it has the focus.
FOCUSED = """
() => {
  const element = document.activeElement, ids = [];
  for (let node = element; node; node = node.parentElement) if (node.id) ids.push(node.id);
  const style = getComputedStyle(element);
  const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return { ids, shown: shown || element.tagName === "INPUT" && element.type === "file" };
}
"""


def test_every_tab_is_used_by_keys_alone(visit: Callable[..., Page]) -> None:
    page = visit("?lang=en")
    for tab, place in TABS.items():
        page.locator("#tabs button[role=tab]").nth(place).focus()
        page.keyboard.press("Enter")
        needed = set(NEEDED[tab])
        for _ in range(MOST_STEPS):
            if not needed:
                break
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if needed & set(focused["ids"]):
                assert focused["shown"], (tab, focused["ids"])
            needed -= set(focused["ids"])
        assert not needed, f"{tab}: no key leads to {needed}"


def test_a_picture_is_drawn_and_saved_by_keys_alone(visit: Callable[..., Page]) -> None:
    page = visit("?lang=en")
    page.locator("#tabs button[role=tab]").nth(TABS["dalle"]).focus()
    page.keyboard.press("Enter")
    page.locator("#dalle-prompt textarea").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("a blue fish")
    page.locator("#dalle-start").focus()
    page.keyboard.press("Enter")
    saved = page.locator("#dalle-canvas a.download").first
    saved.wait_for()
    saved.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".png")
    expect(page.locator("#dalle-prompt textarea")).to_have_value("a blue fish")
