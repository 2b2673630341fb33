"""Which pictures of an emoji set stand for which concept."""

import numpy as np
import pytest
from PIL import ImageFont

from training.data.artwork import (
    OUTLINED_STYLES,
    emoji_of,
    font_loader,
    outlined,
    pictogram_names,
    pictograms_of,
    render_outlined,
)
from training.data.concepts import GROUP_FLAGS, Concept


def concept(text: str, group: int = 0) -> Concept:
    return Concept("-".join(f"{ord(letter):x}" for letter in text), group, {"en": text}, {"en": ()})


def test_a_set_may_have_several_pictures_of_a_thing() -> None:
    icons = {"bird-2", "bird-1", "bird-bath", "cat", "cat-1"}
    assert emoji_of(concept("bird"), icons) == ["bird-1", "bird-2"]
    assert emoji_of(concept("cat"), icons) == ["cat"]
    assert emoji_of(concept("dog"), icons) == []


def test_sets_write_names_in_their_own_ways() -> None:
    assert emoji_of(concept("alarm clock"), {"alarmclock"}) == ["alarmclock"]
    assert emoji_of(concept("flag: France"), {"flag-for-france"}) == ["flag-for-france"]


def test_pictograms_go_by_other_words_and_never_by_one_that_means_something_else() -> None:
    icons = {"cat", "cat-fill", "cat-tree", "walk", "walk-outline", "person-walking", "ram"}
    assert pictograms_of(concept("cat"), icons) == ["cat", "cat-fill"]
    walking = ["walk", "walk-outline", "person-walking"]
    assert pictograms_of(concept("person walking"), icons) == walking
    assert pictogram_names()["ram"] == [] == pictograms_of(concept("ram"), icons)  # memory


def test_an_outline_is_drawn_around_each_shape_and_nothing_is_cut_off() -> None:
    square = '<rect width="40" height="40" fill="#f00"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">{square}</svg>'
    pixels = np.asarray(render_outlined(svg))
    middle = pixels.shape[0] // 2
    assert pixels[middle, middle].tolist() == [255, 0, 0, 255]
    assert pixels[middle, 8].tolist() == [0, 0, 0, 255]
    assert pixels[middle, 0, 3] == 0  # half of the line lies outside of the square, all in view


def test_an_outline_changes_no_line_that_a_shape_brings_itself() -> None:
    line = '<path stroke="#00f" stroke-width="9" d="M0 0h1"/>'
    svg = f'<?xml version="1.0"?><svg viewBox="0 0 40 40" width="40">{line}</svg>'
    drawn = outlined(svg)
    assert drawn.endswith(
        f'<g stroke="#000" stroke-width="1" stroke-linejoin="round">{line}</g></svg>'
    )
    assert 'viewBox="-1 -1 42 42"' in drawn
    with pytest.raises(ValueError, match="view box"):
        outlined("<svg></svg>")


def test_outlined_styles_say_so_in_their_caption() -> None:
    assert {style.caption for style in OUTLINED_STYLES.values()} == {"an outlined drawing of {}"}


def test_a_glyph_is_one_picture_and_what_the_font_cannot_tell_apart_only_the_first() -> None:
    font = ImageFont.load_default(100)
    assert isinstance(font, ImageFont.FreeTypeFont)
    load = font_loader(font)
    (picture,) = load(concept("A"))
    ink = np.asarray(picture)
    assert ink[..., 3].max() == 255 and not ink[..., :3].any()  # black on nothing
    assert load(concept("A")) == []  # drawn already
    assert load(concept("MMMM")) == []  # a sequence that the font draws as its parts
    assert load(concept("B", GROUP_FLAGS)) == []
    assert len(load(concept("B"))) == 1
