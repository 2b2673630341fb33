"""The live training: real pictures, real steps, a style held out."""

from __future__ import annotations

import json
import math
import re
from threading import Event

import numpy as np
import pytest
import torch

from multimodal.errors import SettingError
from multimodal.events import last
from multimodal.lab import Lab
from multimodal.live_training.emoji_sheet import FOLDER, SHEET_FILE, load_emoji_sheet
from multimodal.live_training.run import EVERY, Learned, Learning, learn
from multimodal.settings.learning import LearnSettings
from multimodal.settings.limits import Limits
from multimodal.ui.learn import render as learn_render
from training.data.artwork import HELD_OUT_STYLE, STYLE_NAMES

SHORT = LearnSettings(num_emoji=6, training_steps=80)


@pytest.fixture(scope="module")
def events(tiny_lab: Lab) -> list[Learning | Learned]:
    return list(tiny_lab.learn(SHORT))


def test_the_loss_falls_below_that_of_guessing(events: list[Learning | Learned]) -> None:
    *progress, result = events
    assert isinstance(result, Learned) and len(result.losses) == result.steps == 80
    assert result.losses[0] > 0.8 * math.log(6) > 1.2 * sum(result.losses[-10:]) / 10
    assert [event.step for event in progress] == [1, *range(EVERY, 81, EVERY)]
    assert not result.stopped and result.message == "" and result.recall > 0.6


def test_the_matrix_turns_diagonal(events: list[Learning | Learned]) -> None:
    def gap(event: Learning | Learned) -> float:
        cosines = np.array(event.cosines)
        own = cosines.trace() / 6
        return own - (cosines.sum() - cosines.trace()) / 30

    assert abs(gap(events[0])) < 0.15 and gap(events[-1]) > 0.3


def test_the_unseen_style_is_named_far_better_than_by_chance(
    events: list[Learning | Learned],
) -> None:
    result = events[-1]
    assert isinstance(result, Learned) and result.correct >= 4  # guessing: 1
    assert json.loads(json.dumps(result.to_dict()))["unseen"]["correct"] == result.correct


def test_pictures_of_the_unseen_style_change_nothing(
    events: list[Learning | Learned], monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = load_emoji_sheet()
    pixels = sheet.pixels.copy()
    pixels[sheet.styles.index(SHORT.unseen)] = 0
    other = type(sheet)(pixels, sheet.styles, sheet.names)
    monkeypatch.setattr("multimodal.live_training.run.load_emoji_sheet", lambda: other)
    blind = last(learn(SHORT, Limits()))
    assert blind.losses == events[-1].losses  # type: ignore[attr-defined]


def test_one_seed_gives_one_training_whatever_others_draw() -> None:
    def run(seed: int) -> Learned:
        torch.rand(seed + 1)  # the global generator belongs to somebody else
        return last(learn(LearnSettings(num_emoji=4, training_steps=6, seed=seed), Limits()))  # type: ignore[return-value]

    first, again, other = run(0), run(0), run(1)
    assert first.losses == again.losses and first.unseen_cosines == again.unseen_cosines
    assert first.losses != other.losses


def test_stop_ends_it_within_a_step_and_it_is_tested_as_it_is() -> None:
    stop = Event()
    events = learn(SHORT, Limits(), stop)
    assert next(events).step == 1  # type: ignore[union-attr]
    stop.set()
    (result,) = events
    assert isinstance(result, Learned) and result.stopped and result.steps == 1
    assert len(result.unseen_cosines) == 6


def test_a_deployments_time_ends_it_with_the_test() -> None:
    settings = LearnSettings(num_emoji=16, training_steps=3000)
    result = last(learn(settings, Limits(max_learning_seconds=5)))
    assert isinstance(result, Learned) and result.message == "time"
    assert 0 < result.steps < 3000 and not result.stopped and len(result.picked) == 16


def test_the_temperature_stays_where_it_is_not_learned() -> None:
    fixed = LearnSettings(num_emoji=4, training_steps=5, learn_temperature=False, temperature=0.1)
    free = LearnSettings(num_emoji=4, training_steps=5, temperature=0.1)
    kept, moved = (last(learn(settings, Limits())) for settings in (fixed, free))
    assert kept.temperature == pytest.approx(0.1)  # type: ignore[attr-defined]
    assert moved.temperature != pytest.approx(0.1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"num_emoji": 3}, "Live training num_emoji is 3; it must be between 4 and 16."),
        ({"unseen": HELD_OUT_STYLE}, "unseen is 'openmoji'; it must be one of fluent-3d"),
        ({"temperature": 0.0}, "temperature is 0; it must be between 0.01 and 1."),
    ],
)
def test_settings_are_checked(values: dict, sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        LearnSettings(**values)


def test_the_sheet_is_small_complete_and_without_the_held_out_style() -> None:
    sheet = load_emoji_sheet()
    assert sheet.styles == STYLE_NAMES and HELD_OUT_STYLE not in sheet.styles
    assert sheet.num_emoji == 16 and sheet.pixels.shape[2:] == (64, 64, 4)
    assert (sheet.pixels[..., 3].mean((2, 3)) > 40).all()  # every place holds a picture
    assert all(len(set(names)) == 16 for names in sheet.names.values())
    assert (FOLDER / SHEET_FILE).stat().st_size < 400_000
    assert all(style in (FOLDER / "CREDITS.txt").read_text() for style in STYLE_NAMES)


def test_the_page_keeps_its_shape_from_the_first_to_the_last_event(
    events: list[Learning | Learned],
) -> None:
    shown = [learn_render.board(event) for event in (events[0], events[-1])]
    for html in shown:
        cells = re.findall('class="(cell[^"]*)"', html)
        assert len(cells) == 36 and html.count("<li") == 6
        assert sum(" own" in kinds for kinds in cells) == 6
        assert sum(" first" in kinds for kinds in cells) == len(cells) // 6
    result = events[-1]
    assert isinstance(result, Learned)
    assert shown[1].count("✓") == result.correct and shown[1].count("✗") == 6 - result.correct
    assert "polyline" in learn_render.chart(result) and "1.79" in learn_render.chart(result)
    assert learn_render.blank_board(LearnSettings()).count('class="cell') == 144
