"""What the page has to know of a tab once it is laid out, and how one arrives there."""

from __future__ import annotations

import string
from dataclasses import dataclass, field

import gradio as gr
from gradio.components import Component

#: Presses buttons by their elem_ids, each when the one before is free again.
_PRESS = string.Template("""
() => {
  const names = $names;
  document.getElementById("tabs").scrollIntoView({ block: "start" });
  const press = (names) => {
    const button = names.length && document.getElementById(names[0]);
    if (!button) return;
    button.click();
    if (names.length === 1) return;
    // It is busy once the server has answered, and free when the work is done.
    const begun = Date.now();
    let busy = false;
    const wait = () => {
      busy = busy || button.disabled;
      const ready = busy ? !button.disabled : Date.now() - begun > 20000;
      return ready ? press(names.slice(1)) : setTimeout(wait, 60);
    };
    wait();
  };
  setTimeout(press, 80, names);
}
""")


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


def press_js(names: str) -> str:
    """JavaScript that shows the head of the tabs and presses the buttons whose elem_ids the
    JavaScript expression `names` gives, one after another."""
    return _PRESS.substitute(names=names)
