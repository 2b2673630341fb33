"""DALL-E tokens: draw image tokens one after another behind the text tokens, rank by CLIP.

Where the model says after reading the text that it wants a draft, it draws two pictures into the
stream, and the second, which it draws with the first before its eyes, is the one that counts.
Tokens of a given picture can be kept and the others drawn around them. The model reads and writes
in reading order alone, so a draw sees the kept cells before it, and not those that come later.

Source: Ramesh et al. 2021, "Zero-Shot Text-to-Image Generation"; guidance after Ho & Salimans
2022, eq. 6; top-p after Holtzman et al. 2020, eq. 2.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from threading import Event

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from multimodal.errors import PromptError
from multimodal.events import Picture, Progress, Result
from multimodal.models.clip import CLIP
from multimodal.models.features import clip_scores, encode_texts
from multimodal.models.loaded import LoadedModels
from multimodal.prompts import normalise
from multimodal.settings.jobs import DalleSettings
from multimodal.tokens.sampling import TokenSampler, sure_cells


def draw(
    models: LoadedModels,
    prompt: str,
    settings: DalleSettings,
    *,
    picture: Image.Image | None = None,
    stop: Event | None = None,
) -> Iterator[Progress | Result]:
    """Draw a prompt as `num_candidates` pictures at once.

    Candidate i has the seed `seed + i` and comes out the same when drawn alone. Of `picture`, its
    central square, the tokens that `keep`, `keep_box` and `variation` name stay as they are.
    A model that wants a draft for this prompt draws one first, but not around a given picture.
    Yields Progress after each row of tokens, then one Result with the candidates ranked by CLIP
    score. Raises PromptError, and ImageError or SettingError where nothing can be kept, before
    the first token.
    """
    text = normalise(prompt)
    if not text:
        raise PromptError("The prompt is empty; write what the picture should show.")
    model, clip = models.token_transformer, models.clip
    sure = sure_cells(settings, model.config.grid, picture is not None)
    with models.lock:
        sampler = TokenSampler(
            model, models.token_vqgan, text, settings, models.device, may_draft=picture is None
        )
        if picture is not None:
            sampler.keep(picture, sure)
        wanted = encode_texts(clip, [text])
    return _draw(sampler, clip, wanted, text, models.lock, stop or Event())


def _draw(
    sampler: TokenSampler,
    clip: CLIP,
    wanted: Float[Tensor, "1 d"],
    prompt: str,
    lock: AbstractContextManager[object],
    stop: Event,
) -> Iterator[Progress | Result]:
    settings = sampler.settings
    total = sampler.total
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
        yield Progress(
            done,
            total,
            images[0],
            tuple(images),
            seconds_left=left,
            streams=streams,
            seconds=seconds,
        )
    with lock:
        scores = clip_scores(clip, images, wanted)
        streams, drafts = sampler.streams(), sampler.drafts()
    details = {"method": "dalle", "prompt": prompt, **asdict(settings), "num_candidates": 1}
    pictures = [
        Picture(image, seed, score, {**details, "seed": seed}, stream, draft)
        for image, seed, score, stream, draft in zip(
            images, sampler.seeds, scores, streams, drafts, strict=True
        )
    ]
    pictures.sort(key=lambda picture: -picture.clip_score)
    yield Result(
        tuple(pictures), sampler.drawn, seconds=time.monotonic() - began, stopped=stop.is_set()
    )
