"""VQGAN+CLIP painted small first: the sizes, what is kept between them, what goes with it."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from conftest import PAINT, bytes_of, drawing, painted

from multimodal.events import Progress, Result, last
from multimodal.images import to_pixels
from multimodal.lab import Lab
from multimodal.painting.painter import code_sizes
from multimodal.painting.starts import encoded_at
from multimodal.settings.painting import VQGANCLIPSettings


def test_coarse_to_fine_begins_at_the_size_that_the_vqgan_knows(lab: Lab) -> None:
    def sizes(width: int, height: int, **changes: Any) -> list[tuple[int, int]]:
        changes = {"coarse": 0.5, **changes}
        return code_sizes(lab.models.vqgan, replace(PAINT, width=width, height=height, **changes))

    assert sizes(512, 512) == [(16, 16), (32, 32), (64, 64)]
    assert sizes(192, 256) == [(21, 16), (32, 24)]
    assert sizes(128, 256) == [(32, 16)]  # no larger than what it knows
    assert sizes(256, 256, coarse=0.0) == sizes(256, 256, start="picture") == [(32, 32)]


def test_coarse_to_fine_repeats_and_ends_at_the_whole_size(tiny_lab: Lab) -> None:
    asked = {"width": 128, "height": 128, "coarse": 0.6, "steps": 10}
    events = list(tiny_lab.generate("a red apple", replace(PAINT, **asked)))
    shown = [event.image.width for event in events if isinstance(event, Progress)]
    assert shown == sorted(shown) and set(shown) <= {32, 64, 128} and shown[0] == 32
    result = events[-1]
    assert isinstance(result, Result) and result.image.size == (128, 128)
    assert bytes_of(result) == bytes_of(painted(tiny_lab, **asked))
    stopped = painted(tiny_lab, **{**asked, "steps": 1})  # before any larger size
    assert stopped.image.size == (128, 128)


def test_a_code_is_the_same_picture_at_twice_the_size(lab: Lab) -> None:
    """Between two codes lies something else than between two pictures."""
    vqgan = lab.models.vqgan
    with torch.no_grad():
        z = vqgan.encode(to_pixels([drawing("red", 128)]))
        small = vqgan.decode(vqgan.quantize(z)).clamp(0, 1)
        wanted = F.interpolate(small, scale_factor=2, mode="bicubic")
        larger = vqgan.decode(vqgan.quantize(encoded_at(vqgan, small, (32, 32))))
        naive = vqgan.decode(vqgan.quantize(F.interpolate(z, (32, 32), mode="bilinear")))
    assert float((larger - wanted).square().mean()) < 0.3 * float((naive - wanted).square().mean())


@pytest.mark.parametrize(
    "changes",
    [{"tile": True}, {"symmetry": "both"}, {"restarts": 3}, {"keep_start": 5.0},
     {"start": "random"}, {"width": 192}, {"width": 200, "tile": True}],
    ids=str,
)  # fmt: skip
def test_coarse_to_fine_goes_with_everything(tiny_lab: Lab, changes: dict[str, Any]) -> None:
    asked = {"width": 128, "height": 128, "coarse": 0.6, "steps": 10, **changes}
    found = painted(tiny_lab, **asked)
    assert found.image.size == (asked["width"], 128) and found.steps == 10
    assert bytes_of(found) == bytes_of(painted(tiny_lab, **asked))


def test_a_run_that_is_stopped_while_it_is_small_gives_the_whole_size(tiny_lab: Lab) -> None:
    stop = Event()
    asked = replace(PAINT, width=128, height=128, coarse=0.8, steps=50, tile=True)
    events = tiny_lab.generate("a red apple", asked, stop=stop)
    assert next(events).image.size == (32, 32)  # type: ignore[union-attr]
    stop.set()
    result = last(events)
    assert result.stopped and result.image.size == (128, 128)
    more = replace(PAINT, start="last", width=128, height=128, coarse=0.8, steps=2)
    gone_on = list(tiny_lab.generate("a red apple", more, start=result.z))
    assert all(event.image is None or event.image.width == 128 for event in gone_on)


def test_a_tile_still_meets_its_copies_at_another_size(lab: Lab) -> None:
    settings = VQGANCLIPSettings(steps=6, width=128, height=128, num_cutouts=2, tile=True)
    z = last(lab.generate("leaves", settings)).z
    assert z is not None

    def seam(tile: bool) -> float:
        with torch.no_grad():
            small = lab.models.vqgan.decode_tile(lab.models.vqgan.quantize(z)).clamp(0, 1)
            larger = encoded_at(lab.models.vqgan, small, (32, 32), tile)
            pixels = lab.models.vqgan.decode_tile(lab.models.vqgan.quantize(larger))
        across = (pixels[..., 0] - pixels[..., -1]).abs().mean()
        return float(across / (pixels[..., 1:] - pixels[..., :-1]).abs().mean())

    assert seam(True) < seam(False)


def test_a_run_does_not_end_by_itself_before_it_has_its_whole_size(
    tiny_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every score is as good as a plateau here; the sketch goes on to the end all the same."""
    monkeypatch.setattr("multimodal.painting.run.LEAST_RISE", 100.0)
    asked = replace(PAINT, width=128, height=128, coarse=0.5, steps=200, stop_early=True)
    result = last(tiny_lab.generate("a red apple", asked))
    assert result.message == "plateau" and 100 < result.steps < 200
