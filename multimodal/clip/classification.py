"""Zero-shot classification: which of these labels fits a picture, or does each on its own?

Source: Radford et al. 2021, section 3.1 (zero-shot transfer) and 3.1.4 (prompt ensembles).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from multimodal.clip.scoring import background_features, mean_logit
from multimodal.clip.templates import templates_for
from multimodal.errors import PromptError
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_images, encode_texts
from multimodal.prompts import fill, split_labels
from multimodal.settings.jobs import ClassifySettings

NONE_OF_THESE = "none of these"


@dataclass(frozen=True)
class LabelScore:
    """One label of a classified picture and its probability."""

    label: str
    probability: float


@torch.no_grad()
def label_features(clip: CLIP, labels: Sequence[str], settings: ClassifySettings) -> Tensor:
    """One unit-norm text feature a label, (m, d): each sentence of its ensemble is encoded and
    normalised, then the mean is normalised again. Raises PromptError."""
    sentences = [
        [
            fill(template, label)
            for template in templates_for(label, settings.ensemble, settings.template)
        ]
        for label in labels
    ]
    features = encode_texts(
        clip, [text for texts in sentences for text in texts], settings.long_texts
    )
    means = [own.mean(0) for own in features.split([len(texts) for texts in sentences])]
    return F.normalize(torch.stack(means), dim=-1)


def classify(
    clip: CLIP,
    images: Sequence[Image.Image],
    labels: Sequence[str],
    settings: ClassifySettings,
    device: torch.device,
) -> list[list[LabelScore]]:
    """Sort pictures under labels; for each picture its best labels, likeliest first.

    Raises ImageError, PromptError.
    """
    if not labels:
        raise PromptError("No label was given; write at least one, separated by commas.")
    features = label_features(clip, labels, settings)
    image_features = encode_images(clip, images, device)
    return ranked(probabilities(clip, image_features, features, settings), labels, settings)


@torch.no_grad()
def probabilities(
    clip: CLIP, image_features: Tensor, features: Tensor, settings: ClassifySettings
) -> Tensor:
    """Unit-norm pictures (n, d) and labels (m, d) -> probabilities (n, m).

    A softmax over the labels; with `none_of_these` one more column stands for the opposing texts.
    With `independent` each label is weighed against the opposing texts alone, and nothing has to
    add up: that answers whether ONE label fits, too.
    """
    if settings.opposing.strip():
        opposing = encode_texts(clip, split_labels(settings.opposing), settings.long_texts)
    else:
        opposing = background_features(clip)
    scale = clip.logit_scale / settings.temperature
    logits = (scale * image_features @ features.T).cpu()
    against = mean_logit((scale * image_features @ opposing.T).cpu())[:, None]
    if settings.independent:
        return torch.sigmoid(logits - against)
    if settings.none_of_these:
        logits = torch.cat([logits, against], 1)
    return logits.softmax(1)


def ranked(
    matrix: Tensor, labels: Sequence[str], settings: ClassifySettings
) -> list[list[LabelScore]]:
    """The `top_k` best labels of each row of a probability matrix."""
    names = list(labels)
    if matrix.shape[1] > len(names):
        names.append(NONE_OF_THESE)
    best = matrix.topk(min(settings.top_k, len(names)))
    return [
        [LabelScore(names[index], value) for index, value in zip(places, values, strict=True)]
        for places, values in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]
