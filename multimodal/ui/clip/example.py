"""The example of the CLIP tab, computed ahead (docs/worked_example.py) and marked as one."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from PIL import Image

from multimodal.ui.clip import render as clip_render
from multimodal.ui.shell import html
from multimodal.ui.shell.adapters import EXAMPLES
from multimodal.ui.shell.language import both

PICTURES = ("cat.jpg", "dalmatian.jpg", "face.jpg")
WORKED = EXAMPLES / "worked.json"


def table() -> str:
    """The table of the first example's captions; an empty frame without the file."""

    def drawn(part: dict[str, Any]) -> str:
        captions, shares = part["captions"], part["per_image"]
        return clip_render.heat_table(_thumbnails(), PICTURES, captions, shares, "per_image")

    return _shown(drawn, "clip.empty_table")


def cards() -> str:
    """The pictures under the first example's labels; an empty frame without the file."""

    def drawn(part: dict[str, Any]) -> str:
        return clip_render.label_cards(_thumbnails(), PICTURES, part["labels"])

    return _shown(drawn, "clip.empty_bars")


def _shown(drawn: Callable[[dict[str, Any]], str], empty: str) -> str:
    parts = "".join(
        f'<div lang="{language}">{drawn(part)}</div>' for language, part in _worked().items()
    )
    if not parts:
        return html.empty(empty)
    return f'<div class="worked"><p class="mark">{both("clip.worked")}</p>{parts}</div>'


@cache
def _worked() -> dict[str, Any]:
    if not WORKED.is_file():
        return {}
    found: dict[str, Any] = json.loads(WORKED.read_text(encoding="utf-8"))
    return found


@cache
def _thumbnails() -> list[str]:
    found = []
    for name in PICTURES:
        with Image.open(EXAMPLES / name) as image:
            found.append(html.preview(image, html.THUMBNAIL))
    return found
