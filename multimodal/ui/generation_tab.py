"""What the two generator tabs share: start, stream, stop, and the examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from multimodal.events import Progress, Result
from multimodal.ui import render
from multimodal.ui.adapters import AT_ONCE, HIDDEN, SLOW, guard, throttled
from multimodal.ui.language import both, example_js, t
from multimodal.ui.texts import EXAMPLES
from multimodal.ui.visitors import Visitors

Events = Iterator[Progress | Result]


def buttons(job: str) -> tuple[gr.Button, gr.Button]:
    """Start and Stop."""
    with gr.Row():
        start = gr.Button(t("common.start"), variant="primary", elem_id=f"{job}-start")
        stop = gr.Button(t("common.stop"), interactive=False, elem_id=f"{job}-stop")
    return start, stop


def chips(job: str) -> list[gr.Button]:
    """The ready prompts."""
    gr.HTML(f'<p class="label-line">{both("common.examples")}</p>')
    with gr.Row(elem_classes="chips"):
        return [
            gr.Button(t(f"example.{job}.{index}"), size="sm", elem_id=f"{job}-example-{index}")
            for index in range(len(EXAMPLES[job]))
        ]


def connect(
    job: str,
    visitors: Visitors,
    generate: Callable[..., Events],
    show: Callable[[Progress | Result], str],
    *,
    prompt: gr.Textbox,
    inputs: Sequence[Component],
    start: gr.Button,
    stop: gr.Button,
    canvas: gr.HTML,
    status: gr.HTML,
    ready: Sequence[gr.Button],
) -> None:
    """Wire a generator tab.

    `generate(*input values, stop=Event)` starts a run and `show` draws an event. A run is asked
    to stop by its Event, so that the picture made so far is kept.
    """

    def run(request: gr.Request, *values: Any) -> Iterator[tuple[Any, Any]]:
        halt = visitors.of(request.session_hash).begin(job)
        yield gr.skip(), render.status(both("common.starting"), -1)
        events = generate(*values, stop=halt)
        for event in throttled(events):
            line = render.result_line if isinstance(event, Result) else render.progress_line
            yield show(event), line(job, event)  # type: ignore[arg-type]

    def halt(request: gr.Request) -> None:
        visitors.of(request.session_hash).stop(job)

    def running(now: bool) -> Any:
        return lambda: (gr.update(interactive=not now), gr.update(interactive=now))

    def failed() -> tuple[Any, ...]:
        return *running(False)(), render.status()

    def wire(trigger: Any) -> None:
        begun = trigger(running(True), None, [start, stop], **AT_ONCE)
        done = begun.then(guard(run), list(inputs), [canvas, status], **SLOW, **HIDDEN)
        done.success(running(False), None, [start, stop], **AT_ONCE)
        done.failure(failed, None, [start, stop, status], **AT_ONCE)

    wire(start.click)
    wire(prompt.submit)
    for index, chip in enumerate(ready):
        filled = chip.click(None, None, prompt, js=example_js(job, index=index), **AT_ONCE)
        wire(filled.then)
    stop.click(halt, None, None, **AT_ONCE)
