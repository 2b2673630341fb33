"""The tab that trains a toy CLIP live: the matrix turns diagonal, the loss falls, then the test."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.settings.learning import LearnSettings
from multimodal.ui.learn import render as learn_render
from multimodal.ui.making.generator_tab import RunView, buttons, connect, status_line
from multimodal.ui.shell import diagrams, html
from multimodal.ui.shell.adapters import HIDDEN, QUICK, controls, guard, settings_of
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab
    from multimodal.live_training.run import Learned, Learning


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    gr.HTML(html.intro("learn", diagrams.contrast()))
    with gr.Row(equal_height=False, elem_classes="maker"):
        with gr.Column(min_width=0):
            start, stop, reset = buttons("learn", "reset")
            status = gr.HTML(html.status(), elem_id="learn-status")
            chart = gr.HTML(learn_render.blank_chart(LearnSettings()), elem_id="learn-chart")
        with gr.Column(min_width=0):
            canvas = gr.HTML(learn_render.blank_board(LearnSettings()), elem_id="learn-canvas")
        with gr.Column(min_width=0):
            knobs = controls(LearnSettings, lab.limits)
    names = tuple(knobs)

    def generate(*values: Any, stop: Event) -> Iterator[Learning | Learned]:
        return lab.learn(settings_of(LearnSettings, names, values), stop)

    view = RunView(
        "learn", generate, learn_render.board,
        inputs=list(knobs.values()), start=start, stop=stop, canvas=canvas, status=status,
        line=status_line, reset=reset, beside=(chart, learn_render.chart),
    )  # fmt: skip
    connect(view, visitors)

    def blank(*values: Any) -> tuple[Any, ...]:
        settings = settings_of(LearnSettings, names, values)
        boards = learn_render.blank_board(settings), learn_render.blank_chart(settings)
        return *boards, html.status(), gr.update(interactive=False)

    cleared = [canvas, chart, status, reset]
    reset.click(guard(blank), list(knobs.values()), cleared, **QUICK, **HIDDEN)
    return Tab(start="learn-start")
