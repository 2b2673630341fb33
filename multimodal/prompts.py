"""Prompts as people write them: "a | b:2 | c:-1", templates and lists of labels.

story  = prompt { "^" prompt }            one after another over the time of a run
prompt = part { "|" part }
part   = (words | "#" number) [":" weight]    `#1` is the first picture given
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from multimodal.errors import Message, PromptError

MAX_WEIGHT = 100.0
MAX_CHAPTERS = 20
MAX_GUIDES = 4
MAX_PICTURES = 1000  # that a prompt may name where nobody counts them
PROMPT, CAPTION = Message("prompt"), Message("caption")  # what errors call a text

_WEIGHTED = re.compile(
    r"(?P<text>.*):\s*(?P<weight>[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|nan|inf"
    r"|infinity))\s*",
    re.IGNORECASE | re.DOTALL,
)
# Ends of sentences, then of clauses, then of words; the mark stays with what it ends.
_PAUSES = tuple(
    re.compile(pattern)
    for pattern in (r"(?<=[.!?\u061f\u06d4\u3002])\s*", r"(?<=[,;:\u060c\u061b])\s*", r"\s+")
)
_PICTURE = re.compile(r"#\s*(\d+)")
_LABEL_SEPARATORS = re.compile("[,\u060c\r\n]")  # comma, Arabic comma, line end
# Marks that reorder or hide text. The joiners U+200C and U+200D stay: emoji and Persian need them.
_INVISIBLE = frozenset(
    "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)


@dataclass(frozen=True)
class WeightedPrompt:
    """One part of a prompt, words or the number of a picture (from 1); a negative weight steers
    away from it."""

    text: str
    weight: float = 1.0
    picture: int | None = None


def check_text(text: str, most: int, what: Message = PROMPT) -> str:
    """The text itself. Raises PromptError for anything but text, and beyond `most` characters;
    `what` is what the error calls it. Every entrance of the lab passes its texts through here."""
    if not isinstance(text, str):
        raise PromptError(
            "The {what} is {type}; it must be text.", what=what, type=type(text).__name__
        )
    if len(text) > most:
        raise PromptError(
            "The {what} has {count} characters, and at most {most} are allowed; shorten it.",
            what=what,
            count=len(text),
            most=most,
        )
    return text


def clean_caption(text: str, most: int, what: Message = CAPTION) -> str:
    """A caption in its one form. Raises PromptError where nothing is left; see `check_text`."""
    cleaned = normalise(check_text(text, most, what))
    if not cleaned:
        raise PromptError("A caption is empty; write what the picture may show.")
    return cleaned


def parse_story(text: str, num_pictures: int = 0) -> list[list[WeightedPrompt]]:
    """Split "a castle ^ a ruin | at night" into the prompts of its chapters; empty ones are left
    out. Raises PromptError, see `parse`, and for more than 20 chapters."""
    chapters = [part for part in text.split("^") if normalise(part)] or [""]
    if len(chapters) > MAX_CHAPTERS:
        raise PromptError(
            "The prompt has {chapters} chapters, and at most {most} are allowed; leave some out.",
            chapters=len(chapters),
            most=MAX_CHAPTERS,
        )
    return [parse(chapter, num_pictures) for chapter in chapters]


def parse(text: str, num_pictures: int = 0) -> list[WeightedPrompt]:
    """Split "a | b:2 | c:-1" into its parts and their weights (1 where none is written).

    Only a number after the last colon of a part is a weight; other colons are text, and empty
    parts are ignored. Raises PromptError for a prompt that is empty or without a positive weight,
    for a weight beyond 100 either way, and for the number of no picture.
    """
    prompts = []
    for part in text.split("|"):
        match = _WEIGHTED.fullmatch(part)
        words = normalise(match["text"] if match else part)
        if words:
            weight = _weight(match["weight"]) if match else 1.0
            prompts.append(WeightedPrompt(words, weight, picture_number(words, num_pictures)))
    if not prompts:
        raise PromptError("The prompt is empty; write what you would like to see.")
    if all(prompt.weight <= 0 for prompt in prompts):
        raise PromptError(
            "The prompt has no part with a positive weight; give at least one a weight above 0."
        )
    return prompts


def caption_of(prompt: str) -> str:
    """What a prompt asks for, as one caption: the words of positive weight in its last chapter,
    "a bud ^ a flower | red:0.5 | text:-1" -> "a flower, red". "" for what is no prompt."""
    try:
        parts = parse_story(prompt, MAX_PICTURES)[-1]
    except PromptError:
        return ""
    return ", ".join(part.text for part in parts if part.weight > 0 and part.picture is None)


def parse_guides(text: str) -> list[tuple[str, float]]:
    """Split "guide:1, clip:0.5" into names and weights (1 where none is written); the weights of
    one name add up.

    Raises PromptError when there is none or more than MAX_GUIDES, each of which sees every cutout,
    and for a weight that is not positive.
    """
    guides: dict[str, float] = {}
    for part in text.split(","):
        match = _WEIGHTED.fullmatch(part)
        name = normalise(match["text"] if match else part)
        weight = _weight(match["weight"]) if match else 1.0
        if name and weight <= 0:
            raise PromptError(
                "The guide {guide} has the weight {weight:g}; give it more than 0.",
                guide=name,
                weight=weight,
            )
        if name:
            guides[name] = guides.get(name, 0.0) + weight
    if not guides:
        raise PromptError("No guide is named; write guide, clip or both with a comma.")
    if len(guides) > MAX_GUIDES:
        raise PromptError(
            "There are {count} guides, and at most {most} may steer; leave some out.",
            count=len(guides),
            most=MAX_GUIDES,
        )
    return list(guides.items())


def picture_number(words: str, num_pictures: int, what: Message = PROMPT) -> int | None:
    """The n of `#n`, which is all that the words may then be, or None for other words.

    Raises PromptError for the number of no picture; `what` is what the error calls the text.
    """
    match = _PICTURE.fullmatch(words)
    if match is None:
        return None
    number = int(match[1])
    if not 1 <= number <= num_pictures:
        given = Message("there are {count}", count=num_pictures)
        raise PromptError(
            "The {what} names the picture #{number}, but {given}; give that picture or leave the "
            "name out.",
            what=what,
            number=number,
            given=given if num_pictures else Message("there is none"),
        )
    return number


def normalise(text: str) -> str:
    """Bring text into one form: NFC, single spaces, no control or direction-changing characters."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(
        " " if char.isspace() else char for char in composed if char.isspace() or _visible(char)
    )
    return " ".join(kept.split())


def fill(template: str, label: str) -> str:
    """Put a label in place of the template's {}; raises PromptError unless there is just one."""
    if template.count("{}") != 1:
        raise PromptError(
            "The template {template!r} has {places} places for the label; write {place} exactly "
            "once.",
            template=template,
            places=template.count("{}"),
            place="{}",
        )
    return template.replace("{}", label)


def split_labels(text: str) -> list[str]:
    """The labels in a list separated by commas (Latin or Arabic) or line ends, each once.

    Case does not tell two labels apart. Raises PromptError if there is none.
    """
    labels: dict[str, str] = {}
    for part in _LABEL_SEPARATORS.split(text):
        label = normalise(part)
        if label:
            labels.setdefault(label.casefold(), label)
    if not labels:
        raise PromptError("There are no labels; write some, separated by commas.")
    return list(labels.values())


def split_long(text: str, count_tokens: Callable[[str], int], limit: int) -> list[str]:
    """Cut a text into parts of at most `limit` tokens, nothing lost: after sentences where that
    is enough, else after commas, else between words.

    Raises PromptError for a single word that is too long.
    """
    if count_tokens(text) <= limit:
        return [text]
    for pause in _PAUSES:
        pieces = [piece.strip() for piece in pause.split(text) if piece.strip()]
        if len(pieces) > 1:
            break
    else:
        raise PromptError(
            "The word “{word}…” alone takes more tokens than this CLIP can read ({limit}); "
            "shorten it.",
            word=text[:40],
            limit=limit,
        )
    parts: list[str] = []
    for piece in pieces:
        joined = f"{parts[-1]} {piece}" if parts else piece
        if parts and count_tokens(joined) <= limit:
            parts[-1] = joined
        else:
            parts += split_long(piece, count_tokens, limit)
    return parts


def _weight(written: str) -> float:
    weight = float(written)
    if not math.isfinite(weight) or abs(weight) > MAX_WEIGHT:
        raise PromptError(
            "The weight {weight} is out of range; it must be between {least:g} and {most:g}.",
            weight=written[:20],
            least=-MAX_WEIGHT,
            most=MAX_WEIGHT,
        )
    return weight


def _visible(char: str) -> bool:
    return char not in _INVISIBLE and unicodedata.category(char) not in ("Cc", "Cs")
