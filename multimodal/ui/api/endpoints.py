"""The public endpoints: the command line's names, and its JSON, for `gradio_client` and others.

Where the command line says `path` of a file that stays on the server, these say `name`: a client
downloads whatever is called path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.comparison.generators import GENERATORS
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import Settings
from multimodal.settings.jobs import (
    ClassifySettings,
    ReconstructSettings,
    ScoreSettings,
    SearchSettings,
)
from multimodal.settings.learning import LearnSettings
from multimodal.ui.api import clip, gallery, making
from multimodal.ui.api.inputs import with_knobs
from multimodal.ui.shell.adapters import QUICK, SLOW, guard
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

Endpoint = Callable[..., Any]


def build(lab: Lab, visitors: Visitors) -> None:
    """Offer the endpoints of the current Blocks."""
    _offer(clip.score(lab), ScoreSettings, QUICK)
    _offer(clip.classify(lab), ClassifySettings, QUICK)
    _offer(clip.where(lab), None, SLOW)
    _offer(clip.accuracy(lab, visitors), ClassifySettings, SLOW)
    _offer(gallery.index(lab, visitors), None, SLOW)
    _offer(gallery.search(lab, visitors), SearchSettings, QUICK)
    _offer(gallery.remove(lab, visitors), None, QUICK)
    for generator in GENERATORS.values():
        _offer(making.generate(lab, visitors, generator), generator.settings, SLOW)
    _offer(making.compare(lab, visitors), CompareSettings, SLOW)
    _offer(making.learn(lab, visitors), LearnSettings, SLOW)
    _offer(making.reconstruct(lab), ReconstructSettings, QUICK)


def _offer(function: Endpoint, cls: type[Settings] | None, group: dict[str, Any]) -> None:
    limits = {key: group[key] for key in ("concurrency_limit", "concurrency_id")}
    endpoint = guard(with_knobs(function, cls) if cls else function, plain=True)
    gr.api(endpoint, api_name=function.__name__, **limits)
