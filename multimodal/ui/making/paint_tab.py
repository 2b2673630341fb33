"""The VQGAN+CLIP tab: a prompt, perhaps a first picture, and the painting as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component

from multimodal.csv_export import curve_csv
from multimodal.events import Progress, Result
from multimodal.settings.fields import fields_of
from multimodal.settings.painting import QUALITIES, VQGANCLIPSettings
from multimodal.ui.making.generator_tab import (
    RunView,
    buttons,
    chips,
    connect,
    lesson_note,
    prompt_box,
    status_line,
)
from multimodal.ui.shell import carry_over, diagrams, html
from multimodal.ui.shell.adapters import AT_ONCE, controls, guard, read_picture, settings_of
from multimodal.ui.shell.inputs import picture_input, pictures_input, upload_button
from multimodal.ui.shell.language import t
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from torch import Tensor

    from multimodal.lab import Lab


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    gr.HTML(html.intro("paint", diagrams.paint()))
    with gr.Row(equal_height=False, elem_classes="maker"):
        with gr.Column(min_width=0):
            prompt = prompt_box("paint", t("paint.prompt_help"))
            start, stop = buttons("paint")
            go_on = gr.Button(t("paint.continue"), size="sm", elem_id="paint-continue")
            ready = chips("paint")
            lesson_note(lab)
            with gr.Accordion(t("paint.picture"), open=False):
                picture = picture_input(
                    label=t("paint.picture"), height=220, elem_id="paint-picture"
                )
            with gr.Accordion(t("paint.images"), open=False):
                images = pictures_input(
                    label=t("paint.images"), height=220, columns=3, elem_id="paint-images"
                )
        with gr.Column(min_width=0):
            status = gr.HTML(html.status(), elem_id="paint-status")
            canvas = gr.HTML(html.blank("paint.empty"), elem_id="paint-canvas")
            senders = carry_over.buttons("paint")
        with gr.Column(min_width=0):
            knobs = controls(VQGANCLIPSettings, lab.limits)
            load = upload_button(
                t("paint.load"), file_types=["image"], size="sm", elem_id="paint-load"
            )
    names = tuple(knobs)

    def generate(
        prompt: str,
        path: str | None,
        pictures: list[str],
        *values: Any,
        last: Tensor | None = None,
        stop: Event,
    ) -> Iterator[Progress | Result]:
        settings = settings_of(VQGANCLIPSettings, names, values)
        first = read_picture(path, lab.limits) if path and last is None else last
        others = [read_picture(one, lab.limits) for one in pictures]
        return lab.generate(prompt or "", settings, start=first, images=others, stop=stop)

    view = RunView(
        "paint", generate, lambda event: show(event, lab.preset.name),
        inputs=[prompt, picture, images, *knobs.values()], start=start, stop=stop,
        canvas=canvas, status=status, line=status_line, prompt=prompt, ready=ready, go_on=go_on,
    )  # fmt: skip
    connect(view, visitors)
    chosen = [knobs[name] for name in QUALITIES["best"]]
    knobs["quality"].input(_set_quality(chosen), knobs["quality"], chosen, **AT_ONCE)  # type: ignore[attr-defined]
    load.upload(guard(_load), load, [prompt, *knobs.values()], **AT_ONCE)
    return Tab(prompt, picture, "paint-start", ((prompt, "paint"),), senders)


def _set_quality(controls: Sequence[Component]) -> Any:
    """Moves the controls that a quality sets, as far as the deployment lets them go."""
    highest = [getattr(control, "maximum", None) for control in controls]

    def chosen(quality: str) -> list[Any]:
        values = list(QUALITIES.get(quality, QUALITIES["normal"]).values())
        return [
            value if high is None else min(value, high)
            for value, high in zip(values, highest, strict=True)
        ]

    return chosen


def _load(path: str) -> list[Any]:
    """The prompt and every control, as a picture of this lab says."""
    from multimodal.images import read_settings  # torch comes with it

    stored = read_settings(path)
    knobs = fields_of(VQGANCLIPSettings)
    known = {knob.name: stored[knob.name] for knob in knobs if knob.name in stored}
    settings = VQGANCLIPSettings(**known)  # a value out of range is refused in one sentence
    values = [getattr(settings, knob.name) for knob in knobs]
    return [str(stored.get("prompt", "")), *values]


def show(event: Progress | Result, preset: str) -> str:
    """The painting so far, or finished with its downloads, and the curve of its score."""
    if isinstance(event, Progress):
        if event.image is None:
            return gr.skip()
        return html.figure(html.preview(event.image)) + html.curve(event.curve)
    if not event.pictures:
        return html.blank("paint.empty")
    from multimodal.images import film_of  # torch comes with it

    files = [("paint.film", "paint.webp", film_of(event.frames), "image/webp")]
    if event.curve:
        csv = curve_csv(event.curve).encode()
        files.append(("paint.curve_file", "paint-score.csv", csv, "text/csv"))
    finished = html.finished(event.pictures[0], preset)
    return finished + html.curve(event.curve) + html.downloads(files)
