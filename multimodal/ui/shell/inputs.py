"""Gradio inputs that hand over the path of an upload, so that only the lab decodes it.

Gradio's own would open the picture first, and a hostile one is a traceback there. The method is
replaced on the component itself: gradio writes a stub file next to the source of a subclass.
"""

from __future__ import annotations

from typing import Any

import gradio as gr


def picture_input(**options: Any) -> gr.Image:
    """One picture, given to handlers as its path or None."""
    component = gr.Image(type="filepath", format="png", sources=["upload", "clipboard"], **options)
    component.preprocess = _path  # type: ignore[method-assign]
    return component


def pictures_input(**options: Any) -> gr.Gallery:
    """Several pictures, given to handlers as a list of paths."""
    component = gr.Gallery(type="filepath", interactive=True, format="png", **options)
    component.preprocess = _paths  # type: ignore[method-assign]
    return component


def _path(payload: Any) -> str | None:
    return (payload.path or None) if payload else None


def _paths(payload: Any) -> list[str]:
    entries = payload.root if payload else []
    return [entry.image.path for entry in entries if getattr(entry, "image", None)]
