"""The tab that gives one prompt to every generator and shows their pictures side by side."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any, cast

import gradio as gr

from multimodal.events import Progress, Result
from multimodal.generators import CompareSettings
from multimodal.ui import compare_render, diagrams, render, sending
from multimodal.ui.adapters import controls, settings_of
from multimodal.ui.generation_tab import Events, buttons, chips, connect, prompt_box
from multimodal.ui.language import t
from multimodal.ui.tabs import Tab
from multimodal.ui.visitors import Visitor, Visitors

if TYPE_CHECKING:
    from multimodal.comparison import Comparing, Comparison
    from multimodal.gallery import Gallery
    from multimodal.lab import Lab


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    gr.HTML(render.intro("compare", diagrams.compare()))
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            prompt = prompt_box("compare", t("compare.prompt_help"))
            start, stop = buttons("compare")
            ready = chips("compare")
        with gr.Column(min_width=300):
            knobs = controls(CompareSettings, lab.limits)
            asked = gr.Checkbox(
                label=t("compare.gallery"),
                info=t("compare.gallery_help"),
                elem_id="compare-gallery",
            )
    status = gr.HTML(render.status(), elem_id="compare-status")
    canvas = gr.HTML(compare_render.blank(), elem_id="compare-canvas")
    senders = sending.buttons("compare")
    names = tuple(knobs)

    def owned(visitor: Visitor) -> dict[str, Any]:
        return {"gallery": lab.new_gallery() if visitor.gallery is None else visitor.gallery}

    def generate(prompt: str, ask: bool, *values: Any, gallery: Gallery, stop: Event) -> Events:
        settings = settings_of(CompareSettings, names, values)
        own = gallery if ask else None
        return lab.compare(prompt or "", settings, gallery=own, stop=stop)

    def show(event: Progress | Result) -> str:
        return compare_render.shown(cast("Comparing | Comparison", event), lab.preset.name)

    def line(job: str, event: Progress | Result) -> str:
        return compare_render.line(job, cast("Comparing | Comparison", event))

    connect(
        "compare", visitors, generate, show,
        prompt=prompt, inputs=[prompt, asked, *knobs.values()], start=start, stop=stop,
        canvas=canvas, status=status, ready=ready, line=line, owned=owned,
    )  # fmt: skip
    return Tab(prompt, None, "compare-start", ((prompt, "compare"),), senders)
