"""A guided tour: five steps through the tabs with one picture and one word carried along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from multimodal.ui.shell.adapters import AT_ONCE, EXAMPLES, guard
from multimodal.ui.shell.language import LANGUAGES, both, t
from multimodal.ui.shell.tabs import Tab, press_js
from multimodal.ui.texts import EXAMPLES as EXAMPLE_TEXTS


@dataclass(frozen=True)
class Step:
    """One stop: the tab, the example its box gets (of EXAMPLE_TEXTS), whether it gets the picture
    as well, and the elem_ids of the buttons that are pressed there, one after another."""

    tab: str
    words: str
    picture: bool = False
    press: tuple[str, ...] = ()


PICTURE = "strawberry.jpg"
#: What stands beside PICTURE where several can: CLIP has to choose.
OTHERS = ("rose.jpg", "cat.jpg")
STEPS = (
    Step("clip", "tour_captions", True, ("clip-score",)),
    Step("gallery", "tour", press=("gallery-example", "gallery-search")),
    Step("inside", "", True, ("inside-look",)),
    Step("paint", "tour", press=("paint-start",)),
    Step("dalle", "tour", press=("dalle-start",)),
)
#: What the panel says is to be pressed.
PANEL = 'document.querySelector("#tour-text [data-press]")?.dataset.press.split(" ") ?? []'
CSS = """
.tour-start { width: auto !important; padding: 5px 14px !important; align-self: flex-start;
  flex: none !important;
  background: none !important; border: 1px solid var(--line) !important;
  color: var(--accent) !important; border-radius: 999px !important; }
.tour-start:hover { border-color: var(--accent) !important; }
.gradio-container:has(#tour:not(.hide)) { padding-bottom: 250px !important; }
.tour { position: fixed !important; z-index: 40; inset-inline: 0; bottom: 16px;
  margin: 0 auto !important; width: min(620px, calc(100vw - 24px)) !important;
  padding: 14px 18px !important; gap: 10px !important;
  border: 1px solid var(--line) !important; border-radius: 14px !important; background: var(--card)
  !important; box-shadow: 0 10px 34px rgba(8, 30, 36, .22); }
.tour p { margin: 0; font-size: 14.5px; line-height: 1.6; color: var(--ink) !important; }
.tour .dots { display: flex; align-items: center; gap: 6px; margin-bottom: 6px; font-size: 13px;
  color: var(--muted) !important; }
.tour .dots i { width: 8px; height: 8px; border-radius: 50%; background: var(--line); }
.tour .dots .here { background: var(--accent); }
.tour .dots span { margin-inline-start: 6px; }
"""
LANGUAGE = "(...values) => [...values.slice(0, -1), document.documentElement.lang]"


def button() -> gr.Button:
    """What starts the tour."""
    return gr.Button(t("tour.start"), size="sm", elem_id="tour-start", elem_classes="tour-start")


def build(start: gr.Button, tabs: dict[str, Tab], frame: gr.Tabs) -> None:
    """The panel, which lies over the page's lower edge while the tour goes on."""
    place = gr.State(0)
    language = gr.Textbox("en", visible="hidden", elem_id="tour-language")
    with gr.Column(visible=False, elem_id="tour", elem_classes="tour") as panel:
        text = gr.HTML(elem_id="tour-text")
        with gr.Row():
            end = gr.Button(t("tour.end"), size="sm", elem_id="tour-end")
            back = gr.Button(t("tour.back"), size="sm", elem_id="tour-back")
            onward = gr.Button(t("tour.next"), size="sm", variant="primary", elem_id="tour-next")
    boxes: list[Any] = []
    for step in STEPS:
        tab = tabs[step.tab]
        boxes += [tab.words] * bool(step.words) + [tab.picture] * step.picture
    outputs = [place, panel, text, back, frame, *boxes]
    for trigger, move in ((start.click, None), (back.click, -1), (onward.click, 1)):
        moved = trigger(guard(_mover(move)), [place, language], outputs, js=LANGUAGE, **AT_ONCE)
        moved.success(None, None, None, js=press_js(PANEL), **AT_ONCE)
    end.click(lambda: gr.Column(visible=False), None, panel, **AT_ONCE)


def _mover(move: int | None) -> Callable[[int, str], list[Any]]:
    """The next state of everything; `move` None begins at the first step."""

    def go(place: int, language: str) -> list[Any]:
        place = 0 if move is None else max(place + move, 0)
        if place >= len(STEPS):
            skipped = [gr.skip()] * (sum(bool(s.words) + s.picture for s in STEPS) + 3)
            return [0, gr.Column(visible=False), *skipped]
        column = list(LANGUAGES).index(language) if language in LANGUAGES else 0
        moved: list[Any] = []
        for step in STEPS:
            here = step is STEPS[place]
            if step.words:
                moved.append(EXAMPLE_TEXTS[step.words][0][column] if here else gr.skip())
            if step.picture:
                moved.append(_pictures(step.tab) if here else gr.skip())
        shown = [gr.Column(visible=True), _text(place), gr.Button(interactive=place > 0)]
        return [place, *shown, gr.Tabs(selected=STEPS[place].tab), *moved]

    return go


def _pictures(tab: str) -> Any:
    """The tour's pictures for a tab; where the examples are missing, what is there stays."""
    if not EXAMPLES.is_dir():
        return gr.skip()
    if tab == "clip":
        return [str(EXAMPLES / name) for name in (PICTURE, *OTHERS)]
    return str(EXAMPLES / PICTURE)


def _text(place: int) -> str:
    dots = "".join(f'<i class="{"here" if dot == place else ""}"></i>' for dot in range(len(STEPS)))
    step = STEPS[place]
    count = both("tour.count", step=place + 1, total=len(STEPS))
    return (
        f'<div data-press="{" ".join(step.press)}" role="status"><p class="dots">{dots}'
        f"<span>{count}</span></p><p>{both(f'tour.{step.tab}')}</p></div>"
    )
