"""The DALL-E tab: candidates grow row by row and are ranked by CLIP at the end."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.events import Progress, Result
from multimodal.settings.fields import fields_of
from multimodal.settings.jobs import DalleSettings
from multimodal.ui.making import stream_render
from multimodal.ui.making.generator_tab import (
    RunView,
    buttons,
    chips,
    connect,
    lesson_note,
    prompt_box,
    status_line,
)
from multimodal.ui.shell import carry_over, cell_grid, diagrams, html
from multimodal.ui.shell.adapters import AT_ONCE, controls, read_picture, settings_of
from multimodal.ui.shell.inputs import picture_input
from multimodal.ui.shell.language import both, t
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

#: The knobs that say what is kept of a picture.
KEEPING = ("keep", "keep_box", "variation")
KEPT_AT_FIRST = 0.5


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    gr.HTML(html.intro("dalle", diagrams.tokens()))
    with gr.Row(equal_height=False, elem_classes="maker"):
        with gr.Column(min_width=0):
            prompt = prompt_box("dalle")
            start, stop = buttons("dalle")
            ready = chips("dalle")
            lesson_note(lab)
            with gr.Accordion(t("dalle.picture"), open=False):
                picture = picture_input(
                    label=t("dalle.picture"), height=220, elem_id="dalle-picture"
                )
                gr.HTML(f'<p class="meaning">{both("dalle.picture_help")}</p>')
        with gr.Column(min_width=0):
            status = gr.HTML(html.status(), elem_id="dalle-status")
            canvas = gr.HTML(html.empty("dalle.empty"), elem_id="dalle-canvas")
            with gr.Accordion(t("dalle.stream"), open=False, elem_id="dalle-stream-fold"):
                stream = gr.HTML(
                    stream_render.nothing(), js_on_load=cell_grid.SCRIPT, elem_id="dalle-stream"
                )
            senders = carry_over.buttons("dalle")
        with gr.Column(min_width=0):
            knobs = controls(DalleSettings, lab.limits)
    names = tuple(knobs)

    def generate(
        prompt: str, path: str | None, *values: Any, stop: Event
    ) -> Iterator[Progress | Result]:
        settings = settings_of(DalleSettings, names, values)
        first = read_picture(path, lab.limits) if path else None
        return lab.generate(prompt or "", settings, start=first, stop=stop)

    view = RunView(
        "dalle", generate, lambda event: show(event, lab.preset.name),
        inputs=[prompt, picture, *knobs.values()], start=start, stop=stop,
        canvas=canvas, status=status, line=status_line, prompt=prompt, ready=ready,
        beside=(stream, stream_render.stream),
    )  # fmt: skip
    connect(view, visitors)
    keeping = [knobs[name] for name in KEEPING]
    picture.change(_keep, [picture, *keeping], keeping, **AT_ONCE)
    return Tab(prompt, picture, "dalle-start", ((prompt, "dalle"),), senders)


def _keep(path: str | None, *values: Any) -> list[Any]:
    """The upper half, where a picture comes and nothing says yet what to keep of it; nothing,
    where it goes."""
    nothing = [knob.default for knob in fields_of(DalleSettings) if knob.name in KEEPING]
    if not path:
        return nothing
    return [KEPT_AT_FIRST, *nothing[1:]] if list(values) == nothing else list(values)


def show(event: Progress | Result, preset: str) -> str:
    """All candidates as far as they have grown, or ranked with their scores."""
    if isinstance(event, Progress):
        return html.grid([html.figure(html.preview(image)) for image in event.images])
    figures = [
        html.finished(picture, preset, best=place == 0 and len(event.pictures) > 1)
        for place, picture in enumerate(event.pictures)
    ]
    return html.grid(figures) if figures else html.empty("dalle.empty")
