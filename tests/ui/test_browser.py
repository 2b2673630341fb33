"""The page in a real browser, on tiny nets: uploads, search, start and stop, both languages."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from page_server import go
from playwright.sync_api import Page, expect

from multimodal.images import read_settings

pytestmark = pytest.mark.browser


def test_pictures_are_uploaded_scored_and_classified(
    visit: Callable[..., Page], picture_files: list[Path], tmp_path: Path
) -> None:
    page = visit()
    shown = page.locator("#clip-pictures .grid-wrap img")
    before = shown.count()
    page.locator("#clip-pictures input[type=file]").set_input_files([str(f) for f in picture_files])
    expect(shown).to_have_count(before + 4)
    page.locator("#clip-captions textarea").fill("red\n<b>blue</b>\nأخضر")
    page.locator("#clip-score").click()
    expect(page.locator("table.heat tbody tr")).to_have_count(3)
    expect(page.locator("table.heat thead img")).to_have_count(before + 4)
    assert page.locator("table.heat tbody th").nth(1).inner_text() == "<b>blue</b>"
    page.locator("#clip-view label").last.click()
    expect(page.locator("table.heat td span").first).not_to_contain_text("%")
    page.locator("#clip-classify").click()
    expect(page.locator("#clip-cards .card")).to_have_count(before + 4)
    page.screenshot(path=tmp_path / "clip.png", full_page=True)


def test_a_zip_is_indexed_searched_and_a_hit_searched_again(
    visit: Callable[..., Page], picture_files: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "pictures.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for path in picture_files:
            made.write(path, path.name)
        made.writestr("broken.png", b"no picture")
    page = visit()
    go(page, "gallery")
    page.locator("#gallery-files input[type=file]").set_input_files(str(archive))
    status = page.locator("#gallery-status")
    expect(status).to_contain_text("4 pictures in the gallery")
    expect(status).to_contain_text("broken.png")
    hits = page.locator("#gallery-hits figure.hit")
    expect(hits).to_have_count(4)  # what is in the gallery
    page.locator("#gallery-query textarea, #gallery-query input").fill("something red")
    page.locator("#gallery-search").click()
    expect(page.locator("#gallery-hits .title")).to_contain_text(re.compile("Found|Nothing"))
    last = hits.last.locator(".name").inner_text()
    hits.last.locator("button[data-act=find]").click()
    expect(hits.first.locator(".name")).to_have_text(last)
    expect(hits.first.locator(".score")).to_have_text("1.00")
    page.screenshot(path=tmp_path / "gallery.png", full_page=True)


def test_hits_are_opened_downloaded_copied_and_removed(
    visit: Callable[..., Page], picture_files: list[Path], tmp_path: Path
) -> None:
    odd = picture_files[0].with_name("{{odd}} ${1+1} <b>.png")
    picture_files[0].rename(odd)
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    go(page, "gallery")
    page.locator("#gallery-server-folder textarea, #gallery-server-folder input").fill(
        str(odd.parent)
    )
    page.locator("#gallery-server-folder-add").click()
    hits = page.locator("#gallery-hits figure.hit")
    expect(hits).to_have_count(4)
    shown = page.locator("#gallery-hits .name").all_inner_texts()
    assert set(shown) == {p.name for p in [odd, *picture_files[1:]]}
    hits.first.locator("button[data-act=open]").click()
    full = page.locator("#gallery-full dialog")
    expect(full).to_be_visible()
    expect(full).to_contain_text("96 × 96")
    page.keyboard.press("Escape")
    expect(full).to_be_hidden()
    with page.expect_download() as download:
        page.locator("#gallery-hits button[data-act=zip]").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert set(archive.namelist()) == {p.name for p in [odd, *picture_files[1:]]}
    remove = page.locator("#gallery-hits button[data-act=remove]")
    expect(remove).to_be_disabled()
    hits.first.locator("input").check()
    page.locator("#gallery-hits button[data-act=copy]").click()
    expect(page.locator("#gallery-hits button.done")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert Path(copied).is_file() and Path(copied).parent == odd.parent
    remove.click()
    expect(hits).to_have_count(3)
    expect(page.locator("#gallery-status")).to_contain_text("3 pictures in the gallery")
    with page.expect_download() as download:
        page.locator("#gallery-hits a[download='hits.csv']").click()
    assert Path(download.value.path()).read_text("utf-8-sig").startswith("picture,score,fit")


def test_a_picture_is_looked_into_and_its_codes_are_changed(
    visit: Callable[..., Page], picture_files: list[Path], tmp_path: Path
) -> None:
    page = visit()
    go(page, "inside")
    page.locator("#inside-picture input[type=file]").set_input_files(str(picture_files[0]))
    compared = page.locator("#inside-compared")
    expect(compared.locator("img")).to_have_count(2)
    expect(compared).to_contain_text(re.compile(r"PSNR \d+\.\d\d dB"))
    expect(page.locator("#inside-realness img")).to_have_count(2)
    cells = page.locator("#inside-bench .map button")
    expect(cells).to_have_count(16)

    chosen = str(cells.nth(5).get_attribute("data-code"))
    cells.nth(5).click()
    expect(page.locator(f"#inside-code-panel [data-shown='{chosen}']")).to_be_visible()
    expect(page.locator("#inside-code input")).to_have_value(chosen)
    marked = page.locator(f"#inside-bench .map [data-code='{chosen}']")
    expect(page.locator("#inside-bench .map .same")).to_have_count(marked.count())
    expect(page.locator("#inside-bench .over .same")).to_have_count(marked.count())

    cells.nth(0).focus()  # the grid by keyboard
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(cells.nth(5)).to_be_focused()
    expect(page.locator("#inside-bench .readout .told")).to_contain_text("row 2, column 2")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")  # no further
    expect(cells.nth(4)).to_be_focused()
    page.keyboard.press("Enter")
    code = str(cells.nth(4).get_attribute("data-code"))
    expect(page.locator("#inside-code input")).to_have_value(code)

    said = page.locator("#inside-bench .counted")
    page.locator("#inside-shuffle").click()
    expect(said).to_contain_text("shuffled, seed 0")
    expect(page.locator("#inside-undo")).to_be_enabled()
    with page.expect_download() as download:
        page.locator("#inside-bench a.download").click()
    assert read_settings(Path(download.value.path()))["edits"] == [{"edit": "shuffle", "seed": 0}]
    page.locator("#inside-by input").fill("31")
    page.locator("#inside-replace").click()
    expect(said).to_contain_text(f"{code} → 31")
    page.locator("#inside-undo").click()
    expect(said).not_to_contain_text("→")
    page.locator("#inside-reset").click()
    expect(said).to_contain_text("as encoded")
    expect(page.locator("#inside-undo")).to_be_disabled()
    page.locator("#inside-random").click()
    expect(page.locator("#inside-lot img")).to_be_visible()
    page.screenshot(path=tmp_path / "inside.png", full_page=True)


def test_a_region_is_dragged_over_the_codes_and_swapped(visit: Callable[..., Page]) -> None:
    page = visit()
    go(page, "inside")
    page.locator("#inside-example-1").click()
    cells = page.locator("#inside-bench .map button")
    expect(cells).to_have_count(16)
    cells.nth(14).scroll_into_view_if_needed()
    cells.nth(14).hover()
    page.mouse.down()
    cells.nth(5).hover()
    page.mouse.up()
    boxes = [page.locator(f"#inside-{name} input") for name in ("row", "column", "height", "width")]
    for box, value in zip(boxes, ("2", "2", "3", "2"), strict=True):
        expect(box).to_have_value(value)
    page.locator("#inside-swap").click()
    expect(page.locator("#inside-other-now img")).to_be_visible()
    expect(page.locator("#inside-bench .counted")).to_contain_text("3 × 2 cells swapped")
    boxes[0].fill("4")
    page.locator("#inside-swap").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("The region reaches to row 6")


def test_codes_without_a_picture_and_wrong_ones_are_answered_in_one_sentence(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    go(page, "inside")
    toast = page.get_by_test_id("toast-body")
    page.locator("#inside-shuffle").click()
    expect(toast.last).to_contain_text("There is no picture yet; choose one and look inside it.")
    page.locator("#inside-look").click()
    expect(page.locator("#inside-bench .map button")).to_have_count(16)
    page.locator("#inside-code input").fill("32")
    expect(toast.filter(has_text="There is no code 32; codes go from 0 to 31.")).to_be_visible()
    text = tmp_path / "notes.png"
    text.write_text("no picture")
    page.locator("#inside-picture button[aria-label='Remove Image']").click()
    page.locator("#inside-look").click()
    expect(toast.filter(has_text="No picture was given")).to_be_visible()
    page.locator("#inside-picture input[type=file]").set_input_files(str(text))
    expect(toast.filter(has_text="notes.png is not a picture")).to_be_visible()
    expect(page.locator("#inside-status .bar")).to_have_count(0)


def test_a_painting_starts_streams_and_stops(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    go(page, "paint")
    steps = page.locator("#VQGANCLIPSettings-steps input[type=number]")
    steps.fill("500")
    steps.press("Tab")
    for side in ("width", "height"):
        size = page.locator(f"#VQGANCLIPSettings-{side} input[type=number]")
        size.fill("512")
        size.press("Tab")
    page.locator("#paint-start").click()
    expect(page.locator("#paint-canvas img")).to_be_visible()
    first = page.locator("#paint-canvas img").get_attribute("src")
    expect(page.locator("#paint-canvas img")).not_to_have_attribute("src", str(first))
    expect(page.locator("#paint-stop")).to_be_enabled()
    page.locator("#paint-stop").click()
    expect(page.locator("#paint-status")).to_contain_text("Stopped after")
    expect(page.locator("#paint-start")).to_be_enabled()
    with page.expect_download() as download:
        page.locator("#paint-canvas a.download").click()
    assert download.value.suggested_filename == "vqgan_clip-0.png"
    page.screenshot(path=tmp_path / "paint.png", full_page=True)


def test_one_click_on_an_example_draws_candidates(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    go(page, "dalle")
    page.locator("#dalle-example-1").click()
    expect(page.locator("#dalle-canvas a.download")).to_have_count(4)
    expect(page.locator("#dalle-prompt textarea, #dalle-prompt input")).to_have_value("dog face")
    page.locator("#dalle-stream-fold button").first.click()
    ids = page.locator("#dalle-stream .ids i")
    expect(ids).to_have_count(16)
    assert " nats" in (ids.first.get_attribute("title") or "")
    told = page.locator("#dalle-stream .readout .told")
    expect(told).to_be_hidden()
    ids.first.focus()  # the tokens by keyboard
    expect(told).to_contain_text("row 1, column 1")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(ids.nth(5)).to_be_focused()
    expect(told).to_contain_text(
        f"Token {ids.nth(5).inner_text()}, row 2, column 2: probability 0."
    )
    ids.nth(14).hover()
    expect(told).to_contain_text("row 4, column 3")
    with page.expect_download() as download:
        page.locator("#dalle-stream .downloads a").click()
    saved = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert len(saved["candidates"]) == 4 and len(saved["candidates"][0]["tokens"]) == 16
    page.screenshot(path=tmp_path / "dalle.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_one_prompt_is_compared_across_the_generators(
    visit: Callable[..., Page], picture_files: list[Path], tmp_path: Path, language: str
) -> None:
    page = visit(f"?lang={language}")
    go(page, "gallery")
    page.locator("#gallery-files input[type=file]").set_input_files(list(map(str, picture_files)))
    expect(page.locator("#gallery-hits figure.hit")).to_have_count(4)
    go(page, "compare")
    columns = page.locator("#compare-canvas .contender")
    expect(columns).to_have_count(2)  # what is there to compare, before anything ran
    page.locator("#compare-gallery input").check()
    steps = page.locator("#CompareSettings-steps input[type=number]")
    steps.fill("3")
    steps.press("Tab")
    page.locator("#compare-example-1").click()
    expect(columns.locator("a.download")).to_have_count(2)
    expect(columns).to_have_count(3)
    expect(columns.locator("img")).to_have_count(3)
    expect(page.locator("#compare-canvas .contender.best .badge")).to_have_count(1)
    titles = columns.locator("h3").all_inner_texts()
    assert titles[1:] == {
        "en": ["DALL-E tokens", "Your gallery"], "ar": ["رموز DALL-E", "معرضك"],
    }[language]  # fmt: skip
    boxes = [columns.nth(place).bounding_box() for place in range(3)]
    assert all(boxes)
    left = [box["x"] for box in boxes if box]
    assert left == sorted(left, reverse=language == "ar")
    for side in ("width", "height", "y"):
        assert max(b[side] for b in boxes if b) - min(b[side] for b in boxes if b) < 1
    tops = [columns.nth(place).locator(".how").bounding_box() for place in range(3)]
    assert max(b["y"] for b in tops if b) - min(b["y"] for b in tops if b) < 1
    with page.expect_download() as download:
        columns.first.locator("a.download").click()
    settings = read_settings(Path(download.value.path()))
    words = {"en": "a strawberry", "ar": "فراولة"}[language]
    assert settings["prompt"] == words and settings["steps"] == 3
    with page.expect_download() as download:
        page.locator("#compare-canvas .downloads a").click()
    found = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert found["prompt"] == words and found["gallery"]["name"].endswith(".png")
    page.screenshot(path=tmp_path / f"compare-{language}.png", full_page=True)


def test_a_comparison_stops_at_once_and_keeps_what_is_there(visit: Callable[..., Page]) -> None:
    page = visit()
    go(page, "compare")
    steps = page.locator("#CompareSettings-steps input[type=number]")
    steps.fill("500")
    steps.press("Tab")
    page.locator("#compare-start").click()
    columns = page.locator("#compare-canvas .contender")
    expect(columns.first.locator("img")).to_be_visible()
    page.locator("#compare-stop").click()
    expect(page.locator("#compare-status")).to_contain_text("Stopped after")
    expect(columns.first.locator("a.download")).to_have_count(1)
    expect(columns.nth(1)).to_contain_text("Not begun.")
    expect(page.locator("#compare-start")).to_be_enabled()


def test_an_empty_prompt_is_answered_in_one_sentence(
    visit: Callable[..., Page], capfd: pytest.CaptureFixture[str]
) -> None:
    page = visit()
    go(page, "paint")
    page.locator("#paint-prompt textarea, #paint-prompt input").fill("")
    page.locator("#paint-start").click()
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_contain_text("The prompt is empty; write what you would like to see.")
    expect(page.locator("#paint-start")).to_be_enabled()
    written = capfd.readouterr()
    assert "Traceback" not in written.out + written.err


def test_the_switch_turns_the_page_to_arabic_and_it_is_remembered(
    visit: Callable[..., Page], address: str, tmp_path: Path
) -> None:
    page = visit(locale="en-US")
    html = page.locator("html")
    expect(html).to_have_attribute("dir", "ltr")
    page.locator(".languages a[lang=ar]").click()
    expect(html).to_have_attribute("dir", "rtl")
    expect(page.locator("#clip-score")).to_have_text("احسب التطابق")
    expect(page.locator("h1")).to_have_text("مختبر الصور والكلمات", use_inner_text=True)
    expect(page.locator("#clip-captions textarea")).to_have_value("قطة\nكلب منقّط\nوجه شخص")
    page.goto(address)
    expect(html).to_have_attribute("lang", "ar")
    page.locator("#clip-score").click()
    expect(page.locator("table.heat tbody tr")).to_have_count(3)
    first = page.locator("table.heat tbody tr").first
    label, cell = first.locator("th").bounding_box(), first.locator("td").last.bounding_box()
    assert label and cell and label["x"] > cell["x"]
    assert first.locator("td span").first.evaluate("e => getComputedStyle(e).direction") == "ltr"
    page.screenshot(path=tmp_path / "arabic.png", full_page=True)


def test_an_arabic_browser_gets_an_arabic_page(visit: Callable[..., Page]) -> None:
    page = visit(locale="ar-EG")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.locator(".languages a[lang=en]").click()
    expect(page.locator("#clip-score")).to_have_text("Score")
