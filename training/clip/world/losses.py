"""What the heads are trained for: pairs against each other, and pictures against closed lists."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.world.heads import Heads
from training.clip.world.sampler import Batch, Sampler
from training.clip.world.texts import TextFeatures
from training.clip.world.word_meanings import WordMeanings

NEVER = 0.02  # an ancestor with less of the classifier's answer is not in the picture
HIDDEN = -1e4  # a logit that takes no part
#: How often a step asks for all concepts' names in a language.
LANGUAGE_SHARES = {
    "en": 8, "ar": 4, "hi": 3, "zh": 1, "es": 1, "fr": 1, "de": 1, "ja": 1, "ru": 1, "ko": 1,
}  # fmt: skip


@dataclass(frozen=True)
class LossWeights:
    """How much each loss counts beside the contrast of pairs."""

    classes: float = 1.4
    ancestors: float = 0.4
    labels: float = 0.7
    concepts: float = 1.0
    meanings: float = 0.5
    translations: float = 0.4


@dataclass(frozen=True)
class TextOptions:
    """How many texts a step asks for beside its batch, and their noise."""

    extra: int  # negatives
    meanings: int  # that are to be near the name of what they mean
    translations: int  # pairs of an English and an Arabic caption of one picture
    noise: float


class CaptionLoss:
    """All losses of a batch, by name: closed lists in turns, and at every step the contrast of
    pairs and of translations and, where they are given, other words."""

    def __init__(
        self,
        sampler: Sampler,
        features: TextFeatures,
        options: TextOptions,
        words: WordMeanings | None = None,
        weights: LossWeights | None = None,
    ) -> None:
        self._sampler, self._captions, self._features = sampler, sampler.captions, features
        self._options, self._words, self._weights = options, words, weights or LossWeights()

    def __call__(
        self, heads: Heads, batch: Batch, images: Tensor, step: int, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """`images` (n, d), unit norm, in the batch's order."""
        scale, num_texts = heads.log_scale.exp(), len(self._captions.texts)
        extra = torch.randint(num_texts, (self._options.extra,), generator=generator)
        texts = self._read(heads, torch.cat([batch.texts, extra]))
        alike = batch.texts[:, None] == batch.texts[None, :]
        found = {"pairs": pair_loss(images, texts, scale, batch.same, alike)}
        if step % 2:
            found |= self._names(heads, batch, images, generator)
        else:
            found |= self._classes(heads, images[: len(batch.photos)], batch, generator)
        if self._options.translations and len(self._captions.pairs[0]):
            found["translations"] = self._translations(heads, generator)
        if self._words:
            names, noise = self._read(heads, self._captions.names["en"]), self._options.noise
            found["words"] = self._words.loss(heads, names, noise, generator)
        return found

    def _read(self, heads: Heads, numbers: Tensor) -> Tensor:
        return self._features(heads, numbers, self._options.noise)

    def _names(
        self, heads: Heads, batch: Batch, images: Tensor, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Drawings and other words among the concepts' names, photos among the labels."""
        known, weights, scale = self._captions, self._weights, heads.log_scale.exp()
        num = len(batch.photos)
        names = self._read(heads, self._concept_names(generator))
        concepts = concept_loss(images[num:], names, scale, batch.concepts)
        meant = torch.randint(len(names), (self._options.meanings,), generator=generator)
        said = self._read(heads, self._sampler.other_words(meant, generator))
        meanings = concept_loss(said, names, scale, meant)
        every = torch.arange(len(known.label_list))
        names = self._read(heads, known.label_names.draw(every, generator))
        rows = (batch.labels >= 0).nonzero()[:, 0]
        asked = known.family.T[known.family_of[batch.photos[rows]]]
        labels = label_loss(images[rows], names, scale, batch.labels[rows], asked)
        return {
            "concepts": weights.concepts * concepts,
            "meanings": weights.meanings * meanings,
            "labels": weights.labels * labels,
        }

    def _classes(
        self, heads: Heads, photos: Tensor, batch: Batch, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Photos among ImageNet's classes and what stands above them."""
        known, count, scale = self._captions, self._sampler.num_classes, heads.log_scale.exp()
        first = torch.rand(count, generator=generator) < 0.4
        drawn = known.classes.draw(torch.arange(count), generator)
        names = self._read(heads, torch.where(first, known.class_first, drawn))
        answers = self._sampler.answers[batch.photos].float()
        classes = class_loss(photos, names, scale, answers[:, :count])
        every = torch.arange(len(known.ancestors))
        names = self._read(heads, known.ancestors.draw(every, generator))
        ancestors = ancestor_loss(photos, names, scale, answers[:, count:], generator)
        return {
            "classes": self._weights.classes * classes,
            "ancestors": self._weights.ancestors * ancestors,
        }

    def _translations(self, heads: Heads, generator: torch.Generator) -> Tensor:
        """Arabic and English captions of the same pictures, both ways."""
        english, arabic = self._captions.pairs
        count = self._options.translations
        rows = torch.randint(len(english), (count,), generator=generator)
        pair = [part.draw(rows, generator) for part in (english, arabic)]
        ours, theirs = (self._read(heads, numbers) for numbers in pair)
        alike = pair[0][:, None] == pair[0][None, :]
        loss = pair_loss(ours, theirs, heads.log_scale.exp(), alike, alike)
        return self._weights.translations * loss

    def _concept_names(self, generator: torch.Generator) -> Tensor:
        """All concepts' names in a language drawn; in English where one has none."""
        weights = torch.tensor(list(LANGUAGE_SHARES.values()), dtype=torch.float)
        language = list(LANGUAGE_SHARES)[int(torch.multinomial(weights, 1, generator=generator))]
        names = self._captions.names[language]
        return torch.where(names < 0, self._captions.names["en"], names)


def pair_loss(images: Tensor, texts: Tensor, scale: Tensor, same: Tensor, alike: Tensor) -> Tensor:
    """Softmax both ways, after Radford et al. 2021, figure 3.

    images (n, d), texts (m, d) with m >= n, the rest negatives only; same (n, n): pairs that may
    be true, left out where they are not the pair itself; alike (n, n): equal texts, which share
    the probability as equal positives.
    """
    logits = scale * images @ texts.T
    num = len(images)
    target = alike.float() / alike.sum(1, keepdim=True)
    ahead = logits[:, :num].masked_fill(same & ~alike, HIDDEN)
    logged = torch.cat([ahead, logits[:, num:]], 1).log_softmax(1)[:, :num]
    back = ahead.T.log_softmax(1)
    return -(target * logged).sum(1).mean() / 2 - (target.T * back).sum(1).mean() / 2


def class_loss(images: Tensor, texts: Tensor, scale: Tensor, probabilities: Tensor) -> Tensor:
    """Cross-entropy of the classifier's soft answers (n, classes); Li & Hoiem 2016, equation 2."""
    return -(probabilities * (scale * images @ texts.T).log_softmax(1)).sum(1).mean()


def ancestor_loss(
    images: Tensor, texts: Tensor, scale: Tensor, shares: Tensor, generator: torch.Generator
) -> Tensor:
    """One ancestor of what each picture shows against all those that it surely does not show."""
    found = shares > 0.5
    rows = found.any(1).nonzero()[:, 0]
    if not len(rows):
        return images.sum() * 0
    weights = found[rows].float() / (shares.mean(0) + 0.01).sqrt()
    target = torch.multinomial(weights, 1, generator=generator)[:, 0]
    logits = scale * images[rows] @ texts.T
    hide = shares[rows] > NEVER
    hide[torch.arange(len(rows)), target] = False
    return F.cross_entropy(logits.masked_fill(hide, HIDDEN), target)


def label_loss(
    images: Tensor, texts: Tensor, scale: Tensor, labels: Tensor, asked: Tensor
) -> Tensor:
    """Each picture's label (n,) among those `asked` of its family (n, labels); 0 without any."""
    if not len(labels):
        return images.sum() * 0
    logits = (scale * images @ texts.T).masked_fill(~asked, HIDDEN)
    return F.cross_entropy(logits, labels)


def concept_loss(features: Tensor, names: Tensor, scale: Tensor, concepts: Tensor) -> Tensor:
    """The concept (n,) of each drawing or text among all names."""
    return F.cross_entropy(scale * features @ names.T, concepts, label_smoothing=0.1)
