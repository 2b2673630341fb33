r"""Tune the upper blocks of the world's tower with the heads, so that it knows small pictures,
drawings and scenes, and forgets nothing of ImageNet.

    python -m training.clip.world.tower --data FOLDER --cache FOLDER --start HEAD_RUN --out RUN

Lower blocks and all norms stay as they are. On photos the features are held near those of the tower
before (of the sharp view, where the tower being trained gets a thumbnail): Romero et al. 2015,
"FitNets", in cosines. 38 minutes of one core are some 500 steps of 128 pictures.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from multimodal.live_training.augment import Augmentation, augment_artwork
from multimodal.models.world.clip import WorldCLIP, shrunk
from multimodal.models.world.tower import WorldTower
from training.clip.train import limit_scale
from training.clip.world.assemble import load_run, note_start
from training.clip.world.features import fast_dtype, fast_tower, load_backgrounds
from training.clip.world.head import HeadRecipe, WorldData
from training.clip.world.losses import CaptionLoss
from training.clip.world.sampler import Batch, Sampler
from training.clip.world.texts import TextFeatures
from training.data.packs import SIDE
from training.data.views import PhotoViews, photo_views, with_thumbnails
from training.loop import Run, autocast, config_from_flags, groups, prepare
from training.pretrained import load_classifier

SIDES = (" left", " right")  # in a caption they forbid mirroring


@dataclass(frozen=True)
class TowerRecipe(HeadRecipe):
    """Every choice of a run; those of the head recipe mean the same."""

    out: str = "runs/world/tower"
    start: str = "runs/world/head"
    minutes: float = 50.0
    steps: int = 100_000
    batch: int = 128
    caption_share: float = 0.344
    label_share: float = 0.219
    class_share: float = 0.125
    head_lr: float = 3e-4
    tower_lr: float = 2e-4
    translations: int = 0
    first_block: int = 13  # that is tuned
    distillation: float = 2.0  # weight of the distance to the features before
    thumbnails: float = 0.2  # of photos are enlarged from thumbnails
    grid_layers: int = 2


class SplitTower(nn.Module):
    """Frozen lower blocks, as fast as this CPU can, and the upper ones twice: being trained, and
    as they were."""

    def __init__(self, tower: WorldTower, first: int) -> None:
        super().__init__()
        self._dtype = fast_dtype()
        self._lower = copy.deepcopy(tower).to(self._dtype).fused_lower(first)
        self._before = copy.deepcopy(tower).fused_upper(first)
        self.upper = nn.ModuleList([*tower.blocks[first:], tower.head])
        for module in self.upper.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.requires_grad_(False)

    @torch.no_grad()
    def lower(self, pixels: Tensor) -> Tensor:
        """pixels (n, 3, h, w) -> what the lower blocks make of them."""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        return self._lower(pixels.to(self._dtype)).float()

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Features (n, 1280) and the map before them, by the blocks being trained."""
        *blocks, head = self.upper
        for block in blocks:
            maps = block(maps)
        return head(maps).mean((2, 3)), maps

    @torch.no_grad()
    def before(self, maps: Tensor) -> Tensor:
        """Features (n, 1280) by the blocks as they were."""
        return self._before(maps)[0]


class BatchPixels:
    """Augmented views of a batch's pictures."""

    def __init__(self, data: WorldData, backgrounds: list[np.ndarray], thumbnails: float) -> None:
        self._packs, art = data.packs, data.pictures
        self._sharp, self._blurred = PhotoViews(small=0.0), PhotoViews(small=thumbnails)
        self._mirrors = torch.from_numpy(art.mirrors)
        self._drawings = [style.pixels for style in art.artwork]
        self._starts = np.cumsum([0, *(len(style.concept_ids) for style in art.artwork)])
        self._backgrounds = torch.from_numpy(np.stack(backgrounds))  # (views, drawings)
        sided = [any(s in c for c in p.captions for s in SIDES) for p in data.packs.pictures]
        self._sided = torch.tensor(sided)

    def photos(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sharp views, and the same with some thumbnails among them."""
        rows = batch.photos.tolist()
        raw = torch.from_numpy(np.stack([self._packs.pixels[row] for row in rows]))
        sharp = photo_views(raw, SIDE, self._sharp, generator, ~self._sided[batch.photos])
        return sharp, with_thumbnails(sharp, self._blurred, generator)

    def drawings(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Over the backgrounds that the drawn views, and so their captions, have."""
        style = np.searchsorted(self._starts[1:], batch.drawings.numpy(), side="right")
        rows = batch.drawings.numpy() - self._starts[style]
        found = [self._drawings[s][r] for s, r in zip(style, rows, strict=True)]
        rgba = torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2).float().div_(255)
        grounds = self._backgrounds[batch.drawing_views, batch.drawings]
        mirrors = self._mirrors[batch.concepts]
        options = Augmentation(grey=0.0)
        return augment_artwork(rgba, SIDE, options, generator, mirrors, grounds)[0]


def distillation_loss(
    split: SplitTower, features: Tensor, maps: Tensor, sharp: Tensor, shown: Tensor
) -> Tensor:
    """1 - cosine of the photos' features (n, 1280) and those of the tower before; of its `maps`,
    or of the sharp picture where a thumbnail was `shown`."""
    wanted = split.before(maps)
    changed = (shown != sharp).flatten(1).any(1).nonzero()[:, 0]
    if len(changed):
        wanted[changed] = split.before(split.lower(sharp[changed]))
    return (1 - F.cosine_similarity(features, wanted)).mean()


def train(
    recipe: TowerRecipe, data: WorldData, clip: WorldCLIP, backgrounds: list[np.ndarray]
) -> None:
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe)
    pixels_of = BatchPixels(data, backgrounds, recipe.thumbnails)
    views = [0], list(range(len(backgrounds)))
    sampler = Sampler(data.captions, data.answers, data.concepts, views, data.packs)
    drawn = fast_tower(clip.drawn) if clip.drawn is not None else None
    heads = clip.heads.train().requires_grad_(True)
    heads.image.classifier.requires_grad_(False)
    clip.world.requires_grad_(True)
    split = SplitTower(clip.world, recipe.first_block)
    tuned = nn.ModuleDict({"heads": heads, "upper": split.upper})
    rates: list[tuple[nn.Module, float]] = [
        (heads, recipe.head_lr),
        (split.upper, recipe.tower_lr),
    ]
    optimizer = torch.optim.AdamW(groups(rates, recipe.weight_decay), betas=(0.9, 0.98))
    limit_scale(optimizer, heads.log_scale)
    run = Run(recipe, tuned, {"optimizer": optimizer}, heads.config, max_norm=2.0, log_every=25)
    losses = CaptionLoss(sampler, TextFeatures(data.vectors), recipe.text_options)
    for step in run.steps():
        batch = sampler.draw(recipe.sizes, run.generator)
        sharp, shown = pixels_of.photos(batch, run.generator)
        num = len(sharp)
        pixels = torch.cat([shown, pixels_of.drawings(batch, run.generator)])
        maps = split.lower(pixels)
        features, grid = split(maps)
        other = None
        if drawn is not None:
            with torch.no_grad():
                other = drawn(shrunk(pixels))
        with autocast(device, transformer=True):
            images = heads.image(features, other, grid, recipe.noise / 2).float()
        found = losses(heads, batch, images, step, run.generator)
        near = distillation_loss(split, features[:num], maps[:num], sharp, shown)
        found["near"] = recipe.distillation * near
        torch.stack(list(found.values())).sum().backward()
        if run.logs:
            run.log(**found, scale=heads.log_scale.exp())


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(TowerRecipe, argv)
    prepare(recipe)
    data = WorldData.load(recipe, load_classifier(WorldTower()))
    clip = load_run(Path(recipe.start), {"grid_layers": recipe.grid_layers})
    note_start(recipe.folder, recipe.start)
    train(recipe, data, clip, load_backgrounds(Path(recipe.cache), recipe.artwork_views))


if __name__ == "__main__":
    main()
