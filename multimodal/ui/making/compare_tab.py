"""The tab that gives one prompt to every generator and shows their pictures side by side."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.settings.comparing import CompareSettings
from multimodal.ui.making import compare_render
from multimodal.ui.making.generator_tab import RunView, buttons, chips, connect, prompt_box
from multimodal.ui.shell import carry_over, diagrams, html
from multimodal.ui.shell.adapters import controls, settings_of
from multimodal.ui.shell.language import t
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.visitors import Visitor, Visitors

if TYPE_CHECKING:
    from multimodal.comparison.run import Comparing, Comparison
    from multimodal.lab import Lab
    from multimodal.search.gallery import Gallery


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    gr.HTML(html.intro("compare", diagrams.compare()))
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
    status = gr.HTML(html.status(), elem_id="compare-status")
    canvas = gr.HTML(compare_render.blank(), elem_id="compare-canvas")
    senders = carry_over.buttons("compare")
    names = tuple(knobs)

    def owned(visitor: Visitor) -> dict[str, Any]:
        return {"gallery": lab.new_gallery() if visitor.gallery is None else visitor.gallery}

    def generate(
        prompt: str, ask: bool, *values: Any, gallery: Gallery, stop: Event
    ) -> Iterator[Comparing | Comparison]:
        settings = settings_of(CompareSettings, names, values)
        own = gallery if ask else None
        return lab.compare(prompt or "", settings, gallery=own, stop=stop)

    view = RunView(
        "compare", generate, lambda event: compare_render.shown(event, lab.preset.name),
        inputs=[prompt, asked, *knobs.values()], start=start, stop=stop, canvas=canvas,
        status=status, line=compare_render.line, prompt=prompt, ready=ready, owned=owned,
    )  # fmt: skip
    connect(view, visitors)
    return Tab(prompt, None, "compare-start", ((prompt, "compare"),), senders)
