"""The gallery tab: add pictures, then find them by words, by pictures or by sums of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.context import Context

from multimodal.settings.jobs import SearchSettings
from multimodal.ui.gallery import render as gallery_render
from multimodal.ui.gallery.jobs import GalleryJobs
from multimodal.ui.shell import carry_over, diagrams, html
from multimodal.ui.shell.adapters import AT_ONCE, HIDDEN, QUICK, SLOW, controls, guard
from multimodal.ui.shell.inputs import file_input, pictures_input, upload_button
from multimodal.ui.shell.language import both, example_js, t
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.visitors import Visitors
from multimodal.ui.texts import EXAMPLES as EXAMPLE_TEXTS

if TYPE_CHECKING:
    from multimodal.lab import Lab


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    gr.HTML(html.intro("gallery", diagrams.search()))
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            files = file_input(
                label=t("gallery.files"),
                file_count="multiple",
                file_types=["image", ".zip"],
                height=170,
                elem_id="gallery-files",
            )
            with gr.Row():
                example = gr.Button(t("gallery.example"), elem_id="gallery-example")
                folder = upload_button(
                    t("gallery.folder"), file_count="directory", elem_id="gallery-folder"
                )
            with gr.Group(visible=False) as server_box:
                path = gr.Textbox(
                    label=t("gallery.server_folder"),
                    info=t("gallery.server_folder_info"),
                    max_lines=1,
                    elem_id="gallery-server-folder",
                )
                add = gr.Button(
                    t("gallery.server_folder_add"), size="sm", elem_id="gallery-server-folder-add"
                )
            status = gr.HTML(html.status(both("gallery.empty")), elem_id="gallery-status")
            with gr.Row():
                stop = gr.Button(
                    t("common.stop"), size="sm", interactive=False, elem_id="gallery-stop"
                )
                clear = gr.Button(t("gallery.clear"), size="sm", elem_id="gallery-clear")
        with gr.Column(scale=6, min_width=300):
            query = gr.Textbox(
                label=t("gallery.query"),
                placeholder=t("gallery.query_placeholder"),
                max_lines=1,
                elem_id="gallery-query",
            )
            with gr.Row(elem_classes="chips"):
                chips = [
                    gr.Button(t(f"example.query.{i}"), size="sm", elem_id=f"gallery-example-{i}")
                    for i in range(len(EXAMPLE_TEXTS["query"]))
                ]
            search = gr.Button(t("gallery.search"), variant="primary", elem_id="gallery-search")
            with gr.Accordion(
                t("gallery.query_pictures"), open=False, elem_id="gallery-with-pictures"
            ):
                pictures = pictures_input(
                    label=t("gallery.query_pictures_label"),
                    columns=4,
                    height=190,
                    elem_id="gallery-pictures",
                )
                gr.HTML(f'<p class="meaning">{both("gallery.arithmetic")}</p>')
            knobs = controls(SearchSettings, lab.limits, fold=True)
            with gr.Accordion(t("gallery.how"), open=False):
                gr.HTML(f'<p class="meaning">{both("gallery.how_text")}</p>')
    hits = gr.HTML(
        html.empty("gallery.empty_hits"),
        js_on_load=gallery_render.SCRIPT,
        elem_id="gallery-hits",
    )
    senders = carry_over.buttons("gallery")
    full = gr.HTML("", js_on_load=None, elem_id="gallery-full")
    archive = gr.DownloadButton(t("gallery.zip"), visible="hidden", elem_id="gallery-zip")

    demo = Context.root_block
    assert demo is not None
    jobs = GalleryJobs(lab, visitors, demo, tuple(knobs))
    demo.load(jobs.offer_server_folder, None, server_box, **AT_ONCE)
    starters = [example, folder, add]
    for trigger, run, source in (
        (files.upload, jobs.add, files),
        (folder.upload, jobs.add, folder),
        (example.click, jobs.add_examples, None),
        (add.click, jobs.add_server_folder, path),
        (path.submit, jobs.add_server_folder, path),
    ):
        started = trigger(_buttons(True), None, [stop, *starters], **AT_ONCE)
        indexed = started.then(guard(run), source, [status, hits], **SLOW, **HIDDEN)
        indexed.success(_buttons(False), None, [stop, *starters], **AT_ONCE)
        indexed.failure(_failed, None, [stop, *starters, status], **AT_ONCE)
    stop.click(jobs.stop, None, None, **AT_ONCE)
    clear.click(jobs.clear, None, [files, status, hits], **AT_ONCE)

    values = list(knobs.values())
    by_query: dict[str, Any] = {
        "fn": guard(jobs.search), "inputs": [query, pictures, *values], "outputs": hits,
        **QUICK, **HIDDEN,
    }  # fmt: skip
    search.click(**by_query)
    query.submit(**by_query)
    pictures.upload(**by_query)
    knobs["strictness"].release(**by_query)
    hits.select(guard(jobs.by_hit), values, hits, **QUICK, **HIDDEN)
    opened = hits.click(guard(jobs.open), None, full, **QUICK, **HIDDEN)
    opened.success(None, None, None, js=gallery_render.SHOW_FULL, **AT_ONCE)
    zipped = hits.download(guard(jobs.download), None, archive, **QUICK, **HIDDEN)
    zipped.success(None, None, None, js=gallery_render.FETCH_ZIP, **AT_ONCE)
    hits.delete(guard(jobs.remove), None, [hits, status], **QUICK, **HIDDEN)
    for index, chip in enumerate(chips):
        filled = chip.click(None, None, query, js=example_js("query", index=index), **AT_ONCE)
        filled.then(**by_query)
    return Tab(query, None, "gallery-search", senders=senders)


def _buttons(running: bool) -> Any:
    """Only Stop while it runs, everything else otherwise."""
    return lambda: (
        gr.update(interactive=running),
        *[gr.update(interactive=not running) for _ in range(3)],
    )


def _failed() -> tuple[Any, ...]:
    return *_buttons(False)(), html.status()
