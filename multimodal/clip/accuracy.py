"""How often is zero-shot classification right? Accuracy over a folder of class-named folders."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from threading import Event
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from multimodal.clip.classification import label_features, probabilities
from multimodal.errors import ImageError, Message
from multimodal.files.sources import Skipped, Source, open_picture, pictures_in
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_images
from multimodal.settings.jobs import ClassifySettings
from multimodal.settings.limits import Limits

BATCH = 32


@dataclass(frozen=True)
class ClassAccuracy:
    """One class: pictures, the shares right at once and among five, and what it is taken for."""

    name: str
    count: int
    top1: float
    top5: float
    taken_for: str  # the wrong class named most often; "" when none was


@dataclass(frozen=True)
class Accuracy:
    """`confusion` (k, k) counts: row is the true class, column the class named first."""

    names: tuple[str, ...]
    confusion: Tensor
    among_five: Tensor  # (k,) how often the truth was among the five best
    skipped: tuple[Skipped, ...]
    done: int
    seconds: float

    @property
    def total(self) -> int:
        """Pictures classified."""
        return int(self.confusion.sum())

    @property
    def top1(self) -> float:
        """Share of pictures whose own class was named first."""
        return float(self.confusion.diagonal().sum()) / max(self.total, 1)

    @property
    def top5(self) -> float:
        """Share of pictures whose own class was among the five named first."""
        return float(self.among_five.sum()) / max(self.total, 1)

    def classes(self) -> list[ClassAccuracy]:
        """One row a class, in alphabetical order."""
        rows = []
        for index, name in enumerate(self.names):
            row = self.confusion[index].clone()
            count, right = int(row.sum()), int(row[index])
            row[index] = 0
            taken_for = self.names[int(row.argmax())] if row.sum() else ""
            share = max(count, 1)
            top5 = int(self.among_five[index]) / share
            rows.append(ClassAccuracy(name, count, right / share, top5, taken_for))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """For JSON, but for the files left out; see `answers.accuracy`."""
        return {
            "top1": round(self.top1, 4),
            "top5": round(self.top5, 4),
            "n": self.total,
            "classes": [
                {
                    "class": row.name,
                    "n": row.count,
                    "top1": round(row.top1, 4),
                    "top5": round(row.top5, 4),
                    "taken_for": row.taken_for,
                }
                for row in self.classes()
            ],
            "confusion": self.confusion.tolist(),
            "seconds": round(self.seconds, 3),
        }


def measure(
    clip: CLIP,
    sources: Iterable[str | os.PathLike[str]],
    settings: ClassifySettings,
    limits: Limits,
    *,
    device: torch.device,
    lock: AbstractContextManager[object],
    stop: Event | None = None,
) -> Iterator[Accuracy]:
    """Classify every picture of class-named folders (or a zip of them) under the folders' names.

    Yields the accuracy so far after each batch. Raises ImageError when no folder names a class or
    no picture can be read.
    """
    began = time.monotonic()
    found = list(pictures_in(sources, limits))
    skipped = [entry for entry in found if isinstance(entry, Skipped)]
    pictures = [entry for entry in found if isinstance(entry, Source)]
    names = tuple(sorted({class_of(entry.name) for entry in pictures} - {""}))
    if len(names) < 2:
        raise ImageError(
            "There are not two class-named folders with pictures in them; put each class's "
            "pictures into a folder of its name."
        )
    with lock:
        features = label_features(clip, names, settings)
    counts = torch.zeros(len(names), len(names), dtype=torch.long)
    among_five = torch.zeros(len(names), dtype=torch.long)
    done, waiting = 0, iter(pictures)
    while batch := list(islice(waiting, BATCH)):
        if stop is not None and stop.is_set():
            break
        done += len(batch)
        read = [_labelled(entry, names, limits) for entry in batch]
        skipped += [one for one in read if isinstance(one, Skipped)]
        readable = [one for one in read if not isinstance(one, Skipped)]
        if readable:
            with lock:
                image_features = encode_images(clip, [image for image, _ in readable], device)
                chances = probabilities(clip, image_features, features, settings)[:, : len(names)]
            best = chances.topk(min(5, len(names))).indices
            truth = torch.tensor([row for _, row in readable])
            counts.index_put_((truth, best[:, 0]), torch.ones_like(truth), accumulate=True)
            among_five.index_add_(0, truth, (best == truth[:, None]).any(1).long())
        seconds = time.monotonic() - began
        yield Accuracy(names, counts.clone(), among_five.clone(), tuple(skipped), done, seconds)
    if not counts.sum() and not (stop is not None and stop.is_set()):
        raise ImageError("None of the pictures could be read.")


def class_of(name: str) -> str:
    """The class a picture's folder names: `set/red_apple/1.jpg` -> `red apple`; "" without one."""
    parts = PurePosixPath(name).parts
    return parts[-2].replace("_", " ").strip() if len(parts) > 2 else ""


def confusion_picture(accuracy: Accuracy, longest: int = 1200) -> Image.Image:
    """The confusion matrix: rows are the truth, columns what was named, darker is more often.

    Class names stand at the rows as long as they fit, the same order holds for the columns.
    """
    shares = accuracy.confusion.float()
    shares = shares / shares.sum(1, keepdim=True).clamp_min(1)
    num = len(accuracy.names)
    cell = max(4, min(28, longest // num))
    font = ImageFont.load_default(max(9, min(14, cell - 2)))
    named = cell >= 9
    margin = (
        12 + max((int(font.getlength(_short(n))) for n in accuracy.names), default=0)
        if named
        else 8
    )
    image = Image.new("RGB", (margin + num * cell + 8, num * cell + 16), "white")
    draw = ImageDraw.Draw(image)
    ink = (255 * (1 - shares[..., None] * torch.tensor([0.9, 0.65, 0.25]))).round().byte().numpy()
    blocks = np.repeat(np.repeat(ink, cell, 0), cell, 1)
    image.paste(Image.fromarray(blocks), (margin, 8))
    for index, name in enumerate(accuracy.names):
        top = 8 + index * cell
        if named:
            draw.text((margin - 6, top + cell / 2), _short(name), "#333", font, anchor="rm")
        edge = margin + index * cell
        draw.rectangle((edge, top, edge + cell - 1, top + cell - 1), outline="#c9c9c9")
    draw.rectangle((margin - 1, 7, margin + num * cell, 8 + num * cell), outline="#888")
    return image


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"


def _labelled(
    source: Source, names: Sequence[str], limits: Limits
) -> tuple[Image.Image, int] | Skipped:
    wanted = class_of(source.name)
    if not wanted:
        return Skipped(source.name, Message("lies in no class-named folder"), source.path)
    found = open_picture(source, 256, limits)
    if isinstance(found, Skipped):
        return found
    return found[1], names.index(wanted)
