"""The VQGAN+CLIP tab: a prompt, perhaps a first picture, and the painting as it comes."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.events import Progress, Result
from multimodal.settings import VQGANCLIPSettings
from multimodal.ui import diagrams, render
from multimodal.ui.adapters import controls, read_picture, settings_of
from multimodal.ui.generation_tab import Events, buttons, chips, connect
from multimodal.ui.inputs import picture_input
from multimodal.ui.language import t
from multimodal.ui.texts import EXAMPLES
from multimodal.ui.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab


def build(lab: Lab, visitors: Visitors) -> list[tuple[gr.components.Component, str]]:
    """Lay out the tab; gives the boxes that start with an example text, and which."""
    gr.HTML(render.intro("paint", diagrams.paint()))
    with gr.Row(equal_height=False, elem_classes="maker"):
        with gr.Column(min_width=0):
            prompt = gr.Textbox(
                EXAMPLES["paint"][0][0],
                label=t("common.prompt"),
                info=t("paint.prompt_help"),
                elem_id="paint-prompt",
            )
            start, stop = buttons("paint")
            ready = chips("paint")
            with gr.Accordion(t("paint.picture"), open=False):
                picture = picture_input(
                    label=t("paint.picture"), height=220, elem_id="paint-picture"
                )
        with gr.Column(min_width=0):
            status = gr.HTML(render.status(), elem_id="paint-status")
            canvas = gr.HTML(render.blank("paint.empty"), elem_id="paint-canvas")
        with gr.Column(min_width=0):
            knobs = controls(VQGANCLIPSettings, lab.limits)
    names = tuple(knobs)

    def generate(prompt: str, path: str | None, *values: Any, stop: Event) -> Events:
        more = {"start": "picture"} if path else {}
        settings = settings_of(VQGANCLIPSettings, names, values, **more)
        first = read_picture(path, lab.limits) if path else None
        return lab.generate(prompt or "", settings, start=first, stop=stop)

    connect(
        "paint", visitors, generate, lambda event: show(event, lab.preset.name),
        prompt=prompt, inputs=[prompt, picture, *knobs.values()], start=start, stop=stop,
        canvas=canvas, status=status, ready=ready,
    )  # fmt: skip
    return [(prompt, "paint")]


def show(event: Progress | Result, preset: str) -> str:
    """The painting so far, or finished with its download and the curve of its score."""
    if isinstance(event, Progress):
        return render.figure(render.preview(event.image)) if event.image else gr.skip()
    if not event.pictures:
        return render.blank("paint.empty")
    return render.finished(event.pictures[0], preset) + render.curve(event.curve)
