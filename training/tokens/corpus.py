"""The training pictures as image tokens, encoded once for a whole run of the token model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from multimodal.live_training.augment import Augmentation, augment_artwork, augment_photos
from multimodal.models.token_transformer import TokenTransformer
from multimodal.models.vqgan import VQGAN, cells_of
from training.data.combinations import held_out
from training.pictures import Pictures

#: Artwork stands still and upright, over a plain ground: what a caption does not say, the token
#: model cannot know, so every needless difference between two views is noise to it.
STILL = Augmentation(
    outlines=0.0, grey=0.0, colour=0.0, rotation=0.0, scale=(0.94, 0.94), shift=0.0, white=1.0
)
COLOURED = replace(STILL, white=0.0)
MIXED = replace(STILL, white=0.75)
BATCH = 64


@dataclass
class Corpus:
    """One row a view of a picture.

    tokens (n, grid * grid) int16, labels (n,): the concept, or the class of a photo; styles (n,):
    -1 for photos; backgrounds (n,): index into BACKGROUND_NAMES, 0 is white.
    """

    tokens: Tensor
    labels: Tensor
    styles: Tensor
    backgrounds: Tensor

    def __post_init__(self) -> None:
        artwork = self.styles >= 0
        self.white = (artwork & (self.backgrounds == 0)).nonzero()[:, 0]
        self.plain = self.white
        self.coloured = (artwork & (self.backgrounds > 0)).nonzero()[:, 0]
        self.photos = (~artwork).nonzero()[:, 0]
        white = {self._picture(row): row for row in self.white.tolist()}
        self.over_white = torch.tensor(
            [white[self._picture(row)] for row in self.coloured.tolist()]
        )

    def _picture(self, row: int) -> tuple[int, int]:
        return int(self.labels[row]), int(self.styles[row])

    def find_plain(self, plain_styles: Tensor) -> None:
        """Say which style (num_concepts,) stands for each concept's bare name."""
        own = plain_styles[self.labels[self.white]] == self.styles[self.white]
        self.plain = self.white[own]

    def draw(
        self, n: int, photo_share: float, white: float, plain: float, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """n rows as (tokens (n, grid * grid) int64, labels, styles, backgrounds): `photo_share`
        of them photos, of the artwork `white` over white, of these `plain` in the plain style
        more than chance would bring."""
        num_photos = round(n * photo_share) if len(self.photos) else 0
        num_white = round((n - num_photos) * white)
        num_plain = round(num_white * plain)
        rows = torch.cat(
            [
                source[torch.randint(len(source), (count,), generator=generator)]
                for source, count in (
                    (self.plain, num_plain),
                    (self.white, num_white - num_plain),
                    (self.coloured, n - num_photos - num_white),
                    (self.photos, num_photos),
                )
                if count
            ]
        )
        return (
            self.tokens[rows].long(),
            self.labels[rows],
            self.styles[rows],
            self.backgrounds[rows],
        )

    def draw_pairs(
        self, n: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """n artworks over white and then the same over a colour, as (tokens (n, 2 * grid * grid)
        int64, labels, styles, backgrounds)."""
        places = torch.randint(len(self.coloured), (n,), generator=generator)
        rows, drafts = self.coloured[places], self.over_white[places]
        return (
            torch.cat([self.tokens[drafts], self.tokens[rows]], 1).long(),
            self.labels[rows],
            self.styles[rows],
            self.backgrounds[rows],
        )


def load_corpus(
    path: Path,
    pictures: Pictures,
    model: TokenTransformer,
    vqgan: VQGAN,
    views: int,
    device: torch.device,
    keys: Sequence[str],
) -> Corpus:
    """Read the tokens of an earlier start from `path`, or encode every picture: photos once,
    artwork once over white and `views` times over a colour, but for combinations that are held
    out (`keys` are the concepts'). About 90 pictures a second a CPU core.
    """
    if not path.exists():
        columns = _encode(pictures, model, vqgan, views, device, keys)
        parts = dict(zip(("tokens", "labels", "styles", "backgrounds"), columns, strict=True))
        save_file(parts, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)
    return Corpus(**load_file(path))


@torch.no_grad()
def _encode(
    pictures: Pictures,
    model: TokenTransformer,
    vqgan: VQGAN,
    views: int,
    device: torch.device,
    keys: Sequence[str],
) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    size = vqgan.image_size
    found: list[tuple[Tensor, ...]] = []

    def add(pixels: Tensor, labels: Tensor, style: int, backgrounds: Tensor) -> None:
        # Not in bf16, where one token in twelve is another one.
        tokens = model.image_tokens(vqgan, pixels)
        styles = torch.full_like(labels, style)
        found.append((tokens.cpu().to(torch.int16), labels, styles, backgrounds))

    for view in range(views + 1):
        options = COLOURED if view else STILL
        for style, artwork in enumerate(pictures.artwork):
            for rows in torch.arange(len(artwork.concept_ids)).split(BATCH):
                rgba = torch.from_numpy(artwork.pixels[rows.numpy()]).to(device).permute(0, 3, 1, 2)
                pixels, backgrounds = augment_artwork(rgba.float() / 255, size, options, generator)
                labels = torch.from_numpy(artwork.concept_ids[rows.numpy()]).long()
                pairs = zip(labels.tolist(), backgrounds.tolist(), strict=True)
                shown = torch.tensor(
                    [not held_out(keys[label], artwork.style, ground) for label, ground in pairs]
                )
                if shown.any():
                    add(pixels[shown], labels[shown], style, backgrounds[shown])
    if pictures.photos is not None:
        for rows in torch.from_numpy(pictures.photo_rows).split(BATCH):
            raw = torch.from_numpy(pictures.photos.pixels[rows.numpy()]).to(device)
            raw = raw.permute(0, 3, 1, 2)
            pixels = augment_photos(raw.float() / 255, size, 0.03, generator)
            labels = torch.from_numpy(pictures.photos.labels[rows.numpy()]).long()
            add(pixels, labels, -1, torch.zeros_like(labels))
    return tuple(torch.cat(column) for column in zip(*found, strict=True))


def sample_pictures(
    pictures: Pictures, size: int, count: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """`count` training pictures in batches (n, 3, size, size), three artworks to a photo."""
    for _ in range(max(1, count // BATCH)):
        num_photos = BATCH // 4 if pictures.photos is not None else 0
        pixels, *_ = pictures.draw_artwork(BATCH - num_photos, size, MIXED, generator)
        if num_photos:
            photos, _ = pictures.draw_photos(num_photos, size, 0.03, generator)
            pixels = torch.cat([pixels, photos])
        yield pixels


@torch.no_grad()
def sample_cells(
    pictures: Pictures, vqgan: VQGAN, count: int, generator: torch.Generator
) -> Tensor:
    """Unquantised cells of `sample_pictures`, (n, code_dim)."""
    cells = []
    for pixels in sample_pictures(pictures, vqgan.image_size, count, generator):
        z = vqgan.encode(pixels.to(vqgan.codebook.device)).float()
        cells.append(cells_of(z))
    return torch.cat(cells)
