"""What the page has to know of a tab once it is laid out."""

from __future__ import annotations

from dataclasses import dataclass, field

import gradio as gr
from gradio.components import Component


@dataclass(frozen=True)
class Tab:
    """One tab.

    Args:
        words: the box of its prompt, query or captions.
        picture: where it takes a picture, a gr.Image, or pictures, a gr.Gallery.
        start: the elem_id of the button that starts it.
        examples: the boxes that start with an example in the page's language, and its name.
        senders: the buttons that carry what is here to other tabs, by the tab they lead to.
    """

    words: Component | None = None
    picture: Component | None = None
    start: str = ""
    examples: tuple[tuple[Component, str], ...] = ()
    senders: dict[str, gr.Button] = field(default_factory=dict)
