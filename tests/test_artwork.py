"""Which pictures of an emoji set stand for which concept."""

import numpy as np
from PIL import ImageFont

from multimodal.data.artwork import font_loader, icons_called
from multimodal.data.concepts import GROUP_FLAGS, Concept


def concept(text: str, group: int = 0) -> Concept:
    return Concept("-".join(f"{ord(letter):x}" for letter in text), group, {"en": text}, {"en": ()})


def test_a_set_may_have_several_pictures_of_a_thing() -> None:
    icons = {"bird-2", "bird-1", "bird-bath", "cat", "cat-1"}
    assert icons_called("bird", icons) == ["bird-1", "bird-2"]
    assert icons_called("cat", icons) == ["cat"]
    assert icons_called("dog", icons) == []


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
