"""Prompts are split, weighed and cleaned, or refused with a sentence."""

import pytest

from multimodal.errors import PromptError
from multimodal.prompts import (
    WeightedPrompt,
    caption_of,
    check_text,
    clean_caption,
    fill,
    normalise,
    parse,
    split_labels,
    split_long,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat", [("a cat", 1)]),
        ("a | b:2 | c:-1", [("a", 1), ("b", 2), ("c", -1)]),
        ("a:.5|b: 1e1 ", [("a", 0.5), ("b", 10)]),
        ("note: a red cat", [("note: a red cat", 1)]),
        ("note: a cat:2", [("note: a cat", 2)]),
        ("time 10:30:2", [("time 10:30", 2)]),
        ("a || :3 | ", [("a", 1)]),
        (f"{FAMILY}:2", [(FAMILY, 2)]),
        ("قطة حمراء:٢ | a cat", [("قطة حمراء", 2), ("a cat", 1)]),
        ("line\none\ttwo", [("line one two", 1)]),
    ],
)
def test_parts_and_weights_are_read(text, expected):
    assert parse(text) == [WeightedPrompt(*one) for one in expected]


@pytest.mark.parametrize("text", ["", "   ", "|", " | :2", "\u202e\u200f", "\x00"])
def test_an_empty_prompt_is_refused(text):
    with pytest.raises(PromptError, match="The prompt is empty; "):
        parse(text)


@pytest.mark.parametrize("weight", ["nan", "-inf", "Infinity", "1e999", "101", "-1e9"])
def test_a_weight_that_is_no_use_is_refused(weight):
    with pytest.raises(PromptError, match=r"weight .* must be between -100 and 100"):
        parse(f"a | b:{weight}")


@pytest.mark.parametrize("text", ["a:0", "a:-1 | b:-2", "a:0 | b:0"])
def test_a_prompt_without_a_positive_weight_is_refused(text):
    with pytest.raises(PromptError, match="no part with a positive weight"):
        parse(text)


def test_an_overlong_text_is_refused_with_both_lengths():
    assert check_text("a" * 20, 20) == "a" * 20
    with pytest.raises(PromptError, match="The prompt has 21 characters, and at most 20"):
        check_text("a" * 21, 20)
    with pytest.raises(PromptError, match="The query has 21 characters"):
        check_text("a" * 21, 20, "query")


def test_a_caption_comes_in_one_form_and_is_not_empty():
    assert clean_caption(" a \u00a0\n b ", 20) == "a b"
    with pytest.raises(PromptError, match="A caption is empty"):
        clean_caption(" \u200f ", 20)


def test_a_prompt_that_is_no_text_is_refused():
    with pytest.raises(PromptError, match="NoneType; it must be text"):
        check_text(None, 20)


def test_long_runs_of_colons_and_digits_are_read_quickly():
    assert len(parse("1:" * 900 + "x")) == 1


def test_normalising_composes_and_strips_what_cannot_be_seen():
    assert normalise("cafe\u0301") == "caf\u00e9"
    assert normalise("a\u202eb\x07c\u2066d\ufeff\ud800") == "abcd"
    assert normalise(" a \u00a0\n b ") == "a b"


@pytest.mark.parametrize("text", [FAMILY, "❤️", "می\u200cخواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "日本語"])
def test_normalising_keeps_joined_emoji_and_scripts(text):
    assert normalise(text) == text


def test_a_template_takes_a_label_literally():
    assert fill("a photo of a {}", "{0} {}") == "a photo of a {0} {}"


@pytest.mark.parametrize("template", ["a photo", "{} and {}"])
def test_a_template_without_one_place_is_refused(template):
    with pytest.raises(PromptError, match="exactly once"):
        fill(template, "cat")


def test_labels_are_split_on_every_comma_and_line_and_kept_once():
    assert split_labels("cat, Dog،طائر\n\ncat,, dog , new york") == [
        "cat",
        "Dog",
        "طائر",
        "new york",
    ]


@pytest.mark.parametrize("text", ["", " , ،\n"])
def test_no_labels_are_refused(text):
    with pytest.raises(PromptError, match="no labels"):
        split_labels(text)


def test_a_long_text_is_cut_at_its_pauses_and_loses_nothing() -> None:
    def words(text: str) -> int:
        return len(text.split())

    text = "one two three. four five six, seven eight nine ten eleven. twelve؟ thirteen"
    parts = split_long(text, words, 4)
    assert all(words(part) <= 4 for part in parts)
    assert " ".join(parts).split() == text.split()
    assert parts[0] == "one two three."
    assert split_long("short", words, 4) == ["short"]
    with pytest.raises(PromptError, match="alone"):
        split_long("x" * 50, len, 10)


@pytest.mark.parametrize(
    ("prompt", "caption"),
    [
        ("a red apple", "a red apple"),
        ("a red apple | glossy:0.5 | text:-1", "a red apple, glossy"),
        ("a bud ^ a flower | #1:0.5", "a flower"),
        ("time: 12:30 pm", "time: 12:30 pm"),
        ("", ""),
        ("a:inf", ""),
    ],
)
def test_a_prompt_is_put_as_one_caption(prompt: str, caption: str) -> None:
    assert caption_of(prompt) == caption
