"""Plain shapes on plain grounds, to see whether a text's order of words is read."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from multimodal.live_training.augment import BACKGROUNDS

COLOURS = ("red", "yellow", "green", "blue", "purple", "black", "white", "orange")
SHAPES = ("square", "circle", "triangle")


def shape_pairs(size: int) -> tuple[Tensor, list[str], list[str]]:
    """pixels (n, 3, size, size), the caption of each, and that with its colours exchanged."""
    pictures, right, wrong = [], [], []
    for shape in SHAPES:
        for colour in COLOURS:
            for ground in COLOURS:
                if colour != ground:
                    pictures.append(_draw(shape, colour, ground, size))
                    right.append(f"a {colour} {shape} on a {ground} background")
                    wrong.append(f"a {ground} {shape} on a {colour} background")
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255, right, wrong


def _draw(shape: str, colour: str, ground: str, size: int) -> np.ndarray:
    image = Image.new("RGB", (size, size), _rgb(ground))
    pen, low, high = ImageDraw.Draw(image), size * 0.25, size * 0.75
    if shape == "square":
        pen.rectangle((low, low, high, high), fill=_rgb(colour))
    elif shape == "circle":
        pen.ellipse((low, low, high, high), fill=_rgb(colour))
    else:
        pen.polygon([(size / 2, low), (low, high), (high, high)], fill=_rgb(colour))
    return np.asarray(image)


def _rgb(name: str) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in BACKGROUNDS[name])
