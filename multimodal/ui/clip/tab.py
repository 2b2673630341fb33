"""The CLIP tab: a table of pictures and captions, and zero-shot classification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal import answers
from multimodal.errors import Message, PromptError
from multimodal.prompts import normalise
from multimodal.settings.jobs import VIEWS, ClassifySettings, ScoreSettings
from multimodal.ui.clip import accuracy as clip_accuracy
from multimodal.ui.clip import example as clip_example
from multimodal.ui.clip import render as clip_render
from multimodal.ui.clip import where as clip_where
from multimodal.ui.shell import diagrams, html
from multimodal.ui.shell.adapters import (
    AT_ONCE,
    EXAMPLES,
    HIDDEN,
    QUICK,
    check_count,
    controls,
    guard,
    read_pictures,
    settings_of,
)
from multimodal.ui.shell.inputs import pictures_input
from multimodal.ui.shell.language import both, example_js, t
from multimodal.ui.shell.tabs import Tab
from multimodal.ui.shell.visitors import Visitors
from multimodal.ui.texts import EXAMPLES as EXAMPLE_TEXTS

if TYPE_CHECKING:
    from multimodal.lab import Lab

EXAMPLE_SETS = (
    clip_example.PICTURES,
    ("cat.jpg", "rose.jpg", "strawberry.jpg", "motorbike.jpg"),
)


def build(lab: Lab, visitors: Visitors) -> Tab:
    """Lay out the tab."""
    gr.HTML(html.intro("clip", diagrams.matrix()))
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            pictures = pictures_input(
                value=_example_set(0), label=t("clip.pictures"), columns=4, height=200,
                elem_id="clip-pictures",
            )  # fmt: skip
            captions = gr.Textbox(
                EXAMPLE_TEXTS["captions"][0][0],
                label=t("clip.captions"),
                placeholder=t("clip.captions_placeholder"),
                lines=4,
                max_lines=12,
                elem_id="clip-captions",
            )
            score = gr.Button(t("clip.score"), variant="primary", elem_id="clip-score")
            gr.HTML(f'<p class="label-line">{both("common.examples")}</p>')
            with gr.Row(elem_classes="chips"):
                chips = [
                    gr.Button(t(f"example.captions.{i}"), size="sm", elem_id=f"clip-example-{i}")
                    for i in range(len(EXAMPLE_SETS))
                ]
            score_knobs = controls(ScoreSettings, lab.limits, fold=True)
        with gr.Column(scale=6, min_width=300):
            view = gr.Radio(
                [(t(f"clip.view_{name}"), name) for name in VIEWS],
                value=VIEWS[0],
                label=t("clip.view"),
                elem_id="clip-view",
            )
            table = gr.HTML(clip_example.table(), elem_id="clip-table")
            note = gr.HTML()
    tables = gr.State({})
    score_run = {
        "fn": guard(_scorer(lab, tuple(score_knobs))),
        "inputs": [pictures, captions, view, *score_knobs.values()],
        "outputs": [table, note, tables],
        **QUICK,
        **HIDDEN,
    }
    score.click(**score_run)
    view.input(_show, [view, tables], table, **AT_ONCE)

    gr.HTML(
        f'<div class="section"><h3>{both("clip.classify_title")}</h3>'
        f"<p>{both('clip.classify_idea')}</p></div>"
    )
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            labels = gr.Textbox(
                EXAMPLE_TEXTS["labels"][0][0], label=t("clip.labels"), elem_id="clip-labels"
            )
            classify = gr.Button(t("clip.classify"), variant="primary", elem_id="clip-classify")
            gr.HTML(f'<p class="label-line">{both("common.examples")}</p>')
            with gr.Row(elem_classes="chips"):
                label_chips = [
                    gr.Button(t(f"example.labels.{i}"), size="sm", elem_id=f"clip-labels-{i}")
                    for i in range(len(EXAMPLE_TEXTS["labels"]))
                ]
            knobs = controls(ClassifySettings, lab.limits, fold=True)
        with gr.Column(scale=6, min_width=300):
            cards = gr.HTML(clip_example.cards(), elem_id="clip-cards")
    classify_run = {
        "fn": guard(_classifier(lab, tuple(knobs))),
        "inputs": [pictures, labels, *knobs.values()],
        "outputs": cards,
        **QUICK,
        **HIDDEN,
    }
    classify.click(**classify_run)
    for index, chip in enumerate(chips):
        chosen = _example_set(index)
        filled = chip.click(None, None, captions, js=example_js("captions", index=index), **AT_ONCE)
        filled.then(_constant(chosen), None, pictures, **AT_ONCE).then(**score_run)
    for index, chip in enumerate(label_chips):
        filled = chip.click(None, None, labels, js=example_js("labels", index=index), **AT_ONCE)
        filled.then(**classify_run)
    words = clip_where.build(lab, pictures)
    clip_accuracy.build(lab, visitors, knobs)
    texts = ((captions, "captions"), (labels, "labels"), (knobs["template"], "template"))
    return Tab(captions, pictures, "clip-score", (*texts, (words, "where")))


def _example_set(index: int) -> list[str]:
    return [str(EXAMPLES / name) for name in EXAMPLE_SETS[index] if (EXAMPLES / name).exists()]


def _constant(value: Any) -> Any:
    return lambda: value


def _show(view: str, tables: dict[str, str]) -> str:
    return tables.get(view) or clip_example.table()


def _scorer(lab: Lab, names: tuple[str, ...]) -> Any:
    def score(
        paths: list[str], captions: str, view: str, *values: Any
    ) -> Iterator[tuple[Any, str, dict[str, str] | Any]]:
        yield gr.skip(), html.status(both("common.starting"), -1), gr.skip()
        settings = settings_of(ScoreSettings, names, values)
        images, files, skipped = read_pictures(paths, lab.limits)
        texts = [line for line in map(normalise, (captions or "").splitlines()) if line]
        if not texts:
            raise PromptError("There are no captions; write at least one, one per line.")
        check_count(len(texts), Message("captions"))
        scores = lab.score(images, texts, settings)
        thumbnails = [html.preview(image, html.THUMBNAIL) for image in images]
        below = clip_render.scale_line(scores.logit_scale)
        if len(images) == len(texts) > 1:
            below += clip_render.pairs_panel(scores.pairs())
        facts = {"images": files, "texts": texts, **scores.to_dict()}
        below += clip_render.downloads("scores", facts, scores.to_csv(files, texts))
        tables = {
            name: clip_render.heat_table(thumbnails, files, texts, scores.view(name).tolist(), name)
            + below
            for name in VIEWS
        }
        yield tables[view], html.status(skipped=skipped) if skipped else "", tables

    return score


def _classifier(lab: Lab, names: tuple[str, ...]) -> Any:
    def classify(paths: list[str], labels: str, *values: Any) -> str:
        settings = settings_of(ClassifySettings, names, values)
        images, files, skipped = read_pictures(paths, lab.limits)
        found = lab.classify(images, labels or "", settings)
        thumbnails = [html.preview(image, html.THUMBNAIL) for image in images]
        note = html.status(skipped=skipped) if skipped else ""
        facts = answers.classified(files, found)
        meaning = f'<p class="meaning">{both(f"clip.classify_{_kind(settings)}")}</p>'
        shares = [[(one.label, one.probability) for one in row] for row in found]
        cards = clip_render.label_cards(thumbnails, files, shares)
        return cards + meaning + clip_render.downloads("labels", facts) + note

    return classify


def _kind(settings: ClassifySettings) -> str:
    if settings.independent:
        return "independent"
    return "none" if settings.none_of_these else "softmax"
