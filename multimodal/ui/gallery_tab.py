"""The gallery tab: add pictures, then find them by words or by a picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.errors import GalleryError, ImageError, PromptError
from multimodal.settings import SearchSettings
from multimodal.ui import diagrams, render
from multimodal.ui.adapters import (
    AT_ONCE,
    EXAMPLES,
    HIDDEN,
    QUICK,
    SLOW,
    controls,
    guard,
    read_picture,
    settings_of,
)
from multimodal.ui.inputs import picture_input
from multimodal.ui.language import both, example_js, t
from multimodal.ui.texts import EXAMPLES as EXAMPLE_TEXTS
from multimodal.ui.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.gallery import Gallery, Hit
    from multimodal.lab import Lab

JOB = "index"


def build(lab: Lab, visitors: Visitors) -> list[tuple[gr.components.Component, str]]:
    """Lay out the tab; gives the boxes that start with an example text, and which."""
    gr.HTML(render.intro("gallery", diagrams.search()))
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            files = gr.File(
                label=t("gallery.files"),
                file_count="multiple",
                file_types=["image", ".zip"],
                height=170,
                elem_id="gallery-files",
            )
            example = gr.Button(t("gallery.example"), elem_id="gallery-example")
            folder = gr.UploadButton(
                t("gallery.folder"), file_count="directory", elem_id="gallery-folder"
            )
            status = gr.HTML(render.status(both("gallery.empty")), elem_id="gallery-status")
            with gr.Row():
                stop = gr.Button(
                    t("common.stop"), size="sm", interactive=False, elem_id="gallery-stop"
                )
                clear = gr.Button(t("gallery.clear"), size="sm", elem_id="gallery-clear")
        with gr.Column(scale=6, min_width=300):
            query = gr.Textbox(
                label=t("gallery.query"),
                placeholder=t("gallery.query_placeholder"),
                elem_id="gallery-query",
            )
            with gr.Row(elem_classes="chips"):
                chips = [
                    gr.Button(t(f"example.query.{i}"), size="sm", elem_id=f"gallery-example-{i}")
                    for i in range(len(EXAMPLE_TEXTS["query"]))
                ]
            search = gr.Button(t("gallery.search"), variant="primary", elem_id="gallery-search")
            with gr.Accordion(t("gallery.query_picture"), open=False):
                picture = picture_input(
                    label=t("gallery.query_picture"), height=220, elem_id="gallery-picture"
                )
                knobs = controls(SearchSettings, lab.limits)
            hits = gr.Gallery(
                label=t("gallery.hits"),
                columns=4,
                height="auto",
                format="jpeg",
                object_fit="cover",
                allow_preview=False,
                interactive=False,
                buttons=[],
                elem_id="gallery-hits",
            )
            gr.HTML(f'<p class="meaning">{both("gallery.hint")}</p>')

    run = _runner(lab, visitors)
    for trigger, source in ((files.upload, files), (folder.upload, folder), (example.click, None)):
        started = trigger(_buttons(True), None, [stop, example], **AT_ONCE)
        indexed = started.then(
            guard(run if source else _on_examples(run)), source, status, **SLOW, **HIDDEN
        )
        indexed.success(_buttons(False), None, [stop, example], **AT_ONCE)
        indexed.failure(_failed, None, [stop, example, status], **AT_ONCE)
    stop.click(_stopper(visitors), None, None, **AT_ONCE)
    clear.click(_clearer(visitors), None, [files, status, hits], **AT_ONCE)

    finder = _Finder(lab, visitors, tuple(knobs))
    by_text = {
        "fn": guard(finder.by_text), "inputs": [query, *knobs.values()], "outputs": hits,
        **QUICK, **HIDDEN,
    }  # fmt: skip
    search.click(**by_text)
    query.submit(**by_text)
    picture.upload(guard(finder.by_upload), [picture, *knobs.values()], hits, **QUICK, **HIDDEN)
    hits.select(guard(finder.by_hit), [*knobs.values()], hits, **QUICK, **HIDDEN)
    for index, chip in enumerate(chips):
        filled = chip.click(None, None, query, js=example_js("query", index=index), **AT_ONCE)
        filled.then(**by_text)
    return []


def gallery_of(lab: Lab, visitors: Visitors, session: str | None) -> Gallery:
    """The visitor's own gallery, made when first needed."""
    visitor = visitors.of(session)
    if visitor.gallery is None:
        visitor.gallery = lab.new_gallery()
    return visitor.gallery


def _buttons(running: bool) -> Any:
    return lambda: (gr.update(interactive=running), gr.update(interactive=not running))


def _failed() -> tuple[Any, ...]:
    return *_buttons(False)(), render.status()


def _runner(lab: Lab, visitors: Visitors) -> Any:
    def index(paths: list[str] | None, request: gr.Request) -> Iterator[str]:
        yield render.status(both("common.starting"), -1)
        gallery = gallery_of(lab, visitors, request.session_hash)
        stop = visitors.of(request.session_hash).begin(JOB)
        event = None
        for event in lab.add_to_gallery(gallery, paths or [], stop):
            rate = f"{event.pictures_per_second:.0f}"
            yield render.status(
                both("gallery.indexing", done=event.done, indexed=event.indexed, rate=rate),
                -1,
                event.skipped,
            )
        if event is None:
            return
        yield render.status(
            both(
                "gallery.indexed",
                total=len(gallery),
                indexed=event.indexed,
                seconds=f"{event.seconds:.1f}",
                rate=f"{event.pictures_per_second:.0f}",
            ),
            skipped=event.skipped,
        )

    return index


def _on_examples(run: Any) -> Any:
    def index_examples(request: gr.Request) -> Iterator[str]:
        if not EXAMPLES.is_dir():
            raise GalleryError("The folder examples is missing; restore it from the repository.")
        pictures = sorted(str(path) for path in EXAMPLES.glob("*.jpg"))
        yield from run(pictures, request)

    return index_examples


def _stopper(visitors: Visitors) -> Any:
    def stop(request: gr.Request) -> None:
        visitors.of(request.session_hash).stop(JOB)

    return stop


def _clearer(visitors: Visitors) -> Any:
    def clear(request: gr.Request) -> tuple[None, str, list[Any]]:
        visitor = visitors.of(request.session_hash)
        visitor.stop(JOB)
        visitor.gallery, visitor.hits = None, []
        return None, render.status(both("gallery.empty")), []

    return clear


class _Finder:
    """The three ways to search, which share a gallery and the way hits are shown."""

    def __init__(self, lab: Lab, visitors: Visitors, names: tuple[str, ...]) -> None:
        self.lab, self.visitors, self.names = lab, visitors, names

    def by_text(self, request: gr.Request, query: str, *rest: Any) -> list[Any]:
        if not (query or "").strip():
            raise PromptError("The search is empty; write what you are looking for.")
        return self._search(query, rest, request)

    def by_upload(self, request: gr.Request, path: str | None, *rest: Any) -> list[Any]:
        if not path:
            raise ImageError("No picture was given; choose one to search by.")
        return self._search(read_picture(path, self.lab.limits), rest, request)

    def by_hit(self, request: gr.Request, event: gr.SelectData, *rest: Any) -> list[Any]:
        hits = self.visitors.of(request.session_hash).hits
        if not isinstance(event.index, int) or not 0 <= event.index < len(hits):
            raise GalleryError("That picture is no longer listed; search again.")
        return self._search(hits[event.index].item.thumbnail, rest, request)

    def _search(self, query: Any, values: tuple[Any, ...], request: gr.Request) -> list[Any]:
        settings = settings_of(SearchSettings, self.names, values)
        gallery = gallery_of(self.lab, self.visitors, request.session_hash)
        hits: list[Hit] = self.lab.search(gallery, query, settings)
        self.visitors.of(request.session_hash).hits = hits
        return [(hit.item.thumbnail, f"{hit.score:.2f} · {hit.item.name}") for hit in hits]
