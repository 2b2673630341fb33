"""Which combinations of thing, style and background no training may show: a tenth, by hash."""

from __future__ import annotations

import hashlib


def held_out(key: str, style: str, background: int) -> bool:
    """Whether the picture of a concept (its `key`) in a style over a coloured background (an index
    into BACKGROUND_NAMES; 0, white, is never held out) is kept for measuring."""
    digest = hashlib.sha256(f"{key}/{style}/{background}".encode()).digest()
    return background > 0 and digest[0] < 26
