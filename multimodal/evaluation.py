"""Every figure that the README and the manifest state, measured on pictures never trained on.

OpenMoji is fetched by `npm pack`; the held-out photos are a credited slice in `data/`, or the
held-out tenth of a class-named folder of your own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import cross_entropy

from multimodal.data.artwork import HELD_OUT_STYLE, load_artwork
from multimodal.data.captions import with_article
from multimodal.data.concepts import load_concepts
from multimodal.data.photos import validation_photos
from multimodal.errors import SettingError
from multimodal.events import last
from multimodal.fidelity import psnr
from multimodal.images import to_pixels
from multimodal.lab import Lab
from multimodal.painting.cutouts import Views
from multimodal.scoring import encode_images
from multimodal.settings import DalleSettings

BATCH = 32
DRAWN_NAMES = 100
NATS_PHOTOS = 192
SCORED = 200  # real pictures of each kind that the guide looks at through cutouts
Say = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """A mean over `n` measurements with its 95 % confidence interval."""

    value: float
    n: int
    ci95: tuple[float, float]

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Mean and normal interval of one value a picture (0/1 hits, shares, dB)."""
        tensor = torch.tensor(values, dtype=torch.double)
        mean = float(tensor.mean())
        half = 1.96 * float(tensor.std(correction=1)) / math.sqrt(len(values))
        return cls(mean, len(values), (mean - half, mean + half))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, rounded to four places."""
        return {
            "value": round(self.value, 4),
            "n": self.n,
            "ci95": [round(bound, 4) for bound in self.ci95],
        }


def evaluate(
    lab: Lab, names: Sequence[str] = (), photos: Path | None = None, say: Say = lambda _: None
) -> dict[str, dict[str, Any]]:
    """Measure the figures whose name starts with one of `names`; all of them without names.

    Raises SettingError for a name that fits no figure, LabError when data cannot be fetched.
    """
    known = [figure for group in GROUPS for figure in group.figures]
    for name in names:
        if not any(figure.startswith(name) for figure in known):
            raise SettingError(f"No figure is called {name!r}; there are {', '.join(known)}.")
    bench = Bench(lab, photos)
    found: dict[str, dict[str, Any]] = {}
    for group in GROUPS:
        wanted = [f for f in group.figures if not names or any(f.startswith(n) for n in names)]
        if wanted:
            say(f"measuring {', '.join(wanted)} ...")
            measured = group.measure(bench)
            found.update({name: measured[name].to_dict() for name in wanted})
    return found


class Bench:
    """The data and features that several figures share, made at first use."""

    def __init__(self, lab: Lab, photos: Path | None) -> None:
        self.lab, self._photos = lab, photos

    @cached_property
    def concepts(self) -> Any:
        """All concepts, English names among them."""
        return load_concepts()

    @cached_property
    def openmoji(self) -> tuple[list[Image.Image], list[int]]:
        """The held-out style over white, tightly cropped, and each picture's concept."""
        artwork = load_artwork(HELD_OUT_STYLE)
        return [over_white(row) for row in artwork.pixels], artwork.concept_ids.tolist()

    @cached_property
    def photos(self) -> tuple[list[Image.Image], list[int], tuple[str, ...]]:
        """Held-out photos, the class of each, and the class names."""
        return validation_photos(self._photos)

    @cached_property
    def openmoji_features(self) -> Tensor:
        """(n, d) unit norm."""
        return encode_images(self.lab.clip, self.openmoji[0], self.lab.device).cpu()

    @torch.no_grad()
    def text_features(self, texts: Sequence[str]) -> Tensor:
        """(m, d) unit norm, in batches."""
        parts = [
            self.lab.clip.encode_texts(list(texts[start : start + 256])).cpu()
            for start in range(0, len(texts), 256)
        ]
        return torch.cat(parts)


def ranks(image_features: Tensor, text_features: Tensor, truth: Tensor) -> Tensor:
    """How many texts beat the true one for each picture, (n,); 0 is a hit."""
    scores = image_features @ text_features.T
    own = scores.gather(1, truth[:, None])
    return (scores > own).sum(1)


def chance_among(rank: int, total: int, choices: int) -> float:
    """The probability that a text beaten by `rank` of `total` - 1 others comes first among
    itself and `choices` - 1 of them drawn at random: a hypergeometric with no hit."""
    others, drawn = total - 1, choices - 1
    if drawn > others - rank:
        return 0.0
    return math.exp(_log_choose(others - rank, drawn) - _log_choose(others, drawn))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def over_white(rgba: Any) -> Image.Image:
    """(h, w, 4) uint8 with straight alpha -> RGB over white."""
    picture = Image.fromarray(rgba)
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


@dataclass(frozen=True)
class Group:
    """Figures that one measurement gives."""

    figures: tuple[str, ...]
    measure: Callable[[Bench], dict[str, Figure]]


def _clip_openmoji(bench: Bench) -> dict[str, Figure]:
    found = {}
    for language in ("en", "ar"):
        names = [concept.names.get(language, concept.name) for concept in bench.concepts]
        truth = torch.tensor(bench.openmoji[1])
        texts = bench.text_features(names)
        rank = ranks(bench.openmoji_features, texts, truth).tolist()
        key = f"clip_openmoji_{language}"
        found[f"{key}_top1"] = Figure.of([float(r < 1) for r in rank])
        found[f"{key}_top5"] = Figure.of([float(r < 5) for r in rank])
        for choices in (100, 10):
            shares = [chance_among(r, len(names), choices) for r in rank]
            found[f"{key}_of{choices}"] = Figure.of(shares)
    return found


def _clip_photos(bench: Bench) -> dict[str, Figure]:
    images, labels, classes = bench.photos
    features = encode_images(bench.lab.clip, images, bench.lab.device).cpu()
    texts = bench.text_features([f"a photo of a {name}" for name in classes])
    rank = ranks(features, texts, torch.tensor(labels)).tolist()
    return {
        "clip_photos_top1": Figure.of([float(r < 1) for r in rank]),
        "clip_photos_top5": Figure.of([float(r < 5) for r in rank]),
    }


@torch.no_grad()
def _guide(bench: Bench) -> dict[str, Figure]:
    """The guide of VQGAN+CLIP as a classifier, and what its cutouts of real pictures score."""
    lab = bench.lab
    names = [concept.name for concept in bench.concepts]
    photos, labels, classes = bench.photos
    captions = [f"a photo of {with_article(name)}" for name in classes]
    texts, photo_texts = bench.text_features(names), bench.text_features(captions)
    views, generator = Views(), torch.Generator().manual_seed(0)
    found: dict[str, Figure] = {}
    scores: list[float] = []
    for kind, images, truth, wanted in (
        ("openmoji", bench.openmoji[0], bench.openmoji[1], texts),
        ("photos", photos, labels, photo_texts),
    ):
        features = encode_images(lab.guide, images, lab.device).cpu()
        rank = ranks(features, wanted, torch.tensor(truth)).tolist()
        found[f"clip_guide_{kind}_top1"] = Figure.of([float(r < 1) for r in rank])
        for row in torch.linspace(0, len(images) - 1, min(len(images), SCORED)).int().tolist():
            pixels = to_pixels([images[row]], lab.vqgan.image_size).to(lab.device)
            seen = lab.guide.encode_images(views.draw(pixels, generator)).cpu()
            scores.append(float((seen @ wanted[truth[row]]).mean()))
    return {**found, "clip_guide_score": Figure.of(scores)}


def _vqgan(bench: Bench) -> dict[str, Figure]:
    openmoji, openmoji_codes = _reconstructed(bench, bench.openmoji[0])
    photos, photo_codes = _reconstructed(bench, bench.photos[0])
    used = torch.zeros(len(bench.lab.vqgan.codebook))
    used[torch.cat([openmoji_codes, photo_codes])] = 1
    return {
        "vqgan_openmoji_psnr": Figure.of(openmoji),
        "vqgan_photos_psnr": Figure.of(photos),
        "vqgan_codes_used": Figure.of(used.tolist()),
    }


@torch.no_grad()
def _reconstructed(bench: Bench, images: list[Image.Image]) -> tuple[list[float], Tensor]:
    net, values, codes = bench.lab.vqgan, [], []
    for batch in _batches(images):
        pixels = to_pixels(batch, net.image_size).to(bench.lab.device)
        found = net.codes_of(net.encode(pixels))
        values += psnr(net.decode(net.lookup(found)), pixels).tolist()
        codes.append(found.unique().cpu())
    return values, torch.cat(codes).unique()


def _dalle(bench: Bench) -> dict[str, Figure]:
    """First sample, no ranking: is each picture nearer to its own name than to nine others?"""
    lab, names = bench.lab, [concept.name for concept in bench.concepts]
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(0))
    chosen = order[:DRAWN_NAMES]
    settings = DalleSettings(num_candidates=1, seed=0)
    images = [last(lab.generate(names[row], settings)).image for row in chosen.tolist()]
    features = encode_images(lab.clip, images, lab.device).cpu()
    rank = ranks(features, bench.text_features(names), chosen).tolist()
    return {
        "dalle_names_of10": Figure.of([chance_among(r, len(names), 10) for r in rank]),
        "dalle_names_of100": Figure.of([chance_among(r, len(names), 100) for r in rank]),
    }


@torch.no_grad()
def _token_nats(bench: Bench) -> dict[str, Figure]:
    """Cross-entropy of the image tokens of held-out photos given "a photo of a CLASS", in nats a
    token and one mean a picture; a model that knows nothing has the log of the number of codes."""
    lab, (images, labels, classes) = bench.lab, bench.photos
    net, vqgan = lab.token_transformer, lab.vqgan
    rows = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    values: list[float] = []
    for part in rows[:NATS_PHOTOS].split(BATCH):
        pixels = to_pixels([images[row] for row in part], vqgan.image_size).to(lab.device)
        codes = net.image_tokens(vqgan, pixels)
        texts = [f"a photo of {with_article(classes[labels[row]])}" for row in part]
        _, logits = net(net.text_tokens(texts).to(lab.device), codes)
        values += cross_entropy(logits.mT, codes, reduction="none").mean(1).tolist()
    return {"dalle_photos_nats": Figure.of(values)}


def _batches(images: list[Image.Image]) -> Iterator[list[Image.Image]]:
    for start in range(0, len(images), BATCH):
        yield images[start : start + BATCH]


GROUPS = (
    Group(
        tuple(
            f"clip_openmoji_{language}_{figure}"
            for language in ("en", "ar")
            for figure in ("top1", "top5", "of100", "of10")
        ),
        _clip_openmoji,
    ),
    Group(("clip_photos_top1", "clip_photos_top5"), _clip_photos),
    Group(
        ("clip_guide_openmoji_top1", "clip_guide_photos_top1", "clip_guide_score"),
        _guide,
    ),
    Group(("vqgan_openmoji_psnr", "vqgan_photos_psnr", "vqgan_codes_used"), _vqgan),
    Group(("dalle_photos_nats",), _token_nats),
    Group(("dalle_names_of10", "dalle_names_of100"), _dalle),
)
