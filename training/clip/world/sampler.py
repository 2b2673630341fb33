"""Batches for the heads: which pictures, in which view, and a true text of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from training.data.packs import Packs
from training.data.world_captions import WorldCaptions

POSSIBLE = 0.05  # a class with this share of the classifier's answer may be in the picture
TYPOS = 0.2  # of texts that have a version with a typo are drawn so
STYLED = 0.35  # of drawings are captioned with style and background
#: How many times the pictures of small packs are drawn, for their labels and for their captions.
LABEL_TIMES = {
    "intel_scenes": 4,
    "weather": 8,
    "pacs": 3,
    "voc_vehicles_cats": 4,
    "dreambooth": 4,
    "imagenette": 2,
}
CAPTION_TIMES = {"flickr8k": 2, "coco_square": 2}
#: Of these there are few captioned pictures (six dogs for a cat).
FEW, FEW_TIMES = re.compile(r"\b(cat|kitten|ship|frog|deer|cake)s?\b", re.IGNORECASE), 3
EVEN = 60  # a class of fewer pictures is drawn nearly as often as one of so many


class Batch(NamedTuple):
    """Photos and drawings, photos first.

    photos, drawings: rows of each; photo_views, drawing_views: which view of each. texts (n,): a
    number for each picture. same (n, n) bool: pairs off the diagonal that are or may be true.
    labels (photos,): -1 where there is none. concepts (drawings,).
    """

    photos: Tensor
    photo_views: Tensor
    drawings: Tensor
    drawing_views: Tensor
    texts: Tensor
    same: Tensor
    labels: Tensor
    concepts: Tensor


@dataclass(frozen=True)
class BatchSizes:
    """Pictures a batch of each kind of text."""

    captions: int
    labels: int
    classes: int  # names of ImageNet's classes and of what stands above them
    drawings: int


class Sampler:
    """Draws batches from all training pictures.

    Args:
        probabilities: (photos, classes) of ImageNet's classifier.
        concepts: (drawings,) the concept of each.
        views: those of photos and those of drawings.
    """

    def __init__(
        self,
        captions: WorldCaptions,
        probabilities: Tensor,
        concepts: Tensor,
        views: tuple[list[int], list[int]],
        packs: Packs,
    ) -> None:
        self.captions, self.concepts = captions, concepts
        self.views = torch.tensor(views[0]), torch.tensor(views[1])
        self.num_classes = probabilities.shape[1]
        shares = captions.lexicon.ancestors.shares(probabilities)
        self.answers = torch.cat([probabilities, shares], 1).half()  # (photos, classes + m)
        held = torch.tensor([picture.held for picture in packs.pictures])
        names = [picture.pack for picture in packs.pictures]
        rows = captions.captions.filled().nonzero()[:, 0]
        few = torch.tensor([bool(FEW.search(" ".join(p.captions))) for p in packs.pictures])
        times = _times(names, CAPTION_TIMES) * torch.where(few, FEW_TIMES, 1)
        self.captioned = rows.repeat_interleave(times[rows])
        rows = self._balanced(captions.labels.filled().nonzero()[:, 0])
        self.labelled = rows.repeat_interleave(_times(names, LABEL_TIMES)[rows])
        self.trained = (~held).nonzero()[:, 0]
        seen = probabilities[self.trained].argmax(1)
        counts = torch.bincount(seen, minlength=self.num_classes)
        self.rarity = counts[seen].float().rsqrt()
        self.class_of_text = torch.full((len(captions.texts),), -1)
        for node, numbers in enumerate(captions.classes.rows() + captions.ancestors.rows()):
            self.class_of_text[numbers] = node
        count = len(captions.texts)
        self.names_label = torch.zeros(len(captions.label_list), count, dtype=torch.bool)
        for label, numbers in enumerate(captions.label_names.rows()):
            self.names_label[label, numbers] = True
        self.names_concept: dict[int, set[int]] = {}
        for concept, numbers in enumerate(captions.concepts.rows()):
            for number in numbers.tolist():
                self.names_concept.setdefault(number, set()).add(concept)

    def _balanced(self, rows: Tensor) -> Tensor:
        """Rows so repeated that a class of few pictures is drawn nearly as often as one of many."""
        labels = self.captions.label_of[rows]
        counts = torch.bincount(labels.clamp(min=0))
        times = (EVEN / counts[labels.clamp(min=0)]).sqrt().round().clamp(1, 4).long()
        return rows.repeat_interleave(torch.where(labels >= 0, times, 1))

    def draw(self, sizes: BatchSizes, generator: torch.Generator) -> Batch:
        """One batch."""
        known = self.captions

        def pick(rows: Tensor, count: int) -> Tensor:
            return rows[torch.randint(len(rows), (count,), generator=generator)]

        captioned = pick(self.captioned, sizes.captions)
        labelled = pick(self.labelled, sizes.labels)
        classed = self.trained[torch.multinomial(self.rarity, sizes.classes, generator=generator)]
        drawings = torch.randint(len(self.concepts), (sizes.drawings,), generator=generator)
        photos = torch.cat([captioned, labelled, classed])
        photo_views = pick(self.views[0], len(photos))
        drawing_views = pick(self.views[1], len(drawings))
        concepts = self.concepts[drawings]
        named = known.concepts.draw(concepts, generator)
        styled = torch.rand(len(drawings), generator=generator) < STYLED
        texts = torch.cat(
            [
                known.captions.draw(captioned, generator),
                known.labels.draw(labelled, generator),
                self._class_texts(classed, generator),
                torch.where(styled, known.drawn[drawing_views, drawings], named),
            ]
        )
        same = self._same(photos, concepts, texts)
        texts = self._with_typos(texts, generator)
        labels = known.label_of[photos]
        return Batch(photos, photo_views, drawings, drawing_views, texts, same, labels, concepts)

    def other_words(self, concepts: Tensor, generator: torch.Generator) -> Tensor:
        """What else concepts (n,) are called, (n,); some with a typo."""
        return self._with_typos(self.captions.concepts.draw(concepts, generator), generator)

    def _with_typos(self, texts: Tensor, generator: torch.Generator) -> Tensor:
        typos = self.captions.typos[texts]
        chosen = (typos >= 0) & (torch.rand(len(texts), generator=generator) < TYPOS)
        return torch.where(chosen, typos, texts)

    def _class_texts(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """A name of a class as likely as the classifier finds it, or of something above it."""
        known, ancestors = self.captions, self.captions.lexicon.ancestors
        answers = self.answers[rows, : self.num_classes].float()
        classes = torch.multinomial(answers, 1, generator=generator)[:, 0]
        above = ancestors.above[:, classes].T.float()  # (n, m)
        weights = above / ancestors.above.sum(1).float().sqrt()
        has = weights.sum(1) > 0
        chosen = torch.multinomial(weights + (~has)[:, None].float(), 1, generator=generator)[:, 0]
        is_ancestor = has & (torch.rand(len(rows), generator=generator) < 0.5)
        names = known.ancestors.draw(chosen, generator), known.classes.draw(classes, generator)
        return torch.where(is_ancestor, *names)

    def _same(self, photos: Tensor, concepts: Tensor, texts: Tensor) -> Tensor:
        """(n, n) bool: which texts are or may be true of which pictures beside their own."""
        same = texts[:, None] == texts[None, :]
        num = len(photos)
        nodes = self.class_of_text[texts]
        possible = self.answers[photos][:, nodes.clamp(min=0)] > POSSIBLE
        same[:num] |= possible & (nodes >= 0)
        labels = self.captions.label_of[photos]
        same[:num] |= self.names_label[labels.clamp(min=0)][:, texts] & (labels >= 0)[:, None]
        same[num:] |= concepts[:, None] == torch.cat([torch.full((num,), -1), concepts])[None, :]
        for column, number in enumerate(texts.tolist()):
            known = self.names_concept.get(number)
            if known:
                same[num:, column] |= torch.isin(concepts, torch.tensor(sorted(known)))
        return same


def _times(packs: list[str], times: dict[str, int]) -> Tensor:
    return torch.tensor([times.get(pack, 1) for pack in packs])
