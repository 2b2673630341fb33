"""A box of cells, as settings and the page write it: "x,y,width,height"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multimodal.errors import SettingError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Region:
    """A rectangle of cells; `row` and `column` are those of its top left cell, from 1."""

    row: int
    column: int
    height: int
    width: int

    def slices(self, codes: Tensor) -> tuple[slice, slice]:
        """Where it lies in (h, w). Raises SettingError if it is empty or not all within."""
        rows, columns = codes.shape
        names = (("row", rows), ("column", columns), ("height", rows), ("width", columns))
        for name, most in names:
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise SettingError(
                    f"The region's {name} is {value}; it must be between 1 and {most}."
                )
        bottom, right = self.row + self.height - 1, self.column + self.width - 1
        if bottom > rows or right > columns:
            raise SettingError(
                f"The region reaches to row {bottom} and column {right}, and the picture has "
                f"{rows} rows and {columns} columns; make it smaller or move it."
            )
        return slice(self.row - 1, bottom), slice(self.column - 1, right)


def parse_region(text: str, field: str) -> Region:
    """The region that "x,y,width,height" names, x and y from 1. Raises SettingError."""
    numbers = re.fullmatch(r"\s*" + r"\s*,\s*".join([r"(\d{1,4})"] * 4) + r"\s*", text, re.ASCII)
    if numbers is None:
        raise SettingError(
            f"{field} is {text[:60]!r}; write four whole numbers as 1,1,8,8: x, y, width, height."
        )
    column, row, width, height = map(int, numbers.groups())
    return Region(row=row, column=column, height=height, width=width)
