"""How often is it right? Accuracy over class-named folders; a section of the CLIP tab."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component

from multimodal.errors import ImageError
from multimodal.settings.jobs import ClassifySettings
from multimodal.ui.clip import render as clip_render
from multimodal.ui.shell import html
from multimodal.ui.shell.adapters import AT_ONCE, HIDDEN, SLOW, guard, settings_of
from multimodal.ui.shell.inputs import file_input
from multimodal.ui.shell.language import both, t
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.clip.accuracy import Accuracy
    from multimodal.lab import Lab


def build(lab: Lab, visitors: Visitors, knobs: Mapping[str, Component]) -> None:
    """Lay out the section, folded; it obeys the settings of the classification above."""
    with gr.Accordion(t("clip.accuracy_title"), open=False, elem_id="clip-accuracy"):
        gr.HTML(f'<div class="section"><p>{both("clip.accuracy_idea")}</p></div>')
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=300):
                archive = file_input(
                    label=t("clip.accuracy_zip"), file_types=[".zip"], height=120,
                    elem_id="clip-accuracy-zip",
                )  # fmt: skip
                with gr.Row():
                    start = gr.Button(t("clip.accuracy"), variant="primary")
                    stop = gr.Button(t("common.stop"))
            with gr.Column(scale=6, min_width=300):
                status = gr.HTML()
                panel = gr.HTML(elem_id="clip-accuracy-panel")
    start.click(
        guard(_measurer(lab, visitors, tuple(knobs))),
        [archive, *knobs.values()],
        [status, panel],
        **SLOW,
        **HIDDEN,
    )
    stop.click(_stopper(visitors), **AT_ONCE)


def _measurer(lab: Lab, visitors: Visitors, names: tuple[str, ...]) -> Any:
    def measure(
        request: gr.Request, archive: str | None, *values: Any
    ) -> Iterator[tuple[str, Any]]:
        if not archive:
            raise ImageError("No zip was given; choose one that holds class-named folders.")
        settings = settings_of(ClassifySettings, names, values)
        stop = visitors.of(request.session_hash).begin("accuracy")
        yield html.status(both("common.starting"), -1), ""
        accuracy: Accuracy | None = None
        for accuracy in lab.accuracy([archive], settings, stop):
            rate = accuracy.done / max(accuracy.seconds, 1e-3)
            line = both("clip.accuracy_running", done=accuracy.done, rate=f"{rate:.0f}")
            yield html.status(line, -1), gr.skip()
        if accuracy is None or not accuracy.total:
            yield html.status(both("clip.accuracy_nothing")), ""
            return
        yield html.status(skipped=accuracy.skipped), _panel(accuracy)

    return measure


def _panel(accuracy: Accuracy) -> str:
    from multimodal.clip.accuracy import confusion_picture

    buffer = io.BytesIO()
    confusion_picture(accuracy).save(buffer, "PNG")
    return clip_render.accuracy_panel(accuracy, html.data_uri(buffer.getvalue(), "image/png"))


def _stopper(visitors: Visitors) -> Any:
    def stop(request: gr.Request) -> None:
        visitors.of(request.session_hash).stop("accuracy")

    return stop
