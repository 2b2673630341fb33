"""Queries as people write them: `beach + sunset - people`, `2*red car`, `#1 - snow`.

    query   = [sign] term { " " sign " " term }        sign = + or -, with a space on both sides
    term    = [factor "*"] (words | "#" number)        `#1` is the first picture given

The spaces keep "T-shirt", "black-and-white" and "3-d" words. Digits may be Arabic. A picture that
is given but not named counts as `+ #n`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.errors import Message, PromptError
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_texts
from multimodal.prompts import MAX_WEIGHT, normalise, picture_number

MAX_TERMS = 32
QUERY = Message("query")  # what errors call the text
KEPT_TEXTS = 256
#: A sum of unit vectors shorter than this points nowhere in particular.
SMALLEST_NORM = 1e-3

_SIGN = re.compile(r"(?:^|(?<=\s))([+\-\u2212])(?=\s|$)")
_FACTOR = re.compile(
    r"(?P<number>[+\-\u2212]?(?:\d+(?:[.,\u066b\u060c]\d+)?|\.\d+))\s*[*\u00d7]\s*"
)


@dataclass(frozen=True)
class Term:
    """One part of a query: words, or the number of a picture (from 1), and how much it counts."""

    weight: float
    text: str = ""
    picture: int | None = None


class TextCache:
    """The features of the latest texts: a search is often repeated with one thing changed."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Tensor] = OrderedDict()

    def encode(self, clip: CLIP, texts: Sequence[str]) -> Tensor:
        """Texts -> unit-norm text_features (t, d) on the CPU; the caller holds the device.

        Raises PromptError for an empty text or one beyond the context.
        """
        if missing := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known.update(zip(missing, encode_texts(clip, missing).cpu(), strict=True))
        for text in texts:
            self._known.move_to_end(text)
        rows = torch.stack([self._known[text] for text in texts])
        while len(self._known) > KEPT_TEXTS:
            self._known.popitem(last=False)
        return rows


def parse_query(text: str, num_pictures: int = 0) -> tuple[Term, ...]:
    """Split a query into its terms; a picture given but not named comes last, with weight 1.

    Raises PromptError for a query that is empty, without a positive weight or with a
    sign that nothing follows, for a weight beyond 100, and for the number of no picture.
    """
    terms = _terms(normalise(text), num_pictures)
    named = {term.picture for term in terms}
    terms += [Term(1.0, picture=n) for n in range(1, num_pictures + 1) if n not in named]
    if not terms:
        raise PromptError("The search is empty; give words or a picture.")
    if len(terms) > MAX_TERMS:
        raise PromptError(
            "The query has {terms} terms, and at most {most} are allowed; shorten it.",
            terms=len(terms),
            most=MAX_TERMS,
        )
    if all(term.weight <= 0 for term in terms):
        raise PromptError(
            "The query only takes things away; give it at least one term with a + or no sign."
        )
    return tuple(terms)


def combine(
    terms: Sequence[Term], text_features: Tensor, image_features: Sequence[Tensor]
) -> Tensor:
    """The weighted sum of unit-norm features, renormalised, so that scores stay cosines: (d,).

    Args:
        terms: what `parse_query` gave.
        text_features: (t, d), one row a term with words, in their order.
        image_features: p vectors (d,); number n - 1 belongs to `#n`.

    Words and pictures are added as they are, although their vectors lie in different parts of the
    sphere (the modality gap; Liang et al. 2022) and a picture weighs more than a word. Taking the
    mean of its kind from each vector, or moving texts to where pictures are, gains nothing with
    the embedded CLIP (docs/history/search.md).

    Raises PromptError when the terms cancel each other out.
    """
    texts, total = iter(text_features), torch.zeros(1)
    for term in terms:
        vector = next(texts) if term.picture is None else image_features[term.picture - 1]
        total = total + term.weight * vector.cpu()
    if float(total.norm()) < SMALLEST_NORM:
        raise PromptError(
            "The terms of the query cancel each other out; change a sign or a factor."
        )
    return F.normalize(total, dim=0)


def _terms(text: str, num_pictures: int) -> list[Term]:
    first, *rest = _SIGN.split(text)  # words, sign, words, sign, words ...
    signed = [("+", first), *zip(rest[::2], rest[1::2], strict=True)]
    if not first.strip():
        signed = signed[1:]  # the query is empty or begins with a sign
    return [_term(sign, part.strip(), num_pictures) for sign, part in signed]


def _term(sign: str, part: str, num_pictures: int) -> Term:
    weight = 1.0 if sign == "+" else -1.0
    if match := _FACTOR.match(part):
        weight *= _number(match["number"])
        part = part[match.end() :]
    if not part:
        raise PromptError(
            "The query has a sign or a factor with nothing after it; write words or #1 there."
        )
    picture = picture_number(part, num_pictures, QUERY)
    if picture is not None:
        return Term(weight, picture=picture)
    return Term(weight, text=part)


def _number(written: str) -> float:
    plain = re.sub("[,\u066b\u060c]", ".", written.replace("\u2212", "-"))
    weight = float(plain)
    if abs(weight) > MAX_WEIGHT:
        raise PromptError(
            "The factor {factor} is out of range; it must be between {least:g} and {most:g}.",
            factor=written[:20],
            least=-MAX_WEIGHT,
            most=MAX_WEIGHT,
        )
    return weight
