"""What the gallery tab does: add, find, show in full, download and remove, each for one visitor."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder, is_in_or_equal

from multimodal.errors import GalleryError, ImageError, Message
from multimodal.settings.jobs import SearchSettings
from multimodal.ui.gallery import render as gallery_render
from multimodal.ui.shell import html
from multimodal.ui.shell.adapters import (
    EXAMPLES,
    check_count,
    event_data,
    read_picture,
    settings_of,
)
from multimodal.ui.shell.deployment import is_private
from multimodal.ui.shell.language import both
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab
    from multimodal.search.gallery import Gallery
    from multimodal.search.hits import Hit, Item

JOB = "index"
FULL_SIDE = 2560  # a screen's worth of pixels; larger pictures are scaled down to be shown
MAX_LISTED = 200  # pictures shown when there is no query


def gallery_of(lab: Lab, visitors: Visitors, session: str | None) -> Gallery:
    """The visitor's own gallery, made when first needed."""
    visitor = visitors.of(session)
    if visitor.gallery is None:
        visitor.gallery = lab.new_gallery()
    return visitor.gallery


class GalleryJobs:
    """The handlers of the tab.

    Args:
        demo: the page, asked whether strangers can reach it.
        names: the knobs of SearchSettings in the order of their controls.
    """

    def __init__(
        self, lab: Lab, visitors: Visitors, demo: gr.Blocks, names: tuple[str, ...]
    ) -> None:
        self.lab, self.visitors, self.demo, self.names = lab, visitors, demo, names

    def add(self, paths: list[str] | None, request: gr.Request) -> Iterator[tuple[str, Any]]:
        """Index uploads; gives the status line and, at the end, all pictures."""
        yield html.status(both("common.starting"), -1), gr.skip()
        gallery = self._gallery(request)
        stop = self.visitors.of(request.session_hash).begin(JOB)
        event = None
        for event in self.lab.add_to_gallery(gallery, paths or [], stop):
            share = event.done / event.total if event.total else 0.0
            line = gallery_render.indexing_line(event)
            yield html.status(line, share, event.skipped), gr.skip()
        if event is None or self._gallery(request) is not gallery:  # emptied meanwhile
            return
        line = both(
            "gallery.indexed",
            total=len(gallery),
            indexed=event.indexed,
            seconds=f"{event.seconds:.1f}",
            rate=f"{event.pictures_per_second:.1f}",
        )
        yield html.status(line, skipped=event.skipped), self._listing(request)

    def add_examples(self, request: gr.Request) -> Iterator[tuple[str, Any]]:
        """Index the pictures that come with the lab."""
        if not EXAMPLES.is_dir():
            raise GalleryError("The folder examples is missing; restore it from the repository.")
        yield from self.add(sorted(map(str, EXAMPLES.glob("*.jpg"))), request)

    def add_server_folder(self, folder: str, request: gr.Request) -> Iterator[tuple[str, Any]]:
        """Index a folder of this machine, for the person who sits at it."""
        if not is_private(self.demo, request):
            raise GalleryError("Folders of the server are only read for its own user; upload it.")
        path = Path(os.path.expanduser((folder or "").strip()))
        if not (folder or "").strip() or not path.is_dir():
            raise GalleryError(
                "{folder} is no folder here; write its full path.",
                folder=folder or Message("The name"),
            )
        yield from self.add([str(path)], request)

    def offer_server_folder(self, request: gr.Request) -> Any:
        """Show the box for a folder of this machine where it may be used."""
        return gr.update(visible=is_private(self.demo, request))

    def stop(self, request: gr.Request) -> None:
        """Stop indexing."""
        self.visitors.of(request.session_hash).stop(JOB)

    def clear(self, request: gr.Request) -> tuple[None, str, str]:
        """Forget all pictures."""
        visitor = self.visitors.of(request.session_hash)
        visitor.stop(JOB)
        visitor.gallery, visitor.hits = None, []
        return None, html.status(both("gallery.empty")), html.empty("gallery.empty_hits")

    def search(
        self, request: gr.Request, query: str, pictures: list[str] | None, *values: Any
    ) -> str:
        """Find by words, pictures or both; without either, list the gallery."""
        if not (query or "").strip() and not pictures:
            self._not_empty(request)
            return self._listing(request)
        check_count(len(pictures or []), Message("pictures"))
        images = [read_picture(path, self.lab.limits) for path in pictures or []]
        return self._found(request, query or "", images, values)

    def by_hit(self, request: gr.Request, event: gr.EventData, *values: Any) -> str:
        """Find what is like a picture of the gallery, by the features it has already."""
        _, features = self._gallery(request).find(_id(event))
        return self._found(request, "", [features], values)

    def open(self, request: gr.Request, event: gr.EventData) -> str:
        """A picture of the gallery in full, or its thumbnail where the file is gone."""
        from multimodal.files.originals import read_original
        from multimodal.images import decode

        item, _ = self._gallery(request).find(_id(event))
        try:
            data = read_original(item, self.lab.limits.max_upload_mb)
        except ImageError:
            src = html.data_uri(item.thumbnail or b"", "image/jpeg")
            return gallery_render.full_size(item, src, both("gallery.only_small"))
        image = decode(data, max_megapixels=self.lab.limits.max_megapixels, name=item.name)
        facts = f'<bdi dir="ltr">{image.width} × {image.height} · {_megabytes(data)}</bdi>'
        return gallery_render.full_size(item, html.preview(image, FULL_SIDE), facts)

    def download(self, request: gr.Request, event: gr.EventData) -> Iterator[str]:
        """A zip of the chosen pictures' files; it is gone once it is delivered."""
        from multimodal.files.originals import write_zip

        gallery = self._gallery(request)
        items = [gallery.find(one)[0] for one in _ids(event)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pictures.zip"
            with path.open("wb") as file:
                missing = write_zip(items, file, self.lab.limits.max_upload_mb)
            if missing:
                gr.Warning(both("gallery.missing", count=len(missing)))
            yield str(path)

    def remove(self, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Take the chosen pictures out; gives what is left of the hits, and the status line."""
        visitor, gone = self.visitors.of(request.session_hash), set(_ids(event))
        gallery = self._gallery(request)
        gallery.remove(gone)
        left = [
            replace(hit, alike=tuple(item for item in hit.alike if item.id not in gone))
            for hit in visitor.hits
            if hit.item.id not in gone
        ]
        status = html.status(both("gallery.holds", total=len(gallery)))
        if not left:
            return self._listing(request), status
        visitor.hits = left
        return self._panel(request, left, both("gallery.found", count=len(left))), status

    def _gallery(self, request: gr.Request) -> Gallery:
        return gallery_of(self.lab, self.visitors, request.session_hash)

    def _not_empty(self, request: gr.Request) -> None:
        if not len(self._gallery(request)):
            raise GalleryError("The gallery is empty; add pictures first.")

    def _found(
        self, request: gr.Request, query: str, images: Sequence[Any], values: tuple[Any, ...]
    ) -> str:
        settings = settings_of(SearchSettings, self.names, values)
        hits = self.lab.search(self._gallery(request), query, settings, images)
        self.visitors.of(request.session_hash).hits = hits
        fits = bool(hits) and hits[0].relevant
        title = both("gallery.found", count=len(hits)) if fits else both("gallery.none")
        return self._panel(request, hits, title)

    def _listing(self, request: gr.Request) -> str:
        """The gallery itself, latest first."""
        from multimodal.search.hits import Hit

        items = self._gallery(request).items
        hits = [Hit(item, 0.0) for item in items[::-1][:MAX_LISTED]]
        self.visitors.of(request.session_hash).hits = []
        if not hits:
            return html.empty("gallery.empty_hits")
        title = both("gallery.all", total=len(items), count=len(hits))
        return self._panel(request, hits, title, scored=False)

    def _panel(
        self, request: gr.Request, hits: Sequence[Hit], title: str, scored: bool = True
    ) -> str:
        private = is_private(self.demo, request)

        def shown(item: Item) -> str:
            own = private and not is_in_or_equal(item.path, get_upload_folder())
            return item.path if own else item.name

        return gallery_render.hits_panel(hits, title, shown, scored)


def _megabytes(data: bytes) -> str:
    return f"{len(data) / 1e6:.1f} MB" if len(data) >= 1e6 else f"{len(data) / 1e3:.0f} kB"


def _id(event: gr.EventData) -> str:
    return str(event_data(event).get("id", ""))


def _ids(event: gr.EventData) -> list[str]:
    ids = event_data(event).get("ids")
    return [str(one) for one in ids] if isinstance(ids, list) else []
