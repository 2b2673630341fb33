"""What VQGAN+CLIP can be asked for, on tiny nets."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import PAINT, TINY_CLIP, bytes_of, drawing, painted
from PIL import Image
from tokenizers import Tokenizer

from multimodal.errors import LimitError, PromptError
from multimodal.events import Progress, last
from multimodal.images import film_of, read_settings, to_pixels
from multimodal.lab import Lab
from multimodal.models.clip import EmbeddedCLIP
from multimodal.painting.guidance import CROSSFADE, Guide, Target
from multimodal.painting.painter import falling, mirrored
from multimodal.painting.run import MAX_FRAMES, Film, reason_to_end
from multimodal.painting.steering import token_prior_of
from multimodal.painting.token_prior import TokenPrior
from multimodal.painting.views import Views
from multimodal.prompts import parse_guides, parse_story
from multimodal.settings.fields import fields_of
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import QUALITIES, VQGANCLIPSettings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "changes",
    [
        {"avoid": "blue"}, {"start": "gradient"}, {"start": "noise"}, {"restarts": 3},
        {"symmetry": "both"}, {"tile": True}, {"zoomed": 1.0},
        {"cutout_power": 3.0}, {"padding": "border"}, {"affine": 0.0}, {"perspective": 1.0},
        {"colour": 0.0}, {"noise": 0.0}, {"erasing": 1.0}, {"optimizer": "radam"},
        {"optimizer": "adamw"}, {"smoothness": 5.0}, {"saturation": 2.0}, {"contrast": 2.0},
        {"noise_prompt": 1.0}, {"width": 96}, {"quality": "draft", "num_cutouts": 16},
    ],
    ids=str,
)  # fmt: skip
def test_every_control_changes_the_picture_and_repeats(tiny_lab: Lab, changes: Any) -> None:
    changed = painted(tiny_lab, **changes)
    assert bytes_of(changed) != bytes_of(painted(tiny_lab))
    assert bytes_of(changed) == bytes_of(painted(tiny_lab, **changes))


def test_the_start_is_kept_where_that_is_asked_for(tiny_lab: Lab) -> None:
    first = torch.zeros(1, 4, 8, 8)

    def moved(**changes: Any) -> float:
        settings = replace(PAINT, start="last", **changes)
        z = last(tiny_lab.generate("x", settings, start=first)).z
        assert z is not None
        return float(z.square().mean())

    assert moved(keep_start=10.0) < moved(keep_start=10.0, keep_fades=True) < moved()


def test_a_story_fades_from_chapter_to_chapter(tiny_tokenizer: Tokenizer) -> None:
    one = Target(torch.eye(2)[:1], torch.ones(1))
    two = Target(torch.eye(2)[1:], torch.ones(1))
    guide = Guide(EmbeddedCLIP(TINY_CLIP, tiny_tokenizer), 1.0, (one, two))
    assert guide.target(0.0) is one and guide.target(0.99) is two
    between = guide.target(0.5 - CROSSFADE / 4)
    assert between.weights.tolist() == pytest.approx([0.5, 0.5])


def test_a_story_and_a_picture_are_parsed() -> None:
    story = parse_story("a bud:2 ^ a flower | #1:0.5 ^ ", num_pictures=1)
    assert [[(p.text, p.weight, p.picture) for p in part] for part in story] == [
        [("a bud", 2.0, None)],
        [("a flower", 1.0, None), ("#1", 0.5, 1)],
    ]
    with pytest.raises(PromptError, match="there are 1; give that picture"):
        parse_story("#2", num_pictures=1)
    with pytest.raises(PromptError, match="21 chapters"):
        parse_story("^".join("a" * 21))


def test_a_picture_in_the_prompt_steers(tiny_lab: Lab) -> None:
    pictures = [drawing("red"), drawing("blue")]
    found = [bytes_of(last(tiny_lab.generate("a | #1:5", PAINT, images=[one]))) for one in pictures]
    assert found[0] != found[1]


def test_guides_are_named_and_weighed(tiny_lab: Lab) -> None:
    assert parse_guides(" guide, hub:a/b:0.5 ") == [("guide", 1.0), ("hub:a/b", 0.5)]
    assert parse_guides("guide," * 500 + "clip") == [("guide", 500.0), ("clip", 1.0)]  # one net
    with pytest.raises(PromptError, match="There are 5 guides, and at most 4"):
        parse_guides("a, b, c, d, e")
    assert tiny_lab.models.guide is tiny_lab.models.clip  # the tiny preset has no guide of its own
    assert painted(tiny_lab, guides="guide:1, clip:0.5").pictures
    with pytest.raises(PromptError, match="more than 0"):
        painted(tiny_lab, guides="clip:-1")
    with pytest.raises(PromptError, match="No guide"):
        painted(tiny_lab, guides=" , ")
    hosted = Lab(tiny_lab.preset, tiny_lab.models.device, Limits(own_checkpoints=False))
    with pytest.raises(LimitError, match="choose guide or clip"):
        painted(hosted, guides="clip-base")


def test_a_symmetric_picture_is_its_own_mirror_image(tiny_lab: Lab) -> None:
    pixels = np.asarray(painted(tiny_lab, symmetry="across").image)
    assert (pixels == pixels[:, ::-1]).all()
    pixels = np.asarray(painted(tiny_lab, symmetry="down").image)
    assert (pixels == pixels[::-1]).all()
    assert mirrored(torch.rand(1, 3, 4, 4), "off").shape == (1, 3, 4, 4)


def test_the_edges_of_a_tile_meet(lab: Lab) -> None:
    def seam(tile: bool) -> float:
        settings = VQGANCLIPSettings(
            steps=8, width=64, height=64, start="random", num_cutouts=2, tile=tile, smoothness=0.0
        )
        pixels = to_pixels([last(lab.generate("leaves", settings)).image])
        across = (pixels[..., 0] - pixels[..., -1]).abs().mean()
        inside = (pixels[..., 1:] - pixels[..., :-1]).abs().mean()
        return float(across / inside)

    assert seam(True) < seam(False)


def test_any_shape_that_fits_the_factor_is_painted(tiny_lab: Lab) -> None:
    assert painted(tiny_lab, width=128, height=72).image.size == (128, 72)
    first = Image.new("RGB", (300, 100), "red")
    settings = replace(PAINT, steps=1, start="picture", width=96)
    assert last(tiny_lab.generate("x", settings, start=first)).image.size == (96, 64)


def test_a_run_goes_on_from_where_another_ended(tiny_lab: Lab) -> None:
    first = painted(tiny_lab)
    settings = replace(PAINT, start="last", steps=1, learning_rate=0.001)
    again = last(tiny_lab.generate("x", settings, start=first.z))
    near = (to_pixels([again.image]) - to_pixels([first.image])).abs().mean()
    fresh = (to_pixels([painted(tiny_lab, steps=1).image]) - to_pixels([first.image])).abs().mean()
    assert near < fresh


def test_a_run_ends_by_itself_when_the_score_says_so() -> None:
    rising = [step / 100 for step in range(60)]
    flat = [*rising, *[0.6] * 60]
    assert reason_to_end(rising, 100, None) == ""
    assert reason_to_end(flat, 100, None) == "plateau"
    assert reason_to_end(rising, 100, 0.4) == "real"
    assert reason_to_end(rising[:20], 100, 0.0) == ""


def test_a_run_that_ended_by_itself_says_so_and_took_fewer_steps(tiny_lab: Lab) -> None:
    still = replace(PAINT, steps=120, learning_rate=0.001, smoothness=0.0)
    result = last(tiny_lab.generate("x", still))
    assert result.message == "plateau" and result.steps < 120
    whole = last(tiny_lab.generate("x", replace(still, stop_early=False)))
    assert whole.message == "" and whole.steps == 120 == len(whole.curve)


def test_the_curve_grows_while_painting(tiny_lab: Lab) -> None:
    events = [e for e in tiny_lab.generate("x", PAINT) if isinstance(e, Progress)]
    assert all(len(event.curve) == event.step for event in events)


def test_a_quality_sets_what_nobody_states() -> None:
    best = VQGANCLIPSettings(quality="best")
    assert (best.steps, best.restarts) == (
        QUALITIES["best"]["steps"],
        QUALITIES["best"]["restarts"],
    )
    stated = VQGANCLIPSettings(quality="best", steps=150)  # what "normal" has, but stated
    assert stated.steps == 150 and stated.num_cutouts == QUALITIES["best"]["num_cutouts"]
    assert stated.quality == "best"
    assert VQGANCLIPSettings().steps == QUALITIES["normal"]["steps"]
    assert {knob.name for knob in fields_of(VQGANCLIPSettings) if knob.decided} == set(
        QUALITIES["normal"]
    )
    assert replace(best) == best


def test_views_are_of_their_size_and_differentiable() -> None:
    pixels = torch.rand(1, 3, 64, 96, requires_grad=True)
    changed = replace(PAINT, num_cutouts=5, cutout_size=32, perspective=1.0, erasing=0.5)
    views = Views(changed).draw(pixels, torch.Generator().manual_seed(0))
    assert views.shape == (5, 3, 32, 32)
    views.sum().backward()
    assert pixels.grad is not None and float(pixels.grad.abs().sum()) > 0


def test_views_without_augmentation_show_the_picture_as_it_is() -> None:
    pixels = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    plain = replace(
        PAINT, num_cutouts=3, cutout_size=64, zoomed=0.0, affine=0.0, colour=0.0, noise=0.0
    )
    views = Views(plain).draw(pixels, torch.Generator().manual_seed(0))
    assert (views[..., 1:] - views[..., :-1]).median() > 0  # still rising from left to right
    assert (views[:, :, 0] - views[:, :, -1]).abs().max() < 1e-5


def test_learning_rates_fall_as_they_say() -> None:
    assert falling("cosine", 0) == pytest.approx(1) and falling("cosine", 1) == pytest.approx(0.2)
    assert falling("constant", 0.9) == 1 and falling("drop", 0.7) == 1
    assert falling("drop", 0.8) == pytest.approx(0.1)


def test_a_film_is_thinned_and_moves() -> None:
    film = Film()
    for shade in range(250):
        film.add(Image.new("RGB", (8, 8), (shade, 0, 0)))
    assert MAX_FRAMES / 2 < len(film.frames) <= MAX_FRAMES
    import io

    with Image.open(io.BytesIO(film_of(film.frames))) as moving:
        assert moving.format == "WEBP" and moving.n_frames > 20


def test_two_processes_paint_the_same_picture_bit_for_bit(tmp_path: Path) -> None:
    digests = []
    for name in ("one.png", "two.png"):
        command = [
            sys.executable, "-m", "multimodal", "paint", "a red heart", "--steps", "5",
            "--num-cutouts", "4", "--restarts", "2", "--seed", "7", "--out", str(tmp_path / name),
            "--film", str(tmp_path / "run.webp"), "--curve", str(tmp_path / "run.csv"), "--json",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)["images"]) == 1
        with Image.open(tmp_path / name) as image:
            digests.append(hashlib.sha256(image.tobytes()).hexdigest())
    assert digests[0] == digests[1]
    assert (tmp_path / "run.csv").read_text().startswith("step,score")
    stored = read_settings(tmp_path / "one.png")
    assert (stored["prompt"], stored["seed"], stored["restarts"]) == ("a red heart", 7, 2)
    again = [
        sys.executable, "-m", "multimodal", "paint", "--settings-from", str(tmp_path / "one.png"),
        "--out", str(tmp_path / "three.png"), "--json",
    ]  # fmt: skip
    assert subprocess.run(again, cwd=ROOT, capture_output=True, timeout=300).returncode == 0
    with Image.open(tmp_path / "three.png") as image:
        assert hashlib.sha256(image.tobytes()).hexdigest() == digests[0]


def test_the_prior_pulls_the_code_towards_what_the_token_model_expects(tiny_lab: Lab) -> None:
    token_prior = TokenPrior(tiny_lab.models.token_transformer, tiny_lab.models.vqgan)
    grid = tiny_lab.models.token_transformer.config.grid
    start = torch.randn(1, 4, grid, grid, generator=torch.Generator().manual_seed(0))
    z = start.clone().requires_grad_(True)
    distance = token_prior.distance(z)
    (gradient,) = torch.autograd.grad(distance, z)
    nearer = token_prior.distance((start - 0.5 * gradient).detach())
    assert 0 < float(nearer) < float(distance.detach())
    assert float(token_prior.distance(torch.randn(2, 4, grid, grid))) > 0  # restarts
    assert float(token_prior.distance(torch.randn(1, 4, grid, grid + 1))) == 0  # another size


def test_the_prior_draws_a_painting_towards_what_it_expects(lab: Lab) -> None:
    small = {"width": 128, "height": 128, "cutout_size": 64, "start": "random", "steps": 5}

    def away(weight: float) -> float:
        z = painted(lab, token_prior=weight, **small).z
        assert z is not None
        return float(TokenPrior(lab.models.token_transformer, lab.models.vqgan).distance(z))

    assert away(3.0) < away(0.0)


def test_a_token_model_of_another_vqgan_is_no_prior(lab: Lab, tiny_lab: Lab) -> None:
    asked = replace(PAINT, coarse=0.5)  # begins with the 4 x 4 codes that it knows
    assert token_prior_of(tiny_lab.models, asked) is not None
    assert (
        token_prior_of(tiny_lab.models, PAINT)
        is token_prior_of(tiny_lab.models, replace(asked, token_prior=0.0))
        is None
    )
    other = replace(tiny_lab.preset, dalle=lab.preset.dalle, token_vqgan=lab.preset.vqgan)
    mixed = Lab.load(other, "cpu")
    assert token_prior_of(mixed.models, asked) is None
    assert painted(mixed).image.size == (64, 64)
    drawn = last(mixed.generate("a red apple", DalleSettings(num_candidates=1, seed=0)))
    own = last(lab.generate("a red apple", DalleSettings(num_candidates=1, seed=0)))
    assert bytes_of(drawn) == bytes_of(own)  # through the VQGAN that its tokens belong to
