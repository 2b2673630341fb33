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
from multimodal.settings.painting import VQGANCLIPSettings
from training.data.artwork import HELD_OUT_STYLE
from training.data.captions import photo_of
from training.data.load_table import load_table
from training.evaluation.eval_data import BATCH, NAMES, EvalData, Group, batches
from training.evaluation.figure import Figure, among, ranks

NATS_PHOTOS = 192
LANGUAGES = ("en", "ar", "es", "zh", "hi", "fr")
KINDS = ("top1", "top5", "of100", "of10")
#: Figure -> the table of synonyms that it asks for, and the language of the names beside them.
SYNONYMS = {"clip_words": ("synonym_eval", "en"), "clip_words_ar": ("synonym_eval_ar", "ar")}
OPENMOJI = (NAMES, HELD_OUT_STYLE)
SCORED = 200  # real pictures of each kind that the guide looks at through cutouts


def _clip_openmoji(data: EvalData) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for language in LANGUAGES:
        names = [concept.names.get(language, concept.name) for concept in data.concepts]
        truth = torch.tensor(data.openmoji[1])
        texts = data.text_features(names)
        rank = ranks(data.openmoji_features, texts, truth).tolist()
        key = f"clip_openmoji_{language}"
        found.update(among(key, rank, len(names), *KINDS))
    return found


def _clip_words(data: EvalData) -> dict[str, Figure]:
    """OpenMoji pictures found by synonyms and descriptions ("puppy", "a furry pet that barks")
    among all names but their own, and the same pictures found by their names; in English and in
    Arabic. The tables {words: English name} were written before the training that was first
    measured by them, and the paraphrases for training have none of these words."""
    found: dict[str, Figure] = {}
    for key, (table, language) in SYNONYMS.items():
        words: dict[str, str] = load_table(table)
        concepts = torch.tensor([data.names.index(name) for name in words.values()])
        pictures = torch.tensor([data.openmoji[1].index(concept) for concept in concepts.tolist()])
        features = data.openmoji_features[pictures]
        names = [concept.names.get(language, concept.name) for concept in data.concepts]
        by_name = features @ data.text_features(names).T
        by_own_name = by_name.gather(1, concepts[:, None])
        by_words = (features * data.text_features(list(words))).sum(1, keepdim=True)
        others = by_name.scatter(1, concepts[:, None], -2.0)  # below every cosine
        for which, own in ((key, by_words), (f"{key}_plain", by_own_name)):
            rank = (others > own).sum(1).tolist()
            found.update(among(which, rank, len(names), "top1", "top5", "of100"))
    return found


def _clip_photos(data: EvalData) -> dict[str, Figure]:
    images, labels, classes = data.photos
    features = data.picture_features(data.models.clip, images)
    texts = data.text_features([f"a photo of a {name}" for name in classes])
    rank = ranks(features, texts, torch.tensor(labels)).tolist()
    return among("clip_photos", rank, len(classes), "top1", "top5")


@torch.no_grad()
def _guide(data: EvalData) -> dict[str, Figure]:
    """The guide of VQGAN+CLIP as a classifier, and the mean score of real pictures' cutouts."""
    models = data.models
    photos, labels, classes = data.photos
    captions = [photo_of(name) for name in classes]
    texts, photo_texts = (data.text_features(part, models.guide) for part in (data.names, captions))
    views = Views(VQGANCLIPSettings(), models.guide.smallest_image)
    generator = torch.Generator().manual_seed(0)
    found: dict[str, Figure] = {}
    scores: list[float] = []
    for kind, images, truth, wanted in (
        ("openmoji", data.openmoji[0], data.openmoji[1], texts),
        ("photos", photos, labels, photo_texts),
    ):
        features = data.picture_features(models.guide, images)
        rank = ranks(features, wanted, torch.tensor(truth)).tolist()
        found.update(among(f"clip_guide_{kind}", rank, len(wanted), "top1"))
        for row in torch.linspace(0, len(images) - 1, min(len(images), SCORED)).int().tolist():
            pixels = to_pixels([images[row]], models.vqgan.image_size).to(models.device)
            seen = models.guide.encode_images(views.draw(pixels, generator)).cpu()
            scores.append(float((seen @ wanted[truth[row]]).mean()))
    return {**found, "clip_guide_score": Figure.of(scores)}


@torch.no_grad()
def _judge(data: EvalData) -> dict[str, Figure]:
    """The judge on real pictures, as they are and after the VQGAN: the ceiling of its verdicts."""
    judge, vqgan, total = data.judge, data.models.vqgan, len(data.names)
    images, truth = data.openmoji[0], torch.tensor(data.openmoji[1])
    texts = data.judged_names
    rank = ranks(data.picture_features(judge, images), texts, truth).tolist()
    found = among("judge_openmoji", rank, total, "top1", "top5", "of100")
    some = slice(None, None, max(1, len(images) // SCORED))
    blurred: list[Image.Image] = []
    for batch in batches(images[some]):
        pixels = to_pixels(batch, vqgan.image_size).to(data.models.device)
        blurred += from_pixels(vqgan.decode(vqgan.quantize(vqgan.encode(pixels))))
    rank = ranks(data.picture_features(judge, blurred), texts, truth[some]).tolist()
    found.update(among("judge_vqgan", rank, total, "top5", "of100"))
    photos, labels, classes = data.photos
    captions = [photo_of(name) for name in classes]
    texts = data.text_features(captions, judge)
    rank = ranks(data.picture_features(judge, photos), texts, torch.tensor(labels)).tolist()
    return found | among("judge_photos", rank, len(classes), "top1")


def _vqgan(data: EvalData) -> dict[str, Figure]:
    openmoji, photos = (_reconstructed(data, kind[0]) for kind in (data.openmoji, data.photos))
    used = torch.zeros(len(data.models.vqgan.codebook), dtype=torch.bool)
    used[torch.cat([openmoji.codes, photos.codes])] = True
    return {
        "vqgan_openmoji_psnr": Figure.of(openmoji.psnr),
        "vqgan_photos_psnr": Figure.of(photos.psnr),
        "vqgan_codes_used": Figure.of_hits(used.tolist()),
        "vqgan_discriminator_accuracy": Figure.of_shares(openmoji.told_apart + photos.told_apart),
    }


class _Reconstructed(NamedTuple):
    """Of encoded and decoded pictures: dB of each, the codes in use, and for each picture the share
    of patches that the discriminator tells right, real before and generated after."""

    psnr: list[float]
    codes: Tensor
    told_apart: list[float]


@torch.no_grad()
def _reconstructed(data: EvalData, images: list[Image.Image]) -> _Reconstructed:
    net, realness = data.models.vqgan, data.models.discriminator
    values: list[float] = []
    told_apart: list[float] = []
    codes = []
    for batch in batches(images):
        pixels = to_pixels(batch, net.image_size).to(data.models.device)
        found = net.codes_of(net.encode(pixels))
        back = net.decode(net.lookup(found))
        values += psnr(back, pixels).tolist()
        right = torch.stack([realness(pixels) > 0, realness(back) <= 0], 1).float()
        told_apart += right.flatten(1).mean(1).tolist()
        codes.append(found.unique().cpu())
    return _Reconstructed(values, torch.cat(codes).unique(), told_apart)


@torch.no_grad()
def _token_nats(data: EvalData) -> dict[str, Figure]:
    """Cross-entropy in nats a token, one mean a picture, of held-out photos given "a photo of a
    CLASS". A model that knows nothing has the logarithm of the number of codes."""
    models, (images, labels, classes) = data.models, data.photos
    net, vqgan = models.token_transformer, models.token_vqgan
    rows = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    values: list[float] = []
    for part in rows[:NATS_PHOTOS].split(BATCH):
        pixels = to_pixels([images[row] for row in part], vqgan.image_size).to(models.device)
        codes = net.image_tokens(vqgan, pixels)
        texts = [photo_of(classes[labels[row]]) for row in part]
        logits = net(net.text_tokens(texts).to(models.device), codes).image
        values += cross_entropy(logits.mT, codes, reduction="none").mean(1).tolist()
    return {"dalle_photos_nats": Figure.of(values)}


GROUPS = (
    Group(
        tuple(f"clip_openmoji_{language}_{kind}" for language in LANGUAGES for kind in KINDS),
        _clip_openmoji,
        OPENMOJI,
    ),
    Group(
        tuple(
            f"{key}{by}_{kind}"
            for key in SYNONYMS
            for by in ("", "_plain")
            for kind in ("top1", "top5", "of100")
        ),
        _clip_words,
        OPENMOJI,
    ),
    Group(("clip_photos_top1", "clip_photos_top5"), _clip_photos),
    Group(
        ("clip_guide_openmoji_top1", "clip_guide_photos_top1", "clip_guide_score"),
        _guide,
        OPENMOJI,
    ),
    Group(
        (
            *(f"judge_openmoji_{kind}" for kind in ("top1", "top5", "of100")),
            *(f"judge_vqgan_{kind}" for kind in ("top5", "of100")),
            "judge_photos_top1",
        ),
        _judge,
        OPENMOJI,
    ),
    Group(
        (
            "vqgan_openmoji_psnr",
            "vqgan_photos_psnr",
            "vqgan_codes_used",
            "vqgan_discriminator_accuracy",
        ),
        _vqgan,
        OPENMOJI,
    ),
    Group(("dalle_photos_nats",), _token_nats),
)
