"""The handlers and the HTML of the tab inside VQGAN, without a browser."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import torch
from conftest import drawing

from multimodal.errors import ImageError, LimitError, SettingError
from multimodal.images import read_settings
from multimodal.lab import Lab
from multimodal.ui.codes import jobs as codes_jobs
from multimodal.ui.codes import render as codes_render
from multimodal.ui.codes.jobs import CodesJobs
from multimodal.ui.shell.visitors import Visitors


class Desk:
    """The jobs of one lab as one visitor calls them."""

    def __init__(self, lab: Lab, session: str = "a", visitors: Visitors | None = None) -> None:
        self.visitors = visitors or Visitors()
        self.jobs, self.request = CodesJobs(lab, self.visitors), gr.Request()
        self.request.session_hash = session

    def __call__(self, job: str, *values: Any) -> Any:
        return getattr(self.jobs, job)(*values, self.request)

    def look(self, path: Path) -> tuple[Any, ...]:
        *_, last = self("look", str(path))
        return last

    @property
    def codes(self) -> torch.Tensor:
        found = self.visitors.of("a").editor
        assert found is not None
        return found.now.codes


@pytest.fixture
def desk(tiny_lab: Lab) -> Desk:
    return Desk(tiny_lab)


def codes_in(html: str) -> list[int]:
    """The codes of the grid's cells, in order."""
    buttons = re.findall(r"<button[^>]*data-row[^>]*>", html)
    return [int(re.search(r'data-code="(\d+)"', button)[1]) for button in buttons]  # type: ignore[index]


def test_looking_shows_pictures_figures_and_every_cell(
    desk: Desk, picture_files: list[Path]
) -> None:
    status, compared, code, drawn, panel, realness, other, undo, _ = desk.look(picture_files[0])
    assert "16" in status and "PSNR" in compared and "SSIM" in compared and "80" in compared
    assert codes_in(drawn) == desk.codes.flatten().tolist()
    assert drawn.count('tabindex="0"') == 1
    assert f'data-shown="{code}"' in panel and other == "" and undo["interactive"] is False
    assert realness.count("<img") == 2 and "≥ 12" in realness
    (address,) = set(re.findall(r'href="data:image/png;base64,([^"]+)"', compared))
    assert read_settings(base64.b64decode(address))["preset"] == "tiny"


def test_edits_are_undone_one_by_one_and_reset(desk: Desk, picture_files: list[Path]) -> None:
    desk.look(picture_files[0])
    first = desk.codes
    desk("shuffle", 3)
    second = desk.codes
    old = int(second[0, 0])
    new = next(code for code in range(32) if not (second == code).any())
    shown, drawn, panel, *_ = desk("replace", old, new)
    assert shown == new and f'data-shown="{new}"' in panel
    assert not (desk.codes == old).any() and new in codes_in(drawn)
    (address,) = set(re.findall(r'href="data:image/png;base64,([^"]+)"', drawn))
    edits = read_settings(base64.b64decode(address))["edits"]
    assert edits == [{"edit": "shuffle", "seed": 3}, {"edit": "replace", "old": old, "new": new}]
    desk("undo")
    assert torch.equal(desk.codes, second)
    *_, undo, reset = desk("reset")
    assert torch.equal(desk.codes, first)
    assert undo["interactive"] is reset["interactive"] is False
    desk("undo")  # nothing is left to be undone
    assert torch.equal(desk.codes, first)


def test_a_swap_shows_the_other_picture_too(desk: Desk, picture_files: list[Path]) -> None:
    desk.look(picture_files[0])
    first, other = desk.codes, desk.jobs.lab.reconstruct(drawing("green")).codes
    _, _, _, shown, *_ = desk("swap", str(picture_files[1]), 2, 1, 3, 4)
    assert torch.equal(desk.codes[1:], other[1:]) and torch.equal(desk.codes[0], first[0])
    assert "<img" in shown and 'download="other.png"' in shown


def test_a_code_that_stands_nowhere_can_be_looked_at(desk: Desk, picture_files: list[Path]) -> None:
    desk.look(picture_files[0])
    absent = next(code for code in range(32) if not (desk.codes == code).any())
    panel = desk("show", absent)
    assert f'data-shown="{absent}"' in panel and "patches" not in panel


def test_random_codes_are_others_each_time_and_carry_their_seed(desk: Desk) -> None:
    first, second = desk.jobs.draw_random(), desk.jobs.draw_random()
    assert first != second
    (address,) = set(re.findall(r'href="data:image/png;base64,([^"]+)"', first))
    settings = read_settings(base64.b64decode(address))
    assert settings["method"] == "random_codes" and f"random-codes-{settings['seed']}.png" in first


def test_what_cannot_be_done_is_said(
    desk: Desk, picture_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for job in ("undo", "reset"):
        with pytest.raises(ImageError, match="There is no picture yet"):
            desk(job)
    with pytest.raises(ImageError, match="choose at least one"):
        list(desk("look", None))
    desk.look(picture_files[0])
    absent = next(code for code in range(32) if not (desk.codes == code).any())
    for job, values, words in (
        ("show", (None,), "The code is empty"),
        ("show", (32,), "no code 32"),
        ("show", (-1,), "no code -1"),
        ("replace", (absent, 1), f"Code {absent} stands nowhere"),
        ("replace", (int(desk.codes[0, 0]), None), "The new code is empty"),
        ("replace", (int(desk.codes[0, 0]), 10**30), "There is no code"),
        ("shuffle", (None,), "The seed is empty"),
        ("shuffle", (-1,), "seed is -1"),
        ("swap", (str(picture_files[1]), 0, 1, 1, 1), "row is 0"),
        ("swap", (str(picture_files[1]), 4, 1, 2, 1), "reaches to row 5"),
        ("swap", (str(picture_files[1]), 1, None, 1, 1), "The column is empty"),
    ):
        with pytest.raises(SettingError, match=words):
            desk(job, *values)
    with pytest.raises(ImageError, match="No second picture"):
        desk("swap", None, 1, 1, 1, 1)
    monkeypatch.setattr(codes_jobs, "MAX_EDITS", 1)
    desk("shuffle", 0)
    with pytest.raises(LimitError, match="1 changes already"):
        desk("shuffle", 0)


def test_visitors_do_not_see_each_others_codes(tiny_lab: Lab, picture_files: list[Path]) -> None:
    visitors = Visitors()
    one, stranger = Desk(tiny_lab, "a", visitors), Desk(tiny_lab, "b", visitors)
    one.look(picture_files[0])
    with pytest.raises(ImageError, match="There is no picture yet"):
        stranger("shuffle", 0)


def test_every_act_of_the_script_is_one_that_gradio_has() -> None:
    acts = set(re.findall(r'trigger\("(\w+)"', codes_render.SCRIPT))
    assert acts == {"select", "apply"} <= {str(event) for event in gr.HTML.EVENTS}
