"""Take the documentation's pictures of the page: `python tests/screenshots.py [FOLDER]`.

Every tab in English and Arabic with a result on it, from the shipped weights.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from page_server import chromium, page_of  # noqa: E402
from playwright.sync_api import Page  # noqa: E402

from multimodal.lab import Lab  # noqa: E402
from multimodal.ui.language import LANGUAGES  # noqa: E402

PATIENCE = 300_000  # milliseconds


def loaded(page: Page) -> None:
    """Wait until every picture on the page is there."""
    page.wait_for_function("[...document.images].every((image) => image.complete)")


def clip(page: Page) -> None:
    page.locator("#clip-score").click()
    page.locator("#clip-table .worked").wait_for(state="detached")
    page.locator("#clip-classify").click()
    page.locator("#clip-cards .worked").wait_for(state="detached")
    page.locator("#clip-where").click()
    page.locator("#clip-maps figure").nth(2).wait_for()
    page.locator("#clip-maps .bar").wait_for(state="detached")


def learn(page: Page) -> None:
    page.locator("#learn-start").click()
    page.locator("#learn-canvas ul.picks li.right").first.wait_for()


def gallery(page: Page) -> None:
    page.locator("#gallery-example").click()
    page.locator("#gallery-example:enabled").wait_for()
    page.locator("#gallery-status details, #gallery-status .status").first.wait_for()
    page.locator("#gallery-example-0").click()
    page.locator("#gallery-hits figure.hit img").first.wait_for()
    loaded(page)


def inside(page: Page) -> None:
    page.locator("#inside-example-2").click()
    page.locator("#inside-bench .map button").first.wait_for()
    page.locator("#inside-realness img").first.wait_for()
    page.locator("#inside-bench ol.most button").first.click()
    page.locator("#inside-bench .over .same").first.wait_for()
    page.locator("#inside-random").click()
    page.locator("#inside-lot img").wait_for()
    loaded(page)


def paint(page: Page) -> None:
    page.locator("#paint-start").click()
    page.locator("#paint-canvas a.download").wait_for()


def dalle(page: Page) -> None:
    page.locator("#dalle-start").click()
    page.locator("#dalle-canvas a.download").first.wait_for()


def compare(page: Page) -> None:
    page.locator("#compare-gallery input").check()  # its pictures came with the gallery's tab
    page.locator("#compare-start").click()
    page.locator("#compare-canvas .downloads a").wait_for()
    loaded(page)


TABS = (clip, learn, gallery, inside, paint, dalle, compare)


def main(folder: Path) -> None:
    """Save `TAB-LANGUAGE.png` for every tab and language."""
    folder.mkdir(parents=True, exist_ok=True)
    with page_of(Lab.load("embedded", device="cpu")) as address, chromium() as browser:
        for language in LANGUAGES:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}?lang={language}")
            page.locator("#clip-score").wait_for()
            loaded(page)
            for place, show in enumerate(TABS):
                page.locator("#tabs button[role=tab]").nth(place).click()
                show(page)
                page.mouse.move(0, 0)
                page.wait_for_timeout(300)  # buttons fade back
                path = folder / f"{show.__name__}-{language}.png"
                page.screenshot(path=path, full_page=True)
                print(path)
            page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
