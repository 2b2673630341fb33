"""One prompt, one seed, every generator: what a comparison yields, on tiny nets."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch
from conftest import TINY_TOKENS
from PIL import Image

from multimodal.comparison.generators import GENERATORS, num_parameters
from multimodal.comparison.run import Comparing, Comparison, Entry
from multimodal.errors import CheckpointError, LimitError, PromptError
from multimodal.events import last
from multimodal.lab import Lab
from multimodal.models.presets import Preset
from multimodal.painting import run as vqgan_clip
from multimodal.painting.painter import Painter
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings
from multimodal.ui.making import compare_render
from multimodal.ui.texts import TEXTS
from multimodal.ui.texts.errors import in_arabic

SETTINGS = CompareSettings(steps=2, seed=3)
NAMES = list(GENERATORS)


def compared(lab: Lab, prompt: str = "a red apple", **more: Any) -> Comparison:
    result = last(lab.compare(prompt, SETTINGS, **more))
    assert isinstance(result, Comparison)
    return result


def entry_of(event: Comparing | Comparison, name: str) -> Entry:
    return next(entry for entry in event.entries if entry.generator.name == name)


def test_every_generator_runs_in_turn_and_one_comparison_comes_last(tiny_lab: Lab) -> None:
    *progress, result = tiny_lab.compare("a red apple", SETTINGS)
    assert all(isinstance(event, Comparing) for event in progress)
    assert isinstance(result, Comparison) and not result.stopped
    steps = [event.step for event in progress]
    assert steps == sorted(steps) and steps[-1] == progress[-1].total
    assert result.steps == steps[-1] == 2 + TINY_TOKENS.grid**2
    running = [[e.generator.name for e in event.entries if e.running] for event in progress]
    assert all(len(names) <= 1 for names in running)
    order = [names[0] for names in running if names]
    assert list(dict.fromkeys(order)) == NAMES and order == sorted(order, key=NAMES.index)
    first = next(event for event in progress if entry_of(event, "dalle").running)
    assert entry_of(first, "paint").picture is not None  # is shown while the next one works


def test_each_picture_is_the_one_its_generator_makes_alone(tiny_lab: Lab) -> None:
    result = compared(tiny_lab)
    for name, settings in (
        ("paint", VQGANCLIPSettings(steps=2, seed=3, token_prior=0.0)),
        ("dalle", DalleSettings(num_candidates=1, seed=3)),
    ):
        alone = last(tiny_lab.generate("a red apple", settings)).pictures[0]
        picture = entry_of(result, name).picture
        assert picture is not None and picture.image.tobytes() == alone.image.tobytes()
        assert picture.settings == alone.settings and picture.seed == 3


def test_all_are_scored_by_the_labs_clip_in_one_way_and_the_better_is_marked(
    tiny_lab: Lab,
) -> None:
    result = compared(tiny_lab)
    images = [entry_of(result, name).picture.image for name in NAMES]  # type: ignore[union-attr]
    cosine = tiny_lab.score(images, ["a red apple"]).cosine[:, 0].tolist()
    scores = [entry_of(result, name).picture.clip_score for name in NAMES]  # type: ignore[union-attr]
    assert scores == pytest.approx(cosine, abs=1e-6)
    assert result.best is not None
    assert result.best.generator.name == NAMES[scores.index(max(scores))]
    assert [picture.clip_score for picture in result.pictures] == sorted(scores, reverse=True)


def test_parameters_are_counted_in_the_nets_at_work(tiny_lab: Lab) -> None:
    result = compared(tiny_lab)
    vqgan, clip, tokens = (
        tiny_lab.models.vqgan,
        tiny_lab.models.guide,
        tiny_lab.models.token_transformer,
    )
    wanted = {"paint": (vqgan, clip), "dalle": (tokens, vqgan)}
    for name, nets in wanted.items():
        by_hand = sum(p.numel() for net in nets for p in net.parameters())  # type: ignore[attr-defined]
        assert entry_of(result, name).parameters == by_hand
    assert num_parameters([vqgan, vqgan]) == num_parameters([vqgan])


def test_candidates_of_the_token_model_count_as_its_best(tiny_lab: Lab) -> None:
    settings = CompareSettings(steps=1, num_candidates=3)
    result = last(tiny_lab.compare("red", settings))
    assert isinstance(result, Comparison)
    drawn = last(tiny_lab.generate("red", DalleSettings(num_candidates=3)))
    picture = entry_of(result, "dalle").picture
    assert picture is not None and picture.seed == drawn.pictures[0].seed


@pytest.mark.parametrize("place", [0, 1])
def test_stopping_keeps_the_picture_in_flight_and_begins_no_other(
    tiny_lab: Lab, place: int
) -> None:
    stop = Event()
    settings = SETTINGS if place else CompareSettings(steps=500)
    events = tiny_lab.compare("a red apple", settings, stop=stop)
    for event in events:
        if event.entries[place].running:
            break
    stop.set()
    result = last(events)
    assert isinstance(result, Comparison) and result.stopped
    assert [entry.picture is not None for entry in result.entries] == [True, place == 1]
    assert result.best is None or place == 1
    assert entry_of(result, "paint").steps < 500


def test_closing_the_stream_frees_the_lock_and_leaves_the_grad_mode(tiny_lab: Lab) -> None:
    events = tiny_lab.compare("a red apple", SETTINGS)
    with torch.set_grad_enabled(False):
        next(events)
        assert not torch.is_grad_enabled()
    events.close()  # type: ignore[attr-defined]
    assert tiny_lab.lock.acquire(timeout=1)
    tiny_lab.lock.release()


def test_what_one_generator_refuses_does_not_keep_the_other_from_its_picture(
    tiny_preset: Preset,
) -> None:
    narrow = Lab.load(tiny_preset, "cpu", Limits(max_size=64))  # VQGAN+CLIP paints 128
    result = compared(narrow)
    failed, fine = entry_of(result, "paint"), entry_of(result, "dalle")
    assert "width is 128" in failed.error and failed.picture is None
    assert fine.picture is not None and result.best is None
    html = compare_render.shown(result, "tiny")
    assert "width is 128" in html and in_arabic(failed.error)[:20] in html
    assert html.count("download=") == 2  # one picture and the JSON


def test_a_generator_that_fails_on_the_way_says_so_and_the_next_goes_on(
    tiny_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Painter.step, []

    def step(painter: Painter, progress: float) -> float:
        calls.append(progress)
        if len(calls) > 1:
            painter.z.data.fill_(float("nan"))
        return real(painter, progress)

    monkeypatch.setattr(vqgan_clip.Painter, "step", step)
    result = compared(tiny_lab)
    assert "diverged" in entry_of(result, "paint").error
    assert entry_of(result, "dalle").picture is not None


def test_missing_weights_of_one_generator_are_its_own_error(tiny_preset: Preset) -> None:
    without = Preset("without", "Without", tiny_preset.clip, tiny_preset.vqgan, "/nowhere/dalle")
    result = compared(Lab.load(without, "cpu"))
    assert entry_of(result, "dalle").parameters is None
    assert "holds no dalle checkpoint" in entry_of(result, "dalle").error
    assert entry_of(result, "paint").picture is not None
    nothing = Preset("nothing", "Nothing", tiny_preset.clip, "/nowhere/vqgan", "/nowhere/dalle")
    with pytest.raises(CheckpointError):
        Lab.load(nothing, "cpu").compare("red", SETTINGS)


@pytest.mark.parametrize(
    "prompt",
    ["", " \u200f", "a | b", "a apple:2", "a bud ^ a flower", "#1", "x" * 10_000, "word " * 300],
)
def test_bad_prompts_are_refused_before_the_first_step(tiny_lab: Lab, prompt: str) -> None:
    with pytest.raises(PromptError) as caught:
        tiny_lab.compare(prompt, SETTINGS)
    assert in_arabic(caught.value.message) != str(caught.value)


@pytest.mark.parametrize("prompt", ["تفاحة حمراء", "🍎", "dog: a friend", "  a  red   apple "])
def test_plain_words_of_every_script_are_compared(tiny_lab: Lab, prompt: str) -> None:
    assert len(compared(tiny_lab, prompt).pictures) == 2


def test_limits_hold(tiny_preset: Preset) -> None:
    small = Lab.load(tiny_preset, "cpu", Limits(max_steps=1, max_candidates=2))
    with pytest.raises(LimitError, match="Comparison steps is 2"):
        small.compare("x", SETTINGS)
    with pytest.raises(LimitError, match="num_candidates is 3"):
        small.compare("x", CompareSettings(steps=1, num_candidates=3))


def test_the_best_of_a_gallery_stands_beside(tiny_lab: Lab, picture_files: list[Path]) -> None:
    gallery = tiny_lab.index(picture_files)
    result = compared(tiny_lab, gallery=gallery)
    assert result.found is not None and result.found.hit is not None
    hit = result.found.hit
    scores = tiny_lab.score([Image.open(path) for path in picture_files], ["a red apple"])
    assert hit.score == pytest.approx(float(scores.cosine.max()), abs=1e-3)
    assert hit.item.name == picture_files[int(scores.cosine[:, 0].argmax())].name
    assert result.to_dict()["gallery"]["name"] == hit.item.name
    assert hit.item.path not in json.dumps(result.to_dict())  # files of the server stay its own
    assert hit.item.name in compare_render.shown(result, "tiny")


def test_an_empty_gallery_spoils_nothing(tiny_lab: Lab) -> None:
    result = compared(tiny_lab, gallery=tiny_lab.new_gallery())
    assert result.found is not None and "gallery is empty" in result.found.error
    assert len(result.pictures) == 2
    assert "المعرض فارغ" in compare_render.shown(result, "tiny")
    assert compared(tiny_lab).found is None


def test_all_of_it_is_json(tiny_lab: Lab) -> None:
    found = json.loads(json.dumps(compared(tiny_lab).to_dict(), allow_nan=False))
    assert found["prompt"] == "a red apple" and found["settings"]["seed"] == 3
    paint, dalle = found["generators"]
    assert (paint["generator"], dalle["generator"]) == ("paint", "dalle")
    assert paint["steered_by_clip"] and not dalle["steered_by_clip"]
    assert len(paint["curve"]) == 2 and paint["settings"]["method"] == "vqgan_clip"
    assert len(dalle["stream"]["candidates"][0]["tokens"]) == TINY_TOKENS.grid**2
    for row in (paint, dalle):
        assert row["seed"] == 3 and row["parameters"] > 0 and -1 <= row["clip_score"] <= 1


def test_the_page_has_words_for_every_generator() -> None:
    for generator in GENERATORS.values():
        assert {f"{generator.name}.tab", f"compare.how.{generator.name}"} <= set(TEXTS)
        assert (f"compare.caveat.{generator.name}" in TEXTS) is generator.steered_by_clip
    assert compare_render.blank().count("<article") == len(GENERATORS)


def test_the_page_marks_the_better_one_and_warns_of_the_score(tiny_lab: Lab) -> None:
    *progress, result = tiny_lab.compare("a red apple", SETTINGS)
    html = compare_render.shown(result, "tiny")
    assert html.count('class="contender best"') == 1
    assert TEXTS["compare.caveat.paint"][0] in html and TEXTS["compare.caveat.paint"][1] in html
    before = compare_render.shown(progress[0], "tiny")
    assert "contender best" not in before and "download=" not in before
    shares = [
        float(compare_render.line("compare", event).split("--p:")[1].split('"')[0])
        for event in progress
    ]
    assert shares == sorted(shares) and shares[-1] == 1
