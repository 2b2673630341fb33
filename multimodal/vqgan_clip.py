"""VQGAN+CLIP: start from a code, let CLIP judge random cutouts, backpropagate into the code.

Source: Crowson et al. 2022, "VQGAN-CLIP: Open Domain Image Generation and Editing with Natural
Language Guidance".
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from threading import Event

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from multimodal.errors import ImageError, LabError, SettingError
from multimodal.events import Picture, Progress, Result
from multimodal.guidance import Target, cutouts, total_variation
from multimodal.images import from_pixels, to_pixels
from multimodal.models.clip import CLIP
from multimodal.models.vqgan import VQGAN, clamp_range
from multimodal.prompts import parse
from multimodal.settings import VQGANCLIPSettings

PREVIEW_SECONDS = 0.2


def paint(
    vqgan: VQGAN,
    clip: CLIP,
    prompt: str,
    settings: VQGANCLIPSettings,
    *,
    device: torch.device,
    lock: AbstractContextManager[object],
    start: Image.Image | None = None,
    stop: Event | None = None,
) -> Iterator[Progress | Result]:
    """Paint a prompt such as `a red apple | sunny:0.5 | text:-1`.

    Yields Progress with a preview at least every 0.2 s or once a step, then one Result. The same
    seed and settings give the same picture on the same device and thread count.
    Raises PromptError, SettingError, ImageError before the first step.
    """
    prompts = parse(prompt)
    if settings.size % vqgan.factor:
        raise SettingError(
            f"VQGAN+CLIP size is {settings.size}; this VQGAN paints multiples of {vqgan.factor}."
        )
    if settings.start == "picture" and start is None:
        raise ImageError("VQGAN+CLIP is to start from a picture, but none was given; choose one.")
    with lock:
        painter = Painter(vqgan, clip, Target.of(clip, prompts), settings, device, start)
    return _paint(painter, prompt, lock, stop or Event())


def _paint(
    painter: Painter, prompt: str, lock: AbstractContextManager[object], stop: Event
) -> Iterator[Progress | Result]:
    settings, total = painter.settings, painter.settings.steps
    began = shown = time.monotonic()
    curve: list[float] = []
    done = 0
    while done < total and not stop.is_set():
        with lock:
            curve.append(painter.step(done / total))
        done += 1
        now = time.monotonic()
        preview = done == 1 or now - shown >= PREVIEW_SECONDS
        seconds = now - began
        if preview:
            shown = now
            with lock:
                image, score = painter.look()
            left = seconds / done * (total - done)
            yield Progress(done, total, image, (image,), score, seconds, left)
    with lock:
        image, score = painter.look()
    details = {"method": "vqgan_clip", "prompt": prompt, **asdict(settings)}
    picture = Picture(image, settings.seed, score, details)
    seconds = time.monotonic() - began
    yield Result((picture,), seconds, done, stop.is_set(), curve=tuple(curve))


class Painter:
    """The state of one run: the code z, its optimiser and its random stream."""

    def __init__(
        self,
        vqgan: VQGAN,
        clip: CLIP,
        target: Target,
        settings: VQGANCLIPSettings,
        device: torch.device,
        start: Image.Image | None = None,
    ) -> None:
        self.vqgan, self.clip, self.target, self.settings = vqgan, clip, target, settings
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.low, self.high = clamp_range(vqgan.codebook)
        self.cutout_size = max(settings.cutout_size, clip.smallest_image)
        z = start_code(vqgan, settings, self.generator, device, start)
        self.z_start = z.clone()
        self.z = z.requires_grad_(True)
        self.optimizer = torch.optim.Adam([self.z], lr=settings.learning_rate)

    def step(self, progress: float) -> float:
        """One optimiser step; gives the cutouts' mean CLIP score before it.

        The learning rate falls to a fifth along a half cosine; `progress` is in [0, 1).
        """
        settings = self.settings
        with torch.enable_grad():
            pixels = self.vqgan.decode(self.vqgan.quantize(self.z))
            views = cutouts(pixels, settings.num_cutouts, self.cutout_size, self.generator)
            features = self.clip.encode_images(views)
            loss = self.target.loss(features) + settings.smoothness * total_variation(pixels)
            loss = loss + (pixels - pixels.detach().clamp(0, 1)).square().mean()
            if settings.keep_start:
                loss = loss + settings.keep_start * F.mse_loss(self.z, self.z_start)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
        if not math.isfinite(loss.item()):
            raise LabError(
                "VQGAN+CLIP diverged (the loss is no longer a number); lower learning_rate."
            )
        for group in self.optimizer.param_groups:
            fall = 0.5 * (1 + math.cos(math.pi * progress))
            group["lr"] = settings.learning_rate * (0.2 + 0.8 * fall)
        self.optimizer.step()
        with torch.no_grad():
            self.z.copy_(self.z.clamp(self.low, self.high))
        return self.target.score(features.detach())

    @torch.no_grad()
    def look(self) -> tuple[Image.Image, float]:
        """The picture now, and its CLIP score as a whole at CLIP's own size."""
        pixels = self.vqgan.decode(self.vqgan.quantize(self.z)).clamp(0, 1)
        size = (self.clip.image_size, self.clip.image_size)
        whole = F.interpolate(pixels, size, mode="bilinear", antialias=True)
        return from_pixels(pixels)[0], self.target.score(self.clip.encode_images(whole))


@torch.no_grad()
def start_code(
    vqgan: VQGAN,
    settings: VQGANCLIPSettings,
    generator: torch.Generator,
    device: torch.device,
    start: Image.Image | None = None,
) -> Tensor:
    """The first z, (1, code_dim, size / factor, size / factor)."""
    size, cells = settings.size, settings.size // vqgan.factor
    if settings.start == "random":
        codes = torch.randint(len(vqgan.codebook), (1, cells, cells), generator=generator)
        return vqgan.lookup(codes.to(device)).clone()
    if settings.start == "picture" and start is not None:
        pixels = to_pixels([start], size)
    elif settings.start == "noise":
        coarse = torch.rand(1, 3, cells, cells, generator=generator)
        pixels = F.interpolate(coarse, (size, size), mode="bilinear")
    else:
        pixels = grey_disc(size, generator)
    return vqgan.encode(pixels.to(device))


def grey_disc(size: int, generator: torch.Generator) -> Tensor:
    """A soft grey disc on white with a little coloured noise, (1, 3, size, size) in [0, 1]."""
    axis = torch.linspace(-1, 1, size)
    radius = (axis[:, None].square() + axis[None, :].square()).sqrt()
    inside = ((0.72 - radius) * 12).sigmoid()
    noise = F.interpolate(torch.rand(1, 3, 8, 8, generator=generator), (size, size), mode="bicubic")
    return (1 - inside * (0.45 + 0.25 * (noise - 0.5))).clamp(0, 1)
