"""The parts of the page that need no browser: errors, controls, visitors, the look of results."""

from __future__ import annotations

import base64
import csv
import io
import json
import logging
import re
from pathlib import Path

import gradio as gr
import pytest
from conftest import drawing

from multimodal.errors import ImageError, LimitError, PromptError, SettingError
from multimodal.events import Picture, Progress, Result
from multimodal.files.sources import Skipped
from multimodal.images import read_settings
from multimodal.search.hits import Hit, Item
from multimodal.settings.fields import Range, fields_of
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings
from multimodal.ui.clip import render as clip_render
from multimodal.ui.gallery import render as gallery_render
from multimodal.ui.shell import adapters, html, papers
from multimodal.ui.shell.deployment import is_private
from multimodal.ui.shell.page import tab_builders
from multimodal.ui.shell.visitors import IDLE_SECONDS, Visitors


def test_a_lab_error_is_shown_as_its_sentence_and_escaped() -> None:
    def fail() -> None:
        raise PromptError("The prompt <b> is empty.")

    with pytest.raises(gr.Error) as caught:
        adapters.guard(fail)()
    message = caught.value.message
    assert '<span lang="en"><bdi>The prompt &lt;b&gt; is empty.</bdi></span>' in message
    assert caught.value.print_exception is False
    with pytest.raises(gr.Error) as caught:
        adapters.guard(fail, plain=True)()
    assert caught.value.message == "The prompt <b> is empty."


def test_a_bug_becomes_an_apology_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def stream() -> object:
        yield 1
        raise ZeroDivisionError("secret detail")

    events = adapters.guard(stream)()
    assert next(events) == 1
    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as caught:
        next(events)
    assert "secret" not in caught.value.message and "Sorry" in caught.value.message
    assert "ZeroDivisionError" in caplog.text and "secret detail" in caplog.text


def test_user_errors_leave_nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise PromptError("The prompt is empty.")

    with pytest.raises(gr.Error):
        adapters.guard(fail)()
    assert caplog.records == []


@pytest.mark.parametrize("cls", [VQGANCLIPSettings, DalleSettings])
def test_controls_take_range_default_and_limits_from_the_knobs(cls: type) -> None:
    limits = Limits(max_steps=20, max_candidates=2, max_size=96)
    caps = {"steps": 20, "num_candidates": 2, "width": 96, "height": 96}
    with gr.Blocks():
        made = adapters.controls(cls, limits)
    assert set(made) == {knob.name for knob in fields_of(cls)}
    for knob in fields_of(cls):
        component = made[knob.name]
        if isinstance(knob.marker, Range):
            high = min(knob.marker.high, caps.get(knob.name, knob.marker.high))
            assert (component.minimum, component.maximum) == (knob.marker.low, high)
            assert component.value == min(knob.default, high)
        else:
            assert component.value == knob.default


def test_a_slider_may_say_a_whole_number_as_a_float() -> None:
    settings = adapters.settings_of(DalleSettings, ["num_candidates", "seed"], [3.0, 7])
    assert (settings.num_candidates, settings.seed) == (3, 7)
    with pytest.raises(SettingError, match=r"num_candidates is 3\.5"):
        adapters.settings_of(DalleSettings, ["num_candidates"], [3.5])


def test_one_bad_picture_does_not_spoil_the_others(picture_files: list[Path]) -> None:
    bad = picture_files[0].with_name("bad.png")
    bad.write_bytes(b"no picture")
    images, names, skipped = adapters.read_pictures([*picture_files, bad], Limits())
    assert len(images) == len(names) == 4
    assert [one.name for one in skipped] == ["bad.png"]
    with pytest.raises(ImageError, match=r"bad\.png"):
        adapters.read_pictures([bad], Limits())
    with pytest.raises(ImageError, match="choose at least one"):
        adapters.read_pictures([], Limits())
    with pytest.raises(LimitError, match="65 pictures"):
        adapters.read_pictures([bad] * 65, Limits())


def test_throttling_keeps_the_first_event_and_the_result() -> None:
    events = [Progress(step, 9) for step in range(1, 10)]
    result = Result((), 1.0, 9)
    kept = list(adapters.throttled([*events, result]))
    assert kept[0] is events[0] and kept[-1] is result
    assert len(kept) < 10


def test_visitors_are_kept_apart_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("multimodal.ui.shell.visitors.time.monotonic", lambda: clock[0])
    visitors = Visitors(capacity=2)
    stop = visitors.of("a").begin("paint")
    other = visitors.of("b").begin("paint")
    visitors.leave("a")
    assert stop.is_set() and not other.is_set()
    visitors.of("c")
    assert len(visitors) == 2
    clock[0] += IDLE_SECONDS + 1
    visitors.of("d")
    assert len(visitors) == 1
    assert other.is_set()


def test_callers_without_a_session_share_nothing() -> None:
    visitors = Visitors()
    assert visitors.of(None) is not visitors.of(None)
    assert len(visitors) == 0


def test_a_new_run_stops_the_one_before() -> None:
    visitor = Visitors().of("a")
    first = visitor.begin("paint")
    second = visitor.begin("paint")
    assert first.is_set() and not second.is_set()


def test_a_finished_picture_carries_its_settings_and_seed() -> None:
    settings = {"method": "dalle", "prompt": "تفاحة", "temperature": 1.0}
    shown = html.finished(Picture(drawing("red"), 7, 0.25, settings), "embedded")
    (address,) = set(re.findall(r'href="data:image/png;base64,([^"]+)"', shown))
    found = read_settings(base64.b64decode(address))
    assert found["seed"] == 7 and found["preset"] == "embedded" and found["prompt"] == "تفاحة"
    assert 'download="dalle-7.png"' in shown


def test_hostile_names_and_captions_are_escaped() -> None:
    evil = "<script>alert(1)</script>"
    table = clip_render.heat_table(["data:,"], [evil], [evil], [[1.0]], "per_image")
    listing = html.skipped_list([Skipped(evil, f"{evil} is damaged")])
    assert "<script>" not in table + listing


def test_the_table_marks_the_best_of_each_picture_and_of_each_caption() -> None:
    values = [[0.9, 0.1], [0.8, 0.2]]  # two pictures, two captions
    table = clip_render.heat_table(["a", "b"], ["a", "b"], ["x", "y"], values, "per_image")
    assert re.findall(r'class="(?:best|best first)"><span[^>]*>(\d+)', table) == ["90", "80"]
    assert re.findall(r'class="(?:first|best first)"><span[^>]*>(\d+)', table) == ["90", "20"]


def test_hits_are_escaped_and_carry_what_their_buttons_need() -> None:
    evil = Item("<b>{{x}} ${1}.png", "/srv/<b>.png", "0" * 64, b"jpeg")
    twin = Item("twin.png", "/srv/twin.png", "1" * 64, b"jpeg")
    html = gallery_render.hits_panel([Hit(evil, 0.456, 3.2, True, (twin,))], "title", _path)
    assert "<b>" not in html and "{{" not in html and "${" not in html
    assert "0.46" in html and '+<bdi dir="ltr">1</bdi> alike' in html
    assert html.count(evil.id) == 3 and html.count(twin.id) == 1
    for act in ("find", "open", "zip", "copy", "remove"):
        assert f'data-act="{act}"' in html and f'"{act}"' in gallery_render.SCRIPT


def test_lists_of_hits_are_csv_and_json() -> None:
    item = Item("a, b.png", '/srv/"a".png', "0" * 64)
    hits = [Hit(item, 0.5, 4.0, True, (item,))]
    rows = list(csv.DictReader(io.StringIO(gallery_render.as_csv(hits, _path))))
    assert rows[0]["picture"] == item.path and float(rows[0]["score"]) == 0.5
    (row,) = json.loads(gallery_render.as_json(hits, _path))["hits"]
    assert row["picture"] == item.path and row["alike"] == [item.path]


@pytest.mark.parametrize(
    ("bound", "share", "headers", "private"),
    [
        ("127.0.0.1", False, {"host": "127.0.0.1:7860"}, True),
        ("localhost", False, {"host": "localhost:7860"}, True),
        ("127.0.0.1", False, {"Host": "[::1]:7860"}, True),
        ("0.0.0.0", False, {"host": "127.0.0.1:7860"}, False),
        ("127.0.0.1", True, {"host": "127.0.0.1:7860"}, False),
        ("127.0.0.1", False, {"host": "evil.example:7860"}, False),
        ("127.0.0.1", False, {"host": "localhost", "X-Forwarded-For": "1.2.3.4"}, False),
        ("127.0.0.1", False, {}, False),
        (None, False, {"host": "localhost"}, False),
    ],
)
def test_server_folders_are_for_the_person_at_the_machine_only(
    monkeypatch: pytest.MonkeyPatch, bound: str | None, share: bool, headers: dict, private: bool
) -> None:
    monkeypatch.delenv("SPACE_ID", raising=False)
    with gr.Blocks() as demo:
        pass
    demo.share = share
    if bound:
        demo.server_name = bound
    request = gr.Request(headers=headers)
    assert is_private(demo, request) is private
    monkeypatch.setenv("SPACE_ID", "someone/lab")
    assert not is_private(demo, request)


def _path(item: Item) -> str:
    return item.path


def test_every_tab_links_the_papers_that_the_readme_names() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert set(papers.OF_TAB) == set(tab_builders())
    named = {paper for found in papers.OF_TAB.values() for paper in found}
    assert all(f"[{paper.cited}]({paper.url})" in readme for paper in named)
    assert all(
        paper.url in papers.links(tab) for tab in tab_builders() for paper in papers.OF_TAB[tab]
    )
