"""Counting and changing codes, and what the VQGAN makes of them."""

from __future__ import annotations

import pytest
import torch
from conftest import drawing
from torch import Tensor

from multimodal.codes.edits import (
    bits_of,
    counts_of,
    edited,
    places_of,
    random_codes,
    replace_code,
    shuffle_codes,
    swap_region,
)
from multimodal.codes.maps import REAL, colours_of, draw_codes, draw_realness, realness_pair
from multimodal.errors import SettingError
from multimodal.images import to_pixels
from multimodal.lab import Lab
from multimodal.settings.jobs import ReconstructSettings
from multimodal.settings.region import Region

CODES = torch.tensor([[3, 1, 3], [0, 3, 1]])


@pytest.fixture(autouse=True)
def nothing_is_changed_in_place() -> object:
    before = CODES.clone()
    yield
    assert torch.equal(CODES, before)


def test_replacing_changes_every_occurrence_and_nothing_else() -> None:
    assert replace_code(CODES, 3, 7, 8).tolist() == [[7, 1, 7], [0, 7, 1]]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (3, 8, "no code 8; codes go from 0 to 7"),
        (-1, 1, "no code -1"),
        (5, 1, "Code 5 stands nowhere"),
    ],
)
def test_codes_that_are_not_there_are_refused(old: int, new: int, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        replace_code(CODES, old, new, 8)


def test_shuffling_keeps_the_codes_and_follows_the_seed() -> None:
    many = torch.arange(64).view(8, 8)
    first = shuffle_codes(many, 5)
    assert sorted(first.flatten().tolist()) == list(range(64))
    assert first.shape == many.shape and not torch.equal(first, many)
    assert torch.equal(first, shuffle_codes(many, 5))
    assert not torch.equal(first, shuffle_codes(many, 6))


def test_a_region_is_swapped_both_ways() -> None:
    other = torch.full((2, 3), 9)
    mine, theirs = swap_region(CODES, other, Region(row=1, column=2, height=2, width=1))
    assert mine.tolist() == [[3, 9, 3], [0, 9, 1]]
    assert theirs.tolist() == [[9, 1, 9], [9, 3, 9]]
    assert other.tolist() == [[9] * 3] * 2
    back, again = swap_region(mine, theirs, Region(1, 2, 2, 1))
    assert torch.equal(back, CODES) and torch.equal(again, other)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Region(0, 1, 1, 1), "row is 0; it must be between 1 and 2"),
        (Region(1, 4, 1, 1), "column is 4; it must be between 1 and 3"),
        (Region(1, 1, 0, 1), "height is 0"),
        (Region(1, 1, 1, 9), "width is 9"),
        (Region(2, 2, 1, 3), "reaches to row 2 and column 4"),
    ],
)
def test_a_region_outside_the_picture_is_refused(region: Region, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        swap_region(CODES, CODES, region)


def test_random_codes_follow_the_seed_and_reach_the_whole_codebook() -> None:
    drawn = random_codes(32, 32, 8, seed=1)
    assert set(drawn.flatten().tolist()) == set(range(8))
    assert torch.equal(drawn, random_codes(32, 32, 8, seed=1))
    assert not torch.equal(drawn, random_codes(32, 32, 8, seed=2))


def test_codes_are_counted_placed_and_weighed() -> None:
    assert counts_of(CODES) == [(3, 3), (1, 2), (0, 1)]
    assert places_of(CODES, 1) == [(1, 2), (2, 3)] and places_of(CODES, 5) == []
    assert bits_of(256, 4096) == 256 * 12 and bits_of(10, 5) == 30


def test_settings_replace_before_they_shuffle_and_random_forgets_both() -> None:
    both = ReconstructSettings(replace=" 3 : 7", shuffle=True, seed=2)
    assert torch.equal(edited(CODES, both, 8), shuffle_codes(replace_code(CODES, 3, 7, 8), 2))
    lots = ReconstructSettings(replace="9:9", random=True, seed=2)
    assert torch.equal(edited(CODES, lots, 8), random_codes(2, 3, 8, 2))
    assert edited(CODES, ReconstructSettings(), 8) is CODES
    for text in ("3", "3:", "3:7:1", "-1:3", "٣:٧"):
        with pytest.raises(SettingError, match="write two codes"):
            edited(CODES, ReconstructSettings(replace=text), 8)


def test_reconstructing_measures_and_decoding_the_same_codes_gives_the_same(tiny_lab: Lab) -> None:
    found = tiny_lab.reconstruct(drawing("red"))
    again = tiny_lab.decode_codes(found.codes)
    assert again.image.tobytes() == found.image.tobytes()
    assert torch.equal(again.realness, found.realness)
    assert found.codes.shape == found.realness.shape == found.original_realness.shape == (4, 4)
    facts = found.to_dict()
    assert facts["bits"] == 80 and facts["raw_bits"] == 32 * 32 * 24
    assert facts["codes_used"] == len(set(found.codes.flatten().tolist()))


def test_the_shipped_vqgan_gives_a_picture_back_and_its_judge_tells_them_apart(lab: Lab) -> None:
    found = lab.reconstruct(drawing("red", 128))
    assert found.psnr > 15 and found.ssim > 0.5
    shuffled = lab.reconstruct(drawing("red", 128), ReconstructSettings(shuffle=True))
    assert shuffled.psnr < found.psnr - 3 and shuffled.ssim < found.ssim
    assert found.original_realness.mean() > found.realness.mean()


def test_a_code_shows_its_colour_wherever_it_stands(lab: Lab) -> None:
    # A picture of one code all over: its middle cell is what the code is said to show.
    code = lab.reconstruct(drawing("red", 128)).codes[8, 8].view(1)
    patch = lab.code_patches(code)
    assert patch.shape == (1, 3, lab.models.vqgan.factor, lab.models.vqgan.factor)
    field = to_pixels([lab.decode_codes(code.expand(3, 3)).image])
    middle = field[..., 8:16, 8:16]
    assert (patch - middle).abs().max() < 0.01
    red, green, blue = colours_of(patch)[0]
    assert red > 2 * max(green, blue)


def test_maps_have_a_square_a_cell(tiny_lab: Lab) -> None:
    found = tiny_lab.reconstruct(drawing("red"))
    ids: Tensor = found.codes.unique()
    drawn = draw_codes(found.codes, ids, tiny_lab.code_patches(ids), side=64)
    colours = dict(zip(ids.tolist(), colours_of(tiny_lab.code_patches(ids)), strict=True))
    for row in range(4):
        for column in range(4):
            expected = colours[int(found.codes[row, column])]
            assert drawn.getpixel((16 * column + 8, 16 * row + 8)) == expected
    assert realness_pair(found, side=64).size == (144, 64)


def test_the_realness_map_is_teal_where_it_looks_real_and_orange_where_fake() -> None:
    realness = torch.tensor([[12.0, 99.0], [-4.0, 0.0]])
    drawn = draw_realness(drawing("white"), realness, side=64)
    corners = [drawn.getpixel(place) for place in ((2, 2), (62, 2), (2, 62), (62, 62))]
    assert corners[0] == corners[1]
    red, green, blue = corners[0]  # type: ignore[misc]
    assert green > red and blue > red and REAL[1] < green
    red, green, blue = corners[2]  # type: ignore[misc]
    assert red > green > blue
    red, green, blue = corners[3]  # type: ignore[misc]
    assert max(red, green, blue) - min(red, green, blue) < 8
