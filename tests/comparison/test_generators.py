"""The contract that every generation method keeps."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

import pytest
import torch
from conftest import drawing
from PIL import ImageChops

from multimodal.errors import ImageError, LimitError, PromptError, SettingError
from multimodal.events import Progress, Result, last
from multimodal.lab import Lab
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings

PAINT = VQGANCLIPSettings(steps=3, width=64, height=64, num_cutouts=2, cutout_size=32)
DRAW = DalleSettings(num_candidates=2, guidance_scale=2.0)
METHODS = pytest.mark.parametrize("settings", [PAINT, DRAW], ids=["vqgan_clip", "dalle"])


def pixels_of(result: Result) -> bytes:
    return b"".join(picture.image.tobytes() for picture in result.pictures)


@METHODS
def test_steps_count_up_and_one_result_comes_last(tiny_lab: Lab, settings: Any) -> None:
    events = list(tiny_lab.generate("a red apple", settings))
    *progress, result = events
    assert all(isinstance(event, Progress) for event in progress)
    assert isinstance(result, Result)
    steps = [event.step for event in progress]
    assert steps == sorted(set(steps)) and steps[-1] <= progress[-1].total
    assert result.pictures and not result.stopped
    assert all(event.image is not None for event in progress)


@METHODS
def test_the_same_seed_gives_the_same_picture_and_another_seed_differs(
    tiny_lab: Lab, settings: Any
) -> None:
    first = last(tiny_lab.generate("a red apple", settings))
    again = last(tiny_lab.generate("a red apple", settings))
    other = last(tiny_lab.generate("a red apple", replace(settings, seed=11)))
    assert pixels_of(first) == pixels_of(again)
    assert pixels_of(first) != pixels_of(other)


@METHODS
def test_stopping_ends_with_a_result_that_keeps_the_picture(tiny_lab: Lab, settings: Any) -> None:
    stop = Event()
    events = tiny_lab.generate("a red apple", settings, stop=stop)
    next(events)
    stop.set()
    rest = list(events)
    assert isinstance(rest[-1], Result)
    assert rest[-1].stopped and rest[-1].image is not None
    assert len(rest) <= 2


@METHODS
def test_closing_the_stream_frees_the_lock(tiny_lab: Lab, settings: Any) -> None:
    events = tiny_lab.generate("a red apple", settings)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert tiny_lab.lock.acquire(timeout=1)
    tiny_lab.lock.release()


@METHODS
@pytest.mark.parametrize("grad", [True, False])
def test_the_readers_grad_mode_is_left_alone(tiny_lab: Lab, settings: Any, grad: bool) -> None:
    with torch.set_grad_enabled(grad):
        for _ in tiny_lab.generate("a red apple", settings):
            assert torch.is_grad_enabled() is grad


@METHODS
@pytest.mark.parametrize("prompt", ["تفاحة حمراء", "🍎", "a " * 5 + "🍎"])
def test_every_script_is_a_legal_prompt(tiny_lab: Lab, settings: Any, prompt: str) -> None:
    assert last(tiny_lab.generate(prompt, settings)).pictures


@METHODS
@pytest.mark.parametrize("prompt", ["", "  ", "\u200f", "x" * 10_000, "word " * 300])
def test_bad_prompts_are_refused_before_the_first_step(
    tiny_lab: Lab, settings: Any, prompt: str
) -> None:
    with pytest.raises(PromptError):
        tiny_lab.generate(prompt, settings)


def test_a_picture_of_each_candidate_comes_out_the_same_when_drawn_alone(tiny_lab: Lab) -> None:
    both = last(tiny_lab.generate("a red apple", DRAW)).pictures
    second = next(picture for picture in both if picture.seed == DRAW.seed + 1)
    alone = last(
        tiny_lab.generate("a red apple", replace(DRAW, seed=DRAW.seed + 1, num_candidates=1))
    )
    assert alone.image.tobytes() == second.image.tobytes()


def test_candidates_come_best_first(tiny_lab: Lab) -> None:
    result = last(tiny_lab.generate("a red apple", replace(DRAW, num_candidates=4)))
    scores = [picture.clip_score for picture in result.pictures]
    assert scores == sorted(scores, reverse=True)


def test_painting_moves_towards_the_prompt(lab: Lab) -> None:
    settings = VQGANCLIPSettings(steps=25, num_cutouts=8)
    curve = last(lab.generate("a red heart", settings)).curve
    assert len(curve) == 25
    assert sum(curve[-5:]) > sum(curve[:5]) + 0.1


def test_painting_starts_from_a_picture(tiny_lab: Lab) -> None:
    settings = replace(PAINT, steps=1, start="picture", learning_rate=0.001)
    red = last(tiny_lab.generate("x", settings, start=drawing("red"))).image
    blue = last(tiny_lab.generate("x", settings, start=drawing("blue"))).image
    assert ImageChops.difference(red, blue).getbbox() is not None
    with pytest.raises(ImageError, match="none was given"):
        tiny_lab.generate("x", settings)


def test_sizes_the_vqgan_cannot_paint_and_limits_are_refused(tiny_preset: Any) -> None:
    small = Lab.load(tiny_preset, "cpu", Limits(max_steps=2, max_candidates=1))
    with pytest.raises(LimitError, match="steps is 3"):
        small.generate("x", PAINT)
    with pytest.raises(LimitError, match="num_candidates is 2"):
        small.generate("x", DRAW)
    with pytest.raises(SettingError):
        replace(PAINT, width=65)
