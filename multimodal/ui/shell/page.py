"""The page as a whole: header, tabs and endpoints, and how it is launched."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.middleware import Middleware

from multimodal.comparison.generators import GENERATORS
from multimodal.models.presets import EMBEDDED
from multimodal.ui.api import endpoints as api
from multimodal.ui.clip import tab as clip_tab
from multimodal.ui.codes import tab as codes_tab
from multimodal.ui.gallery import tab as gallery_tab
from multimodal.ui.learn import render as learn_render
from multimodal.ui.learn import tab as learn_tab
from multimodal.ui.making import compare_render, compare_tab
from multimodal.ui.shell import carry_over, tour
from multimodal.ui.shell.adapters import AT_ONCE
from multimodal.ui.shell.language import EarlyScript, both, example_js, switch, t, translations
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.theme import CSS, theme
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

KEEP_FILES_SECONDS = 3600
Build = Callable[["Lab", Visitors], Tab]


def tab_builders() -> dict[str, Build]:
    """The tabs in their order; each file lays out one, those of the generators by their names."""
    making = {name: import_module(f"multimodal.ui.making.{name}_tab").build for name in GENERATORS}
    return {
        "clip": clip_tab.build,
        "learn": learn_tab.build,
        "gallery": gallery_tab.build,
        "inside": codes_tab.build,
        **making,
        "compare": compare_tab.build,
    }


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
        start = tour.button()
        tabs: dict[str, Tab] = {}
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as frame:
            for name, build in tab_builders().items():
                with gr.Tab(t(f"{name}.tab"), id=name):
                    tabs[name] = build(lab, visitors)
        carry_over.connect(tabs, frame, visitors)
        tour.build(start, tabs, frame)
        gr.HTML(f'<footer class="note">{_note(lab)}</footer>')
        boxes, names = zip(*(pair for tab in tabs.values() for pair in tab.examples), strict=True)
        demo.load(None, None, list(boxes), js=example_js(*names), **AT_ONCE)
        demo.unload(_leaver(visitors))
    demo.queue(max_size=lab.limits.queue_size)
    return demo


def launch_options(lab: Lab) -> dict[str, Any]:
    """What launch() has to know about the page."""
    return {
        "theme": theme(),
        "css": CSS + compare_render.CSS + learn_render.css() + tour.CSS,
        "i18n": translations(),
        "max_file_size": f"{lab.limits.max_upload_mb}mb",
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "state_session_capacity": 1000,
        "app_kwargs": {
            "middleware": [Middleware(EarlyScript)],
            "routes": [learn_render.sheet_route()],
        },
    }


def _note(lab: Lab) -> str:
    if lab.preset.name == EMBEDDED.name:
        return both("note.embedded")
    return both("note.preset", title=lab.preset.title)


def _leaver(visitors: Visitors) -> Any:
    def leave(request: gr.Request) -> None:
        visitors.leave(request.session_hash)

    return leave
