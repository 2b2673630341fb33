"""The endpoints that compare pictures with words."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal import answers
from multimodal.errors import Message
from multimodal.settings.jobs import ClassifySettings, ScoreSettings
from multimodal.ui.api.inputs import checked_texts, upload_name, upload_paths
from multimodal.ui.shell.adapters import read_picture, read_pictures
from multimodal.ui.shell.html import png
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab


def score(lab: Lab) -> Callable[..., dict]:
    """/score"""

    def score(
        request: gr.Request,
        images: list[dict],
        texts: list[str],
        pairs: bool = False,
        **knobs: Any,
    ) -> dict:
        """Compare pictures with captions; with `pairs`, picture i belongs to caption i."""
        pictures, _, _ = read_pictures(upload_paths(images), lab.limits)
        captions = checked_texts(texts, Message("captions"))
        scores = lab.score(pictures, captions, ScoreSettings(**knobs))
        names = [upload_name(image) for image in images]
        answer = {"images": names, "texts": captions, **scores.to_dict()}
        return {**answer, "pairs": scores.pairs().to_dict()} if pairs else answer

    return score


def classify(lab: Lab) -> Callable[..., dict]:
    """/classify"""

    def classify(request: gr.Request, images: list[dict], labels: str, **knobs: Any) -> dict:
        """Sort pictures under labels, separated by commas; best first."""
        pictures, _, _ = read_pictures(upload_paths(images), lab.limits)
        found = lab.classify(pictures, labels, ClassifySettings(**knobs))
        return answers.classified([upload_name(image) for image in images], found)

    return classify


def where(lab: Lab) -> Callable[..., dict]:
    """/where"""

    def where(image: dict, text: str) -> dict:
        """A map of the regions that carry the match of a picture and a caption."""
        heat = lab.where(read_picture(upload_paths([image])[0], lab.limits), text)
        drawn = base64.b64encode(png(heat.overlay())).decode("ascii")
        return {**answers.heat(heat), "png_base64": drawn}

    return where


def accuracy(lab: Lab, visitors: Visitors) -> Callable[..., Iterator[dict]]:
    """/accuracy"""

    def accuracy(request: gr.Request, archive: dict, **knobs: Any) -> Iterator[dict]:
        """Zero-shot accuracy on a zip of class-named folders; streams the figures so far."""
        settings = ClassifySettings(**knobs)
        stop = visitors.of(request.session_hash).begin("accuracy")
        for found in lab.accuracy(upload_paths([archive]), settings, stop):
            yield answers.accuracy(found, answers.by_name)

    return accuracy
