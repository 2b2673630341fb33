"""The tab inside VQGAN: a picture's codes, what they show, what comes of changing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.settings.fields import fields_of
from multimodal.settings.jobs import ReconstructSettings
from multimodal.ui.codes import render as codes_render
from multimodal.ui.codes.jobs import CodesJobs
from multimodal.ui.making.generator_tab import chips
from multimodal.ui.shell import carry_over, diagrams, html
from multimodal.ui.shell.adapters import AT_ONCE, EXAMPLES, HIDDEN, QUICK, control, guard
from multimodal.ui.shell.inputs import picture_input
from multimodal.ui.shell.language import both, t
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

#: The pictures behind the ready examples, in the order of their texts.
PICTURES = ("cat.jpg", "rose.jpg", "strawberry.jpg", "motorbike.jpg")
OTHER = "sunflower.jpg"  # what a region is swapped with at first
REGION = (5, 5, 8, 8)  # row, column, height, width: the middle of 16 x 16 cells
#: Later clicks must not be lost while an earlier one is served.
EVERY: dict[str, Any] = {**QUICK, **HIDDEN, "trigger_mode": "always_last"}


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    jobs = CodesJobs(lab, visitors)
    gr.HTML(html.intro("inside", diagrams.inside()))
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            picture = picture_input(
                value=_example(PICTURES[0]),
                label=t("inside.picture"),
                height=260,
                elem_id="inside-picture",
            )
            look = gr.Button(t("inside.look"), variant="primary", elem_id="inside-look")
            ready = chips("inside")
            status = gr.HTML(html.status(), elem_id="inside-status")
        with gr.Column(scale=6, min_width=300):
            compared = gr.HTML(html.empty("inside.empty"), elem_id="inside-compared")
            senders = carry_over.buttons("inside")

    _section("codes")
    with gr.Row(equal_height=False):
        with gr.Column(scale=6, min_width=300):
            editor = gr.HTML(
                html.empty("inside.empty_bench"),
                js_on_load=codes_render.SCRIPT,
                elem_id="inside-bench",
            )
            with gr.Accordion(
                t("inside.swap_title"), open=False, elem_id="inside-swap-box"
            ) as swap_box:
                gr.HTML(f'<p class="meaning">{both("inside.swap_idea")}</p>')
                other = picture_input(
                    value=_example(OTHER), label=t("inside.other"), height=180,
                    elem_id="inside-other",
                )  # fmt: skip
                numbers = _region_boxes()
                swap = gr.Button(t("inside.swap"), elem_id="inside-swap")
                other_now = gr.HTML("", elem_id="inside-other-now")
        with gr.Column(scale=4, min_width=300):
            code = gr.Number(
                label=t("inside.code"), info=t("inside.code_help"), precision=0,
                elem_id="inside-code",
            )  # fmt: skip
            panel = gr.HTML("", elem_id="inside-code-panel")
            by = gr.Number(0, label=t("inside.by"), precision=0, elem_id="inside-by")
            replace = gr.Button(t("inside.replace"), elem_id="inside-replace")
            knob = next(knob for knob in fields_of(ReconstructSettings) if knob.name == "seed")
            seed = control(ReconstructSettings, knob, lab.limits)
            shuffle = gr.Button(t("inside.shuffle"), elem_id="inside-shuffle")
            with gr.Row():
                undo = gr.Button(t("inside.undo"), interactive=False, elem_id="inside-undo")
                reset = gr.Button(t("inside.reset"), interactive=False, elem_id="inside-reset")

    _section("realness")
    realness = gr.HTML(html.empty("inside.empty_realness"), elem_id="inside-realness")

    _section("random")
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            draw = gr.Button(t("inside.random"), elem_id="inside-random")
        with gr.Column(scale=6, min_width=300):
            lot = gr.HTML(html.empty("inside.empty_random"), elem_id="inside-lot")

    drawn = [editor, panel, realness, other_now, undo, reset]
    looking: dict[str, Any] = {
        "fn": guard(jobs.look), "inputs": picture, "outputs": [status, compared, code, *drawn],
        **EVERY,
    }  # fmt: skip
    triggers = [look.click, picture.upload]
    for index, chip in enumerate(ready):
        filled = chip.click(_constant(_example(PICTURES[index])), None, picture, **AT_ONCE)
        triggers.append(filled.then)
    for trigger in triggers:
        trigger(**looking).failure(html.status, None, status, **AT_ONCE)

    picked = editor.select(guard(jobs.pick), None, [code, panel], **EVERY)
    shown = code.input(guard(jobs.show), code, panel, **EVERY)
    for chosen in (picked, shown):
        chosen.success(None, None, None, js=codes_render.MARK, **AT_ONCE)
    editor.apply(guard(jobs.region), None, [*numbers, swap_box], **EVERY)
    replace.click(guard(jobs.replace), [code, by], [code, *drawn], **EVERY)
    for button, run, inputs in (
        (shuffle, jobs.shuffle, [seed]),
        (swap, jobs.swap, [other, *numbers]),
        (undo, jobs.undo, None),
        (reset, jobs.reset, None),
    ):
        button.click(guard(run), inputs, drawn, **EVERY)
    draw.click(guard(jobs.draw_random), None, lot, **EVERY)
    return Tab(None, picture, "inside-look", senders=senders)


def _section(name: str) -> None:
    title, idea = both(f"inside.{name}_title"), both(f"inside.{name}_idea")
    gr.HTML(f'<div class="section"><h3>{title}</h3><p>{idea}</p></div>')


def _region_boxes() -> list[gr.Number]:
    boxes = []
    for names, values in ((("row", "column"), REGION[:2]), (("height", "width"), REGION[2:])):
        with gr.Row():
            boxes += [
                gr.Number(
                    value, label=t(f"inside.{name}"), precision=0, min_width=90,
                    elem_id=f"inside-{name}",
                )
                for name, value in zip(names, values, strict=True)
            ]  # fmt: skip
    return boxes


def _example(name: str) -> str | None:
    path = EXAMPLES / name
    return str(path) if path.exists() else None


def _constant(value: Any) -> Any:
    return lambda: value
