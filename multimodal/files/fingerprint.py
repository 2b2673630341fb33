"""Which pictures are the same one, saved twice? Similar is not duplicate.

Two pictures are near-duplicates when a perceptual hash, their colours and their CLIP features all
say so. The hash alone takes two pale skies for one picture, or a red and a green icon; the
features alone take two photographs of one dog.

No two of the held-out photos are alike by both; copies saved anew, brightened or cropped a little
are found again (docs/history/search.md has the counts).

Source: the DCT hash of Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash
Functions", section 3.2.1. It is a dozen lines here; a library would bring no more and need scipy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

HASH_SIDE, SCALED_SIDE, TINT_SIDE = 8, 32, 4
#: Of 64 bits. Unrelated pictures differ in 32 on average, with a standard deviation of about 4.
MAX_DISTANCE = 16
#: Mean difference of the 16 cells' chroma, of 255.
MAX_TINT = 8.0
MIN_COSINE = 0.8


@dataclass(frozen=True)
class Fingerprint:
    """What survives resizing, re-encoding, small crops and changes of brightness.

    `bits`: which of 64 low frequencies of the picture in grey are above their median.
    `tint`: the chroma (Cb, Cr) of 4 x 4 cells, 32 bytes.
    """

    bits: int
    tint: bytes

    def to_bytes(self) -> bytes:
        """The 40 bytes that `from_bytes` reads."""
        return self.bits.to_bytes(8, "big") + self.tint

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """What `to_bytes` wrote."""
        return cls(int.from_bytes(data[:8], "big"), data[8:])


def fingerprint(image: Image.Image) -> Fingerprint:
    """The fingerprint of an RGB picture; its shape plays no part."""
    small = image.resize((SCALED_SIDE, SCALED_SIDE), Image.Resampling.LANCZOS).convert("YCbCr")
    grey, *chroma = (np.asarray(channel, dtype=np.float64) for channel in small.split())
    low = _DCT @ grey @ _DCT.T  # (8, 8): frequencies 1 to 8, without the mean brightness
    bits = np.packbits((low > np.median(low)).ravel()).tobytes()
    cell = SCALED_SIDE // TINT_SIDE
    cells = [c.reshape(TINT_SIDE, cell, TINT_SIDE, cell).mean((1, 3)) for c in chroma]
    tint = np.stack(cells).round().astype(np.uint8)  # (2, 4, 4)
    return Fingerprint(int.from_bytes(bits, "big"), tint.tobytes())


def alike(
    prints: Sequence[Fingerprint],
    features: Tensor,
    others: Sequence[Fingerprint],
    other_features: Tensor,
) -> list[tuple[int, int]]:
    """Near-duplicates (row here, row of the others); features are (n, d), (m, d), unit norm."""
    if not prints or not others:
        return []
    near = np.argwhere((features @ other_features.T).numpy() >= MIN_COSINE)  # (p, 2)
    here, there = _bits(prints)[near[:, 0]], _bits(others)[near[:, 1]]
    near = near[bit_distance(here, there) <= MAX_DISTANCE]
    # How far the colours are apart, from 0 to 255.
    apart = np.abs(_tints(prints)[near[:, 0]] - _tints(others)[near[:, 1]]).mean(1)
    return [(row, other) for row, other in near[apart <= MAX_TINT].tolist()]


def bit_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """In how many bits two uint64 differ, elementwise."""
    octets = np.bitwise_xor(a, b)[..., None].view(np.uint8)  # (..., 8)
    ones: np.ndarray = _ONES[octets].sum(-1, dtype=np.uint8)
    return ones


def groups(members: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Connected components of two or more, by union-find: each member to its whole group.

    Groups keep the order of `members`; pairs with a stranger in them are ignored.
    """
    parent = {member: member for member in members}

    def root(member: str) -> str:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for a, b in pairs:
        if a in parent and b in parent:
            parent[root(a)] = root(b)
    found: dict[str, list[str]] = {}
    for member in parent:
        found.setdefault(root(member), []).append(member)
    return {member: group for group in found.values() if len(group) > 1 for member in group}


def _bits(prints: Sequence[Fingerprint]) -> np.ndarray:
    return np.array([one.bits for one in prints], dtype=np.uint64)


def _tints(prints: Sequence[Fingerprint]) -> np.ndarray:
    """(n, 32) int16."""
    together = b"".join(one.tint for one in prints)
    return np.frombuffer(together, np.uint8).reshape(len(prints), -1).astype(np.int16)


def _low_frequencies() -> np.ndarray:
    """Rows 1 to 8 of the DCT-II, (8, 32)."""
    frequency = np.arange(1, HASH_SIDE + 1)[:, None]
    place = np.arange(SCALED_SIDE)[None, :]
    return np.cos(math.pi * frequency * (2 * place + 1) / (2 * SCALED_SIDE))


_DCT = _low_frequencies()
_ONES = np.array([value.bit_count() for value in range(256)], dtype=np.uint8)
