r"""Train the embedded CLIP: fine-tune the image tower, then a joint contrastive finish.

    python -m training.clip --out RUN --text RUN_OF_CLIP_TEXT --photos FOLDER
    python -m training.clip --out RUN2 --text RUN_OF_CLIP_TEXT --photos FOLDER \
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
from typing import NamedTuple

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from multimodal.errors import LabError
from multimodal.live_training.augment import Augmentation
from multimodal.models.checkpoints import TOKENIZER_FILE, load_clip
from multimodal.models.clip import CLIPConfig, EmbeddedCLIP, OwnCLIP, contrastive_loss, tokenize
from multimodal.models.placement import to_device
from training.clip.clip_labels import Names, caption, same_texts
from training.clip.imagenet import ImageNetLoss, class_names, soft_labels
from training.clip.teacher import embed
from training.data.artwork import ALL_STYLES
from training.data.concepts import load_concepts
from training.loop import Recipe, Run, autocast, config_from_flags, groups, prepare
from training.pictures import Pictures
from training.pretrained import load_efficientnet

LOG_100 = 4.6052
READ_AGAIN = 40  # steps after which the names are read by the text tower as it has become


@dataclass(frozen=True)
class ClipRecipe(Recipe):
    """Every choice of a run."""

    out: str = "runs/clip"
    text: str = "runs/clip-text"  # a run of training.clip.text, or a shipped checkpoint's folder
    phase: str = "image"  # image | joint
    start: str = ""  # a checkpoint.pt of the image phase, or a shipped checkpoint's folder
    minutes: float = 50.0
    photo_share: float = 0.35
    tower_lr: float = 4e-4
    head_lr: float = 2e-3
    text_lr: float = 5e-4  # joint phase
    extra_texts: int = 96  # joint phase: captions of other things, as further negatives
    smoothing: float = 0.1
    keywords: float = 0.3  # weight of the same softmax against "name: keywords"
    contrast: float = 1.0  # joint phase: weight of the in-batch contrastive loss
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
    tokenizer = Tokenizer.from_file(str((shipped or Path(recipe.text)) / TOKENIZER_FILE))
    tokenizer.save(str(recipe.folder / TOKENIZER_FILE))  # beside the checkpoint, for export
    model = EmbeddedCLIP(config, tokenizer)
    if shipped:
        model.load_state_dict(load_clip(shipped).state_dict())
        return to_device(model, device)
    if recipe.start:
        image = torch.load(recipe.start, map_location="cpu", weights_only=True)
        model.load_state_dict(image["ema"]["shadow"])
    elif recipe.pretrained:
        load_efficientnet(model.image_tower)
    if recipe.phase == "joint":
        model.text_tower.load_state_dict(load_text_tower(Path(recipe.text)))
    return to_device(model, device)


def load_text_tower(folder: Path) -> dict[str, Tensor]:
    """The text tower of a run of training.clip.text or of a shipped checkpoint."""
    run = folder / "checkpoint.pt"
    if not run.exists():
        return load_clip(folder).text_tower.state_dict()
    stored = torch.load(run, map_location="cpu", weights_only=True)
    found: dict[str, Tensor] = stored["ema"]["shadow"]
    return found


def clip_optimizer(model: OwnCLIP, parts: list[tuple[nn.Module, float]]) -> torch.optim.AdamW:
    """AdamW over parts of the model and its logit scale, which stays between 1 and 100 as in the
    paper; Radford et al. 2021, section 2.5."""
    scale = {"params": [model.log_scale], "weight_decay": 0.0, "lr": 0.0, "peak": 2e-3}
    optimizer = torch.optim.AdamW([*groups(parts, 0.02), scale], betas=(0.9, 0.98))
    limit_scale(optimizer, model.log_scale)
    return optimizer


def limit_scale(optimizer: torch.optim.Optimizer, log_scale: nn.Parameter) -> None:
    """Keep exp of a parameter between 1 and 100 after every step of its optimizer."""

    def clamp(*_: object) -> None:
        log_scale.data.clamp_(0.0, LOG_100)

    optimizer.register_step_post_hook(clamp)


def caption_loss(
    recipe: ClipRecipe,
    model: EmbeddedCLIP,
    features: Tensor,
    names: Names,
    batch: Batch,
    rng: random.Random,
) -> Tensor:
    """The contrastive loss of pictures (n, d) and a caption of each, beside `extra_texts` captions
    of other things."""
    facts = (batch.labels.tolist(), batch.styles.tolist(), batch.backgrounds.tolist())
    texts = [caption(names, *row, rng) for row in zip(*facts, strict=True)]
    others = rng.sample(range(len(names.texts)), recipe.extra_texts)
    texts += [caption(names, other, 0, 0, rng) for other in others]
    labels_of_texts = torch.cat([batch.labels, torch.tensor(others)])
    same = batch.labels[:, None] == labels_of_texts[None, :]
    same = (same | same_texts(texts, len(batch.labels))).to(features.device)
    return contrastive_loss(features, model.encode_texts(texts), model.log_scale.exp(), same)


@torch.no_grad()
def top1(model: EmbeddedCLIP, features: Tensor, bank: Tensor, labels: Tensor) -> Tensor:
    """The share of pictures (n, d) that are nearest to their own name."""
    guess = (features @ model.project_texts(bank).T).argmax(1)
    return (guess == labels).float().mean()


def train(
    recipe: ClipRecipe,
    pictures: Pictures,
    names: Names,
    config: CLIPConfig,
    teacher: Callable[[list[str]], Tensor] = embed,
    imagenet: ImageNetLoss | None = None,
) -> None:
    """Run (or resume) one phase until its schedule ends."""
    device = prepare(recipe)
    pictures.to_device(device)
    joint = recipe.phase == "joint"
    learns_texts = joint and recipe.text_lr > 0
    model = build(recipe, config, device)
    model.text_tower.requires_grad_(learns_texts)
    parts: list[tuple[nn.Module, float]] = [
        (model.image_tower, recipe.tower_lr),
        (model.image_projection, recipe.head_lr),
        (model.text_projection, recipe.head_lr),
    ]
    if learns_texts:
        parts.append((model.text_tower, recipe.text_lr))
    optimizer = clip_optimizer(model, parts)
    run = Run(recipe, model, {"optimizer": optimizer}, model.config, max_norm=2.0)

    def read(texts: list[str]) -> Tensor:
        return student_bank(model, texts, device) if joint else teacher(texts).to(device)

    bank = read(names.texts)
    long_bank = bank if joint else read(names.long_texts)
    if imagenet:
        imagenet.bank = read(imagenet.texts.texts)
    model.train()
    for step in run.steps():
        if learns_texts and step and step % READ_AGAIN == 0:
            bank = read(names.texts)
            if imagenet:
                imagenet.bank = read(imagenet.texts.texts)
        size = draw_size(config.image_size, config.smallest_image, run.generator)
        batch = draw_pictures(
            pictures, names, recipe.batch, recipe.photo_share, size, Augmentation(), run.generator
        )
        labels = batch.labels.to(device)
        with autocast(device):
            features = model.encode_images(batch.pixels.to(device)).float()
        loss = label_loss(model, features, bank, labels, recipe.smoothing)
        kept = torch.tensor(0.0)
        if imagenet:
            kept = imagenet.loss(model, features, batch.photo_rows, run.generator)
            loss = loss + recipe.imagenet * kept
        if joint:
            rng = random.Random(recipe.seed * 1_000_003 + step)
            loss = loss + recipe.contrast * caption_loss(recipe, model, features, names, batch, rng)
        else:
            keywords = label_loss(model, features, long_bank, labels, recipe.smoothing)
            loss = loss + recipe.keywords * keywords
        loss.backward()
        if run.logs:
            run.log(
                loss=loss,
                imagenet=kept,
                top1=top1(model, features, bank, labels),
                scale=model.logit_scale,
                size=size,
            )


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(ClipRecipe, argv)
    if recipe.imagenet and not recipe.photos:
        raise LabError("--imagenet is about photos; say where they are with --photos.")
    pictures = Pictures.load(recipe.photos, ALL_STYLES)
    names = Names(load_concepts(), pictures.photos.classes if pictures.photos else ())
    imagenet = None
    if recipe.imagenet and pictures.photos:
        imagenet = ImageNetLoss(soft_labels(pictures.photos), class_names())
    config = CLIPConfig(image_size=recipe.image_size, smallest_image=recipe.smallest_image)
    train(recipe, pictures, names, config, imagenet=imagenet)


if __name__ == "__main__":
    main()
