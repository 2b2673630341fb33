"""What image towers make of every picture, cached for the heads that train on it.

    python -m training.clip.world.features --data FOLDER --cache FOLDER
    python -m training.clip.world.features --data FOLDER --cache FOLDER --run RUN --name tuned

The second line takes the world's tower as a run left it, and keeps its last maps, too. Photos and
artwork, each once as it is and some times varied; all towers see the same views. About 10 ms a
picture and view of one core in bf16.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from multimodal.live_training.augment import Augmentation, augment_artwork
from multimodal.models.checkpoints import load_clip
from multimodal.models.efficientnet_lite import EfficientNetLite
from multimodal.models.presets import WEIGHTS
from multimodal.models.world.clip import shrunk
from multimodal.models.world.tower import WorldTower
from training.clip.world.assemble import load_run
from training.data.artwork import ALL_STYLES
from training.data.packs import SIDE, Packs, load_packs
from training.data.views import PhotoViews, photo_views
from training.loop import bf16_is_fast, config_from_flags
from training.pictures import Pictures
from training.pretrained import load_efficientnet

BATCH = 64
#: Upright, in its own colours, over white.
STILL = Augmentation(
    outlines=0.0, grey=0.0, colour=0.0, rotation=0.0, scale=(0.9, 0.9), shift=0.0, white=1.0
)
Embed = Callable[[Tensor], Tensor]  # pixels (n, 3, 160, 160) -> (n, width)
Batches = Iterator[tuple[Tensor, Tensor]]  # pixels, and the background of each


@dataclass(frozen=True)
class FeaturesRecipe:
    """Every choice of a run."""

    data: str = "data"
    cache: str = "runs/world/cache"
    photo_views: str = "0,1"  # 0 is each picture as it is
    artwork_views: str = "0,1"
    run: str = ""  # of training.clip.world.tower; "" for the towers that are not tuned
    name: str = "tuned"
    threads: int = 1


def fast_dtype() -> torch.dtype:
    """bf16 where that is fast on this CPU."""
    return torch.bfloat16 if bf16_is_fast() else torch.float32


def fast_tower(tower: EfficientNetLite) -> Embed:
    """A frozen tower as fast as this CPU can."""
    dtype = fast_dtype()
    forward = copy.deepcopy(tower).to(dtype).fused()
    return lambda pixels: forward(pixels.to(dtype)).float()


def untuned_towers() -> dict[str, Embed]:
    """`world`: ImageNet's Lite1; `drawn`: the image tower of the shipped CLIP, which artwork
    trained."""
    world = WorldTower()
    load_efficientnet(world)
    drawn = fast_tower(load_clip(WEIGHTS / "clip").image_tower)
    return {"world": fast_tower(world.eval()), "drawn": lambda pixels: drawn(shrunk(pixels))}


def tuned_tower(tower: WorldTower, name: str) -> dict[str, Embed]:
    """The features and the last map, flat, of a tower that a run tuned."""
    dtype = fast_dtype()
    forward = copy.deepcopy(tower).to(dtype).fused_features_and_map()
    last: list[Tensor] = []

    def features(pixels: Tensor) -> Tensor:
        found, grid = forward(pixels.to(dtype))
        last[:] = [grid.flatten(1).float()]
        return found.float()

    return {name: features, f"{name}-grid": lambda _: last[0]}


def photo_batches(packs: Packs, view: int) -> Batches:
    """All photos in one view; view 0 is the picture itself."""
    generator = torch.Generator().manual_seed(view)
    for rows in torch.arange(len(packs.pictures)).split(BATCH):
        raw = torch.from_numpy(packs.pixels[int(rows[0]) : int(rows[-1]) + 1].copy())
        if view:
            pixels = photo_views(raw, SIDE, PhotoViews(), generator)
        else:
            pixels = raw.permute(0, 3, 1, 2).float() / 255
        yield pixels, torch.zeros(len(rows), dtype=torch.long)


def artwork_batches(pictures: Pictures, view: int) -> Batches:
    """All artwork in one view; view 0 is upright over white."""
    generator = torch.Generator().manual_seed(1000 + view)
    options = Augmentation() if view else STILL
    for art in pictures.artwork:
        for rows in torch.arange(len(art.concept_ids)).split(BATCH):
            raw = torch.from_numpy(art.pixels[int(rows[0]) : int(rows[-1]) + 1].copy())
            rgba = raw.permute(0, 3, 1, 2).float() / 255
            mirrors = torch.from_numpy(pictures.mirrors[art.concept_ids[rows.numpy()]])
            yield augment_artwork(rgba, SIDE, options, generator, mirrors if view else None)


@torch.no_grad()
def embed_all(
    towers: dict[str, Embed], batches: Batches, count: int, paths: dict[str, Path], grounds: Path
) -> None:
    """Every batch through the towers -> (count, width) float16 at the path of each, and the
    backgrounds (count,)."""
    found: dict[str, np.ndarray] = {}
    backgrounds, start = np.empty(count, np.int64), 0
    for pixels, ids in batches:
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        end = start + len(pixels)
        for name in paths:
            seen = towers[name](pixels).half().numpy()
            rows = found.setdefault(name, np.empty((count, seen.shape[1]), np.float16))
            rows[start:end] = seen
        backgrounds[start:end] = ids.numpy()
        start = end
    _save(grounds, backgrounds)
    for name, rows in found.items():
        _save(paths[name], rows)


def _save(path: Path, array: np.ndarray) -> None:
    """Under another name first, so that what was cut off is not taken for whole."""
    part = path.with_suffix(".part.npy")
    np.save(part, array)
    part.rename(path)


def cache_features(
    towers: dict[str, Embed], packs: Packs, pictures: Pictures, recipe: FeaturesRecipe
) -> None:
    """All views that are not there yet."""
    cache = Path(recipe.cache)
    num_drawings = sum(len(art.concept_ids) for art in pictures.artwork)
    for view in map(int, recipe.photo_views.split(",")):
        paths = _missing(cache, towers, f"photos-{view}")
        if paths:
            grounds = cache / f"grounds-photos-{view}.npy"
            embed_all(towers, photo_batches(packs, view), len(packs.pictures), paths, grounds)
    for view in map(int, recipe.artwork_views.split(",")):
        paths = _missing(cache, towers, f"artwork-{view}")
        if paths:
            grounds = cache / f"grounds-artwork-{view}.npy"
            embed_all(towers, artwork_batches(pictures, view), num_drawings, paths, grounds)


def _missing(cache: Path, towers: dict[str, Embed], stem: str) -> dict[str, Path]:
    paths = {name: cache / f"{name}-{stem}.npy" for name in towers}
    return {name: path for name, path in paths.items() if not path.exists()}


def load_features(cache: Path, tower: str, kind: str) -> dict[int, np.ndarray]:
    """The cached features of `photos` or `artwork`, each (n, width) float16, by view."""
    paths = sorted(cache.glob(f"{tower}-{kind}-[0-9].npy"))
    return {int(path.stem[-1]): np.load(path) for path in paths}


def load_backgrounds(cache: Path, views: int) -> list[np.ndarray]:
    """The background of every drawing in the views 0 to `views`."""
    return [np.load(cache / f"grounds-artwork-{view}.npy") for view in range(views + 1)]


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(FeaturesRecipe, argv)
    torch.set_num_threads(recipe.threads)
    packs = load_packs(Path(recipe.data), Path(recipe.cache))
    if recipe.run:
        towers = tuned_tower(load_run(Path(recipe.run)).world, recipe.name)
    else:
        towers = untuned_towers()
    cache_features(towers, packs, Pictures.load("", styles=ALL_STYLES), recipe)


if __name__ == "__main__":
    main()
