"""Buttons that carry words and a picture from one tab to the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from multimodal.comparison.generators import GENERATORS
from multimodal.prompts import caption_of
from multimodal.ui.shell.adapters import AT_ONCE, HIDDEN, QUICK, guard
from multimodal.ui.shell.language import both, t
from multimodal.ui.shell.tabs import Tab, press_js
from multimodal.ui.shell.visitors import Visitors

#: Started on arrival: what takes a second or two. A painting waits for its button.
STARTED = ("clip", "gallery", "inside")
#: The tabs that get the picture, and whose own picture is sent; the others make theirs.
PICTURED = ("clip", "inside")


def targets_of(job: str) -> tuple[str, ...]:
    """The tabs where one can go on from another."""
    generators = tuple(GENERATORS)
    if job == "inside":
        return ("clip",)
    if job == "gallery":
        return (*generators, "compare")
    if job == "compare":
        return ("clip", "gallery", *generators)
    others = tuple(name for name in generators if name != job)
    return ("clip", "gallery", "inside", *others, "compare")


def buttons(job: str) -> dict[str, gr.Button]:
    """A row of buttons, one for each tab that can go on from here."""
    targets = targets_of(job)
    pictured = [target in PICTURED for target in targets]
    key = "send.picture" if all(pictured) else "send.both" if any(pictured) else "send.words"
    gr.HTML(f'<p class="label-line">{both(key)}</p>')
    with gr.Row(elem_classes="chips"):
        return {
            target: gr.Button(t(f"{target}.tab"), size="sm", elem_id=f"{job}-to-{target}")
            for target in targets
        }


def connect(tabs: dict[str, Tab], frame: gr.Tabs, visitors: Visitors) -> None:
    """Wire the buttons of all tabs."""
    nothing = gr.State(None)
    for job, tab in tabs.items():
        for target, button in tab.senders.items():
            there = tabs[target]
            sources = [tab.words, tab.picture if job in PICTURED else None, there.words]
            places = [there.words, there.picture if target in PICTURED else None]
            sent = button.click(
                guard(_sender(visitors, job, target, [place is not None for place in places])),
                [nothing if source is None else source for source in sources],
                [frame, *(place for place in places if place is not None)],
                **QUICK,
                **HIDDEN,
            )
            pressed = json.dumps([there.start] if target in STARTED else [])
            sent.success(None, None, None, js=press_js(pressed), **AT_ONCE)


def _sender(
    visitors: Visitors, job: str, target: str, takes: list[bool]
) -> Callable[..., list[Any]]:
    def send(words: str | None, picture: Any, captions: str | None, request: gr.Request) -> Any:
        made = visitors.of(request.session_hash).pictures.get(job)
        if job not in PICTURED and made is not None:
            picture = made.image
        if takes[1] and not picture:
            raise gr.Error(both("send.nothing"), print_exception=False)
        if target in PICTURED and made is not None:  # the box may say something else by now
            words = made.settings.get("prompt", words)
        generator = GENERATORS.get(target)
        if generator is None or not generator.images:  # it reads no weights and no chapters
            words = caption_of(words or "")
        if target == "clip":  # a caption alone always fits best; it joins those that are there
            lines = [line for line in (captions or "").splitlines() if line.strip() != words]
            words, picture = "\n".join([*([words] if words else []), *lines]), [picture]
        carried = zip([words or gr.skip(), picture], takes, strict=True)
        return [gr.Tabs(selected=target), *(one for one, taken in carried if taken)]

    return send
