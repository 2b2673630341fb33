"""DALL-E tokens: draw image tokens one after another behind the text tokens, rank by CLIP.

Source: Ramesh et al. 2021, "Zero-Shot Text-to-Image Generation"; guidance after Ho & Salimans
2022, eq. 6; top-p after Holtzman et al. 2020, eq. 2.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from threading import Event

import torch
from PIL import Image
from torch import Tensor
from transformers import DynamicCache

from multimodal.errors import PromptError
from multimodal.events import Picture, Progress, Result
from multimodal.images import from_pixels, to_pixels
from multimodal.models.clip import CLIP
from multimodal.models.token_transformer import TokenTransformer
from multimodal.models.vqgan import VQGAN
from multimodal.prompts import normalise
from multimodal.scoring import encode_texts
from multimodal.settings import MAX_SEED, DalleSettings


def draw(
    model: TokenTransformer,
    vqgan: VQGAN,
    clip: CLIP,
    prompt: str,
    settings: DalleSettings,
    *,
    device: torch.device,
    lock: AbstractContextManager[object],
    stop: Event | None = None,
) -> Iterator[Progress | Result]:
    """Draw a prompt as `num_candidates` pictures at once.

    Candidate i has the seed `seed + i` and comes out the same when drawn alone. Yields Progress
    after each row of tokens, then one Result with the candidates ranked by CLIP score.
    Raises PromptError before the first token.
    """
    text = normalise(prompt)
    if not text:
        raise PromptError("The prompt is empty; write what the picture should show.")
    sampler = TokenSampler(model, vqgan, text, settings, device)
    with lock:
        wanted = encode_texts(clip, [text])
    return _draw(sampler, clip, wanted, text, lock, stop or Event())


def _draw(
    sampler: TokenSampler,
    clip: CLIP,
    wanted: Tensor,
    prompt: str,
    lock: AbstractContextManager[object],
    stop: Event,
) -> Iterator[Progress | Result]:
    settings = sampler.settings
    total = sampler.model.config.image_length
    began = time.monotonic()
    images = sampler.pictures()  # blank so far
    while sampler.drawn < total and not stop.is_set():
        for _ in range(sampler.model.config.grid):
            if stop.is_set():
                break
            with lock:
                sampler.draw_token()
        with lock:
            images = sampler.pictures()
        done, seconds = sampler.drawn, time.monotonic() - began
        left = seconds / max(done, 1) * (total - done)
        yield Progress(done, total, images[0], tuple(images), None, seconds, left)
    with lock:
        scores = clip_scores(clip, images, wanted)
    details = {"method": "dalle", "prompt": prompt, **asdict(settings), "num_candidates": 1}
    pictures = [
        Picture(image, seed, score, {**details, "seed": seed})
        for image, seed, score in zip(images, sampler.seeds, scores, strict=True)
    ]
    pictures.sort(key=lambda picture: -picture.clip_score)
    seconds = time.monotonic() - began
    yield Result(tuple(pictures), seconds, sampler.drawn, stop.is_set())


class TokenSampler:
    """The state of one run: the tokens so far, the cache, one random stream a candidate."""

    def __init__(
        self,
        model: TokenTransformer,
        vqgan: VQGAN,
        text: str,
        settings: DalleSettings,
        device: torch.device,
    ) -> None:
        self.model, self.vqgan, self.settings = model, vqgan, settings
        num = settings.num_candidates
        self.seeds = [(settings.seed + i) % (MAX_SEED + 1) for i in range(num)]
        self.generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        texts = [text] * num
        if settings.guidance_scale != 1:
            texts += [""] * num  # the unconditional half, in the same batch
        self.text_tokens = model.text_tokens(texts).to(device)
        length = model.config.image_length
        self.tokens = torch.zeros(num, length, dtype=torch.long, device=device)
        self.drawn = 0
        self.cache: DynamicCache | None = None

    @torch.no_grad()
    def draw_token(self) -> None:
        """Draw the next image token of every candidate."""
        if self.cache is None:
            logits, self.cache = self.model.start(self.text_tokens)
        else:
            newest = self.tokens[:, self.drawn - 1]
            copies = len(self.text_tokens) // len(newest)
            logits = self.model.step(newest.repeat(copies), self.cache)
        logits = guided(logits, self.settings.guidance_scale)
        uniform = torch.stack([torch.rand((), generator=g) for g in self.generators])
        self.tokens[:, self.drawn] = sample(logits, self.settings, uniform.to(logits.device))
        self.drawn += 1

    @torch.no_grad()
    def pictures(self) -> list[Image.Image]:
        """Every candidate as far as it is drawn; rows still to come are white."""
        grid = self.model.config.grid
        rows = -(-self.drawn // grid)
        side = grid * self.vqgan.factor
        num = len(self.tokens)
        canvas = torch.ones(num, 3, side, side, device=self.tokens.device)
        if rows:
            codes = self.model.codes(self.tokens.view(num, grid, grid)[:, :rows])
            canvas[:, :, : rows * self.vqgan.factor] = self.vqgan.decode(self.vqgan.lookup(codes))
        return from_pixels(canvas)


def guided(logits: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance: uncond + scale * (cond - uncond); 1 means none.

    logits (2n, v), conditional half first, or (n, v) when scale is 1 -> (n, v).
    """
    if scale == 1:
        return logits
    cond, uncond = logits.chunk(2)
    return uncond + scale * (cond - uncond)


def sample(logits: Tensor, settings: DalleSettings, uniform: Tensor) -> Tensor:
    """Draw one token a row by inverting the cumulative distribution at `uniform` (n,) in [0, 1).

    logits (n, v); temperature, then the top k, then the smallest set with probability top_p.
    """
    k = min(settings.top_k or logits.shape[1], logits.shape[1])
    values, order = (logits / settings.temperature).topk(k)  # (n, k), falling
    probabilities = values.softmax(1)
    before = probabilities.cumsum(1) - probabilities
    kept = probabilities * (before < settings.top_p)  # the likeliest token always stays
    cumulative = kept.cumsum(1)
    threshold = uniform[:, None] * cumulative[:, -1:]
    place = torch.searchsorted(cumulative, threshold, right=True).clamp(max=k - 1)
    return order.gather(1, place)[:, 0]


@torch.no_grad()
def clip_scores(clip: CLIP, images: list[Image.Image], wanted: Tensor) -> list[float]:
    """Cosine of each picture with one caption's text_features (1, d)."""
    pixels = to_pixels(images, clip.image_size).to(wanted.device)
    scores: list[float] = (clip.encode_images(pixels) @ wanted.T)[:, 0].tolist()
    return scores
