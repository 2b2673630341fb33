"""Which regions of a picture carry its match with a caption?

The method is occlusion, both ways: soft-edged windows of two sizes are blurred away one after
another, and then each is shown alone in a blurred picture. A region matters as much as the cosine
falls when it is hidden and rises when it alone is seen (where any part of a large thing gives it
away, hiding one changes nothing). It asks the tower nothing but its score, so convolutional and
transformer towers are explained alike.

Source: Zeiler & Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2
(there with a grey square; a blur leaves no new edges for the tower to see); deletion and
insertion: Petsiuk et al. 2018, "RISE", section 4.2.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from multimodal.images import from_pixels, to_pixels
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_texts

WINDOWS = ((0.26, 9), (0.42, 6))  # side of a window as a share of the picture, and how many a row
BATCH = 16
FAINT = 0.01  # a map whose largest value, in cosine, is below this says nothing
_COLOURS = np.array(  # dark blue, teal, green, yellow: rises evenly in lightness
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], np.float32
)


@dataclass(frozen=True)
class Heat:
    """`share` (h, w): how much of the cosine what is there carries, the mean of the fall when it is
    hidden and the rise when it alone is seen, over the windows that cover it; below 0 where it is
    in the way. `cosine` is the whole picture's. `picture` is the central square the tower saw."""

    picture: Image.Image
    share: Tensor
    cosine: float

    @property
    def faint(self) -> bool:
        """Whether no region carries the match more than noise would."""
        return float(self.share.max()) < FAINT

    def overlay(self, side: int = 384, strength: float = 0.75) -> Image.Image:
        """The picture in grey with the map laid over it, (side, side)."""
        grey = (
            self.picture.resize((side, side), Image.Resampling.BICUBIC).convert("L").convert("RGB")
        )
        level = self.share.clamp_min(0) / max(float(self.share.max()), FAINT)
        level = F.interpolate(level[None, None], (side, side), mode="bicubic").clamp(0, 1)[0, 0]
        height = level.numpy()
        stops = np.linspace(0, 1, len(_COLOURS))
        colour = np.stack([np.interp(height, stops, _COLOURS[:, c]) for c in range(3)], -1)
        weight = strength * height[..., None] ** 0.7
        mixed = np.asarray(grey) * (1 - weight) + colour * weight
        return Image.fromarray(mixed.round().astype(np.uint8))


def heatmap(
    clip: CLIP,
    image: Image.Image,
    text: str,
    *,
    device: torch.device,
    lock: AbstractContextManager[object],
    stop: Event | None = None,
) -> Heat:
    """Hide one region after another, show one after another, and watch the cosine with `text`.

    About 240 pictures through the tower. Stopping gives the map of the windows seen so far.
    Raises PromptError.
    """
    pixels = to_pixels([image], clip.image_size).to(device)
    with lock:
        wanted = encode_texts(clip, [text])
        hidden = blurred(pixels)
        whole, nothing = _cosines(clip, torch.cat([pixels, hidden]), wanted)
    masks = windows(clip.image_size).to(device)
    total = torch.zeros(clip.image_size, clip.image_size)
    weight = torch.zeros_like(total)
    for part in masks.split(BATCH):
        if stop is not None and stop.is_set():
            break
        with lock:
            falls = whole - _cosines(clip, pixels + part * (hidden - pixels), wanted)
            rises = _cosines(clip, hidden + part * (pixels - hidden), wanted) - nothing
        carried = (falls + rises) / 2
        total += (carried[:, None, None] * part[:, 0].cpu()).sum(0)
        weight += part[:, 0].cpu().sum(0)
    return Heat(from_pixels(pixels)[0], total / weight.clamp_min(1e-3), float(whole))


def windows(side: int) -> Tensor:
    """All occlusion masks in [0, 1], (k, 1, side, side): 1 is hidden. Windows of one size overlap
    and reach over the edges, so that corners are hidden as often as the middle."""
    place = (torch.arange(side) + 0.5) / side
    masks = []
    for share, count in WINDOWS:
        centres = torch.linspace(0, 1, count)
        distance = (place[None] - centres[:, None]).abs() / (share / 2)
        line = ((1.25 - distance) / 0.5).clamp(0, 1)  # (count, side), soft at the edge
        masks.append((line[:, None, :, None] * line[None, :, None, :]).flatten(0, 1))
    return torch.cat(masks)[:, None]


def blurred(pixels: Tensor) -> Tensor:
    """What a hidden region shows: the picture without anything smaller than a quarter of it."""
    side = pixels.shape[-1]
    small = F.adaptive_avg_pool2d(pixels, 4)
    return F.interpolate(small, (side, side), mode="bicubic").clamp(0, 1)


@torch.no_grad()
def _cosines(clip: CLIP, pixels: Tensor, wanted: Tensor) -> Tensor:
    """(n, 3, h, w) against one caption's feature (1, d) -> (n,)."""
    return (clip.encode_images(pixels) @ wanted.T)[:, 0].cpu()
