"""Every figure that the README and the manifest state, measured on pictures never trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from multimodal.errors import SettingError
from multimodal.lab import Lab
from training.evaluation import generators, models
from training.evaluation.bench import JUDGE, Bench, Say

GROUPS = (*models.GROUPS, *generators.GROUPS)


def evaluate(
    lab: Lab,
    names: Sequence[str] = (),
    photos: Path | None = None,
    say: Say = lambda _: None,
    sheets: Path | None = None,
    judge: Path = JUDGE,
) -> dict[str, dict[str, Any]]:
    """Measure the figures whose name starts with one of `names`; all of them without names.

    `sheets` is a folder for contact sheets of what the generators made. Raises SettingError for a
    name that fits no figure, LabError when data cannot be fetched.
    """
    known = [figure for group in GROUPS for figure in group.figures]
    for name in names:
        if not any(figure.startswith(name) for figure in known):
            raise SettingError(
                "No figure is called {name!r}; there are {known}.", name=name, known=tuple(known)
            )
    if sheets:
        sheets.mkdir(parents=True, exist_ok=True)
    bench = Bench(lab, photos, sheets, judge)
    found: dict[str, dict[str, Any]] = {}
    for group in GROUPS:
        wanted = [f for f in group.figures if not names or any(f.startswith(n) for n in names)]
        if wanted:
            say(f"measuring {', '.join(wanted)} ...")
            measured = group.measure(bench)
            found.update({name: measured[name].to_dict() for name in wanted})
    return found
