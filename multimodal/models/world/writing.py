"""One spelling of a text for the encoders: what changes nothing about its meaning is taken away.

Quotes, hash marks, closing full stops, case, doubled spaces, Arabic vowel marks and the stretching
line; hamza forms of alef become one letter. What changes words (plurals, typos, the article,
ta marbuta) is learned instead, see training/data/typos.py.
"""

from __future__ import annotations

import re
import unicodedata

#: Fathatan to sukun, superscript alef, tatweel.
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0670\u0640]")
_ALEFS = str.maketrans("\u0622\u0623\u0625\u0671", "\u0627" * 4)
_QUOTES = re.compile("[\"\u201c\u201d\u201e\u00ab\u00bb`*_~<>\\[\\](){}]|(?<!\\w)'|'(?!\\w)|#")
_CLOSING = re.compile("[\\s.!?;:,\u061f\u060c\u061b\u3002\uff01\uff1f\u2026]+$")


def plain_text(text: str) -> str:
    """`  "#Cats"! ` -> `cats`; a text of nothing but marks stays as it is."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = _ARABIC_MARKS.sub("", text).translate(_ALEFS)
    bare = _CLOSING.sub("", _QUOTES.sub(" ", text))
    return " ".join(bare.split()) or text.strip()
