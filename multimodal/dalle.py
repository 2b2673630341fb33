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
from typing import NamedTuple

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
from multimodal.token_stream import TokenStream


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
            streams = sampler.streams()
        done, seconds = sampler.drawn, time.monotonic() - began
        left = seconds / max(done, 1) * (total - done)
        yield Progress(done, total, images[0], tuple(images), None, seconds, left, streams=streams)
    with lock:
        scores = clip_scores(clip, images, wanted)
        streams = sampler.streams()
    details = {"method": "dalle", "prompt": prompt, **asdict(settings), "num_candidates": 1}
    pictures = [
        Picture(image, seed, score, {**details, "seed": seed}, stream)
        for image, seed, score, stream in zip(images, sampler.seeds, scores, streams, strict=True)
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
        texts = [text] * num
        if settings.guidance_scale != 1:
            texts += [""] * num  # the unconditional half, in the same batch
        self.text_tokens = model.text_tokens(texts).to(device)
        self.text_pieces = model.text_pieces(text)
        length = model.config.image_length
        lots = [torch.rand(length, generator=torch.Generator().manual_seed(s)) for s in self.seeds]
        self.uniform = torch.stack(lots).to(device)  # (num, length), one number a draw
        self.tokens = torch.zeros(num, length, dtype=torch.long, device=device)
        self.entropies = torch.zeros(num, length, device=device)
        self.probabilities = torch.zeros(num, length, device=device)
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
        draws = sample(logits, self.settings, self.uniform[:, self.drawn])
        self.tokens[:, self.drawn] = draws.tokens
        self.entropies[:, self.drawn] = draws.entropies
        self.probabilities[:, self.drawn] = draws.probabilities
        self.drawn += 1

    def streams(self) -> tuple[TokenStream, ...]:
        """The stream of every candidate as far as it is drawn."""
        config, length = self.model.config, self.drawn
        rows = zip(
            self.tokens[:, :length].tolist(),
            self.entropies[:, :length].tolist(),
            self.probabilities[:, :length].tolist(),
            strict=True,
        )
        choices = min(self.settings.top_k or config.num_codes, config.num_codes)
        return tuple(
            TokenStream(
                text=self.text_pieces,
                text_length=config.text_length,
                grid=config.grid,
                tokens=tuple(tokens),
                entropies=tuple(entropies),
                probabilities=tuple(probabilities),
                choices=choices,
            )
            for tokens, entropies, probabilities in rows
        )

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


class Draws(NamedTuple):
    """One draw a row: each (n,). Entropies in nats, and the probability of the drawn token, are
    those of the distribution after temperature, top k and top p."""

    tokens: Tensor
    entropies: Tensor
    probabilities: Tensor


def sample(logits: Tensor, settings: DalleSettings, uniform: Tensor) -> Draws:
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
    shares = kept / cumulative[:, -1:]
    entropies = torch.special.entr(shares).sum(1)
    return Draws(order.gather(1, place)[:, 0], entropies, shares.gather(1, place)[:, 0])


@torch.no_grad()
def clip_scores(clip: CLIP, images: list[Image.Image], wanted: Tensor) -> list[float]:
    """Cosine of each picture with one caption's text_features (1, d)."""
    pixels = to_pixels(images, clip.image_size).to(wanted.device)
    scores: list[float] = (clip.encode_images(pixels) @ wanted.T)[:, 0].tolist()
    return scores
