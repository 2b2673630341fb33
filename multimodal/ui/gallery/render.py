"""What the gallery tab shows, as HTML: hits with their buttons, a picture in full. All escaped."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from multimodal.csv_export import to_csv
from multimodal.ui.shell.html import data_uri
from multimodal.ui.shell.language import both

if TYPE_CHECKING:
    from multimodal.search.gallery import Indexing
    from multimodal.search.hits import Hit, Item

#: What a picture is called in lists: its path where that means something to the visitor.
Shown = Callable[["Item"], str]

#: Runs once; the panel's content changes below `element`. A button says by `data-act` what it does.
SCRIPT = """
const chosen = () => [...element.querySelectorAll("input[name=hit]:checked")];
const mark = () => element.querySelectorAll("[data-act=remove]").forEach(
  (button) => { button.disabled = chosen().length === 0; });
const copy = async (text) => {
  try { await navigator.clipboard.writeText(text); } catch (error) {  // not on plain http
    const box = document.createElement("textarea");
    box.value = text;
    element.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
};
element.addEventListener("change", mark);
// The gallery goes with the page: whoever reloads or leaves is asked first.
window.addEventListener("beforeunload", (event) => {
  if (element.querySelector(".found")) event.preventDefault();
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const { act, id } = button.dataset;
  const boxes = chosen().length ? chosen() : [...element.querySelectorAll("input[name=hit]")];
  const ids = boxes.map((box) => box.value);
  if (act === "find") trigger("select", { id });
  if (act === "open") trigger("click", { id });
  if (act === "zip") trigger("download", { ids });
  if (act === "remove") trigger("delete", { ids: chosen().map((box) => box.value) });
  if (act === "copy") copy(boxes.map((box) => box.dataset.path).join("\\n")).then(() => {
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  });
});
"""
SHOW_FULL = "() => { document.querySelector('#gallery-full dialog')?.showModal(); }"
FETCH_ZIP = "() => { setTimeout(() => document.querySelector('#gallery-zip')?.click(), 300); }"


def hits_panel(hits: Sequence[Hit], title: str, shown: Shown, scored: bool = True) -> str:
    """Hits as a grid with their buttons; `title` is HTML, and without scores it is a listing."""
    if not hits:
        return f'<div class="found"><p class="title" role="status">{title}</p></div>'
    cards = "".join(_card(hit, shown, scored) for hit in hits)
    return (
        f'<div class="found"><p class="title" role="status">{title}</p>{_tools(hits, shown)}'
        f'<div class="hits">{cards}</div><p class="meaning">{both("gallery.chosen_hint")}</p></div>'
    )


def full_size(item: Item, src: str, facts: str) -> str:
    """One picture in full, over the page; `facts` is HTML."""
    return (
        f'<dialog class="full"><form method="dialog"><button>{both("gallery.close")}</button>'
        f'</form><img src="{src}" alt="{_safe(item.name)}">'
        f'<p><bdi>{_safe(item.name)}</bdi> <span class="facts">{facts}</span></p></dialog>'
    )


def indexing_line(event: Indexing) -> str:
    """How far indexing is, how fast, and how long it will take."""
    left = event.seconds_left
    return both(
        "gallery.indexing",
        done=event.done,
        total=event.total,
        indexed=event.indexed,
        rate=f"{event.pictures_per_second:.1f}",
        left="…" if left is None else f"{left:.0f}",
    )


def as_csv(hits: Sequence[Hit], shown: Shown) -> str:
    """The list of hits as a spreadsheet reads it."""
    rows = (
        [
            shown(hit.item),
            f"{hit.score:.4f}",
            f"{hit.fit:.2f}",
            str(hit.relevant).lower(),
            " | ".join(map(shown, hit.alike)),
        ]
        for hit in hits
    )
    return to_csv(["picture", "score", "fit", "relevant", "alike"], rows)


def as_json(hits: Sequence[Hit], shown: Shown) -> str:
    """The list of hits as JSON."""
    rows = [
        {
            "picture": shown(hit.item),
            "score": round(hit.score, 4),
            "fit": round(hit.fit, 2),
            "relevant": hit.relevant,
            "alike": [shown(item) for item in hit.alike],
        }
        for hit in hits
    ]
    return json.dumps({"hits": rows}, ensure_ascii=False, indent=1)


def _tools(hits: Sequence[Hit], shown: Shown) -> str:
    csv_address = data_uri(b"\xef\xbb\xbf" + as_csv(hits, shown).encode(), "text/csv")
    json_address = data_uri(as_json(hits, shown).encode(), "application/json")
    return (
        f'<div class="tools"><button data-act="zip">{both("gallery.zip")}</button>'
        f'<a href="{csv_address}" download="hits.csv">CSV</a>'
        f'<a href="{json_address}" download="hits.json">JSON</a>'
        f'<button data-act="copy">{both("gallery.copy")}</button>'
        f'<button data-act="remove" disabled>{both("gallery.remove")}</button></div>'
    )


def _card(hit: Hit, shown: Shown, scored: bool) -> str:
    item = hit.item
    name, path = _safe(item.name), _safe(shown(item))
    short = _safe(item.name.rsplit("/", 1)[-1])
    score = f'<bdi class="score" dir="ltr">{hit.score:.2f}</bdi>' if scored else ""
    alike = ""
    if hit.alike:
        others = "".join(_small(other) for other in hit.alike)
        count = both("gallery.alike", count=len(hit.alike))
        alike = f"<details><summary>{count}</summary><div>{others}</div></details>"
    faint = "" if hit.relevant else " faint"
    return (
        f'<figure class="hit{faint}"><button data-act="find" data-id="{item.id}" '
        f'title="{name}"><img src="{_thumbnail(item)}" alt="{name}"></button>'
        f'<figcaption><label><input type="checkbox" name="hit" value="{item.id}" '
        f'data-path="{path}"><span class="unseen">{both("gallery.choose")}</span></label>'
        f'{score}<bdi class="name" title="{name}">{short}</bdi>'
        f'<button class="open" data-act="open" data-id="{item.id}">'
        f'<span class="unseen">{both("gallery.open")}</span>{_EXPAND}</button></figcaption>'
        f"{alike}</figure>"
    )


def _small(item: Item) -> str:
    name = _safe(item.name)
    return (
        f'<button data-act="open" data-id="{item.id}" title="{name}">'
        f'<img src="{_thumbnail(item)}" alt="{name}"></button>'
    )


def _thumbnail(item: Item) -> str:
    return data_uri(item.thumbnail or b"", "image/jpeg")


def _safe(text: str) -> str:
    """Escaped for HTML, and for gradio, which fills templates in braces."""
    return escape(text).replace("{", "&#123;").replace("$", "&#36;")


_EXPAND = (
    '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M9 2h5v5M14 2L9 7M7 14H2V9M2 14l5-5" '
    'fill="none" stroke="currentColor" stroke-width="1.6"/></svg>'
)
