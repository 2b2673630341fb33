"""Train the judge, the independent CLIP that measures what the generators draw.

    python -m training.clip.judge --out RUN --photos FOLDER

There are two losses. One finds each picture's name among several hundred; the other finds its
caption among those of the batch and among wrong ones that differ in style or background alone. A
third of the pictures are drawn small and scaled up, and a share goes through the VQGAN and back,
since the pictures that the judge will measure come out of it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from multimodal.live_training.augment import BACKGROUND_NAMES, Augmentation
from multimodal.models.checkpoints import TOKENIZER_FILE, load_vqgan
from multimodal.models.clip import contrastive_loss, tokenize
from multimodal.models.placement import to_device
from multimodal.models.presets import WEIGHTS
from multimodal.models.vqgan import VQGAN, cells_of, nearest_codes
from training.clip.clip_labels import Names, same_texts
from training.clip.train import Batch, clip_optimizer, draw_pictures
from training.data.artwork import STYLE_NAMES
from training.data.captions import (
    PHOTO_CAPTIONS,
    PLAIN_CAPTIONS,
    describe,
    photo_kinds,
    with_article,
)
from training.data.concepts import load_concepts
from training.evaluation.judge import JudgeCLIP, JudgeConfig, load_judge
from training.loop import Recipe, Run, autocast, config_from_flags, prepare
from training.pictures import Pictures
from training.pretrained import load_mobilenet
from training.tokenizer import train_tokenizer

#: Sides in pixels of a batch, before it is scaled to the VQGAN's size and then to the judge's.
SIZES = (128, 128, 128, 128, 80, 64)
#: Captions around a name; the bare name is a wording of its own.
WORDINGS = tuple(caption for caption in PLAIN_CAPTIONS if caption != "{}")
LOOK = Augmentation(outlines=0.3, grey=0.02, scale=(0.6, 1.2), shift=0.1)
#: Pictures are redrawn with at least so many of the VQGAN's codes; a token model, too, uses only
#: some of them.
FEWEST_CODES = 256


@dataclass(frozen=True)
class ClipJudgeRecipe(Recipe):
    """Every choice of a run."""

    out: str = "runs/clip-judge"
    start: str = ""  # a judge's folder to go on from
    minutes: float = 70.0
    photo_share: float = 0.2
    vqgan: str = str(WEIGHTS / "vqgan")  # folder of the VQGAN that pictures go through
    decoded: float = 0.4  # share of the pictures that do
    others: int = 512  # names of other things among which each picture's own is to be found
    wrong: int = 3  # captions beside each picture's own that differ in style or background
    tower_lr: float = 5e-4
    text_lr: float = 2e-3
    smoothing: float = 0.1
    contrast: float = 0.5
    seed: int = 7
    pretrained: bool = True  # start from the ImageNet tower


class NameBank:
    """Tokens of every name in several wordings, of which a step draws some names in one each."""

    def __init__(self, names: Names, model: JudgeCLIP) -> None:
        plain = [with_article(text) for text in names.texts]
        wordings = [
            names.texts,
            names.texts,
            [kind.format(text) for kind, text in zip(cycle(WORDINGS), plain, strict=False)],
            names.long_texts,
        ]
        texts = [text for wording in wordings for text in wording]
        self.ids, self.mask = tokenize(model.tokenizer, texts, model.context_length)
        self.kinds, self.num = len(wordings), len(names.texts)

    def draw(self, labels: Tensor, others: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        """ids and mask (m, t) of the batch's names and of `others` more, one wording each, and
        where among them each label's name is, (n,)."""
        more = torch.randint(self.num, (others,), generator=generator)
        chosen = torch.cat([labels, more]).unique()
        kind = torch.randint(self.kinds, (len(chosen),), generator=generator)
        rows = kind * self.num + chosen
        mask = self.mask[rows]
        longest = int(mask.sum(1).max())
        return self.ids[rows, :longest], mask[:, :longest], torch.searchsorted(chosen, labels)


def caption(names: Names, label: int, style: int, background: int, rng: random.Random) -> str:
    """A true English caption; photos have style and background -1."""
    name = names.texts[label]
    if style < 0:
        kinds = photo_kinds().get(name)
        if kinds and rng.random() < 0.3:
            name = rng.choice(kinds)[0]
        return rng.choice(PHOTO_CAPTIONS).format(with_article(name))
    return describe(
        name,
        STYLE_NAMES[style] if rng.random() < 0.6 else None,
        background if rng.random() < 0.6 else None,
    )


def wrong_caption(names: Names, label: int, style: int, background: int, rng: random.Random) -> str:
    """A caption that names another style or another background than the picture has."""
    if style < 0:
        return describe(names.texts[label], rng.choice(STYLE_NAMES), None)
    if rng.random() < 0.5:
        others = [other for other in range(len(STYLE_NAMES)) if other != style]
        shown = background if rng.random() < 0.5 else None
        return describe(names.texts[label], STYLE_NAMES[rng.choice(others)], shown)
    others = [other for other in range(len(BACKGROUND_NAMES)) if other != background]
    shown_style = STYLE_NAMES[style] if rng.random() < 0.5 else None
    return describe(names.texts[label], shown_style, rng.choice(others))


@torch.no_grad()
def through_vqgan(vqgan: VQGAN, pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures (n, 3, h, w) encoded and decoded by the VQGAN with a random part of its codes, the
    same part for all."""
    num = len(vqgan.codebook)
    share = min(1.0, FEWEST_CODES / num) ** float(torch.rand((), generator=generator))
    kept = torch.randperm(num, generator=generator)[: round(share * num)].to(pixels.device)
    with autocast(pixels.device):
        z = vqgan.encode(pixels).float()
        nearest = nearest_codes(cells_of(z), vqgan.codebook[kept])
        codes = kept[nearest].view(len(z), *z.shape[2:])
        return vqgan.decode(vqgan.lookup(codes)).float().clamp(0, 1)


def build(recipe: ClipJudgeRecipe, names: Names, config: JudgeConfig) -> JudgeCLIP:
    """The judge at the start of a run; its tokenizer lies beside the checkpoint."""
    path = recipe.folder / TOKENIZER_FILE
    if recipe.start:
        model = load_judge(Path(recipe.start)).requires_grad_(True)
        model.tokenizer.save(str(path))
        return model
    if not path.exists():
        rng = random.Random(recipe.seed)
        texts = [*names.texts, *names.long_texts]
        for label in range(len(names.concepts)):
            style, background = label % len(STYLE_NAMES), label % len(BACKGROUND_NAMES)
            texts.append(caption(names, label, style, background, rng))
        train_tokenizer(texts, config.vocab_size).save(str(path))
    model = JudgeCLIP(config, Tokenizer.from_file(str(path)))
    if recipe.pretrained:
        load_mobilenet(model.image_tower)
    return model


def draw_views(
    recipe: ClipJudgeRecipe,
    pictures: Pictures,
    names: Names,
    vqgan: VQGAN,
    side: int,
    generator: torch.Generator,
) -> Batch:
    """One batch for the judge, `side` pixels wide, some of it through the VQGAN and back; the
    pixels are on the VQGAN's device."""
    device = vqgan.codebook.device
    size = SIZES[int(torch.randint(len(SIZES), (1,), generator=generator))]
    batch = draw_pictures(pictures, names, recipe.batch, recipe.photo_share, size, LOOK, generator)
    pixels = F.interpolate(batch.pixels.to(device), vqgan.image_size, mode="bilinear")
    decoded = torch.rand(len(pixels), generator=generator) < recipe.decoded
    if decoded.any():
        rows = decoded.nonzero()[:, 0].to(device)
        pixels[rows] = through_vqgan(vqgan, pixels[rows], generator)
    pixels = F.interpolate(pixels, side, mode="bilinear", antialias=True)
    return batch._replace(pixels=pixels)


def caption_loss(
    recipe: ClipJudgeRecipe,
    model: JudgeCLIP,
    features: Tensor,
    scale: Tensor,
    names: Names,
    batch: Batch,
    rng: random.Random,
) -> Tensor:
    """Pictures (n, d) against a true caption of each and `wrong` wrong ones beside it."""
    labels = batch.labels.to(features.device)
    facts = (batch.labels.tolist(), batch.styles.tolist(), batch.backgrounds.tolist())
    rows = list(zip(*facts, strict=True))
    texts = [caption(names, *row, rng) for row in rows]
    texts += [wrong_caption(names, *row, rng) for row in rows for _ in range(recipe.wrong)]
    own = torch.arange(len(rows), device=features.device)
    owners = torch.cat([own, own.repeat_interleave(recipe.wrong)])
    # The same thing in a caption of another picture may well be true of this one, too;
    # only its own wrong captions are known to be wrong.
    same = labels[:, None] == labels[owners]
    same &= own[:, None] != owners
    same |= same_texts(texts, len(rows)).to(features.device)
    return contrastive_loss(features, model.encode_texts(texts), scale, same)


def train(recipe: ClipJudgeRecipe, pictures: Pictures, names: Names, config: JudgeConfig) -> None:
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe)
    pictures.to_device(device)
    vqgan = to_device(load_vqgan(Path(recipe.vqgan)), device).eval().requires_grad_(False)
    model = to_device(build(recipe, names, config), device)
    optimizer = clip_optimizer(
        model,
        [
            (model.image_tower, recipe.tower_lr),
            (model.image_projection, recipe.text_lr),
            (model.text_tower, recipe.text_lr),
        ],
    )
    run = Run(recipe, model, {"optimizer": optimizer}, model.config, max_norm=2.0)
    bank = NameBank(names, model)
    model.train()
    for step in run.steps():
        batch = draw_views(recipe, pictures, names, vqgan, config.image_size, run.generator)
        ids, mask, places = bank.draw(batch.labels, recipe.others, run.generator)
        places = places.to(device)
        with autocast(device):
            features = model.encode_images(batch.pixels).float()
        scale = model.log_scale.exp()
        logits = scale * features @ model.encode_ids(ids, mask).T
        naming = F.cross_entropy(logits, places, label_smoothing=recipe.smoothing)
        rng = random.Random(recipe.seed * 1_000_003 + step)
        contrast = caption_loss(recipe, model, features, scale, names, batch, rng)
        loss = naming + recipe.contrast * contrast
        loss.backward()
        if run.logs:
            top1 = (logits.argmax(1) == places).float().mean()
            run.log(loss=loss, top1=top1, contrast=contrast)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(ClipJudgeRecipe, argv)
    pictures = Pictures.load(recipe.photos)
    classes = pictures.photos.classes if pictures.photos else ()
    train(recipe, pictures, Names(load_concepts(), classes), JudgeConfig())


if __name__ == "__main__":
    main()
