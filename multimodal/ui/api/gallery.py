"""The endpoints of a session's gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal import answers
from multimodal.errors import PromptError
from multimodal.settings.jobs import SearchSettings
from multimodal.ui.api.inputs import upload_paths
from multimodal.ui.gallery.jobs import gallery_of
from multimodal.ui.shell.adapters import read_picture
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab
    from multimodal.search.hits import Item


def index(lab: Lab, visitors: Visitors) -> Callable[..., Iterator[dict]]:
    """/index"""

    def index(request: gr.Request, files: list[dict]) -> Iterator[dict]:
        """Add pictures and zips to the gallery of this session."""
        gallery = gallery_of(lab, visitors, request.session_hash)
        stop = visitors.of(request.session_hash).begin("index")
        for event in lab.add_to_gallery(gallery, upload_paths(files), stop):
            yield {
                "indexed": event.indexed,
                "skipped": answers.skipped(event.skipped, answers.by_name),
                "seconds": round(event.seconds, 3),
                "seconds_left": event.seconds_left,
                "done": event.done,
                "files": event.total,
                "total": len(gallery),
            }

    return index


def search(lab: Lab, visitors: Visitors) -> Callable[..., dict]:
    """/search"""

    def search(
        request: gr.Request, query: Any = "", pictures: list[dict] | None = None, **knobs: Any
    ) -> dict:
        """Find pictures of this session's gallery by words, by uploaded pictures (`#1`, `#2` in
        the words) or by a sum of both. A query that is itself an upload counts as a picture."""
        given = [query] if isinstance(query, dict) else list(pictures or [])
        images = [read_picture(path, lab.limits) for path in upload_paths(given)] if given else []
        words = "" if isinstance(query, dict) else query
        gallery = gallery_of(lab, visitors, request.session_hash)
        hits = lab.search(gallery, words, SearchSettings(**knobs), images)
        return {
            "hits": [
                {**_named(hit.item), **answers.hit(hit), "alike": [*map(_named, hit.alike)]}
                for hit in hits
            ]
        }

    return search


def remove(lab: Lab, visitors: Visitors) -> Callable[..., dict]:
    """/remove"""

    def remove(request: gr.Request, ids: list[str]) -> dict:
        """Take pictures out of this session's gallery, by the ids that a search gives."""
        if not isinstance(ids, list):
            raise PromptError("The ids must be a list; take them from a search.")
        gallery = gallery_of(lab, visitors, request.session_hash)
        return {"removed": gallery.remove([str(one) for one in ids]), "total": len(gallery)}

    return remove


def _named(item: Item) -> dict[str, str]:
    return {"name": item.name, "id": item.id}
