"""Which hits really fit? A cut that needs no tuning, so that a search does not return all photos.

A cosine means little alone: some pictures are near to every text, some texts to every picture,
and every CLIP has its own scale. So each cosine is held against two distributions:

- the picture's own cosines with a *cohort* of other queries, most of which it does not show:
  for words, BACKGROUND_CAPTIONS; for a query with a picture in it, other pictures of the gallery;
- the query's own cosines with the pictures of the gallery that do not stand out by the first.

The fit of a hit is the mean of the two standardised scores, in standard deviations. With few
pictures the second is a poor estimate and counts for less; it never lifts a picture that does not
stand out by the first, for that may be near to everything. Something is found when the best fit
is so high that among n unrelated pictures only RATE would reach it (a Gaussian tail, Bonferroni);
then all that come near to the best are relevant, as in a hysteresis threshold. Broad words ("an
animal") are the weak point: often nothing passes, and the nearest pictures are all there is.

A library on disk is too large to look at whole for each query: the nearest pictures are judged with
their own vectors, and an evenly spread sample of all stands for the gallery (`Sample`).

Source: score normalisation of speaker verification; Auckenthaler et al. 2000 (T-norm, the
cohort), Kenny 2010 (S-norm, the mean of both sides). What it finds, and what other cuts found, is
measured in docs/history/search.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor

#: False hits expected among unrelated pictures, were the fit of those Gaussian.
TEXT_RATE, PICTURE_RATE = 0.02, 0.05
#: From this many deviations by the cohort a picture is no example of what the query is not.
STANDS_OUT = 2.0
#: A gallery of as many unrelated pictures counts half as much as the cohort could at most.
PRIOR_PICTURES = 16
LEAST_UNRELATED = 8
#: Once something fits, all that have this share of the best fit and at least so much do.
SHARE_OF_BEST, LEAST_FIT = 0.7, 2.5
SMALLEST_SPREAD = 1e-3
MAX_COHORT = 256

#: What pictures show in general: the cohort for queries of words.
BACKGROUND_CAPTIONS = (
    "a photo", "a picture of something", "abstract texture", "an empty background",
    "a blurry picture", "a black and white photo", "a person", "a portrait of a woman",
    "a man standing", "a group of people", "a child playing", "a baby", "a crowd", "a hand",
    "an eye", "people at work", "an animal", "a pet", "a dog", "a cat", "a horse", "a bird",
    "a fish", "an insect", "a wild animal", "a farm animal", "a reptile", "a sea animal",
    "a plant", "a tree", "a forest", "flowers in a garden", "grass", "leaves", "a mushroom",
    "food on a plate", "a fruit", "vegetables", "a drink in a glass", "bread", "a cake", "meat",
    "a bowl of soup", "packaged food in a shop", "a landscape", "mountains", "a beach by the sea",
    "a river", "a desert", "snow in winter", "the sky with clouds", "a sunset", "the night sky",
    "rain", "a city street", "a house", "a tall building", "a temple", "a bridge", "a road",
    "a garden", "a kitchen", "a bedroom", "an office", "a shop", "a factory", "a school",
    "a vehicle", "a truck", "a train", "a bicycle", "a boat", "a bus", "a piece of furniture",
    "a table", "a bed", "a household appliance", "a tool", "a weapon", "a machine", "a computer",
    "an electronic device", "a telephone", "a book", "a newspaper page", "a sign with text",
    "a map", "a diagram", "a screenshot", "clothes", "a jacket", "jewellery", "a bag",
    "a musical instrument", "a toy", "a ball", "a painting", "a drawing", "a sculpture", "a logo",
    "money", "a clock", "a bottle", "a box", "people playing sport", "a concert", "a party",
    "a wedding", "a fire", "a flag",
)  # fmt: skip


@dataclass(frozen=True)
class Cohort:
    """What cosines with a cohort look like, picture by picture: middle and spread, each (n,)."""

    middle: Tensor
    spread: Tensor

    @classmethod
    def of(cls, cosines: Tensor, robust: bool) -> Cohort:
        """Of cosines (n, m) with m things; `robust` as in `fit`."""
        if robust:
            return cls(*_robust(cosines))
        return cls(cosines.mean(1), cosines.std(1, correction=0))

    def standardised(self, cosine: Tensor) -> Tensor:
        """Cosines with the query (n,), in standard deviations of their own row."""
        return (cosine - self.middle) / self.spread.clamp(min=SMALLEST_SPREAD)


@dataclass(frozen=True)
class Sample:
    """Pictures spread evenly over a collection too large to look at whole: their cosines with the
    query (s,) and their cohort."""

    cosine: Tensor
    cohort: Cohort


def fit(
    cosine: Tensor, cohort: Tensor, robust: bool = False, sample: Sample | None = None
) -> Tensor:
    """How far each picture stands out for this query, in standard deviations, (n,).

    Args:
        cosine: of the n pictures of a gallery with the query, (n,).
        cohort: of the same pictures with m things that most of them do not show, (n, m).
        robust: describe the cohort by median and median deviation; for cohorts that hold many
            things a picture does show, such as others of its kind.
        sample: stands for the gallery where the n pictures are only the nearest of it.
    """
    by_cohort = Cohort.of(cohort, robust).standardised(cosine)
    others, apart = cosine, by_cohort
    if sample is not None:
        others, apart = sample.cosine, sample.cohort.standardised(sample.cosine)
    unrelated = others[apart < STANDS_OUT]
    num = len(unrelated)
    if num < LEAST_UNRELATED:
        return by_cohort
    middle, spread = _robust(unrelated)
    by_gallery = (cosine - middle) / spread.clamp(min=SMALLEST_SPREAD)
    share = 0.5 * num / (num + PRIOR_PICTURES)
    both = (1 - share) * by_cohort + share * by_gallery
    return torch.where(by_cohort < STANDS_OUT, both.minimum(by_cohort), both)


def picture_cohort(features: Tensor) -> Tensor:
    """Other pictures to hold a query with a picture in it against: at most MAX_COHORT of the
    gallery's features (n, d), evenly spread, always the same."""
    num = len(features)
    rows = torch.linspace(0, num - 1, min(num, MAX_COHORT)).round().long()
    return features[rows]


def relevant(fit: Tensor, rate: float, strictness: float = 1.0, total: int | None = None) -> Tensor:
    """Which pictures are relevant, (n,) bool, by their fit (n,).

    Args:
        rate: TEXT_RATE or PICTURE_RATE.
        strictness: multiplies both bounds; 1 is automatic, 0 lets everything pass.
        total: pictures in the gallery, where these are only the nearest of it.
    """
    if strictness == 0:
        return torch.ones_like(fit, dtype=torch.bool)
    bound = NormalDist().inv_cdf(1 - rate / max(total or len(fit), 2))
    best = float(fit.max())
    if best < strictness * bound:
        return torch.zeros_like(fit, dtype=torch.bool)
    return fit >= strictness * max(SHARE_OF_BEST * best, LEAST_FIT)


def _robust(values: Tensor) -> tuple[Tensor, Tensor]:
    """Median and scaled median deviation (a Gaussian's standard deviation) of the last axis."""
    middle = values.median(-1).values
    spread = 1.4826 * (values - middle[..., None]).abs().median(-1).values
    return middle, spread
