"""A toy CLIP learns a few emoji before the reader's eyes and is tested on an unseen style.

Each batch holds one picture of every emoji, in a style drawn from those it may train on and varied
at random, and its name in English or Arabic. The symmetric contrastive loss pulls each picture to
its own name and away from the others.

Source: Radford et al. 2021, sections 2.3 (the loss, figure 3) and 3.1.4 (a class is the mean of
several texts, here its names in two languages).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.events import Event, Progress
from multimodal.live_training.augment import Augmentation, augment_artwork
from multimodal.live_training.emoji_sheet import EmojiSheet, load_emoji_sheet
from multimodal.live_training.toy_clip import IMAGE_SIZE, ToyCLIP
from multimodal.models.clip import contrastive_loss
from multimodal.settings.learning import LearnSettings
from multimodal.settings.limits import Limits

EVERY = 5  # steps between two events
RECENT = 10  # batches that a recall is the mean of
OUT_OF_TIME = "time"  # the message of a Result that the deployment's limit ended

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Learning(Progress):
    """How far a live training has come.

    Args:
        losses: the contrastive loss of every step so far, in nats; guessing costs ln N.
        recall: share of the pictures of the last RECENT batches whose own name came first.
        cosines: N pictures of the first training style, unvaried, against N names.
        temperature: what cosines are divided by.
    """

    settings: LearnSettings = field(default_factory=LearnSettings)
    losses: tuple[float, ...] = ()
    recall: float = 0.0
    cosines: Matrix = ()
    temperature: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "step": self.step,
            "total": self.total,
            "loss": round(self.losses[-1], 4) if self.losses else None,
            "recall": round(self.recall, 4),
            "temperature": round(self.temperature, 4),
            "cosines": rounded(self.cosines),
            "seconds": round(self.seconds, 3),
            "seconds_left": self.seconds_left,
        }


@dataclass(frozen=True)
class Learned(Event):
    """The end of a live training, with the test; see Learning for what is not said here.

    Args:
        steps: steps taken.
        unseen_cosines: N pictures of the style that was never trained on, against N names.
    """

    steps: int = 0
    settings: LearnSettings = field(default_factory=LearnSettings)
    losses: tuple[float, ...] = ()
    recall: float = 0.0
    cosines: Matrix = ()
    temperature: float = 0.0
    unseen_cosines: Matrix = ()

    @property
    def picked(self) -> tuple[int, ...]:
        """The name that comes first for each picture of the unseen style, by its number."""
        return tuple(row.index(max(row)) for row in self.unseen_cosines)

    @property
    def correct(self) -> int:
        """How many pictures of the unseen style got their own name."""
        return sum(name == picture for picture, name in enumerate(self.picked))

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = load_emoji_sheet().names
        num = self.settings.num_emoji
        return {
            "settings": asdict(self.settings),
            "names": {language: list(words[:num]) for language, words in names.items()},
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
            "ended": self.message,
            "chance_loss": round(math.log(num), 4),
            "losses": [round(loss, 4) for loss in self.losses],
            "recall": round(self.recall, 4),
            "temperature": round(self.temperature, 4),
            "style": self.settings.first_style,
            "cosines": rounded(self.cosines),
            "unseen": {
                "style": self.settings.unseen,
                "correct": self.correct,
                "of": num,
                "chance": round(1 / num, 4),
                "picked": [names["en"][number] for number in self.picked],
                "cosines": rounded(self.unseen_cosines),
            },
        }


Events = Iterator[Learning | Learned]


def learn(settings: LearnSettings, limits: Limits, stop: threading.Event | None = None) -> Events:
    """Train a toy CLIP from random weights on the CPU; yields Learning, then one Learned.

    It ends after `training_steps`, when `stop` is set (within a step) or after
    `limits.max_learning_seconds`, and is tested in each case. One seed gives one training on one
    machine with one number of threads.
    """
    stop = stop or threading.Event()
    training = _Training(settings)
    total, steps, message = settings.training_steps, 0, ""
    began = time.monotonic()
    while steps < total and not stop.is_set():
        training.step()
        steps += 1
        seconds = time.monotonic() - began
        if steps % EVERY == 0 or steps == 1:
            left = min(seconds / steps * (total - steps), limits.max_learning_seconds - seconds)
            yield Learning(
                steps, total, seconds=seconds, seconds_left=max(left, 0.0), **training.state()
            )
        if steps < total and seconds > limits.max_learning_seconds:
            message = OUT_OF_TIME
            break
    yield Learned(
        steps=steps, seconds=time.monotonic() - began,
        stopped=steps < total and not message, message=message, **training.state(),
        unseen_cosines=training.cosines(settings.unseen),
    )  # fmt: skip


def rounded(matrix: Matrix) -> list[list[float]]:
    """A matrix for JSON."""
    return [[round(value, 4) for value in row] for row in matrix]


class _Training:
    """The net, its data and its optimiser."""

    def __init__(self, settings: LearnSettings) -> None:
        sheet = load_emoji_sheet()
        num = settings.num_emoji
        self.settings, self.num = settings, num
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.names = [words[:num] for words in sheet.names.values()]
        every = [name for words in self.names for name in words]
        self.net = ToyCLIP(
            "".join(every), max(map(len, every)), settings.temperature,
            settings.learn_temperature, self.generator,
        )  # fmt: skip
        self.optimizer = torch.optim.Adam(
            [p for p in self.net.parameters() if p.requires_grad], settings.learning_rate
        )
        self.rgba = _rgba(sheet, num)
        self.styles = sheet.styles
        self.seen = torch.tensor([n for n, s in enumerate(sheet.styles) if s != settings.unseen])
        self.augmentation = _augmentation(settings.variation)
        self.losses: list[float] = []
        self.recalls: list[float] = []

    def step(self) -> None:
        """One batch of N pairs."""
        self.net.train()
        pictures, names = self._batch()
        image_features = self.net.encode_images(pictures)
        text_features = self.net.encode_texts(names)
        loss = contrastive_loss(image_features, text_features, self.net.log_scale.exp())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.net.bound_scale()
        first = (image_features @ text_features.T).argmax(1)
        self.losses.append(loss.item())
        self.recalls.append((first == torch.arange(self.num)).float().mean().item())

    def state(self) -> dict[str, Any]:
        """What every event says."""
        recent = self.recalls[-RECENT:]
        return {
            "settings": self.settings,
            "losses": tuple(self.losses),
            "recall": sum(recent) / max(len(recent), 1),
            "cosines": self.cosines(self.settings.first_style),
            "temperature": self.net.temperature,
        }

    @torch.no_grad()
    def cosines(self, style: str) -> Matrix:
        """The unvaried pictures of a style on white against the names, (N, N)."""
        self.net.eval()
        rgba = self.rgba[self.styles.index(style)]
        pixels = rgba[:, :3] * rgba[:, 3:] + 1 - rgba[:, 3:]
        pixels = F.interpolate(pixels, size=(IMAGE_SIZE, IMAGE_SIZE), mode="area")
        image_features = self.net.encode_images(pixels)
        languages = torch.stack([self.net.encode_texts(words) for words in self.names])
        text_features = F.normalize(languages.mean(0), dim=-1)
        return tuple(map(tuple, (image_features @ text_features.T).tolist()))

    def _batch(self) -> tuple[Tensor, list[str]]:
        """Pixels (N, 3, IMAGE_SIZE, IMAGE_SIZE) in [0, 1] and N names."""
        emoji = torch.arange(self.num)
        draw = torch.randint(len(self.seen), (self.num,), generator=self.generator)
        languages = torch.randint(len(self.names), (self.num,), generator=self.generator)
        pixels, _ = augment_artwork(
            self.rgba[self.seen[draw], emoji], IMAGE_SIZE, self.augmentation, self.generator,
            mirrors=torch.ones(self.num, dtype=torch.bool),
        )  # fmt: skip
        return pixels, [self.names[language][n] for n, language in enumerate(languages.tolist())]


def _rgba(sheet: EmojiSheet, num: int) -> Tensor:
    """The first `num` emoji, (styles, num, 4, tile, tile) in [0, 1], straight alpha."""
    chosen = torch.from_numpy(sheet.pixels[:, :num].copy())
    return chosen.permute(0, 1, 4, 2, 3).float().div_(255).contiguous()


def _augmentation(variation: float) -> Augmentation:
    """What 1 means was chosen by accuracy on unseen styles; shares and angles grow with it."""
    return Augmentation(
        outlines=0.15 * variation,
        grey=0.1 * variation,
        colour=0.25 * variation,
        rotation=12.0 * variation,
        scale=(1 - 0.2 * variation, 1 + 0.05 * variation),
        shift=0.05 * variation,
        white=0.5,
    )
