"""How well do these pictures and these captions match? The score matrix and what is read off it.

Source: Radford et al. 2021, figure 3 (the matrix, its two softmaxes, the loss of N pairs).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from multimodal.csv_export import to_csv
from multimodal.errors import PromptError
from multimodal.models.clip import CLIP
from multimodal.models.features import encode_images, encode_texts
from multimodal.settings.jobs import VIEWS, ScoreSettings

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
RECALL_AT = (1, 5, 10)


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
        return torch.sigmoid(self.logits - self.background_logit()[:, None])

    def background_logit(self) -> Tensor:
        """(n,) the log of the mean exponentiated logit of the background texts."""
        return mean_logit(self.logit_scale * self.background + self.logit_bias)

    def view(self, name: str) -> Tensor:
        """One of VIEWS, (n, m)."""
        if name in ("cosine", "logits"):
            return self.cosine if name == "cosine" else self.logits
        matrix: Tensor = getattr(self, name)()
        return matrix

    def pairs(self) -> Pairs:
        """The matrix of N pictures and their N captions read as N true pairs, (n, n).

        Raises PromptError when there are not as many captions as pictures.
        """
        images, texts = self.cosine.shape
        if images != texts:
            raise PromptError(
                "There are {pictures} pictures and {captions} captions; pairs need as many of one "
                "as of the other, in the same order.",
                pictures=images,
                captions=texts,
            )
        truth = torch.arange(images)
        logits = self.logits
        return Pairs(
            float(F.cross_entropy(logits, truth)),
            float(F.cross_entropy(logits.T, truth)),
            _recalls(logits),
            _recalls(logits.T),
            tuple(self.cosine.diagonal().tolist()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Every view, rounded to six places, for JSON."""
        views = {name: rounded(self.view(name)) for name in VIEWS}
        return {**views, "logit_scale": round(self.logit_scale, 4)}

    def to_csv(self, images: Sequence[str], texts: Sequence[str]) -> str:
        """One line a pair: picture, caption and every view."""
        matrices = {name: self.view(name).tolist() for name in VIEWS}
        rows = (
            [image, text, *(f"{matrices[name][row][column]:.6f}" for name in VIEWS)]
            for row, image in enumerate(images)
            for column, text in enumerate(texts)
        )
        return to_csv(["picture", "caption", *VIEWS], rows)


@dataclass(frozen=True)
class Pairs:
    """What N true pairs say about a CLIP.

    The two losses are cross-entropies in nats, chance is log N; a recall at k is the share of rows
    whose own partner is among the k best, in [0, 1]; `diagonal` holds the cosines of the pairs.
    """

    image_loss: float  # which caption belongs to this picture?
    text_loss: float  # which picture belongs to this caption?
    image_recall: dict[int, float]
    text_recall: dict[int, float]
    diagonal: tuple[float, ...]

    @property
    def loss(self) -> float:
        """The contrastive loss; Radford et al. 2021, figure 3."""
        return (self.image_loss + self.text_loss) / 2

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "loss": round(self.loss, 4),
            "image_loss": round(self.image_loss, 4),
            "text_loss": round(self.text_loss, 4),
            "image_recall": {f"@{k}": round(v, 4) for k, v in self.image_recall.items()},
            "text_recall": {f"@{k}": round(v, 4) for k, v in self.text_recall.items()},
            "diagonal": [round(value, 4) for value in self.diagonal],
        }


def score(
    clip: CLIP,
    images: Sequence[Image.Image],
    texts: Sequence[str],
    device: torch.device,
    settings: ScoreSettings | None = None,
) -> Scores:
    """Compare every picture with every caption. Raises ImageError, PromptError."""
    settings = settings or ScoreSettings()
    image_features = encode_images(clip, images, device)
    scores = compare(clip, image_features, encode_texts(clip, texts, settings.long_texts))
    return replace(scores, logit_scale=settings.logit_scale or scores.logit_scale)


def compare(clip: CLIP, image_features: Tensor, text_features: Tensor) -> Scores:
    """Scores of unit-norm features (n, d) and (m, d)."""
    return Scores(
        (image_features @ text_features.T).cpu(),
        (image_features @ background_features(clip).T).cpu(),
        clip.logit_scale,
        clip.logit_bias,
    )


_BACKGROUNDS: WeakKeyDictionary[CLIP, Tensor] = WeakKeyDictionary()


@torch.no_grad()
def background_features(clip: CLIP) -> Tensor:
    """text_features of BACKGROUND_TEXTS (b, d), encoded once a CLIP."""
    if clip not in _BACKGROUNDS:
        _BACKGROUNDS[clip] = clip.encode_texts(list(BACKGROUND_TEXTS))
    return _BACKGROUNDS[clip]


def mean_logit(logits: Tensor) -> Tensor:
    """(n, b) -> (n,): the log of the mean of the exponentials, one logit that stands for b."""
    return logits.logsumexp(1) - math.log(logits.shape[1])


def rounded(matrix: Tensor) -> list[list[float]]:
    """A matrix for JSON."""
    return [[round(value, 6) for value in row] for row in matrix.tolist()]


def _recalls(logits: Tensor) -> dict[int, float]:
    own = logits.diagonal()[:, None]
    rank = (logits > own).sum(1)
    return {k: float((rank < k).float().mean()) for k in RECALL_AT}
