"""One prompt, one seed, every generator in turn: their pictures side by side.

All pictures are scored by the same CLIP, each as a whole and as everybody else would see it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from threading import Event
from typing import Any

from torch import Tensor

from multimodal.comparison.generators import (
    GENERATORS,
    Events,
    Generator,
    Given,
    begin,
    num_parameters,
)
from multimodal.errors import LabError, PromptError
from multimodal.events import Picture, Progress, Result
from multimodal.models.features import clip_scores, encode_texts
from multimodal.models.loaded import LoadedModels
from multimodal.prompts import WeightedPrompt, normalise, parse_story
from multimodal.search.hits import Hit
from multimodal.settings.comparing import CompareSettings


@dataclass(frozen=True)
class Entry:
    """One generator's part in a comparison.

    Args:
        parameters: of all nets at work; None where they could not be loaded.
        event: the latest of its run; None before it begins.
        picture: its best one, with the score that is compared; None until it ends.
        error: why it has none.
    """

    generator: Generator
    parameters: int | None = None
    event: Progress | Result | None = None
    picture: Picture | None = None
    error: str = ""

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        if self.event is None:
            return 0
        return self.event.steps if isinstance(self.event, Result) else self.event.step

    @property
    def seconds(self) -> float:
        """Seconds it ran so far, loading excluded."""
        return self.event.seconds if self.event is not None else 0.0

    @property
    def running(self) -> bool:
        """Whether it has begun and not ended."""
        return isinstance(self.event, Progress) and not self.error

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what is known, and all that its picture was made with."""
        row: dict[str, Any] = {"generator": self.generator.name}
        if self.picture is not None:
            row["seed"] = self.picture.seed
            row["clip_score"] = round(self.picture.clip_score, 4)
        row |= {
            "steered_by_clip": self.generator.steered_by_clip,
            "seconds": round(self.seconds, 3),
            "steps": self.steps,
            "parameters": self.parameters,
        }
        if self.error:
            row["error"] = self.error
        if self.picture is not None:
            row["settings"] = self.picture.settings
        if isinstance(self.event, Result):
            row |= {"stopped": self.event.stopped, "ended": self.event.message}
            if self.event.curve:
                row["curve"] = [round(value, 4) for value in self.event.curve]
            streams = self.event.streams_json()
            if streams["candidates"]:
                row["stream"] = streams
        return row


@dataclass(frozen=True)
class Found:
    """The best picture of a gallery for the prompt; None with the reason in `error`."""

    hit: Hit | None = None
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        if self.hit is None:
            return {"error": self.error}
        score = round(self.hit.score, 4)
        return {"name": self.hit.item.name, "clip_score": score, "relevant": self.hit.relevant}


@dataclass(frozen=True)
class Comparing(Progress):
    """How far a comparison has come: `step` and `total` count those generators that have begun,
    `seconds_left` is of the one that runs, whose preview is `image`."""

    entries: tuple[Entry, ...] = ()
    found: Found | None = None


@dataclass(frozen=True)
class Comparison(Result):
    """The end of a comparison; `pictures` are the entries' own, best first. `found` is None where
    no gallery was asked."""

    prompt: str = ""
    settings: CompareSettings = field(default_factory=CompareSettings)
    entries: tuple[Entry, ...] = ()
    found: Found | None = None

    @property
    def best(self) -> Entry | None:
        """The entry with the highest CLIP score; None where fewer than two have a picture."""
        scored = [(e.picture.clip_score, e) for e in self.entries if e.picture is not None]
        return max(scored, key=lambda pair: pair[0])[1] if len(scored) > 1 else None

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pictures themselves, for JSON."""
        best = self.best
        return {
            "prompt": self.prompt,
            "settings": asdict(self.settings),
            "best": best.generator.name if best is not None else None,
            "generators": [entry.to_dict() for entry in self.entries],
            "gallery": None if self.found is None else self.found.to_dict(),
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
        }


def compare(
    models: LoadedModels,
    prompt: str,
    settings: CompareSettings,
    given: Given,
    find: Callable[[Tensor], Hit] | None = None,
) -> Iterator[Comparing | Comparison]:
    """Make a picture of a prompt with every one of GENERATORS, one after another.

    Args:
        given: the limits and what stops the runs; the generators get no more of it.
        find: the picture of a gallery that fits text_features (d,) best.

    Yields Comparing at every step of a generator, then one Comparison. What one of them refuses
    or fails at is said in its entry, and the others go on. After `stop` the run in flight keeps
    its picture, and those behind it do not begin.
    Raises PromptError for a prompt that is not plain words, and whatever the generators refused
    where all of them did.
    """
    text = normalise(prompt)
    if parse_story(prompt) != [[WeightedPrompt(text)]]:
        raise PromptError(
            "A comparison takes plain words, which all generators read alike; leave out weights, "
            "| or ^."
        )
    stop = given.stop or Event()
    given = replace(given, stop=stop)
    with models.lock:
        wanted = encode_texts(models.clip, [text])
    entries, runs, errors = [], [], []
    for generator in GENERATORS.values():
        entry, run = Entry(generator), None
        try:
            chosen = generator.compared(settings)
            entry = replace(entry, parameters=num_parameters(generator.nets(models, chosen)))
            run = begin(models, prompt, chosen, given)
        except LabError as error:
            entry = replace(entry, error=error.message)
            errors.append(error)
        entries.append(entry)
        runs.append(run)
    if len(errors) == len(entries):
        raise errors[0]
    found = None if find is None else _found(find, wanted[0].cpu())
    return _compare(models, entries, runs, wanted, prompt, settings, found, stop)


def _compare(
    models: LoadedModels,
    entries: list[Entry],
    runs: list[Events | None],
    wanted: Tensor,
    prompt: str,
    settings: CompareSettings,
    found: Found | None,
    stop: Event,
) -> Iterator[Comparing | Comparison]:
    began = time.monotonic()

    def so_far(event: Progress | Result | None) -> Comparing:
        """Where all entries stand, while or after `event` came from one of them."""
        total = sum(e.event.total if isinstance(e.event, Progress) else e.steps for e in entries)
        seconds = time.monotonic() - began
        step, shown = sum(entry.steps for entry in entries), tuple(entries)
        if not isinstance(event, Progress):
            return Comparing(step, total, entries=shown, found=found, seconds=seconds)
        return Comparing(
            step, total, event.image, event.images, event.score, event.seconds_left,
            entries=shown, found=found, seconds=seconds,
        )  # fmt: skip

    for place, run in enumerate(runs):
        if run is None or stop.is_set():
            continue
        try:
            for event in run:
                picture = None
                if isinstance(event, Result):
                    with models.lock:
                        picture = _judged(models, event, wanted)
                entries[place] = replace(entries[place], event=event, picture=picture)
                yield so_far(event)
        except LabError as error:
            entries[place] = replace(entries[place], error=error.message)
            yield so_far(None)
    pictures = [entry.picture for entry in entries if entry.picture is not None]
    yield Comparison(
        tuple(sorted(pictures, key=lambda picture: -picture.clip_score)),
        sum(entry.steps for entry in entries),
        seconds=time.monotonic() - began,
        stopped=stop.is_set(),
        prompt=prompt,
        settings=settings,
        entries=tuple(entries),
        found=found,
    )


def _judged(models: LoadedModels, result: Result, wanted: Tensor) -> Picture | None:
    """A run's best picture, scored for the comparison by text_features `wanted` (1, d)."""
    if not result.pictures:
        return None
    (score,) = clip_scores(models.clip, [result.image], wanted)
    return replace(result.pictures[0], clip_score=score)


def _found(find: Callable[[Tensor], Hit], wanted: Tensor) -> Found:
    try:
        return Found(find(wanted))
    except LabError as error:
        return Found(error=error.message)
