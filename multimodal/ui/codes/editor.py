"""What a visitor does to the codes of a picture, and all that it was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multimodal.codes.reconstruction import Decoded, Reconstruction

Edit = tuple[str, Mapping[str, int]]


@dataclass
class CodeEditor:
    """A visitor's picture: `versions` are its codes as encoded, then after each of the `edits`;
    `shown` is the code looked at; `colours` and `patches` (PNGs) are those of the codes met so
    far."""

    found: Reconstruction
    versions: list[Decoded]
    shown: int
    edits: list[Edit] = field(default_factory=list)
    colours: dict[int, str] = field(default_factory=dict)
    patches: dict[int, bytes] = field(default_factory=dict)

    @property
    def now(self) -> Decoded:
        """The latest version."""
        return self.versions[-1]
