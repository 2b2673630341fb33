"""Pictures and texts as CLIP features: in batches, checked, unit norm."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from multimodal.errors import ImageError, PromptError
from multimodal.images import to_pixels
from multimodal.models.clip import CLIP
from multimodal.prompts import split_long

IMAGE_BATCH = 32


def encode_images(
    clip: CLIP, images: Sequence[Image.Image], device: torch.device
) -> Float[Tensor, "n d"]:
    """Pictures -> unit-norm image_features."""
    if not images:
        raise ImageError("No picture was given; choose at least one.")
    parts = []
    for start in range(0, len(images), IMAGE_BATCH):
        pixels = to_pixels(images[start : start + IMAGE_BATCH], clip.image_size)
        parts.append(encode_pixels(clip, pixels, device))
    return torch.cat(parts)


@torch.no_grad()
def encode_pixels(
    clip: CLIP, pixels: Float[Tensor, "n 3 s s"], device: torch.device
) -> Float[Tensor, "n d"]:
    """pixels in [0, 1] -> unit-norm image_features, as one batch."""
    return clip.encode_images(pixels.to(device))


def clip_scores(
    clip: CLIP, images: Sequence[Image.Image], wanted: Float[Tensor, "1 d"]
) -> list[float]:
    """Cosine of each picture with one caption's text_features."""
    scores: list[float] = (encode_images(clip, images, wanted.device) @ wanted.T)[:, 0].tolist()
    return scores


@torch.no_grad()
def encode_texts(
    clip: CLIP, texts: Sequence[str], long_texts: str = "refuse"
) -> Float[Tensor, "m d"]:
    """Captions, normalised (see `prompts`), -> unit-norm text_features.

    A text beyond the context is refused, or with `long_texts="split"` cut where it has a pause and
    the mean of its parts taken; nothing is dropped in silence. Raises PromptError.
    """
    if not texts:
        raise PromptError("No caption was given; write at least one.")
    if long_texts == "refuse":
        for text in texts:
            check_length(clip, text)
        return clip.encode_texts(list(texts))
    parts = [split_long(text, clip.count_tokens, clip.context_length) for text in texts]
    features = clip.encode_texts([piece for pieces in parts for piece in pieces])
    means = [own.mean(0) for own in features.split([len(pieces) for pieces in parts])]
    return F.normalize(torch.stack(means), dim=-1)


def check_length(clip: CLIP, text: str) -> None:
    """Raise PromptError for a caption beyond the context of a CLIP."""
    count = clip.count_tokens(text)
    if count > clip.context_length:
        raise PromptError(
            "The caption “{caption}…” takes {count} tokens; this CLIP reads at most {most}. "
            "Shorten it, or choose to split long texts.",
            caption=text[:40],
            count=count,
            most=clip.context_length,
        )
