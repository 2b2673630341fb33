"""Figures of the models by themselves: CLIP, its guide, the judge, the VQGAN, the token model."""

from __future__ import annotations

from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import cross_entropy

from multimodal.codes.metrics import psnr
from multimodal.images import from_pixels, to_pixels
from multimodal.painting.views import Views
from training.data.captions import photo_of
from training.data.load_table import load_table
from training.evaluation.bench import BATCH, Bench, Figure, Group, among, batches, ranks

NATS_PHOTOS = 192
LANGUAGES = ("en", "ar", "es", "zh", "hi", "fr")
KINDS = ("top1", "top5", "of100", "of10")
#: Figure -> the table of other words for the same thing, and the language of the names beside them.
SAME_THING = {"clip_words": ("synonym_eval", "en"), "clip_words_ar": ("synonym_eval_ar", "ar")}
SCORED = 200  # real pictures of each kind that the guide looks at through cutouts


def _clip_openmoji(bench: Bench) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for language in LANGUAGES:
        names = [concept.names.get(language, concept.name) for concept in bench.concepts]
        truth = torch.tensor(bench.openmoji[1])
        texts = bench.text_features(names)
        rank = ranks(bench.openmoji_features, texts, truth).tolist()
        key = f"clip_openmoji_{language}"
        found.update(among(key, rank, len(names), *KINDS))
    return found


def _clip_words(bench: Bench) -> dict[str, Figure]:
    """OpenMoji pictures found by other words for the same thing ("puppy", "a furry pet that
    barks") among all names but their own, and the same pictures by their names; in English and in
    Arabic. The words, {words: English name}, were written before the training that they were first
    measured after, and what was written for training (`data.paraphrases`) has none of them."""
    found: dict[str, Figure] = {}
    for key, (table, language) in SAME_THING.items():
        words: dict[str, str] = load_table(table)
        concepts = torch.tensor([bench.names.index(name) for name in words.values()])
        pictures = torch.tensor([bench.openmoji[1].index(concept) for concept in concepts.tolist()])
        features = bench.openmoji_features[pictures]
        names = [concept.names.get(language, concept.name) for concept in bench.concepts]
        by_name = features @ bench.text_features(names).T
        plain = by_name.gather(1, concepts[:, None])
        other = (features * bench.text_features(list(words))).sum(1, keepdim=True)
        by_name = by_name.scatter(1, concepts[:, None], -2.0)  # below every cosine
        for which, own in ((key, other), (f"{key}_plain", plain)):
            rank = (by_name > own).sum(1).tolist()
            found.update(among(which, rank, len(names), "top1", "top5", "of100"))
    return found


def _clip_photos(bench: Bench) -> dict[str, Figure]:
    images, labels, classes = bench.photos
    features = bench.picture_features(bench.lab.models.clip, images)
    texts = bench.text_features([f"a photo of a {name}" for name in classes])
    rank = ranks(features, texts, torch.tensor(labels)).tolist()
    return among("clip_photos", rank, len(classes), "top1", "top5")


@torch.no_grad()
def _guide(bench: Bench) -> dict[str, Figure]:
    """The guide of VQGAN+CLIP as a classifier, and what its cutouts of real pictures score."""
    lab = bench.lab
    photos, labels, classes = bench.photos
    captions = [photo_of(name) for name in classes]
    texts, photo_texts = (
        bench.text_features(part, lab.models.guide) for part in (bench.names, captions)
    )
    views, generator = Views(), torch.Generator().manual_seed(0)
    found: dict[str, Figure] = {}
    scores: list[float] = []
    for kind, images, truth, wanted in (
        ("openmoji", bench.openmoji[0], bench.openmoji[1], texts),
        ("photos", photos, labels, photo_texts),
    ):
        features = bench.picture_features(lab.models.guide, images)
        rank = ranks(features, wanted, torch.tensor(truth)).tolist()
        found.update(among(f"clip_guide_{kind}", rank, len(wanted), "top1"))
        for row in torch.linspace(0, len(images) - 1, min(len(images), SCORED)).int().tolist():
            pixels = to_pixels([images[row]], lab.models.vqgan.image_size).to(lab.models.device)
            seen = lab.models.guide.encode_images(views.draw(pixels, generator)).cpu()
            scores.append(float((seen @ wanted[truth[row]]).mean()))
    return {**found, "clip_guide_score": Figure.of(scores)}


@torch.no_grad()
def _judge(bench: Bench) -> dict[str, Figure]:
    """The judge on real pictures, as they are and after the VQGAN: the ceiling of its verdicts."""
    judge, vqgan, total = bench.judge, bench.lab.models.vqgan, len(bench.names)
    images, truth = bench.openmoji[0], torch.tensor(bench.openmoji[1])
    texts = bench.judged_names
    rank = ranks(bench.picture_features(judge, images), texts, truth).tolist()
    found = among("judge_openmoji", rank, total, "top1", "top5", "of100")
    some = slice(None, None, max(1, len(images) // SCORED))
    blurred: list[Image.Image] = []
    for batch in batches(images[some]):
        pixels = to_pixels(batch, vqgan.image_size).to(bench.lab.models.device)
        blurred += from_pixels(vqgan.decode(vqgan.quantize(vqgan.encode(pixels))))
    rank = ranks(bench.picture_features(judge, blurred), texts, truth[some]).tolist()
    found.update(among("judge_vqgan", rank, total, "top5", "of100"))
    photos, labels, classes = bench.photos
    captions = [photo_of(name) for name in classes]
    texts = bench.text_features(captions, judge)
    rank = ranks(bench.picture_features(judge, photos), texts, torch.tensor(labels)).tolist()
    return found | among("judge_photos", rank, len(classes), "top1")


def _vqgan(bench: Bench) -> dict[str, Figure]:
    openmoji, photos = (_reconstructed(bench, kind[0]) for kind in (bench.openmoji, bench.photos))
    used = torch.zeros(len(bench.lab.models.vqgan.codebook))
    used[torch.cat([openmoji.codes, photos.codes])] = 1
    return {
        "vqgan_openmoji_psnr": Figure.of(openmoji.psnr),
        "vqgan_photos_psnr": Figure.of(photos.psnr),
        "vqgan_codes_used": Figure.of(used.tolist()),
        "vqgan_discriminator_accuracy": Figure.of(openmoji.told_apart + photos.told_apart),
    }


class _Reconstructed(NamedTuple):
    """Of pictures there and back: dB of each, the codes in use, and for each the share of its
    patches that the discriminator takes for what they are, real before and made after."""

    psnr: list[float]
    codes: Tensor
    told_apart: list[float]


@torch.no_grad()
def _reconstructed(bench: Bench, images: list[Image.Image]) -> _Reconstructed:
    net, realness = bench.lab.models.vqgan, bench.lab.models.discriminator
    values: list[float] = []
    told_apart: list[float] = []
    codes = []
    for batch in batches(images):
        pixels = to_pixels(batch, net.image_size).to(bench.lab.models.device)
        found = net.codes_of(net.encode(pixels))
        back = net.decode(net.lookup(found))
        values += psnr(back, pixels).tolist()
        right = torch.stack([realness(pixels) > 0, realness(back) <= 0], 1).float()
        told_apart += right.flatten(1).mean(1).tolist()
        codes.append(found.unique().cpu())
    return _Reconstructed(values, torch.cat(codes).unique(), told_apart)


@torch.no_grad()
def _token_nats(bench: Bench) -> dict[str, Figure]:
    """Cross-entropy of the image tokens of held-out photos given "a photo of a CLASS", in nats a
    token and one mean a picture; a model that knows nothing has the log of the number of codes."""
    lab, (images, labels, classes) = bench.lab, bench.photos
    net, vqgan = lab.models.token_transformer, lab.models.token_vqgan
    rows = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    values: list[float] = []
    for part in rows[:NATS_PHOTOS].split(BATCH):
        pixels = to_pixels([images[row] for row in part], vqgan.image_size).to(lab.models.device)
        codes = net.image_tokens(vqgan, pixels)
        texts = [photo_of(classes[labels[row]]) for row in part]
        logits = net(net.text_tokens(texts).to(lab.models.device), codes).image
        values += cross_entropy(logits.mT, codes, reduction="none").mean(1).tolist()
    return {"dalle_photos_nats": Figure.of(values)}


GROUPS = (
    Group(
        tuple(f"clip_openmoji_{language}_{figure}" for language in LANGUAGES for figure in KINDS),
        _clip_openmoji,
    ),
    Group(
        tuple(
            f"{key}{by}_{figure}"
            for key in SAME_THING
            for by in ("", "_plain")
            for figure in ("top1", "top5", "of100")
        ),
        _clip_words,
    ),
    Group(("clip_photos_top1", "clip_photos_top5"), _clip_photos),
    Group(
        ("clip_guide_openmoji_top1", "clip_guide_photos_top1", "clip_guide_score"),
        _guide,
    ),
    Group(
        (
            *(f"judge_openmoji_{figure}" for figure in ("top1", "top5", "of100")),
            *(f"judge_vqgan_{figure}" for figure in ("top5", "of100")),
            "judge_photos_top1",
        ),
        _judge,
    ),
    Group(
        (
            "vqgan_openmoji_psnr",
            "vqgan_photos_psnr",
            "vqgan_codes_used",
            "vqgan_discriminator_accuracy",
        ),
        _vqgan,
    ),
    Group(("dalle_photos_nats",), _token_nats),
)
