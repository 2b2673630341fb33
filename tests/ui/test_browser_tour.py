"""The page in a real browser: the tour, what is carried from tab to tab, accessibility,
widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_server import TABS, go
from playwright.sync_api import Dialog, Page, expect

pytestmark = pytest.mark.browser


def test_what_was_made_goes_on_to_other_tabs(visit: Callable[..., Page]) -> None:
    page = visit("?lang=en")
    go(page, "dalle")
    page.locator("#dalle-to-inside").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("There is no picture to send yet")
    page.locator("#dalle-prompt textarea").fill("a blue fish")
    page.locator("#dalle-start").click()
    page.locator("#dalle-canvas a.download").first.wait_for()
    page.locator("#dalle-to-inside").click()
    expect(page.locator("#inside-look")).to_be_visible()
    page.locator("#inside-bench .map [data-code]").first.wait_for()  # it was looked into at once
    go(page, "dalle")
    page.locator("#dalle-to-clip").click()
    expect(page.locator("#clip-captions textarea")).to_have_value(
        "a blue fish\na cat\na dalmatian dog\na face of a person"
    )
    expect(page.locator("table.heat tbody th").first).to_have_text("a blue fish")
    expect(page.locator("table.heat thead img")).to_have_count(1)
    go(page, "dalle")
    page.locator("#dalle-to-paint").click()
    expect(page.locator("#paint-prompt textarea")).to_have_value("a blue fish")
    expect(page.locator("#paint-start")).to_be_enabled()  # a painting waits for its button


@pytest.mark.parametrize(
    ("query", "word", "captions"),
    [
        ("?lang=en", "a strawberry", "a strawberry\na rose\na cat"),
        ("?lang=ar", "فراولة", "فراولة\nوردة\nقطة"),
    ],
)
def test_the_tour_carries_a_word_and_a_picture_through_the_tabs(
    visit: Callable[..., Page], query: str, word: str, captions: str
) -> None:
    page = visit(query)
    page.locator("#tour-start").click()
    expect(page.locator("#clip-captions textarea")).to_have_value(captions)
    expect(page.locator("table.heat thead img")).to_have_count(3)
    expect(page.locator("#tour-back")).to_be_disabled()
    page.locator("#tour-next").click()
    expect(page.locator("#gallery-query textarea, #gallery-query input")).to_have_value(word)
    page.locator("#gallery-hits figure.hit").first.wait_for()
    page.locator("#tour-next").click()
    page.locator("#inside-bench .map [data-code]").first.wait_for()
    page.locator("#tour-next").click()
    expect(page.locator("#paint-prompt textarea")).to_have_value(word)
    page.locator("#paint-canvas a.download").first.wait_for()  # tiny nets are done at once
    page.locator("#tour-next").click()
    page.locator("#dalle-canvas img").first.wait_for()
    page.locator("#tour-back").click()
    expect(page.locator("#paint-start")).to_be_visible()
    page.locator("#tour-end").click()
    expect(page.locator("#tour")).to_be_hidden()


def test_nobody_loses_a_gallery_without_being_asked(visit: Callable[..., Page]) -> None:
    page = visit("?lang=en")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    go(page, "gallery")
    page.reload()  # nothing to lose yet
    page.locator("#clip-score").wait_for()
    go(page, "gallery")
    page.locator("#gallery-example").click()
    page.locator("#gallery-hits .found").wait_for()
    page.reload()
    assert asked == ["beforeunload"]


#: Gradio's own: the upload button of a gallery holds its hidden file input.
GRADIOS_OWN = 'button[aria-haspopup="false"]:has(input[type="file"])'


WIDTHS = (390, 820, 1440)
FADED = "document.getAnimations().every((one) => !(one instanceof CSSTransition))"


def fill(page: Page, tab: str) -> None:
    """Have a result on the tab that is open, where that takes a second or two."""
    if tab == "clip":
        page.locator("#clip-score").click()
        page.locator("#clip-table .worked").wait_for(state="detached")
        page.locator("#clip-labels").locator("textarea, input").fill("a, b")  # short for tiny nets
        page.locator("#clip-classify").click()
        page.locator("#clip-cards .worked").wait_for(state="detached")
    if tab == "gallery":
        page.locator("#gallery-example").click()
        page.locator("#gallery-hits .found").wait_for()
        page.locator("#gallery-example:enabled").wait_for()  # as a visitor would
        page.locator("#gallery-example-0").click()
        page.locator("#gallery-hits figure.hit").first.wait_for()
    if tab == "inside":
        page.locator("#inside-look").click()
        page.locator("#inside-bench .map [data-code]").first.wait_for()
    if tab == "dalle":
        page.locator("#dalle-start").click()
        page.locator("#dalle-canvas a.download").first.wait_for()
        page.locator("#dalle-example-0:enabled").wait_for()


def fits(page: Page) -> bool:
    """Whether nothing reaches over the edge at any width; leaves the page at the widest."""
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
    return max(wide) <= 0


def serious(page: Page) -> list[object]:
    """What axe-core finds that keeps people out."""
    found = Axe().run(page, context={"exclude": [[GRADIOS_OWN]]}).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_tab_is_accessible_light_and_dark_and_fits(
    visit: Callable[..., Page], language: str
) -> None:
    page = visit(f"?lang={language}", viewport={"width": WIDTHS[0], "height": 900})
    for tab in TABS:
        go(page, tab)
        assert fits(page), tab
        fill(page, tab)
        assert fits(page), f"{tab} with a result"
        for dark in (False, True):
            page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
            page.wait_for_timeout(100)
            page.wait_for_function(FADED)
            assert serious(page) == [], (tab, dark)
        page.evaluate("document.body.classList.remove('dark')")
