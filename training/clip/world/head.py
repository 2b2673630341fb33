r"""Train the heads of the world's CLIP on cached features: minutes of one core.

    python -m training.clip.world.head --data FOLDER --cache FOLDER --out RUN
    python -m training.clip.world.head --data FOLDER --cache FOLDER --start RUN \
        --features tuned --out RUN2

The second line goes on from the heads of a run, on the features of its tuned tower that
`training.clip.world.features --run RUN --name tuned` cached. 1,300 steps take 11 minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from multimodal.errors import LabError
from multimodal.models.world.heads import MAP_CHANNELS, GridTransformer, HeadConfig, Heads
from multimodal.models.world.tower import WorldTower
from training.clip.train import limit_scale
from training.clip.world.assemble import load_run, note_start
from training.clip.world.features import load_features
from training.clip.world.losses import CaptionLoss, TextOptions
from training.clip.world.sampler import Batch, BatchSizes, Sampler
from training.clip.world.texts import (
    SentenceReader,
    TextFeatures,
    cached_vectors,
    load_captions,
)
from training.clip.world.word_meanings import WordMeanings
from training.data.artwork import ALL_STYLES
from training.data.packs import Packs, load_packs
from training.data.world_captions import WorldCaptions
from training.loop import Recipe, Run, autocast, config_from_flags, groups, prepare
from training.pictures import Pictures
from training.pretrained import load_classifier

SAMPLED = 12, 8192  # batches of features and texts from which mean and spread are taken


@dataclass(frozen=True)
class HeadRecipe(Recipe):
    """Every choice of a run."""

    out: str = "runs/world/head"
    data: str = "data"
    cache: str = "runs/world/cache"
    start: str = ""  # a run to go on from
    features: str = "world"  # which cached features of the world's tower
    steps: int = 2000
    minutes: float = 15.0
    device: str = "cpu"  # the only one that this recipe and the tower's know
    batch: int = 576
    caption_share: float = 0.389  # of a batch; what the shares leave are drawings
    label_share: float = 0.194
    class_share: float = 0.111
    head_lr: float = 1.5e-3
    weight_decay: float = 0.05
    noise: float = 0.15
    text_noise: float = 0.1
    extra_texts: int = 384  # further negatives
    meanings: int = 256  # texts a step that are to be read like the name of what they mean
    translations: int = 160  # pairs of captions a step that teach each other's language
    word_meanings: bool = False  # whether an English teacher says what other words mean
    artwork_views: int = 1  # the last one with captions of its own
    embed_dim: int = HeadConfig.embed_dim

    def __post_init__(self) -> None:
        if self.device != "cpu":
            raise LabError(
                "Heads and tower are trained on a CPU, and the device is {device}; leave it out.",
                device=self.device,
            )

    @property
    def sizes(self) -> BatchSizes:
        """How many pictures of each kind a batch has."""
        captions = round(self.batch * self.caption_share)
        labels = round(self.batch * self.label_share)
        classes = round(self.batch * self.class_share)
        return BatchSizes(captions, labels, classes, self.batch - captions - labels - classes)

    @property
    def text_options(self) -> TextOptions:
        """What the losses need of the recipe."""
        return TextOptions(self.extra_texts, self.meanings, self.translations, self.text_noise)


@dataclass(frozen=True)
class WorldData:
    """What heads and tower train on. vectors (texts, width) and answers (photos, classes) of
    ImageNet's classifier belong to the captions and photos in their order."""

    packs: Packs
    pictures: Pictures
    captions: WorldCaptions
    vectors: np.ndarray
    answers: Tensor

    @classmethod
    def load(cls, recipe: HeadRecipe, classifier: nn.Linear) -> WorldData:
        """From the folder and the cache of a recipe."""
        data, cache = Path(recipe.data), Path(recipe.cache)
        packs, pictures = load_packs(data, cache), Pictures.load("", styles=ALL_STYLES)
        if not (cache / "world-photos-0.npy").exists():
            raise LabError(
                "{cache} holds no features; run python -m training.clip.world.features first.",
                cache=cache,
            )
        captions = load_captions(packs, pictures, data, cache, recipe.artwork_views)
        vectors = cached_vectors(captions.texts, cache, SentenceReader)
        seen = np.load(cache / "world-photos-0.npy")
        return cls(packs, pictures, captions, vectors, classified(classifier, seen))

    @property
    def concepts(self) -> Tensor:
        """The concept of each drawing, (drawings,)."""
        ids = np.concatenate([art.concept_ids for art in self.pictures.artwork])
        return torch.from_numpy(ids).long()


@torch.no_grad()
def classified(classifier: nn.Linear, features: np.ndarray) -> Tensor:
    """The classifier's answers, (n, classes) probabilities."""
    parts = torch.from_numpy(features).split(4096)
    return torch.cat([classifier(part.float()).softmax(1) for part in parts])


class CachedFeatures:
    """The cached features of a batch. `towers` are the names of the caches: of the world's tower,
    perhaps `drawn`, and perhaps that of the last maps."""

    def __init__(self, cache: Path, towers: list[str]) -> None:
        self.towers = towers
        self._photos = {name: load_features(cache, name, "photos") for name in towers}
        self._drawings = {name: load_features(cache, name, "artwork") for name in towers}

    @property
    def views(self) -> tuple[list[int], list[int]]:
        """The views of photos and of drawings that there are."""
        first = self.towers[0]
        return list(self._photos[first]), list(self._drawings[first])

    def of(self, batch: Batch) -> dict[str, Tensor]:
        """Each tower's features, (n, width)."""
        photos = list(zip(batch.photo_views.tolist(), batch.photos.tolist(), strict=True))
        drawings = list(zip(batch.drawing_views.tolist(), batch.drawings.tolist(), strict=True))
        found = {}
        for name in self.towers:
            rows = [self._photos[name][view][row] for view, row in photos]
            rows += [self._drawings[name][view][row] for view, row in drawings]
            found[name] = torch.from_numpy(np.stack(rows)).float()
        return found


def new_heads(config: HeadConfig, classifier: nn.Linear) -> Heads:
    """Heads at random around ImageNet's classifier."""
    heads = Heads(config)
    heads.image.classifier.load_state_dict(classifier.state_dict())
    return heads


def fit_inputs(
    recipe: HeadRecipe,
    heads: Heads,
    sampler: Sampler,
    features: CachedFeatures,
    texts: TextFeatures,
) -> None:
    """Give new heads the mean and the spread of what they are going to read."""
    generator = torch.Generator().manual_seed(recipe.seed)
    num_batches, num_texts = SAMPLED
    parts = [features.of(sampler.draw(recipe.sizes, generator)) for _ in range(num_batches)]
    sample = torch.cat([torch.cat(list(part.values()), 1) for part in parts])
    _standardise(heads.image, sample)
    _standardise(heads.text, texts.sample(num_texts, generator))


def _standardise(head: nn.Module, sample: Tensor) -> None:
    head.get_buffer("mean").copy_(sample.mean(0))
    head.get_buffer("spread").copy_(sample.std(0).clamp_min(sample.std() * 0.05))


def train(
    recipe: HeadRecipe,
    data: WorldData,
    heads: Heads,
    features: CachedFeatures,
    fresh: bool,
    words: WordMeanings | None = None,
) -> None:
    """Run (or resume) until the schedule ends; `fresh` heads first learn what their inputs are
    like."""
    device = prepare(recipe)
    sampler = Sampler(data.captions, data.answers, data.concepts, features.views, data.packs)
    texts = TextFeatures(data.vectors)
    if fresh:
        fit_inputs(recipe, heads, sampler, features, texts)
    heads.train().requires_grad_(True)
    heads.image.classifier.requires_grad_(False)
    parts = groups([(heads, recipe.head_lr)], recipe.weight_decay)
    optimizer = torch.optim.AdamW(parts, betas=(0.9, 0.98))
    limit_scale(optimizer, heads.log_scale)
    # An odd number, so that both kinds of steps are seen in the log.
    run = Run(recipe, heads, {"optimizer": optimizer}, heads.config, max_norm=2.0, log_every=25)
    losses = CaptionLoss(sampler, texts, recipe.text_options, words)
    for step in run.steps():
        batch = sampler.draw(recipe.sizes, run.generator)
        world, *others = features.of(batch).values()
        drawn = others.pop(0) if heads.config.drawn else None
        side = GridTransformer.SIDE
        grid = others[0].view(-1, MAP_CHANNELS, side, side) if others else None
        with autocast(device, transformer=True):
            images = heads.image(world, drawn, grid, recipe.noise).float()
        found = losses(heads, batch, images, step, run.generator)
        torch.stack(list(found.values())).sum().backward()
        if run.logs:
            run.log(**found, scale=heads.log_scale.exp())


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(HeadRecipe, argv)
    prepare(recipe)
    classifier = load_classifier(WorldTower())
    data = WorldData.load(recipe, classifier)
    if recipe.start:
        note_start(recipe.folder, recipe.start)
        heads = load_run(Path(recipe.start)).heads
    else:
        heads = new_heads(HeadConfig(embed_dim=recipe.embed_dim), classifier)
    towers = [recipe.features, "drawn"]
    if recipe.start:
        towers.append(f"{recipe.features}-grid")
    cache, words = Path(recipe.cache), None
    if recipe.word_meanings:
        concepts = data.captions.lexicon.concepts
        words = WordMeanings.load(data.packs, concepts, cache, SentenceReader)
    train(recipe, data, heads, CachedFeatures(cache, towers), not recipe.start, words)


if __name__ == "__main__":
    main()
