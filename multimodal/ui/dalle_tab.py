"""The DALL-E tab: candidates grow row by row and are ranked by CLIP at the end."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.events import Progress, Result
from multimodal.settings import DalleSettings
from multimodal.ui import diagrams, render, stream_render
from multimodal.ui.adapters import controls, settings_of
from multimodal.ui.generation_tab import Events, buttons, chips, connect
from multimodal.ui.language import t
from multimodal.ui.texts import EXAMPLES
from multimodal.ui.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab


def build(lab: Lab, visitors: Visitors) -> list[tuple[gr.components.Component, str]]:
    """Lay out the tab; gives the boxes that start with an example text, and which."""
    gr.HTML(render.intro("dalle", diagrams.tokens()))
    with gr.Row(equal_height=False, elem_classes="maker"):
        with gr.Column(min_width=0):
            prompt = gr.Textbox(
                EXAMPLES["dalle"][0][0], label=t("common.prompt"), elem_id="dalle-prompt"
            )
            start, stop = buttons("dalle")
            ready = chips("dalle")
        with gr.Column(min_width=0):
            status = gr.HTML(render.status(), elem_id="dalle-status")
            canvas = gr.HTML(render.empty("dalle.empty"), elem_id="dalle-canvas")
            with gr.Accordion(t("dalle.stream"), open=False, elem_id="dalle-stream-fold"):
                stream = gr.HTML(stream_render.nothing(), elem_id="dalle-stream")
        with gr.Column(min_width=0):
            knobs = controls(DalleSettings, lab.limits)
    names = tuple(knobs)

    def generate(prompt: str, *values: Any, stop: Event) -> Events:
        settings = settings_of(DalleSettings, names, values)
        return lab.generate(prompt or "", settings, stop=stop)

    connect(
        "dalle", visitors, generate, lambda event: show(event, lab.preset.name),
        prompt=prompt, inputs=[prompt, *knobs.values()], start=start, stop=stop,
        canvas=canvas, status=status, ready=ready, beside=(stream, stream_render.stream),
    )  # fmt: skip
    return [(prompt, "dalle")]


def show(event: Progress | Result, preset: str) -> str:
    """All candidates as far as they have grown, or ranked with their scores."""
    if isinstance(event, Progress):
        return render.grid([render.figure(render.preview(image)) for image in event.images])
    figures = [
        render.finished(picture, preset, best=place == 0 and len(event.pictures) > 1)
        for place, picture in enumerate(event.pictures)
    ]
    return render.grid(figures) if figures else render.empty("dalle.empty")
