"""A generator is registered in one place: a toy one comes everywhere by its entry alone."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import gradio as gr
import pytest
import torch
from PIL import Image

from multimodal.cli import main as cli
from multimodal.comparison.generators import GENERATORS, Generator, Given, generator_of
from multimodal.comparison.run import Comparison
from multimodal.errors import LimitError
from multimodal.events import Picture, Progress, Result, last
from multimodal.images import read_settings
from multimodal.lab import Lab
from multimodal.models.loaded import LoadedModels
from multimodal.models.presets import Preset
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import Range, Seed, Settings
from multimodal.settings.jobs import SearchSettings
from multimodal.settings.limits import Limits
from multimodal.ui.shell.carry_over import targets_of
from multimodal.ui.shell.page import build_app
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.texts import TEXTS


@dataclass(frozen=True)
class ToySettings(Settings):
    """Of a generator that fills a square with grey."""

    title: ClassVar[str] = "Toy"

    seed: Seed = 0
    steps: Annotated[int, Range(1, 9, "shades on the way")] = 2


def fill(
    models: LoadedModels, prompt: str, settings: ToySettings, given: Given
) -> Iterator[Progress | Result]:
    shades = [
        Image.new("RGB", (8, 8), (60 * step, settings.seed, len(prompt)))
        for step in range(1, settings.steps + 1)
    ]
    for step, image in enumerate(shades, 1):
        yield Progress(step, settings.steps, image, (image,))
    picture = Picture(shades[-1], settings.seed, 0.25, {"method": "toy", "prompt": prompt})
    yield Result((picture,), settings.steps, seconds=0.1)


def tab(lab: Lab, visitors: Any) -> Tab:
    return Tab(gr.Textbox(elem_id="toy-prompt"), None, "toy-start", (), {})


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Generator:
    """A generator that is here for one test: its entry, its texts and its tab."""
    entry = Generator(
        "toy", "fill a square", ToySettings, fill,
        lambda settings: ToySettings(seed=settings.seed, steps=1), lambda models, settings: [],
    )  # fmt: skip
    monkeypatch.setitem(GENERATORS, "toy", entry)
    for key in ("toy.tab", "compare.how.toy"):
        monkeypatch.setitem(TEXTS, key, ("Toy", "لعبة"))
    module = types.ModuleType("multimodal.ui.making.toy_tab")
    module.build = tab  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return entry


def test_the_lab_runs_it_by_its_settings_within_the_limits(toy: Generator, tiny_lab: Lab) -> None:
    *progress, result = tiny_lab.generate("a cat", ToySettings(steps=3, seed=7))
    assert [event.step for event in progress if isinstance(event, Progress)] == [1, 2, 3]
    assert isinstance(result, Result) and result.image.getpixel((0, 0)) == (180, 7, 5)
    assert generator_of(ToySettings()) is toy
    with pytest.raises(TypeError, match="no generator"):
        generator_of(SearchSettings())


def test_it_stands_in_a_comparison(toy: Generator, tiny_lab: Lab) -> None:
    result = last(tiny_lab.compare("a cat", CompareSettings(steps=1)))
    assert isinstance(result, Comparison)
    assert [entry.generator.name for entry in result.entries] == ["paint", "dalle", "toy"]
    (entry,) = (entry for entry in result.entries if entry.generator is toy)
    assert entry.picture is not None and entry.parameters == 0


def test_it_has_a_command(
    toy: Generator, tiny_preset: Preset, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(
        Lab, "load", lambda *_, **__: Lab(tiny_preset, torch.device("cpu"), Limits.local())
    )
    out = tmp_path / "toy.png"
    assert cli.main(["toy", "a cat", "--steps", "4", "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["images"][0]["path"] == str(out) and answer["steps"] == 4
    assert read_settings(str(out))["method"] == "toy"
    assert cli.main(["toy", "a cat", "--steps", "10"]) == 2
    assert "Toy steps is 10" in capsys.readouterr().err


def test_it_has_an_endpoint_a_tab_and_buttons_that_lead_to_it(
    toy: Generator, tiny_lab: Lab
) -> None:
    demo = build_app(tiny_lab)
    endpoint = demo.get_api_info()["named_endpoints"]["/toy"]
    assert [one["parameter_name"] for one in endpoint["parameters"]] == ["prompt", "seed", "steps"]
    assert any(getattr(block, "elem_id", None) == "toy-prompt" for block in demo.blocks.values())
    assert "toy" in targets_of("paint") and "toy" in targets_of("gallery")


def test_the_limits_of_the_deployment_hold_for_it(toy: Generator, tiny_preset: Preset) -> None:
    narrow = Lab(tiny_preset, torch.device("cpu"), Limits(max_steps=2))
    with pytest.raises(LimitError, match="Toy steps is 3"):
        narrow.generate("a cat", ToySettings(steps=3))
