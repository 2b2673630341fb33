"""`index` and `search`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multimodal import answers
from multimodal.cli.common import Add, load_lab, read_images, say
from multimodal.settings.fields import from_arguments
from multimodal.settings.jobs import SearchSettings

if TYPE_CHECKING:
    from multimodal.search.library.progress import Update

COUNTS = ("indexed", "unchanged", "changed", "copies", "moved", "deleted")


def add(command: Add) -> None:
    """Add the commands."""
    sub = command("index", _index, "bring a library up to date with files, folders and zips")
    sub.add_argument("sources", nargs="+", metavar="SOURCE")
    sub.add_argument(
        "--library", dest="lib", required=True, type=Path, metavar="LIB", help="its folder"
    )

    sub = command("search", _search, "find pictures of a library", SearchSettings)
    sub.add_argument("lib", type=Path, metavar="LIB")
    sub.add_argument(
        "query", nargs="?", default="", help="words, or a sum such as 'beach + #1 - people'"
    )
    sub.add_argument(
        "--image", action="append", default=[], help="a picture to search by; the first is #1"
    )
    sub.add_argument("--exact", action="store_true", help="compare all vectors, without the index")


def _index(arguments: argparse.Namespace) -> dict[str, Any]:
    lab, state = load_lab(arguments), None
    for state in lab.index_library(arguments.lib, arguments.sources):
        say(_line(state))
    assert state is not None
    return {
        **{name: getattr(state, name) for name in COUNTS},
        "skipped": answers.skipped(state.skipped, answers.by_path),
        "seconds": round(state.seconds, 3),
        "total": state.pictures,
    }


def _line(state: Update) -> str:
    of = f" of {state.total}" if state.total is not None else ""
    left = f", {state.seconds_left:.0f} s left" if state.seconds_left is not None else ""
    return (
        f"{state.done}{of} files, {state.indexed} pictures indexed, "
        f"{state.pictures_per_second:.0f} pictures/s{left}"
    )


def _search(arguments: argparse.Namespace) -> dict[str, Any]:
    settings = from_arguments(SearchSettings, arguments)
    lab = load_lab(arguments)
    with lab.open_library(arguments.lib, arguments.exact) as library:
        images = read_images(lab, arguments.image)
        hits = lab.search(library, arguments.query, settings, images)
        rows: list[dict[str, Any]] = []
        for hit in hits:
            rows.append({"path": hit.item.path, **answers.hit(hit)})
            if hit.alike:
                rows[-1]["alike"] = [item.path for item in hit.alike]
            others = [path for path in library.paths(hit.item) if path != hit.item.path]
            if others:
                rows[-1]["copies"] = others
        return {"hits": rows}
