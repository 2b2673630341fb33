"""How well do these pictures and these captions match? Scores and zero-shot classification.

Source: Radford et al. 2021, section 3.1 (zero-shot transfer) and figure 3 (the score matrix).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from multimodal.errors import ImageError, PromptError
from multimodal.images import to_pixels
from multimodal.models.clip import CLIP
from multimodal.prompts import fill, normalise
from multimodal.settings import ClassifySettings

#: Texts that fit any picture about equally badly: the yardstick of "none of these".
BACKGROUND_TEXTS = (
    "a photo",
    "a picture",
    "something",
    "a random object",
    "an empty background",
    "abstract texture",
    "a scene with many things",
)
NONE_OF_THESE = "none of these"
IMAGE_BATCH = 32


@dataclass(frozen=True)
class Scores:
    """The n x m comparison of pictures and captions.

    `cosine` (n, m) in [-1, 1]; `background` (n, b) the cosines with BACKGROUND_TEXTS.
    """

    cosine: Tensor
    background: Tensor
    logit_scale: float
    logit_bias: float = 0.0

    @property
    def logits(self) -> Tensor:
        """logits_per_image (n, m)."""
        return self.logit_scale * self.cosine + self.logit_bias

    def per_image(self) -> Tensor:
        """For each picture, a probability over the captions; rows sum to 1, (n, m)."""
        return self.logits.softmax(1)

    def per_text(self) -> Tensor:
        """For each caption, a probability over the pictures; columns sum to 1, (n, m)."""
        return self.logits.softmax(0)

    def independent(self) -> Tensor:
        """For each pair on its own, the probability that the caption fits rather than nothing in
        particular, (n, m): a softmax between the caption and the mean of the background texts."""
        return torch.sigmoid(self.logits - _background_logit(self)[:, None])


@dataclass(frozen=True)
class LabelScore:
    """One label of a classified picture and its probability."""

    label: str
    probability: float


@torch.no_grad()
def encode_images(clip: CLIP, images: Sequence[Image.Image], device: torch.device) -> Tensor:
    """Pictures -> unit-norm image_features (n, d)."""
    if not images:
        raise ImageError("No picture was given; choose at least one.")
    parts = []
    for start in range(0, len(images), IMAGE_BATCH):
        pixels = to_pixels(images[start : start + IMAGE_BATCH], clip.image_size)
        parts.append(clip.encode_images(pixels.to(device)))
    return torch.cat(parts)


@torch.no_grad()
def encode_texts(clip: CLIP, texts: Sequence[str]) -> Tensor:
    """Captions -> unit-norm text_features (m, d).

    Raises PromptError for an empty caption or one beyond the context; nothing is cut in silence.
    """
    if not texts:
        raise PromptError("No caption was given; write at least one.")
    return clip.encode_texts([checked_text(clip, text) for text in texts])


def checked_text(clip: CLIP, text: str) -> str:
    """The normalised caption. Raises PromptError when it is empty or beyond the context."""
    cleaned = normalise(text)
    if not cleaned:
        raise PromptError("A caption is empty; write what the picture may show.")
    count = clip.count_tokens(cleaned)
    if count > clip.context_length:
        raise PromptError(
            f"The caption “{cleaned[:40]}…” takes {count} tokens; this CLIP reads at most "
            f"{clip.context_length}. Shorten it."
        )
    return cleaned


def score(
    clip: CLIP, images: Sequence[Image.Image], texts: Sequence[str], device: torch.device
) -> Scores:
    """Compare every picture with every caption. Raises ImageError, PromptError."""
    image_features = encode_images(clip, images, device)
    return _compare(clip, image_features, encode_texts(clip, texts))


def classify(
    clip: CLIP,
    images: Sequence[Image.Image],
    labels: Sequence[str],
    settings: ClassifySettings,
    device: torch.device,
) -> list[list[LabelScore]]:
    """Sort pictures under labels; for each picture its best labels, likeliest first.

    With `none_of_these` a further label stands for the background texts.
    Raises ImageError, PromptError.
    """
    if not labels:
        raise PromptError("No label was given; write at least one, separated by commas.")
    texts = [fill(settings.template, label) for label in labels]
    scores = _compare(clip, encode_images(clip, images, device), encode_texts(clip, texts))
    logits, names = scores.logits, list(labels)
    if settings.none_of_these:
        logits = torch.cat([logits, _background_logit(scores)[:, None]], 1)
        names.append(NONE_OF_THESE)
    probabilities = (logits / settings.temperature).softmax(1)
    found = []
    for row in probabilities:
        best = row.topk(min(settings.top_k, len(names)))
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        found.append([LabelScore(names[index], value) for index, value in pairs])
    return found


def _compare(clip: CLIP, image_features: Tensor, text_features: Tensor) -> Scores:
    with torch.no_grad():
        background = clip.encode_texts(list(BACKGROUND_TEXTS))
        return Scores(
            (image_features @ text_features.T).cpu(),
            (image_features @ background.T).cpu(),
            clip.logit_scale,
            clip.logit_bias,
        )


def _background_logit(scores: Scores) -> Tensor:
    """(n,) the log of the mean exponentiated background logit."""
    logits = scores.logit_scale * scores.background + scores.logit_bias
    return logits.logsumexp(1) - math.log(scores.background.shape[1])
