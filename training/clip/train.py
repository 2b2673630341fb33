r"""Train the embedded CLIP: fine-tune the image tower, then a joint contrastive finish.

    python -m training.clip.train --out RUN --text RUN_OF_CLIP_TEXT --photos FOLDER
    python -m training.clip.train --out RUN2 --text RUN_OF_CLIP_TEXT --photos FOLDER \
        --phase joint --start RUN/checkpoint.pt

Phase one teaches the image tower every name at once (a softmax over all names, in the
teacher's text space). Phase two trains both towers with the contrastive loss of N picture-text
pairs, on captions in many languages with styles and backgrounds.

50 minutes of phase one and 143 of phase two, mostly one CPU core, reach 57 % top-1 on OpenMoji
(English, of all names) and 86 % on held-out photos; docs/models.md has what came after.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from multimodal.errors import LabError
from multimodal.live_training.augment import Augmentation
from multimodal.models.checkpoints import load_clip
from multimodal.models.clip import CLIPConfig, EmbeddedCLIP, OwnCLIP, contrastive_loss, tokenize
from multimodal.models.placement import placed
from training.clip.clip_labels import Names, caption, same_texts
from training.clip.imagenet import Memory, answers, class_names
from training.clip.teacher import embed
from training.data.artwork import ALL_STYLES
from training.data.concepts import load_concepts
from training.loop import EMA, Run, autocast, config_from_flags, descend, groups, prepare, set_rate
from training.pictures import Pictures
from training.pretrained import load_efficientnet


@dataclass(frozen=True)
class ClipRecipe:
    """Every choice of a run."""

    out: str = "runs/clip"
    text: str = "runs/clip-text"  # a run of training.clip.text, or a shipped checkpoint's folder
    photos: str = ""
    phase: str = "image"  # image | joint
    start: str = ""  # a checkpoint.pt of the image phase, or a shipped checkpoint's folder
    steps: int = 200_000
    minutes: float = 50.0
    batch: int = 64
    photo_share: float = 0.35
    tower_lr: float = 4e-4
    head_lr: float = 2e-3
    text_lr: float = 5e-4  # joint phase
    extra_texts: int = 96  # joint phase: captions of other things, as further negatives
    smoothing: float = 0.1
    keywords: float = 0.3  # weight of the same softmax against "name: keywords"
    contrast: float = 1.0  # joint phase: weight of the in-batch contrastive loss
    seed: int = 0
    device: str = "auto"
    threads: int = 1
    pretrained: bool = True  # without `start`: from the ImageNet tower
    imagenet: float = 0.0  # weight of what an ImageNet classifier sees in the photos
    image_size: int = CLIPConfig.image_size
    smallest_image: int = CLIPConfig.smallest_image


class Batch(NamedTuple):
    """Artwork and photos mixed: pixels (n, 3, h, w); labels (n,) among `Names`; styles and
    backgrounds (n,), -1 for photos; photo_rows (n,) of `Pictures.photos`, -1 for artwork."""

    pixels: Tensor
    labels: Tensor
    styles: Tensor
    backgrounds: Tensor
    photo_rows: Tensor


def draw_pictures(
    pictures: Pictures,
    names: Names,
    batch: int,
    photo_share: float,
    size: int,
    options: Augmentation,
    generator: torch.Generator,
) -> Batch:
    """One batch, `photo_share` of it photos where there are any."""
    num_photos = round(batch * photo_share) if pictures.photos is not None else 0
    artwork = pictures.draw_artwork(batch - num_photos, size, options, generator)
    drawn = Batch(*artwork, torch.full((batch - num_photos,), -1))
    if pictures.photos is None or not num_photos:
        return drawn
    pixels, rows = pictures.draw_photos(num_photos, size, 0.15, generator)
    labels = torch.tensor(names.label_of_class)[torch.from_numpy(pictures.photos.labels)[rows]]
    nothing = torch.full((num_photos,), -1)
    photos = Batch(pixels, labels, nothing, nothing, rows)
    return Batch(*(torch.cat(pair) for pair in zip(drawn, photos, strict=True)))


def draw_size(full: int, smallest: int, generator: torch.Generator) -> int:
    """Half of the batches at full size, the rest at the sizes that guidance cutouts use."""
    sizes = (full, full, full, smallest, smallest, (full + smallest) // 2)
    return sizes[int(torch.randint(len(sizes), (1,), generator=generator))]


def label_loss(
    model: EmbeddedCLIP,
    features: Tensor,
    bank: Tensor,
    labels: Tensor,
    smoothing: float,
) -> Tensor:
    """Cross-entropy of each picture (n, d) against every name there is."""
    logits = model.log_scale.exp() * (features @ model.project_texts(bank).T)
    return F.cross_entropy(logits, labels, label_smoothing=smoothing)


@torch.no_grad()
def student_bank(model: EmbeddedCLIP, texts: list[str], device: torch.device) -> Tensor:
    """The student's sentence vectors of many texts."""
    found = []
    for start in range(0, len(texts), 256):
        part = texts[start : start + 256]
        ids, mask = tokenize(model.tokenizer, part, model.context_length)
        found.append(model.text_tower(ids.to(device), mask.to(device)))
    return torch.cat(found)


def build(recipe: ClipRecipe, config: CLIPConfig, device: torch.device) -> EmbeddedCLIP:
    """The net at the start of its phase."""
    shipped = Path(recipe.start) if recipe.start and Path(recipe.start).is_dir() else None
    tokenizer = Tokenizer.from_file(str((shipped or Path(recipe.text)) / "tokenizer.json"))
    Path(recipe.out).mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(Path(recipe.out) / "tokenizer.json"))  # beside the checkpoint, for export
    model = EmbeddedCLIP(config, tokenizer)
    if shipped:
        model.load_state_dict(load_clip(shipped).state_dict())
        return placed(model, device)
    if recipe.start:
        image = torch.load(recipe.start, map_location="cpu", weights_only=True)
        model.load_state_dict(image["ema"]["shadow"])
    elif recipe.pretrained:
        load_efficientnet(model.image_tower)
    if recipe.phase == "joint":
        model.text_tower.load_state_dict(trained_texts(Path(recipe.text)))
    return placed(model, device)


def trained_texts(folder: Path) -> dict[str, Tensor]:
    """The text tower of a run of training.clip.text or of a shipped checkpoint."""
    run = folder / "checkpoint.pt"
    if not run.exists():
        return load_clip(folder).text_tower.state_dict()
    stored = torch.load(run, map_location="cpu", weights_only=True)
    found: dict[str, Tensor] = stored["ema"]["shadow"]
    return found


def scale_group(model: OwnCLIP) -> dict[str, Any]:
    """The optimiser's group of the trained logit scale; it does not decay."""
    return {"params": [model.log_scale], "weight_decay": 0.0, "lr": 0.0, "peak": 2e-3}


def cap_scale(model: OwnCLIP) -> None:
    """Keep the logit scale between 1 and 100, as in the paper."""
    model.log_scale.data.clamp_(0.0, 4.6052)


def train(
    recipe: ClipRecipe,
    pictures: Pictures,
    names: Names,
    config: CLIPConfig,
    teacher: Callable[[list[str]], Tensor] = embed,
    memory: Memory | None = None,
) -> None:
    """Run (or resume) one phase until its schedule ends."""
    device = prepare(recipe.device, recipe.threads, recipe.seed)
    pictures.near(device)
    joint = recipe.phase == "joint"
    learns_texts = joint and recipe.text_lr > 0
    model = build(recipe, config, device)
    model.text_tower.requires_grad_(learns_texts)
    parts = [(model.image_tower, recipe.tower_lr), (model.image_projection, recipe.head_lr)]
    parts.append((model.text_projection, recipe.head_lr))
    if learns_texts:
        parts.append((model.text_tower, recipe.text_lr))
    optimizer = torch.optim.AdamW([*groups(parts, 0.02), scale_group(model)], betas=(0.9, 0.98))
    ema = EMA(model)
    state = {"model": model, "optimizer": optimizer, "ema": ema}
    run = Run(
        Path(recipe.out), state, recipe.steps, recipe.minutes, recipe.seed, model.config.to_dict()
    )
    texts_of_labels = names.texts

    def read(texts: list[str]) -> Tensor:
        return student_bank(model, texts, device) if joint else teacher(texts).to(device)

    bank = read(texts_of_labels)
    long_bank = bank if joint else read(names.long_texts)
    if memory:
        memory.bank = read(memory.texts.texts)
    going = run.progress < 1
    while going:
        set_rate(optimizer, run.rate(1.0))
        size = draw_size(config.image_size, config.smallest_image, run.generator)
        pixels, labels, styles, backgrounds, photo_rows = draw_pictures(
            pictures, names, recipe.batch, recipe.photo_share, size, Augmentation(), run.generator
        )
        targets = labels.to(device)
        model.train()
        with autocast(device):
            features = model.encode_images(pixels.to(device)).float()
        loss = label_loss(model, features, bank, targets, recipe.smoothing)
        forgotten = torch.tensor(0.0)
        if memory:
            forgotten = memory.loss(model, features, photo_rows, run.generator)
            loss = loss + recipe.imagenet * forgotten
        if joint:
            rng = random.Random(recipe.seed * 1_000_003 + run.step)
            rows = zip(labels.tolist(), styles.tolist(), backgrounds.tolist(), strict=True)
            texts = [caption(names, *row, rng) for row in rows]
            others = rng.sample(range(len(names.texts)), recipe.extra_texts)
            texts += [caption(names, other, 0, 0, rng) for other in others]
            owners = torch.cat([labels, torch.tensor(others)])
            same = labels[:, None] == owners[None, :]
            same = (same | same_texts(texts, len(labels))).to(device)
            scale = model.log_scale.exp()
            contrast = contrastive_loss(features, model.encode_texts(texts), scale, same)
            loss = loss + recipe.contrast * contrast
        else:
            loss = loss + recipe.keywords * label_loss(
                model, features, long_bank, targets, recipe.smoothing
            )
        descend(loss, model, optimizer, 2.0)
        cap_scale(model)
        ema.update(model)
        if run.step % 50 == 0:
            with torch.no_grad():
                guess = (features @ model.project_texts(bank).T).argmax(1)
            run.log(
                loss=loss.item(),
                imagenet=forgotten.item(),
                top1=(guess == targets).float().mean().item(),
                scale=model.logit_scale,
                size=size,
            )
        going = run.advance()
        if learns_texts and going and run.step % 40 == 0:
            bank = read(texts_of_labels)
            if memory:
                memory.bank = read(memory.texts.texts)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(ClipRecipe, argv)
    if recipe.imagenet and not recipe.photos:
        raise LabError("--imagenet is about photos; say where they are with --photos.")
    pictures = Pictures.load(recipe.photos, ALL_STYLES)
    names = Names(load_concepts(), pictures.photos.classes if pictures.photos else ())
    memory = None
    if recipe.imagenet and pictures.photos:
        memory = Memory(answers(pictures.photos), class_names())
    config = CLIPConfig(image_size=recipe.image_size, smallest_image=recipe.smallest_image)
    train(recipe, pictures, names, config, memory=memory)


if __name__ == "__main__":
    main()
