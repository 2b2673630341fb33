"""What the tab of the live training shows, as HTML: the matrix, the loss, the test; their style.

All pictures are parts of one sheet that the page serves, so that no frame carries them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from multimodal.events import Progress
from multimodal.live_training.emoji_sheet import FOLDER, SHEET_FILE, load_emoji_sheet
from multimodal.settings.learning import LearnSettings
from multimodal.ui.shell.language import LANGUAGES, both, isolated

if TYPE_CHECKING:
    from multimodal.live_training.run import Learned, Learning, Matrix

SHEET_ADDRESS = "emoji-sheet.webp"  # beside the page, wherever that is served
UNKNOWN = "–"
POINTS = 60  # of the loss curve; each is the mean of the steps it stands for
HEADROOM = 1.5  # the chart reaches to so many times the loss of guessing

_CSS = """
.emoji { display: block; width: 100%; aspect-ratio: 1; background-repeat: no-repeat;
  background-position: calc(var(--x) * 100%) calc(var(--y) * 100%); }
.learned h3 { font-size: 15px; font-weight: 650; margin: 0 0 10px !important; color: var(--ink); }
.learned .pairs-grid { display: grid; gap: 2px; align-items: center;
  grid-template-columns: max-content repeat(var(--n), minmax(0, 1fr)); }
.learned .pairs-grid .head { padding: 8%; background: #fff; border-radius: 5px; }
.learned .pairs-grid .name { font-size: clamp(11px, 2.4cqi, 14px); line-height: 1.1;
  padding-inline-end: 8px; white-space: nowrap; color: var(--ink); }
.learned .board { container-type: inline-size; max-width: 620px; }
.learned .cell { aspect-ratio: 1; border-radius: 3px; position: relative;
  background: rgba(var(--accent-rgb), calc(var(--p, 0) * .94 + .06)); }
.learned .cell.own { box-shadow: inset 0 0 0 1.5px var(--accent); }
.learned .cell.first::after { content: ""; position: absolute; inset: 33%; border-radius: 50%;
  background: var(--ink); box-shadow: 0 0 0 1.5px var(--card); }
.learned .scale { max-width: none; margin: 10px 0 0; direction: inherit; }
.learned .scale i { height: 8px; background: linear-gradient(to right,
  rgba(var(--accent-rgb), .06), rgb(var(--accent-rgb))); }
html[dir=rtl] .learned .scale i { transform: scaleX(-1); }
.learned .tested { margin-top: 22px; }
.learned .tested .told { font-size: 15px; min-height: 24px; margin: 0 0 10px !important;
  color: var(--ink); }
.learned .tested .told.waits { color: var(--muted) !important; font-size: 14px; }
.learned ul.picks { display: grid; gap: 8px; list-style: none; margin: 0; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(86px, 1fr)); }
.learned ul.picks li { margin: 0; padding: 8px 2px; border: 1.5px solid var(--line);
  border-radius: 10px; text-align: center; font-size: 13px; line-height: 1.35; min-height: 112px;
  position: relative;
  background: var(--card); color: var(--ink); box-sizing: border-box; }
.learned ul.picks li .tile { display: block; width: 52px; margin: 0 auto 5px; padding: 3px;
  background: #fff; border-radius: 6px; box-sizing: border-box; }
.learned ul.picks li.right { border-color: var(--accent); }
.learned ul.picks li.wrong { border-color: var(--warn); border-style: dashed; }
.learned ul.picks .mark { position: absolute; top: 3px; inset-inline-end: 7px; font-size: 14px;
  font-weight: 700; }
.learned ul.picks li b { font-weight: 650; }
.learned ul.picks li.right .mark { color: var(--accent) !important; }
.learned ul.picks li.wrong .mark { color: var(--warn) !important; }
.learned ul.picks small { display: block; color: var(--muted) !important; font-size: 12px; }
.loss-chart .plot { position: relative; direction: ltr; height: 150px; overflow: hidden;
  border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.loss-chart svg { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.loss-chart .plot small { position: absolute; right: 10px; top: calc(var(--top) * 100%);
  transform: translateY(-118%); color: var(--muted); font-size: 12.5px; }
html[dir=rtl] .loss-chart .plot small { direction: rtl; }
.loss-chart .ends { display: flex; justify-content: space-between; direction: ltr;
  font-size: 12px; color: var(--muted); margin: 2px 2px 0 !important; }
.loss-chart h3 { font-size: 15px; font-weight: 650; margin: 0 0 8px !important; color: var(--ink); }
.loss-chart dl { display: grid; grid-template-columns: 1fr auto; gap: 4px 16px; margin: 10px 0 0;
  font-size: 14px; }
.loss-chart dt { color: var(--muted); font-weight: 400; }
.loss-chart dd { margin: 0; text-align: end; color: var(--ink); font-weight: 600; }
"""


def css() -> str:
    """The style; the sheet of emoji is fetched when the first of them is shown."""
    sheet = load_emoji_sheet()
    size = f"{100 * sheet.num_emoji}% {100 * len(sheet.styles)}%"
    return (
        f'{_CSS}.emoji {{ background-image: url("{SHEET_ADDRESS}"); background-size: {size}; }}\n'
    )


def sheet_route() -> Route:
    """Serves the sheet, which browsers may keep for a day."""

    def serve(request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=86400"}
        return FileResponse(FOLDER / SHEET_FILE, media_type="image/webp", headers=headers)

    return Route(f"/{SHEET_ADDRESS}", serve)


def blank_board(settings: LearnSettings) -> str:
    """The matrix and the test before the first run, as large as they will be."""
    return _board(settings, (), _test(settings, None))


def blank_chart(settings: LearnSettings) -> str:
    """The chart before the first run."""
    return _chart(settings, (), None, None)


def board(event: Learning | Learned) -> str:
    """The matrix as it stands, and at the end the test."""
    learned = None if isinstance(event, Progress) else event
    return _board(event.settings, event.cosines, _test(event.settings, learned))


def chart(event: Learning | Learned) -> str:
    """The loss so far and the figures of now."""
    return _chart(event.settings, event.losses, event.recall, event.temperature)


def _board(settings: LearnSettings, cosines: Matrix, test: str) -> str:
    num = settings.num_emoji
    size = f"{num}\u00a0×\u00a0{num}"  # kept on one line
    heads = "".join(
        f'<span class="head" title="{_title(n)}">{_emoji(settings.first_style, n)}</span>'
        for n in range(num)
    )
    firsts = [row.index(max(row)) for row in cosines]
    rows = []
    for name in range(num):
        cells = []
        for picture in range(num):
            kinds = ["cell", *["own"] * (name == picture)]
            known = ""
            if cosines:
                value = cosines[picture][name]
                kinds += ["first"] * (firsts[picture] == name)
                known = f' style="--p:{max(value, 0):.2f}" title="{value:.2f}"'
            cells.append(f'<span class="{" ".join(kinds)}"{known}></span>')
        rows.append(f'<span class="name">{_name(name)}</span>{"".join(cells)}')
    return (
        f'<div class="learned"><div class="board"><h3>{both("learn.matrix", size=size)}</h3>'
        f'<div class="pairs-grid" style="--n:{num}"><span></span>{heads}{"".join(rows)}</div>'
        f'<div class="scale"><i></i><p>{isolated("≤ 0")}{isolated("1")}</p></div>'
        f'<p class="meaning">{both("learn.matrix_help")}</p>'
        f'<p class="meaning">{both("learn.meaning", n=num, formula=_formula(num))}</p></div>'
        f"{test}</div>"
    )


def _test(settings: LearnSettings, learned: Learned | None) -> str:
    num = settings.num_emoji
    picked = learned.picked if learned else ()
    figures = []
    for picture in range(num):
        drawn = _emoji(settings.unseen, picture)
        tile = f'<span class="tile" title="{_title(picture)}">{drawn}</span>'
        if not picked:
            figures.append(f"<li>{tile}?</li>")
            continue
        right = picked[picture] == picture
        kind, mark = ("right", "✓") if right else ("wrong", "✗")
        truth = "" if right else f"<small>{both('learn.truth')} {_name(picture)}</small>"
        figures.append(
            f'<li class="{kind}">{tile}<span class="mark" aria-hidden="true">{mark}</span>'
            f'<span class="unseen">{both(f"learn.{kind}")}</span><b>{_name(picked[picture])}</b>'
            f"{truth}</li>"
        )
    if learned:
        result = both("learn.test_result", correct=learned.correct, n=num)
        told = f'<p class="told"><b>{result}</b></p>'
    else:
        told = f'<p class="told waits">{both("learn.test_waits")}</p>'
    title = f"{both('learn.test')} · {both(f'choice.{settings.unseen}')}"
    return (
        f'<div class="tested"><h3>{title}</h3>{told}<ul class="picks">{"".join(figures)}</ul></div>'
    )


def _chart(
    settings: LearnSettings,
    losses: Sequence[float],
    recall: float | None,
    temperature: float | None,
) -> str:
    num, total = settings.num_emoji, settings.training_steps
    chance = math.log(num)
    means = _means(losses, max(1, math.ceil(total / POINTS)))
    top = max(HEADROOM * chance, *(mean for _, mean in means), 0.0)
    points = " ".join(
        f"{400 * step / total:.1f},{100 - 100 * mean / top:.1f}" for step, mean in means
    )
    line = 100 - 100 * chance / top
    shown = isolated(f"{means[-1][1]:.2f}" if means else UNKNOWN)
    facts = (
        ("learn.loss_now", shown),
        ("learn.recall", isolated(UNKNOWN if recall is None else f"{100 * recall:.0f} %")),
        (
            "learn.temperature",
            isolated(UNKNOWN if temperature is None else f"{temperature:.3f}"),
        ),
    )
    guessing = both("learn.loss_chance", formula=_formula(num))
    rows = "".join(f"<dt>{both(key)}</dt><dd>{value}</dd>" for key, value in facts)
    return (
        f'<div class="loss-chart"><h3>{both("learn.loss")}</h3><div class="plot">'
        '<svg viewBox="0 0 400 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M0 {line:.1f}H400" stroke="var(--muted)" stroke-dasharray="4 4" '
        'vector-effect="non-scaling-stroke"/>'
        f'<polyline points="{points}" fill="none" stroke="var(--accent)" stroke-width="2" '
        'stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>'
        f'<small style="--top:{line / 100:.3f}">{guessing}</small></div>'
        f'<p class="ends"><bdi>0</bdi><bdi>{total}</bdi></p><dl>{rows}</dl></div>'
    )


def _formula(num: int) -> str:
    """The loss of guessing, kept on one line."""
    return f"ln\u00a0{num}\u00a0=\u00a0{math.log(num):.2f}"


def _means(losses: Sequence[float], width: int) -> list[tuple[int, float]]:
    """The last step and the mean loss of every `width` steps."""
    chunks = [losses[start : start + width] for start in range(0, len(losses), width)]
    steps = (min((n + 1) * width, len(losses)) for n in range(len(chunks)))
    return [(step, sum(chunk) / len(chunk)) for step, chunk in zip(steps, chunks, strict=True)]


def _emoji(style: str, number: int) -> str:
    sheet = load_emoji_sheet()
    x = number / (sheet.num_emoji - 1)
    y = sheet.styles.index(style) / (len(sheet.styles) - 1)
    return f'<i class="emoji" style="--x:{x:.4f};--y:{y:.4f}"></i>'


def _name(number: int) -> str:
    names = load_emoji_sheet().names
    return "".join(
        f'<span lang="{language}">{escape(names[language][number])}</span>'
        for language in LANGUAGES
    )


def _title(number: int) -> str:
    names = load_emoji_sheet().names
    return " · ".join(escape(names[language][number]) for language in LANGUAGES)
