"""Reading queries, and adding them up."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from conftest import drawing

from multimodal.errors import PromptError
from multimodal.lab import Lab
from multimodal.search.query import KEPT_TEXTS, Term, TextCache, combine, parse_query


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("beach", [Term(1, "beach")]),
        ("beach + sunset - people", [Term(1, "beach"), Term(1, "sunset"), Term(-1, "people")]),
        ("2*red car", [Term(2, "red car")]),
        ("0.5 * sea - 1.5*sand", [Term(0.5, "sea"), Term(-1.5, "sand")]),
        ("- people + beach", [Term(-1, "people"), Term(1, "beach")]),
        ("beach + -2*people", [Term(1, "beach"), Term(-2, "people")]),
        ("a T-shirt", [Term(1, "a T-shirt")]),
        ("black-and-white 3-d C++", [Term(1, "black-and-white 3-d C++")]),
        ("rock -roll", [Term(1, "rock -roll")]),
        ("7 apples", [Term(1, "7 apples")]),
        ("شاطئ + غروب - ناس", [Term(1, "شاطئ"), Term(1, "غروب"), Term(-1, "ناس")]),
        ("٢*سيارة حمراء", [Term(2, "سيارة حمراء")]),
        ("٠٫٥ * بحر − رمل", [Term(0.5, "بحر"), Term(-1, "رمل")]),
        ("0,5*sea", [Term(0.5, "sea")]),
        ("  sea \n +  sand ", [Term(1, "sea"), Term(1, "sand")]),
    ],
)
def test_a_query_is_split_into_weighted_terms(text: str, terms: list[Term]) -> None:
    assert parse_query(text) == tuple(terms)


@pytest.mark.parametrize(
    ("text", "count", "terms"),
    [
        ("", 1, [Term(1, picture=1)]),
        ("snow", 2, [Term(1, "snow"), Term(1, picture=1), Term(1, picture=2)]),
        ("#1 - snow", 1, [Term(1, picture=1), Term(-1, "snow")]),
        ("snow - 0.5*#2", 2, [Term(1, "snow"), Term(-0.5, picture=2), Term(1, picture=1)]),
        ("#٢ + #1", 2, [Term(1, picture=2), Term(1, picture=1)]),
    ],
)
def test_pictures_are_named_by_number_or_simply_added(
    text: str, count: int, terms: list[Term]
) -> None:
    assert parse_query(text, count) == tuple(terms)


@pytest.mark.parametrize(
    ("text", "count", "sentence"),
    [
        ("", 0, "search is empty"),
        (" \u200f ", 0, "search is empty"),
        ("- people", 0, "only takes things away"),
        ("0*people", 0, "only takes things away"),
        ("beach +", 0, "nothing after it"),
        ("beach + - people", 0, "nothing after it"),
        ("2 *", 0, "nothing after it"),
        ("#1 + snow", 0, "#1, but there is none"),
        ("#3", 2, "#3, but there are 2"),
        ("500*snow", 0, "500 is out of range"),
        (" + ".join(["x"] * 33), 0, "33 terms"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_in_one_sentence(
    text: str, count: int, sentence: str
) -> None:
    with pytest.raises(PromptError, match=sentence) as caught:
        parse_query(text, count)
    assert "\n" not in str(caught.value)


def test_the_sum_is_a_unit_vector_of_the_terms() -> None:
    a, b, c = F.normalize(torch.randn(3, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    found = combine(parse_query("x - 0.5*#1 + 2*y", 1), torch.stack([a, b]), [c])
    assert found.norm().item() == pytest.approx(1)
    torch.testing.assert_close(found, F.normalize(a - 0.5 * c + 2 * b, dim=0))


def test_terms_that_cancel_each_other_are_refused(tiny_lab: Lab) -> None:
    with pytest.raises(PromptError, match="cancel each other out"):
        tiny_lab.encode_query("apple - apple")


def test_a_lab_adds_words_pictures_and_features(tiny_lab: Lab) -> None:
    picture = drawing("red")
    words, seen = tiny_lab.encode_query("a red apple"), tiny_lab.encode_query("", [picture])
    both = tiny_lab.encode_query("a red apple", [picture])
    torch.testing.assert_close(both, F.normalize(words + seen, dim=0))
    torch.testing.assert_close(tiny_lab.encode_query("a red apple", [seen]), both)
    assert both.norm().item() == pytest.approx(1)


def test_words_beyond_the_context_are_refused(tiny_lab: Lab) -> None:
    with pytest.raises(PromptError, match="tokens"):
        tiny_lab.encode_query("red + " + "apple " * 60)


def test_a_text_is_encoded_once_and_the_cache_stays_small(tiny_lab: Lab) -> None:
    cache, clip = TextCache(), tiny_lab.models.clip
    first = cache.encode(clip, ["red", "blue", "red"])
    torch.testing.assert_close(first[0], first[2])
    kept = cache._known["blue"]
    torch.testing.assert_close(cache.encode(clip, ["green", "blue"])[1], first[1])
    assert cache._known["blue"] is kept
    many = [f"text {number}" for number in range(KEPT_TEXTS + 5)]
    assert len(cache.encode(clip, many)) == KEPT_TEXTS + 5
    assert len(cache._known) == KEPT_TEXTS
