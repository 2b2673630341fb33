"""Gradio inputs that hand over the path of an upload, so that only the lab decodes it.

Gradio's own would open a picture first, and a hostile one is a traceback there; and it would take
paths that nobody uploaded (see `uploads`). The method is replaced on the component itself: gradio
writes a stub file next to the source of a subclass.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from multimodal.errors import ImageError
from multimodal.ui.shell.language import both_sentence
from multimodal.ui.shell.uploads import checked_upload


def picture_input(**options: Any) -> gr.Image:
    """One picture, given to handlers as its path or None."""
    component = gr.Image(type="filepath", format="png", sources=["upload", "clipboard"], **options)
    component.preprocess = _path  # type: ignore[method-assign]
    return component


def pictures_input(**options: Any) -> gr.Gallery:
    """Several pictures, given to handlers as a list of paths."""
    component = gr.Gallery(type="filepath", interactive=True, format="png", **options)
    component.preprocess = _pictures  # type: ignore[method-assign]
    return component


def file_input(**options: Any) -> gr.File:
    """A file, given to handlers as its path or None, or several as a list of paths."""
    return _checked_file(gr.File(type="filepath", **options))


def upload_button(text: Any, **options: Any) -> gr.UploadButton:
    """A button for a file or a folder of them, given to handlers like those of `file_input`."""
    return _checked_file(gr.UploadButton(text, type="filepath", **options))


def _checked_file(component: Any) -> Any:
    component.preprocess = _path if component.file_count == "single" else _paths
    return component


def _path(payload: Any) -> str | None:
    found = _paths(payload)
    return found[0] if found else None


def _paths(payload: Any) -> list[str]:
    """The paths of a file or of a list of them."""
    return [_checked(one.path) for one in getattr(payload, "root", [payload]) if one and one.path]


def _pictures(payload: Any) -> list[str]:
    entries = payload.root if payload else []
    return [_checked(entry.image.path) for entry in entries if getattr(entry, "image", None)]


def _checked(path: Any) -> str:
    try:
        return checked_upload(path)
    except ImageError as error:
        raise gr.Error(both_sentence(error.message), print_exception=False) from None
