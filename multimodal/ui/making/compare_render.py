"""What the tab that compares the generators shows, as HTML: one column each, and its style."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from multimodal import answers
from multimodal.comparison.generators import GENERATORS
from multimodal.events import Progress, Result
from multimodal.ui.shell import html
from multimodal.ui.shell.language import both, both_sentence, isolated

if TYPE_CHECKING:
    from multimodal.comparison.run import Comparing, Comparison, Entry, Found

UNKNOWN = "–"
#: Rows of all columns line up, whatever stands in them; on a phone they stand below each other.
CSS = """
.contenders { display: grid; gap: 18px; margin-top: 4px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); }
.contender { display: grid; grid-row: span 5; grid-template-rows: subgrid; row-gap: 12px;
  padding: 14px; border: 1px solid var(--line); border-radius: 12px; background: var(--card);
  min-width: 0; }
.contender.best { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.contender header { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center;
  justify-content: space-between; min-height: 26px; }
.contender h3 { font-size: 16px; font-weight: 650; margin: 0 !important; color: var(--ink); }
.contender .badge { font-size: 12.5px; font-weight: 600; border-radius: 999px; padding: 2px 10px;
  color: var(--accent) !important; background: rgba(var(--accent-rgb), .14); }
.contender .canvas .frame { max-width: none; aspect-ratio: 1; }
.contender .canvas .frame.empty { padding: 20px; border-width: 1px; background: var(--soft); }
.contender .frame p { margin: 0; color: var(--muted) !important; }
.contender dl { display: grid; grid-template-columns: auto 1fr; gap: 5px 16px; margin: 0;
  font-size: 14px; align-content: start; }
.contender dt { color: var(--muted); font-weight: 400; }
.contender dd { margin: 0; text-align: end; color: var(--ink); font-weight: 600; min-width: 0;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.contender .how { margin: 0 !important; font-size: 13.5px; line-height: 1.6;
  color: var(--muted) !important; }
.contender .foot { font-size: 13.5px; text-align: end; min-height: 20px; align-self: end; }
.contender .foot a { margin: 0; padding: 0; color: var(--accent) !important; font-weight: 600;
  text-decoration: none !important; }
.contender .foot a:hover { text-decoration: underline !important; }
.contenders ~ .downloads a { margin: 0; padding: 0; }
"""


def blank() -> str:
    """All generators before the first run."""
    columns = [
        _column(
            f"{generator.name}.tab",
            f"compare.how.{generator.name}",
            html.blank("compare.appears"),
            _facts(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
        )
        for generator in GENERATORS.values()
    ]
    return _columns(columns)


def shown(event: Comparing | Comparison, preset: str) -> str:
    """The columns as they stand; at the end with what can be saved, and the better one marked."""
    best = None if isinstance(event, Progress) else event.best
    columns = [_entry(entry, event, entry is best, preset) for entry in event.entries]
    if event.found is not None:
        columns.append(_found(event.found))
    if isinstance(event, Progress):
        return _columns(columns)
    caveats = "".join(
        f'<p class="meaning">{both(f"compare.caveat.{entry.generator.name}")}</p>'
        for entry in event.entries
        if best is not None and entry.generator.steered_by_clip and entry.picture is not None
    )
    data = json.dumps({**event.to_dict(), "preset": preset}, ensure_ascii=False, indent=1)
    files = [("compare.file", "comparison.json", data.encode(), "application/json")]
    return _columns(columns) + caveats + html.downloads(files)


def line(job: str, event: Comparing | Comparison) -> str:
    """What the status says: who is at work and how far, or how it ended."""
    if isinstance(event, Result):
        key = f"{job}.stopped" if event.stopped else f"{job}.done"
        return html.status(both(key, seconds=f"{event.seconds:.1f}"), 1.0)
    ended = sum(bool(entry.error) or isinstance(entry.event, Result) for entry in event.entries)
    share, words = float(ended), ""
    for entry in event.entries:
        if entry.running and isinstance(entry.event, Progress):
            total = entry.event.total
            share += entry.steps / max(total, 1)
            left = UNKNOWN if event.seconds_left is None else f"{event.seconds_left:.0f}"
            told = both(f"{job}.running", step=entry.steps, total=total, left=left)
            words = f"<b>{both(f'{entry.generator.name}.tab')}</b> · {told}"
    return html.status(words, share / len(event.entries))


def _columns(columns: list[str]) -> str:
    return f'<div class="contenders">{"".join(columns)}</div>'


def _entry(entry: Entry, event: Comparing | Comparison, best: bool, preset: str) -> str:
    name, foot = entry.generator.name, ""
    over = isinstance(event, Result)
    if entry.error:
        frame = _said(both_sentence(entry.error))
    elif entry.picture is not None and over:
        src = html.data_uri(answers.png_of(entry.picture, preset), "image/png")
        frame = html.figure(src)
        foot = html.download(src, html.file_name(entry.picture))
    elif entry.picture is not None:
        frame = html.figure(html.preview(entry.picture.image))
    elif isinstance(entry.event, Progress) and entry.event.image is not None:
        frame = html.figure(html.preview(entry.event.image))
    else:
        frame = html.blank("compare.not_begun" if over else "compare.waits")
    score, steps = UNKNOWN, UNKNOWN
    if entry.picture is not None:
        score = f"{entry.picture.clip_score:.3f}"
    elif entry.event is not None and isinstance(entry.event, Progress) and entry.event.score:
        score = f"{entry.event.score:.3f}"
    if entry.event is not None:
        steps = str(entry.steps)
        if isinstance(entry.event, Progress):
            steps += f" / {entry.event.total}"
    seconds = f"{entry.seconds:.1f}" if entry.event is not None else UNKNOWN
    parameters = UNKNOWN
    if entry.parameters is not None:
        parameters = both("compare.million", count=f"{entry.parameters / 1e6:.1f}")
    facts = _facts(isolated(score), isolated(seconds), isolated(steps), parameters)
    return _column(f"{name}.tab", f"compare.how.{name}", frame, facts, foot, best)


def _found(found: Found) -> str:
    """The column of the gallery."""
    hit, facts, note = found.hit, "", ""
    if hit is None:
        frame = _said(both_sentence(found.error))
    else:
        frame = html.figure(html.data_uri(hit.item.thumbnail or b"", "image/jpeg"))
        name = hit.item.name.rsplit("/", 1)[-1]
        facts = _fact("compare.score", isolated(f"{hit.score:.3f}")) + _fact(
            "compare.name", isolated(name)
        )
        note = "" if hit.relevant else both("compare.unfit")
    return _column("compare.of_gallery", "compare.how.gallery", frame, facts, note)


def _column(
    title: str, how: str, frame: str, facts: str, foot: str = "", best: bool = False
) -> str:
    """Title and sentence are text keys, the rest is HTML."""
    badge = f'<span class="badge">{both("compare.better")}</span>' if best else ""
    return (
        f'<article class="contender{" best" if best else ""}">'
        f"<header><h3>{both(title)}</h3>{badge}</header>{frame}<dl>{facts}</dl>"
        f'<p class="how">{both(how)}</p><div class="foot">{foot}</div></article>'
    )


def _facts(score: str, seconds: str, steps: str, parameters: str) -> str:
    rows = {"score": score, "seconds": seconds, "steps": steps, "parameters": parameters}
    return "".join(_fact(f"compare.{name}", value) for name, value in rows.items())


def _fact(key: str, value: str) -> str:
    return f"<dt>{both(key)}</dt><dd>{value}</dd>"


def _said(sentence: str) -> str:
    return f'<div class="canvas"><div class="frame empty"><p>{sentence}</p></div></div>'
