"""Where in the picture? Maps of the regions that carry a match; a section of the CLIP tab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.errors import PromptError
from multimodal.prompts import normalise
from multimodal.ui.clip import render as clip_render
from multimodal.ui.shell import html
from multimodal.ui.shell.adapters import HIDDEN, SLOW, guard, read_pictures
from multimodal.ui.shell.language import both, t
from multimodal.ui.texts import EXAMPLES as EXAMPLE_TEXTS

if TYPE_CHECKING:
    from multimodal.lab import Lab

MAX_MAPS = 6


def build(lab: Lab, pictures: gr.Gallery) -> gr.Textbox:
    """Lay out the section; gives the box of words, which starts with an example."""
    gr.HTML(
        f'<div class="section"><h3>{both("clip.where_title")}</h3>'
        f"<p>{both('clip.where_idea')}</p></div>"
    )
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            words = gr.Textbox(
                EXAMPLE_TEXTS["where"][0][0],
                label=t("clip.where_words"),
                max_lines=2,
                elem_id="clip-where-words",
            )
            start = gr.Button(t("clip.where"), variant="primary", elem_id="clip-where")
        with gr.Column(scale=6, min_width=300):
            maps = gr.HTML(html.empty("clip.empty_where"), elem_id="clip-maps")
    run: dict[str, Any] = {"inputs": [pictures, words], "outputs": maps, **SLOW, **HIDDEN}
    start.click(guard(_mapper(lab)), **run)
    words.submit(guard(_mapper(lab)), **run)
    return words


def _mapper(lab: Lab) -> Any:
    def show(paths: list[str], words: str) -> Iterator[str]:
        text = normalise(words or "")
        if not text:
            raise PromptError("There are no words; write what to look for in the pictures.")
        waiting = html.status(both("common.starting"), -1)
        yield waiting
        images, names, _ = read_pictures(paths[:MAX_MAPS], lab.limits)
        done: list[str] = []
        for image, name in zip(images, names, strict=True):
            done.append(clip_render.heat_figure(lab.where(image, text), Path(name).stem))
            more = len(done) < len(images)
            yield html.grid(done, columns=min(3, len(images))) + (
                html.status("", len(done) / len(images)) if more else ""
            )

    return show
