"""What a CLIP knows of the world: figures on held-out photographs and drawings, in two languages.

The pictures are the held-out side of a folder of packs (training/data/packs.py) and OpenMoji, on
which nothing here was trained. Any CLIP can be measured; pictures of 160 px are resized to what it
likes best.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.models.clip import CLIP
from multimodal.models.world.writing import plain_text
from training.data.artwork import HELD_OUT_STYLE, load_artwork
from training.data.concepts import LANGUAGES
from training.data.lexicon import Lexicon
from training.data.load_table import load_table
from training.data.packs import Packs, load_packs
from training.data.typos import with_typo
from training.data.views import enlarged, shrunk
from training.evaluation.calibration import calibration_figure, fit_scale
from training.evaluation.figure import Figure, among, ranks
from training.evaluation.shape_pairs import shape_pairs
from training.evaluation.world_sets import class_sets, facts_of, facts_of_concept, relevant

BATCH = 64
MANY = 50  # names; of more the first five are counted, too
WELL_KNOWN = ("en", "ar", "hi")  # languages that are measured in full
FIRST = 10  # results of a search that are looked at
Figures = dict[str, Figure]


class WorldData:
    """Held-out pictures as a CLIP sees them.

    Args:
        drawings: RGBA artwork (n, h, w, 4) uint8 that was not trained on, and `concept_ids` (n,)
            of the lexicon's concepts.
    """

    def __init__(
        self,
        clip: CLIP,
        packs: Packs,
        lexicon: Lexicon,
        drawings: np.ndarray,
        concept_ids: np.ndarray,
    ) -> None:
        self.clip, self.packs, self.lexicon = clip, packs, lexicon
        self._drawings = drawings
        self.concept_ids = torch.from_numpy(concept_ids).long()
        self.held = [row for row, picture in enumerate(packs.pictures) if picture.held]
        self._place = {row: place for place, row in enumerate(self.held)}

    @classmethod
    def load(cls, clip: CLIP, data: Path, cache: Path) -> WorldData:
        """Of a folder of packs and OpenMoji. Raises LabError where there is nothing."""
        packs = load_packs(data, cache)
        art = load_artwork(HELD_OUT_STYLE)
        return cls(clip, packs, Lexicon.load(data), art.pixels, art.concept_ids)

    @cached_property
    def photos(self) -> Tensor:
        """image_features of all held-out photos, in the order of `held`."""
        return self.image_features(self._photo_batches(self.held))

    def photo_features(self, rows: list[int], side: int = 0) -> Tensor:
        """Of some held-out photos, shrunk to `side` pixels first where that is not 0."""
        if side:
            return self.image_features(self._photo_batches(rows, side))
        return self.photos[[self._place[row] for row in rows]]

    @cached_property
    def drawings(self) -> Tensor:
        """image_features of all drawings, over white."""
        return self.image_features(self._drawing_batches())

    @torch.no_grad()
    def text_features(self, texts: Sequence[str]) -> Tensor:
        """(m, d) unit norm."""
        parts = [
            self.clip.encode_texts(list(texts[start : start + 256]))
            for start in range(0, len(texts), 256)
        ]
        return torch.cat(parts)

    @torch.no_grad()
    def image_features(self, batches: Iterable[Tensor]) -> Tensor:
        """Batches of square pixels -> (n, d) unit norm."""
        size = self.clip.image_size
        return torch.cat([self.clip.encode_images(_sized(pixels, size)) for pixels in batches])

    def _photo_batches(self, rows: list[int], side: int = 0) -> Iterator[Tensor]:
        for start in range(0, len(rows), BATCH):
            raw = torch.from_numpy(np.array(self.packs.pixels[rows[start : start + BATCH]]))
            pixels = raw.permute(0, 3, 1, 2).float() / 255
            yield enlarged(shrunk(pixels, side), pixels.shape[-1]) if side else pixels

    def _drawing_batches(self) -> Iterator[Tensor]:
        for start in range(0, len(self._drawings), BATCH):
            raw = torch.from_numpy(np.array(self._drawings[start : start + BATCH]))
            rgba = raw.permute(0, 3, 1, 2).float() / 255
            yield rgba[:, :3] * rgba[:, 3:] + 1 - rgba[:, 3:]


def _sized(pixels: Tensor, size: int) -> Tensor:
    """Square pictures as a CLIP likes them."""
    if pixels.shape[-1] == size:
        return pixels
    if pixels.shape[-1] < size:
        return enlarged(pixels, size)
    return F.interpolate(pixels, size=size, mode="bicubic", antialias=True).clamp(0, 1)


def closed_lists(data: WorldData) -> Figures:
    """Every measure with a list of names."""
    found: Figures = {}
    for key, part in class_sets(data.packs, data.lexicon).items():
        seen, truth = data.photo_features(part.rows, part.side), torch.tensor(part.truth)
        for language, names in part.names.items():
            rank = ranks(seen, data.text_features(names), truth).tolist()
            kinds = ("top1", "top5") if len(names) > MANY else ("top1",)
            found |= among(f"world_{key}_{language}", rank, len(names), *kinds)
            if language == "en":
                for group, places in part.groups.items():
                    hits = [rank[place] < 1 for place in places]
                    if hits:
                        found[f"world_{key}_{group}_en_top1"] = Figure.of_hits(hits)
    return found


def retrieval(data: WorldData) -> Figures:
    """Captions to pictures and back; `r10` is a hit among the first ten."""
    found: Figures = {}
    packs = data.packs
    coco = [*packs.rows("coco", True), *packs.rows("coco_square", True)]
    for key, rows in (("flickr8k", packs.rows("flickr8k", True)), ("coco", coco)):
        for language in ("en", "ar") if rows else ():
            pictures = [packs.pictures[row] for row in rows]
            said = [p.captions if language == "en" else p.captions_ar for p in pictures]
            owner = torch.tensor([i for i, texts in enumerate(said) for _ in texts])
            if not len(owner):
                continue
            texts = data.text_features([text for own in said for text in own])
            cosines = texts @ data.photo_features(rows).T  # (captions, pictures)
            rank = (cosines > cosines.gather(1, owner[:, None])).sum(1)
            for k in (1, FIRST):
                hits = (rank < k).tolist()
                found[f"world_{key}_to_picture_{language}_r{k}"] = Figure.of_hits(hits)
                best = cosines.T.topk(min(k, len(cosines)), 1).indices
                hits = (owner[best] == torch.arange(len(rows))[:, None]).any(1).tolist()
                found[f"world_{key}_to_caption_{language}_r{k}"] = Figure.of_hits(hits)
    return found


def drawings(data: WorldData) -> Figures:
    """Drawings among all names, in every language, and by names with a typo."""
    found: Figures = {}
    seen, truth = data.drawings, data.concept_ids
    for language in LANGUAGES:
        names = [c.names.get(language, c.name) for c in data.lexicon.concepts]
        rank = ranks(seen, data.text_features(names), truth).tolist()
        kinds = ("top1", "top5", "of100") if language in WELL_KNOWN else ("top1",)
        found |= among(f"world_openmoji_{language}", rank, len(names), *kinds)
        if language in ("en", "ar"):
            rng = random.Random(7)
            typos = [with_typo(plain_text(name), rng) or name for name in names]
            rank = ranks(seen, data.text_features(typos), truth).tolist()
            found |= among(f"world_openmoji_typo_{language}", rank, len(names), "top1")
    return found


def other_words(data: WorldData) -> Figures:
    """Drawings found by other words among all names but their own, and the same drawings found by
    their names (`plain`): by held-out wordings of a tenth of the concepts (`words`), and by the
    synonyms that `evaluate clip_words` has."""
    found: Figures = {}
    concepts, held = data.lexicon.concepts, data.lexicon.held_phrases
    rows = {concept.name: row for row, concept in enumerate(concepts)}
    tables = {"en": "synonym_eval", "ar": "synonym_eval_ar"}
    for place, (language, table) in enumerate(tables.items()):
        words = [(row, text) for row, texts in held.items() for text in texts[place]]
        written: dict[str, str] = load_table(table)
        synonyms = [(rows[name], text) for text, name in written.items() if name in rows]
        for key, pairs in (("words", words), ("synonyms", synonyms)):
            found |= _found_by(data, key, language, pairs)
    return found


def _found_by(data: WorldData, key: str, language: str, pairs: list[tuple[int, str]]) -> Figures:
    """Drawings of the concepts in `pairs` by the texts beside them, and by their names."""
    row_of = {int(concept): row for row, concept in enumerate(data.concept_ids)}
    pairs = [(concept, text) for concept, text in pairs if concept in row_of]
    if not pairs:
        return {}
    ids = torch.tensor([concept for concept, _ in pairs])
    some = data.drawings[[row_of[concept] for concept, _ in pairs]]
    names = [c.names.get(language, c.name) for c in data.lexicon.concepts]
    by_name = some @ data.text_features(names).T
    by_words = (some * data.text_features([text for _, text in pairs])).sum(1, keepdim=True)
    by_own_name = by_name.gather(1, ids[:, None])
    others = by_name.scatter(1, ids[:, None], -2.0)  # below every cosine
    found: Figures = {}
    for which, own in ((key, by_words), (f"{key}_plain", by_own_name)):
        rank = (others > own).sum(1).tolist()
        found |= among(f"world_{which}_{language}", rank, len(names), "top1", "top5", "of100")
    return found


def searches(data: WorldData) -> Figures:
    """Everyday queries over photos and drawings together: how many of the first ten are relevant;
    and whether one cut of the cosines, fitted on every other query, shows what is relevant and
    hides the rest, and what is shown for things that no picture shows."""
    table = load_table("world_queries")
    queries: list[dict[str, Any]] = table["queries"]
    seen = torch.cat([data.photos, data.drawings])
    facts = [facts_of(data.packs, row) for row in data.held]
    facts += [facts_of_concept(data.lexicon.concepts[int(row)]) for row in data.concept_ids]
    about = torch.stack([relevant(query, facts) for query in queries])  # (queries, pictures)
    first = min(FIRST, len(seen))
    found: Figures = {}
    for language in ("en", "ar"):
        wanted, absent = (
            data.text_features([query[language] for query in table[kind]])
            for kind in ("queries", "absent")
        )
        cosines, places = (wanted @ seen.T).topk(first, 1)
        right = about.gather(1, places)
        precision = right.sum(1) / about.sum(1).clamp(1, first)
        cut = _best_cut(cosines[::2], right[::2])
        shown = ((cosines[1::2] > cut) == right[1::2]).flatten().tolist()
        hidden = (absent @ seen.T).topk(first, 1).values <= cut
        found[f"world_search_{language}_precision"] = Figure.of_shares(precision.tolist())
        found[f"world_search_{language}_cut"] = Figure.of_hits(shown)
        found[f"world_search_{language}_absent"] = Figure.of_hits(hidden.flatten().tolist())
    return found


def _best_cut(cosines: Tensor, right: Tensor) -> float:
    """Above which cosine most of what is right is found, and below it most of the rest."""
    cuts = cosines.flatten()
    agree = ((cuts[None] > cuts[:, None]) == right.flatten()[None]).float().mean(1)
    return float(cuts[agree.argmax()])


def word_order(data: WorldData) -> Figures:
    """A red square on blue against a blue square on red."""
    pixels, right, wrong = shape_pairs(data.clip.image_size)
    seen = data.image_features(pixels.split(BATCH))
    hits = (seen * data.text_features(right)).sum(1) > (seen * data.text_features(wrong)).sum(1)
    return {"world_word_order": Figure.of_hits(hits.tolist())}


def calibrated(data: WorldData) -> Figures:
    """Expected calibration error with the CLIP's own scale, and (`fitted`) on every other picture
    with a scale fitted on the rest."""
    sets = class_sets(data.packs, data.lexicon)
    pairs: dict[str, tuple[Tensor, Tensor]] = {
        key: (
            data.photo_features(sets[key].rows) @ data.text_features(sets[key].names["en"]).T,
            torch.tensor(sets[key].truth),
        )
        for key in ("classes", "imagenet_nips17_ccby")
        if key in sets
    }
    names = data.text_features([concept.name for concept in data.lexicon.concepts])
    pairs["openmoji"] = data.drawings @ names.T, data.concept_ids
    found: Figures = {}
    for key, (cosines, truth) in pairs.items():
        found[f"world_calibration_{key}"] = calibration_figure(
            data.clip.logit_scale * cosines, truth
        )
        scale = fit_scale(cosines[::2], truth[::2])
        fitted = calibration_figure(scale * cosines[1::2], truth[1::2])
        found[f"world_calibration_{key}_fitted"] = fitted
    return found


MEASURES: tuple[Callable[[WorldData], Figures], ...] = (
    closed_lists,
    retrieval,
    drawings,
    other_words,
    searches,
    word_order,
    calibrated,
)


def evaluate_world(data: WorldData) -> Figures:
    """Every figure there is a picture for."""
    found: Figures = {}
    for measure in MEASURES:
        found |= measure(data)
    return found
