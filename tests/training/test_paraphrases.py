"""The table of other words: what each is like, and that none is one of the measured ones."""

import re

import pytest

from multimodal.clip.templates import is_arabic
from training.data.load_table import load_table
from training.data.paraphrases import paraphrases

LONGEST = 90


def bare(text: str) -> str:
    """A text without what makes no difference: case, punctuation, a leading article."""
    text = re.sub(r"[^\w ]+", " ", text.lower())
    return re.sub(r"^(a|an|the) ", "", " ".join(text.split()))


@pytest.mark.parametrize(("measured", "least"), [("synonym_eval", 180), ("synonym_eval_ar", 120)])
def test_no_measured_word_stands_in_the_table(measured: str, least: int) -> None:
    asked = {bare(text) for text in load_table(measured)}
    assert len(asked) > least
    every = (text for words in paraphrases().values() for text in words.english + words.arabic)
    assert not asked & {bare(text) for text in every}


def test_texts_are_short_and_nobody_describes_a_thing_by_its_name() -> None:
    table = paraphrases()
    assert len(table) > 1700
    for name, words in table.items():
        assert words.said and words.arabic, name
        assert all(1 <= len(text) <= LONGEST and text == text.strip() for text in words.english)
        assert all(f" {bare(name)} " not in f" {bare(text)} " for text in words.said), name
        assert bare(name) not in {bare(text) for text in words.same}, name
        assert all(map(is_arabic, words.arabic)), name
