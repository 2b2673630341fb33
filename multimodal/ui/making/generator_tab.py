"""What the tabs with long runs share: start, stream, stop, and the examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gradio as gr
from gradio.components import Component

from multimodal.events import Event, Progress, Result
from multimodal.models.presets import EMBEDDED
from multimodal.ui.making.heartbeat import beating
from multimodal.ui.shell import html
from multimodal.ui.shell.adapters import AT_ONCE, HIDDEN, SLOW, guard, throttled
from multimodal.ui.shell.language import both, example_js, t
from multimodal.ui.shell.visitors import Visitor, Visitors
from multimodal.ui.texts import EXAMPLES

if TYPE_CHECKING:
    from multimodal.lab import Lab
    from multimodal.live_training.run import Learned

E = TypeVar("E", bound=Event)


def prompt_box(job: str, info: str | None = None) -> gr.Textbox:
    """Where the words go; starts with the first example."""
    return gr.Textbox(
        EXAMPLES[job][0][0], label=t("common.prompt"), info=info, elem_id=f"{job}-prompt"
    )


def buttons(job: str, *more: str) -> tuple[gr.Button, ...]:
    """Start, Stop, and more by name, which wait for a first result."""
    with gr.Row():
        start = gr.Button(t("common.start"), variant="primary", min_width=0, elem_id=f"{job}-start")
        stop = gr.Button(t("common.stop"), interactive=False, min_width=0, elem_id=f"{job}-stop")
        others = [
            gr.Button(t(f"common.{name}"), interactive=False, min_width=0, elem_id=f"{job}-{name}")
            for name in more
        ]
    return start, stop, *others


def lesson_note(lab: Lab) -> None:
    """An honest word on the lesson's own prompt, where the embedded models are in use."""
    if lab.preset == EMBEDDED:
        gr.HTML(f'<p class="meaning">{both("common.lesson")}</p>')


def chips(job: str) -> list[gr.Button]:
    """The ready prompts."""
    gr.HTML(f'<p class="label-line">{both("common.examples")}</p>')
    with gr.Row(elem_classes="chips"):
        return [
            gr.Button(t(f"example.{job}.{index}"), size="sm", elem_id=f"{job}-example-{index}")
            for index in range(len(EXAMPLES[job]))
        ]


def status_line(job: str, event: Progress | Result | Learned) -> str:
    """What a run says of itself under the buttons."""
    if isinstance(event, Progress):
        return html.progress_line(job, event)
    return html.end_line(job, event)


@dataclass(frozen=True)
class RunView(Generic[E]):
    """A tab with long runs: its parts, and what draws an event in them.

    Args:
        job: names it, as in the elem_ids and texts.
        generate: starts a run: `generate(*input values, stop=Event)`. It is asked to stop by that
            Event, so that the picture made so far is kept.
        show: draws an event in `canvas`, and `line` says it in `status`.
        prompt: starts a run when it is sent; `ready` are buttons that fill it and start one.
        go_on: starts from the z of the visitor's last run, given to `generate` as `last`.
        reset: the tab's own; like `go_on` it cannot be pressed during a run.
        beside: one more place, and what draws an event there.
        owned: gives what of the visitor's own `generate` is called with as well.
    """

    job: str
    generate: Callable[..., Iterator[E]]
    show: Callable[[E], str]
    inputs: Sequence[Component]
    start: gr.Button
    stop: gr.Button
    canvas: gr.HTML
    status: gr.HTML
    line: Callable[[str, E], str]
    prompt: gr.Textbox | None = None
    ready: Sequence[gr.Button] = ()
    go_on: gr.Button | None = None
    reset: gr.Button | None = None
    beside: tuple[gr.HTML, Callable[[E], str]] | None = None
    owned: Callable[[Visitor], dict[str, Any]] | None = None


def connect(view: RunView[E], visitors: Visitors) -> None:
    """Wire a tab with long runs."""
    job, beside = view.job, view.beside

    def runner(goes_on: bool) -> Callable[..., Iterator[tuple[Any, ...]]]:
        def run(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
            visitor = visitors.of(request.session_hash)
            more = view.owned(visitor) if view.owned else {}
            if goes_on:
                if job not in visitor.codes:
                    raise gr.Error(both("paint.nothing"), print_exception=False)
                more["last"] = visitor.codes[job]
            halt = visitor.begin(job)
            waiting = [gr.skip()] if beside else []
            yield gr.skip(), html.status(both("common.starting"), -1), *waiting
            events = view.generate(*values, **more, stop=halt)
            for event in throttled(beating(events)):
                if isinstance(event, Result) and event.z is not None:
                    visitor.codes[job] = event.z
                if isinstance(event, Result) and event.pictures:
                    visitor.pictures[job] = event.pictures[0]
                more_shown = [beside[1](event)] if beside else []
                yield view.show(event), view.line(job, event), *more_shown

        return run

    def halt(request: gr.Request) -> None:
        visitors.of(request.session_hash).stop(job)

    shown = [view.canvas, view.status, *([beside[0]] if beside else [])]
    switched = [view.start, view.stop, *(one for one in (view.go_on, view.reset) if one)]

    def running(now: bool) -> Any:
        states = [now if button is view.stop else not now for button in switched]
        return lambda: tuple(gr.update(interactive=state) for state in states)

    def failed() -> tuple[Any, ...]:
        return *running(False)(), html.status()

    def wire(trigger: Any, goes_on: bool = False) -> None:
        begun = trigger(running(True), None, switched, **AT_ONCE)
        run = guard(runner(goes_on))
        done = begun.then(run, list(view.inputs), shown, **SLOW, **HIDDEN)
        done.success(running(False), None, switched, **AT_ONCE)
        done.failure(failed, None, [*switched, view.status], **AT_ONCE)

    wire(view.start.click)
    if view.go_on is not None:
        wire(view.go_on.click, goes_on=True)
    if view.prompt is not None:
        wire(view.prompt.submit)
    for index, chip in enumerate(view.ready):
        filled = chip.click(None, None, view.prompt, js=example_js(job, index=index), **AT_ONCE)
        wire(filled.then)
    view.stop.click(halt, None, None, **AT_ONCE)
