"""Take pictures of the page: `python tests/screenshots.py [FOLDER]`.

Every tab in English and Arabic with a result on it, from the shipped weights, light and dark, at
three widths: TAB-LANGUAGE-light-1280.webp and so on, in FOLDER. Without one, only those that the
documentation shows are taken, to docs/screenshots, each as good as MAX_BYTES allow.
"""

from __future__ import annotations

import io
import itertools
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from page_server import chromium, page_of  # noqa: E402
from playwright.sync_api import Page  # noqa: E402

from multimodal.lab import Lab  # noqa: E402
from multimodal.ui.shell.language import LANGUAGES  # noqa: E402

PATIENCE = 300_000  # milliseconds
WIDTHS = (390, 820, 1280)
DOCS = ROOT / "docs" / "screenshots"
#: They stay in the history for ever, so each has to be small; tests/docs asks for it.
MAX_BYTES = 150_000
QUALITIES = range(82, 20, -6)


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
    page.locator("#gallery-hits .found").wait_for()  # the pictures are in
    page.locator("#gallery-example-0").click()
    page.locator("#gallery-hits figure.hit .score").first.wait_for()
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
    page.locator(".chips button:visible").nth(2).click()  # starts one that has a draft
    page.locator("#dalle-canvas a.download").first.wait_for()


def compare(page: Page) -> None:
    page.locator("#compare-gallery input").check()  # its pictures came with the gallery's tab
    page.locator("#compare-start").click()
    page.locator("#compare-canvas .downloads a").wait_for()
    loaded(page)


TABS = (clip, learn, gallery, inside, paint, dalle, compare)


def pictures(folder: Path | None) -> dict[Path, tuple[int, bool]]:
    """What to take of each tab and language, as `{tab}-{language}` names: width, dark or not."""
    if folder is None:
        return {DOCS / "{name}.webp": (1280, False)}
    looks = itertools.product(WIDTHS, ("light", "dark"))
    return {
        folder / f"{{name}}-{look}-{width}.webp": (width, look == "dark") for width, look in looks
    }


def packed(png: bytes) -> bytes:
    """A screenshot as WebP of at most MAX_BYTES, or as near as the lowest quality comes."""
    image, found = Image.open(io.BytesIO(png)).convert("RGB"), b""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=quality, method=6)
        found = buffer.getvalue()
        if len(found) <= MAX_BYTES:
            break
    return found


def main(folder: Path | None) -> None:
    """Save the pictures of every tab and language."""
    wanted = pictures(folder)
    (folder or DOCS).mkdir(parents=True, exist_ok=True)
    with page_of(Lab.load("embedded", device="cpu")) as address, chromium() as browser:
        for language in LANGUAGES:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}?lang={language}")
            page.locator("#clip-score").wait_for()
            loaded(page)
            for place, show in enumerate(TABS):
                page.set_viewport_size({"width": 1280, "height": 900})
                page.locator("#tabs button[role=tab]").nth(place).click()
                show(page)
                page.mouse.move(0, 0)
                for pattern, (width, dark) in wanted.items():
                    page.set_viewport_size({"width": width, "height": 900})
                    page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
                    page.wait_for_timeout(300)  # buttons fade back
                    path = Path(str(pattern).replace("{name}", f"{show.__name__}-{language}"))
                    path.write_bytes(packed(page.screenshot(full_page=True)))
                    print(path)
            page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
