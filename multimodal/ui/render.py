"""What the page shows, as HTML: tables, bars, progress and pictures. Everything is escaped."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PIL import Image

from multimodal.events import Picture, Progress, Result
from multimodal.ui.language import both

if TYPE_CHECKING:
    from multimodal.scoring import LabelScore
    from multimodal.sources import Skipped

THUMBNAIL = 144
MAX_SKIPPED_SHOWN = 100


def data_uri(data: bytes, kind: str) -> str:
    """Bytes of a picture as an address that needs no request."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def preview(image: Image.Image, side: int | None = None) -> str:
    """A picture as a JPEG data URI, shrunk to `side` if given."""
    if side is not None:
        image = image.copy()
        image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=88)
    return data_uri(buffer.getvalue(), "jpeg")


def intro(tab: str, diagram: str) -> str:
    """The head of a tab: its title, three sentences and a drawing."""
    return (
        f'<div class="intro"><div><h2>{both(f"{tab}.title")}</h2><p>{both(f"{tab}.idea")}</p></div>'
        f"{diagram}</div>"
    )


def empty(key: str) -> str:
    """What stands where a result will be."""
    return f'<div class="empty"><p>{both(key)}</p></div>'


def heat_table(
    thumbnails: Sequence[str],
    names: Sequence[str],
    captions: Sequence[str],
    values: Sequence[Sequence[float]],
    view: str,
) -> str:
    """Captions by pictures; `values` (n pictures, m captions) in [0, 1], or cosines."""
    flat = [value for row in values for value in row]
    low, high = (min(flat), max(flat)) if view == "cosine" else (0.0, 1.0)
    by_caption = view == "per_text"
    head = "".join(
        f'<th scope="col"><img src="{src}" alt="{escape(name)}"></th>'
        for src, name in zip(thumbnails, names, strict=True)
    )
    rows = []
    for column, caption in enumerate(captions):
        cells = []
        for picture in values:
            value = picture[column]
            rivals = [p[column] for p in values] if by_caption else list(picture)
            best = ' class="best"' if len(rivals) > 1 and value == max(rivals) else ""
            share = (value - low) / (high - low) if high > low else 1.0
            text = f"{value:.3f}" if view == "cosine" else f"{100 * value:.0f} %"
            cells.append(f'<td{best}><span style="--p:{share:.3f}">{text}</span></td>')
        rows.append(f'<tr><th scope="row" dir="auto">{escape(caption)}</th>{"".join(cells)}</tr>')
    return (
        f'<div class="scroll" tabindex="0"><table class="heat"><thead><tr><td></td>{head}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>"
        f'<p class="meaning">{both(f"clip.meaning_{view}")}</p>'
    )


def label_cards(
    thumbnails: Sequence[str], names: Sequence[str], found: Sequence[Sequence[LabelScore]]
) -> str:
    """A card a picture, with a bar a label."""
    cards = []
    for src, name, scores in zip(thumbnails, names, found, strict=True):
        bars = "".join(
            f"<li><bdi>{_label(score.label)}</bdi><bdi>{100 * score.probability:.1f} %</bdi>"
            f'<span class="track"><i style="--p:{score.probability:.3f}"></i></span></li>'
            for score in scores
        )
        cards.append(
            f'<div class="card"><img src="{src}" alt="{escape(name)}"><ol>{bars}</ol></div>'
        )
    return f'<div class="cards">{"".join(cards)}</div>'


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
        f'<li dir="auto"><b>{escape(one.name)}</b>: {escape(_reason(one))}</li>'
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


def result_line(job: str, result: Result) -> str:
    """How a generation ended."""
    score = f"{result.pictures[0].clip_score:.3f}" if result.pictures else "–"
    key = f"{job}.stopped" if result.stopped else f"{job}.done"
    seconds = f"{result.seconds:.1f}"
    return status(both(key, steps=result.steps, seconds=seconds, score=score), 1.0)


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


def png_of(picture: Picture, preset: str) -> bytes:
    """A finished picture as a PNG that carries all that is needed to make it again."""
    from multimodal.images import png_with_settings  # torch comes with it

    facts = {"seed": picture.seed, "clip_score": round(picture.clip_score, 4), "preset": preset}
    return png_with_settings(picture.image, {**picture.settings, **facts})


def finished(picture: Picture, preset: str, best: bool = False) -> str:
    """A finished picture with its score, seed and download."""
    src = data_uri(png_of(picture, preset), "png")
    name = f"{picture.settings.get('method', 'picture')}-{picture.seed}.png"
    caption = (
        f"{both('common.score', score=f'{picture.clip_score:.3f}')}"
        f"{both('common.seed', seed=picture.seed)}"
        f'<a class="download" href="{src}" download="{escape(name)}">'
        f"{both('common.download')}</a>"
    )
    return figure(src, caption, best)


def grid(figures: Sequence[str]) -> str:
    """Several figures side by side."""
    columns = min(4, max(1, math.ceil(math.sqrt(len(figures)))))
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


def _label(label: str) -> str:
    """A label; "none of these" is the page's own word and is translated."""
    return both("clip.none_of_these") if label == "none of these" else escape(label)


def _reason(skipped: Skipped) -> str:
    """The reason without the name that stands before it already."""
    return skipped.reason.removeprefix(skipped.name).strip()
