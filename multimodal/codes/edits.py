"""What can be done to the codes of a picture, and counted in them; no network is needed.

`codes` is (h, w), whole numbers below `num_codes`. Every edit gives new codes and leaves those it
was given alone. Rows and columns count from 1 at the top left, as people do.
"""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor

from multimodal.errors import SettingError
from multimodal.settings.jobs import ReconstructSettings
from multimodal.settings.region import Region


def check_code(code: int, num_codes: int) -> None:
    """Raise SettingError unless the codebook has this code."""
    if not 0 <= code < num_codes:
        raise SettingError(
            "There is no code {code}; codes go from 0 to {last}.", code=code, last=num_codes - 1
        )


def replace_code(codes: Tensor, old: int, new: int, num_codes: int) -> Tensor:
    """`new` wherever `old` stands. Raises SettingError for a code that is not there."""
    check_code(old, num_codes)
    check_code(new, num_codes)
    if not (codes == old).any():
        raise SettingError(
            "Code {code} stands nowhere in this picture; choose one that does.", code=old
        )
    return torch.where(codes == old, new, codes)


def shuffle_codes(codes: Tensor, seed: int) -> Tensor:
    """The same codes, each at a random place."""
    order = torch.randperm(codes.numel(), generator=torch.Generator().manual_seed(seed))
    return codes.flatten()[order.to(codes.device)].view_as(codes)


def swap_region(codes: Tensor, other: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """Two pictures' codes, each with the other's in the region. Raises SettingError."""
    place = region.slices(codes)
    mine, theirs = codes.clone(), other.clone()
    mine[place], theirs[place] = other[place], codes[place]
    return mine, theirs


def random_codes(height: int, width: int, num_codes: int, seed: int) -> Tensor:
    """Codes drawn at random, (height, width), each as likely as any other."""
    lots = torch.Generator().manual_seed(seed)
    return torch.randint(num_codes, (height, width), generator=lots)


def edited(codes: Tensor, settings: ReconstructSettings, num_codes: int) -> Tensor:
    """What the settings make of codes. Raises SettingError."""
    if settings.random:
        height, width = codes.shape
        return random_codes(height, width, num_codes, settings.seed)
    if settings.replace:
        pair = re.fullmatch(r"\s*(\d{1,9})\s*:\s*(\d{1,9})\s*", settings.replace, re.ASCII)
        if pair is None:
            raise SettingError(
                "{knob} is {text!r}; write two codes as 12:340.",
                knob=settings.knob("replace"),
                text=settings.replace,
            )
        codes = replace_code(codes, int(pair[1]), int(pair[2]), num_codes)
    return shuffle_codes(codes, settings.seed) if settings.shuffle else codes


def counts_of(codes: Tensor) -> list[tuple[int, int]]:
    """Each code and how often it stands there, most used first, then in order."""
    found, counts = codes.unique(return_counts=True)
    pairs = zip(found.tolist(), counts.tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def places_of(codes: Tensor, code: int) -> list[tuple[int, int]]:
    """The (row, column) of every cell that holds a code, from 1."""
    return [(row + 1, column + 1) for row, column in (codes == code).nonzero().tolist()]


def bits_of(cells: int, num_codes: int) -> int:
    """Bits that so many codes take when each is written with the same length."""
    return cells * math.ceil(math.log2(num_codes))
