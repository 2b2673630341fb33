"""What the CLIP tab shows, as HTML: the table, pairs, label cards, maps, accuracy. All escaped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from multimodal import answers
from multimodal.ui.shell.html import data_uri, figure, preview
from multimodal.ui.shell.language import both

if TYPE_CHECKING:
    from multimodal.clip.accuracy import Accuracy
    from multimodal.clip.occlusion import Heat
    from multimodal.clip.scoring import Pairs

PLAIN_NUMBERS = {"cosine": ".3f", "logits": ".2f"}  # views that are no probabilities


def heat_table(
    thumbnails: Sequence[str],
    names: Sequence[str],
    captions: Sequence[str],
    values: Sequence[Sequence[float]],
    view: str,
) -> str:
    """Captions by pictures; `values` (n pictures, m captions) of one of scoring.VIEWS. The best
    caption of each picture has a frame, the best picture of each caption a dot."""
    flat = [value for row in values for value in row]
    plain = PLAIN_NUMBERS.get(view)
    low, high = (min(flat), max(flat)) if plain else (0.0, 1.0)
    head = "".join(
        f'<th scope="col"><img src="{src}" alt="{escape(name)}"></th>'
        for src, name in zip(thumbnails, names, strict=True)
    )
    rows = []
    for column, caption in enumerate(captions):
        cells = []
        for picture in values:
            value = picture[column]
            marks = []
            if len(captions) > 1 and value == max(picture):
                marks.append("best")
            if len(values) > 1 and value == max(row[column] for row in values):
                marks.append("first")
            kind = f' class="{" ".join(marks)}"' if marks else ""
            share = (value - low) / (high - low) if high > low else 1.0
            text = f"{value:{plain}}" if plain else f"{100 * value:.0f} %"
            cells.append(f'<td{kind}><span style="--p:{share:.3f}">{text}</span></td>')
        rows.append(f'<tr><th scope="row" dir="auto">{escape(caption)}</th>{"".join(cells)}</tr>')
    return (
        f'<div class="scroll" tabindex="0"><table class="heat"><thead><tr><td></td>{head}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>"
        f'<p class="meaning">{both(f"clip.meaning_{view}")} {both("clip.meaning_marks")}</p>'
    )


def label_cards(
    thumbnails: Sequence[str], names: Sequence[str], found: Sequence[Sequence[tuple[str, float]]]
) -> str:
    """A card a picture, with a bar for each label and its probability."""
    cards = []
    for src, name, scores in zip(thumbnails, names, found, strict=True):
        bars = "".join(
            f"<li><bdi>{_label(label)}</bdi><bdi>{100 * probability:.1f} %</bdi>"
            f'<span class="track"><i style="--p:{probability:.3f}"></i></span></li>'
            for label, probability in scores
        )
        cards.append(
            f'<div class="card"><img src="{src}" alt="{escape(name)}"><ol>{bars}</ol></div>'
        )
    return f'<div class="cards">{"".join(cards)}</div>'


def downloads(name: str, facts: Any, table: str | None = None) -> str:
    """Links that save what is shown as JSON, and a table as CSV."""
    files = [("json", "application/json", json.dumps(facts, ensure_ascii=False, indent=1))]
    if table is not None:
        files.append(("csv", "text/csv", "\ufeff" + table))  # the mark makes spreadsheets see UTF-8
    links = "".join(
        f'<a class="download" download="{name}.{kind}" href="{data_uri(text.encode(), mime)}">'
        f"{kind.upper()}</a>"
        for kind, mime, text in files
    )
    return f'<p class="downloads">{both("common.download")} {links}</p>'


def scale_line(scale: float) -> str:
    """The logit scale in use."""
    return f'<p class="meaning">{both("clip.scale", scale=f"{scale:.1f}")}</p>'


def pairs_panel(pairs: Pairs) -> str:
    """What the matrix says when picture i belongs to caption i, folded away."""
    recalls = "".join(
        f"<tr><th scope='row'>{both(f'clip.pairs_{side}')}</th><td><bdi>{loss:.3f}</bdi></td>"
        + "".join(f"<td><bdi>{100 * share:.0f} %</bdi></td>" for share in recall.values())
        + "</tr>"
        for side, loss, recall in (
            ("image", pairs.image_loss, pairs.image_recall),
            ("text", pairs.text_loss, pairs.text_recall),
        )
    )
    head = "".join(f"<th>R@{k}</th>" for k in pairs.image_recall)
    diagonal = " ".join(f"{value:.3f}" for value in pairs.diagonal)
    return (
        f"<details class='pairs'><summary>{both('clip.pairs')}</summary>"
        f"<p>{both('clip.pairs_idea')}</p><table class='figures'><thead><tr><td></td>"
        f"<th>{both('clip.pairs_loss')}</th>{head}</tr></thead><tbody>{recalls}</tbody></table>"
        f"<p>{both('clip.pairs_sum', loss=f'{pairs.loss:.3f}', diagonal=diagonal)}</p></details>"
    )


def heat_figure(heat: Heat, name: str) -> str:
    """A map over its picture."""
    key = "clip.where_faint" if heat.faint else "clip.where_cosine"
    caption = f'<bdi dir="auto">{escape(name)}</bdi> {both(key, cosine=f"{heat.cosine:.3f}")}'
    return figure(preview(heat.overlay()), caption)


def accuracy_panel(accuracy: Accuracy, picture: str) -> str:
    """The shares that were right, the confusion matrix, and a table of the classes, folded."""
    rows = "".join(
        f"<tr><th scope='row' dir='auto'>{escape(row.name)}</th><td><bdi>{row.count}</bdi></td>"
        f"<td><bdi>{100 * row.top1:.0f} %</bdi></td><td><bdi>{100 * row.top5:.0f} %</bdi></td>"
        f"<td dir='auto'>{escape(row.taken_for)}</td></tr>"
        for row in accuracy.classes()
    )
    head = "".join(
        f"<th>{both(f'clip.accuracy_{name}')}</th>"
        for name in ("class", "count", "top1", "top5", "taken_for")
    )
    summary = both(
        "clip.accuracy_sum",
        top1=f"{100 * accuracy.top1:.1f}",
        top5=f"{100 * accuracy.top5:.1f}",
        count=accuracy.total,
        classes=len(accuracy.names),
    )
    return (
        f"<p class='big'>{summary}</p><figure class='matrix'><img src='{picture}' alt=''>"
        f"<figcaption>{both('clip.accuracy_matrix')}</figcaption></figure>"
        f"<details class='pairs'><summary>{both('clip.accuracy_table')}</summary>"
        f"<div class='scroll'><table class='figures'><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details>"
        f"{downloads('accuracy', answers.accuracy(accuracy, answers.by_name))}"
    )


def _label(label: str) -> str:
    """A label; "none of these" is the page's own word and is translated."""
    return both("clip.none_of_these") if label == "none of these" else escape(label)
