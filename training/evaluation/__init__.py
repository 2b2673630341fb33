"""Every figure that the documents and the manifests state, on pictures never trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from multimodal.errors import SettingError
from multimodal.lab import Lab
from training.data.photos import validation_photos
from training.evaluation import generators, models
from training.evaluation.eval_data import JUDGE, EvalData, Group, Say

GROUPS = (*models.GROUPS, *generators.GROUPS)


def fetch_data(names: Sequence[str] = (), photos: Path | None = None) -> None:
    """Check the names of figures, and fetch and render what they are measured on.

    To be called before anything that takes long. Raises SettingError for a name that fits no
    figure, LabError when data cannot be fetched or `photos` holds none.
    """
    for group, _ in _wanted(names):
        group.fetch()
    if photos:
        validation_photos(photos)


def evaluate(
    lab: Lab,
    names: Sequence[str] = (),
    photos: Path | None = None,
    say: Say = lambda _: None,
    sheets: Path | None = None,
    judge: Path = JUDGE,
) -> dict[str, dict[str, Any]]:
    """Measure the figures whose name starts with one of `names`; all of them without names.

    `sheets` is a folder for contact sheets of what the generators made. Raises what `fetch_data`
    does.
    """
    fetch_data(names, photos)
    if sheets:
        sheets.mkdir(parents=True, exist_ok=True)
    data = EvalData(lab, photos, sheets, judge)
    found: dict[str, dict[str, Any]] = {}
    for group, wanted in _wanted(names):
        say(f"measuring {', '.join(wanted)} ...")
        measured = group.measure(data)
        found.update({name: measured[name].to_dict() for name in wanted})
    return found


def _wanted(names: Sequence[str]) -> list[tuple[Group, list[str]]]:
    """The groups that measure figures whose name starts with one of `names`, and these figures."""
    known = [figure for group in GROUPS for figure in group.figures]
    for name in names:
        if not any(figure.startswith(name) for figure in known):
            raise SettingError(
                "No figure is called {name!r}; there are {known}.", name=name, known=tuple(known)
            )
    starts = tuple(names) or ("",)
    chosen = [(group, [f for f in group.figures if f.startswith(starts)]) for group in GROUPS]
    return [(group, figures) for group, figures in chosen if figures]
