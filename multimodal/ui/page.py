"""The page as a whole: header, tabs and endpoints, and how it is launched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.middleware import Middleware

from multimodal.presets import EMBEDDED
from multimodal.ui import (
    api,
    clip_tab,
    compare_render,
    compare_tab,
    dalle_tab,
    gallery_tab,
    inside_tab,
    learn_render,
    learn_tab,
    vqgan_clip_tab,
)
from multimodal.ui.adapters import AT_ONCE
from multimodal.ui.language import EarlyScript, both, example_js, switch, t, translations
from multimodal.ui.theme import CSS, theme
from multimodal.ui.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

KEEP_FILES_SECONDS = 3600


def build_app(lab: Lab) -> gr.Blocks:
    """The page of one lab; launch it with `launch_options`."""
    visitors = Visitors()
    with gr.Blocks(
        title="Multimodal Lab",
        analytics_enabled=False,
        delete_cache=(KEEP_FILES_SECONDS, KEEP_FILES_SECONDS),
    ) as demo:
        api.build(lab, visitors)  # first, so that the endpoints get the plain names
        gr.HTML(
            f'<header class="masthead"><div><h1>{both("app.title")}</h1>'
            f"<p>{both('app.tagline')}</p></div>{switch()}</header>"
        )
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            with gr.Tab(t("clip.tab"), id="clip"):
                filled = clip_tab.build(lab, visitors)
            with gr.Tab(t("learn.tab"), id="learn"):
                learn_tab.build(lab, visitors)
            with gr.Tab(t("gallery.tab"), id="gallery"):
                filled += gallery_tab.build(lab, visitors)
            with gr.Tab(t("inside.tab"), id="inside"):
                inside_tab.build(lab, visitors)
            with gr.Tab(t("paint.tab"), id="paint"):
                filled += vqgan_clip_tab.build(lab, visitors)
            with gr.Tab(t("dalle.tab"), id="dalle"):
                filled += dalle_tab.build(lab, visitors)
            with gr.Tab(t("compare.tab"), id="compare"):
                filled += compare_tab.build(lab, visitors)
        gr.HTML(f'<footer class="note">{_note(lab)}</footer>')
        boxes = [box for box, _ in filled]
        names = [name for _, name in filled]
        demo.load(None, None, boxes, js=example_js(*names), **AT_ONCE)
        demo.unload(_leaver(visitors))
    demo.queue(max_size=lab.limits.queue_size)
    return demo


def launch_options(lab: Lab) -> dict[str, Any]:
    """What launch() has to know about the page."""
    return {
        "theme": theme(),
        "css": CSS + compare_render.CSS + learn_render.css(),
        "i18n": translations(),
        "max_file_size": f"{lab.limits.max_upload_mb}mb",
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "state_session_capacity": 1000,
        "app_kwargs": {"middleware": [Middleware(EarlyScript)]},
    }


def _note(lab: Lab) -> str:
    if lab.preset.name == EMBEDDED.name:
        return both("note.embedded")
    return both("note.preset", title=lab.preset.title)


def _leaver(visitors: Visitors) -> Any:
    def leave(request: gr.Request) -> None:
        visitors.leave(request.session_hash)

    return leave
