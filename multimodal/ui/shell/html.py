"""What the page shows, as HTML: tables, bars, progress and pictures. Everything is escaped."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PIL import Image

from multimodal import answers
from multimodal.errors import Message
from multimodal.events import Picture, Progress, Result
from multimodal.ui.shell import papers
from multimodal.ui.shell.language import both, in_both
from multimodal.ui.texts.errors import in_arabic

if TYPE_CHECKING:
    from multimodal.files.sources import Skipped
    from multimodal.live_training.run import Learned

THUMBNAIL = 144
MAX_SKIPPED_SHOWN = 100


def data_uri(data: bytes, mime: str) -> str:
    """Bytes as an address that needs no request."""
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def preview(image: Image.Image, side: int | None = None) -> str:
    """A picture as a JPEG data URI, shrunk to `side` if given."""
    if side is not None:
        image = image.copy()
        image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=88)
    return data_uri(buffer.getvalue(), "image/jpeg")


def png(image: Image.Image) -> bytes:
    """A picture as a plain PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def intro(tab: str, diagram: str) -> str:
    """The head of a tab: its title, three sentences, the papers and a drawing."""
    return (
        f'<div class="intro"><div><h2>{both(f"{tab}.title")}</h2><p>{both(f"{tab}.idea")}</p>'
        f"{papers.links(tab)}</div>{diagram}</div>"
    )


def empty(key: str) -> str:
    """What stands where a result will be."""
    return f'<div class="empty"><p>{both(key)}</p></div>'


def status(message: str = "", share: float | None = None, skipped: Sequence[Skipped] = ()) -> str:
    """The line under the buttons: a bar (waiting, if `share` is negative), words, what was left."""
    bar = ""
    if share is not None:
        waiting = " waiting" if share < 0 else ""
        bar = f'<div class="bar{waiting}"><i style="--p:{max(share, 0):.3f}"></i></div>'
    return f'<div class="status" role="status">{bar}{message}{skipped_list(skipped)}</div>'


def skipped_list(skipped: Sequence[Skipped]) -> str:
    """The files that were left out, and why, folded away."""
    if not skipped:
        return ""
    rows = "".join(
        f'<li dir="auto"><b>{escape(one.name)}</b>: {_reason(one)}</li>'
        for one in skipped[:MAX_SKIPPED_SHOWN]
    )
    more = "<li>…</li>" if len(skipped) > MAX_SKIPPED_SHOWN else ""
    summary = both("common.skipped", count=len(skipped))
    return f"<details><summary>{summary}</summary><ul>{rows}{more}</ul></details>"


def progress_line(job: str, event: Progress) -> str:
    """How far a generation is, how fast, and how long it will take."""
    rate = event.step / event.seconds if event.seconds > 0 else 0.0
    text = both(
        f"{job}.running",
        step=event.step,
        total=event.total,
        rate=f"{rate:.1f}",
        left="…" if event.seconds_left is None else f"{event.seconds_left:.0f}",
        score="…" if event.score is None else f"{event.score:.3f}",
    )
    return status(text, event.step / max(event.total, 1))


def end_line(job: str, end: Result | Learned) -> str:
    """How a run ended."""
    score = "–"
    if isinstance(end, Result) and end.pictures:
        score = f"{end.pictures[0].clip_score:.3f}"
    key = f"{job}.stopped" if end.stopped else f"{job}.done"
    words = both(key, steps=end.steps, seconds=f"{end.seconds:.1f}", score=score)
    if end.message:
        words = f"{both(f'{job}.ended.{end.message}')} {words}"
    return status(words, 1.0)


def figure(src: str, caption: str = "", best: bool = False) -> str:
    """One picture; `caption` is HTML."""
    foot = f"<figcaption>{caption}</figcaption>" if caption else ""
    kind = "canvas best" if best else "canvas"
    return (
        f'<figure class="{kind}"><div class="frame"><img src="{src}" alt="" decoding="sync"></div>'
        f"{foot}</figure>"
    )


def blank(key: str) -> str:
    """The frame before there is a picture."""
    return f'<div class="canvas"><div class="frame empty"><p>{both(key)}</p></div></div>'


def download(src: str, name: str) -> str:
    """The link that saves a picture."""
    return (
        f'<a class="download" href="{src}" download="{escape(name)}">{both("common.download")}</a>'
    )


def file_name(picture: Picture) -> str:
    """What a finished picture is called when it is saved."""
    return f"{picture.settings.get('method', 'picture')}-{picture.seed}.png"


def finished(picture: Picture, preset: str, best: bool = False) -> str:
    """A finished picture with its score, seed and download."""
    src = data_uri(answers.png_of(picture, preset), "image/png")
    caption = (
        f"{both('common.score', score=f'{picture.clip_score:.3f}')}"
        f"{both('common.seed', seed=picture.seed)}"
        f"{download(src, file_name(picture))}"
    )
    return figure(src, caption, best)


def downloads(files: Sequence[tuple[str, str, bytes, str]]) -> str:
    """Links to files that need no request: (text key, file name, content, MIME type) each."""
    links = "".join(
        f'<a href="{data_uri(data, mime)}" download="{escape(name)}">{both(key)}</a>'
        for key, name, data, mime in files
    )
    return f'<p class="downloads">{links}</p>'


def grid(figures: Sequence[str], columns: int | None = None) -> str:
    """Several figures side by side, by default in a square of at most four columns."""
    columns = columns or min(4, max(1, math.ceil(math.sqrt(len(figures)))))
    return f'<div class="candidates" style="--columns:{columns}">{"".join(figures)}</div>'


def curve(values: Sequence[float]) -> str:
    """The CLIP score after each step, as a line."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    height = (high - low) or 1.0
    points = " ".join(
        f"{400 * place / (len(values) - 1):.1f},{50 - 44 * (value - low) / height:.1f}"
        for place, value in enumerate(values)
    )
    return (
        f'<div class="curve"><small>{both("paint.curve")} · '
        f'<bdi dir="ltr">{low:.2f} – {high:.2f}</bdi></small>'
        '<svg viewBox="0 0 400 56" preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline points="{points}" fill="none" stroke="var(--accent)" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke"/></svg></div>'
    )


def _reason(skipped: Skipped) -> str:
    """The reason in both languages, without the name that stands before it already."""
    english = skipped.reason.removeprefix(skipped.name).strip()
    return in_both(english, in_arabic(skipped.reason, source=Message("The picture")))
