"""A box of cells, as settings and the page write it: "x,y,width,height"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multimodal.errors import Message, SettingError

if TYPE_CHECKING:
    from torch import Tensor

#: What errors call a region's numbers.
NAMES = (Message("row"), Message("column"), Message("height"), Message("width"))


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
        mine = (self.row, self.column, self.height, self.width)
        for name, value, most in zip(NAMES, mine, (rows, columns) * 2, strict=True):
            if not 1 <= value <= most:
                raise SettingError(
                    "The region's {name} is {value}; it must be between 1 and {most}.",
                    name=name,
                    value=value,
                    most=most,
                )
        bottom, right = self.row + self.height - 1, self.column + self.width - 1
        if bottom > rows or right > columns:
            raise SettingError(
                "The region reaches to row {row} and column {column}, and the picture has {rows} "
                "rows and {columns} columns; make it smaller or move it.",
                row=bottom,
                column=right,
                rows=rows,
                columns=columns,
            )
        return slice(self.row - 1, bottom), slice(self.column - 1, right)


def parse_region(text: str, knob: Message) -> Region:
    """The region that "x,y,width,height" names, x and y from 1. Raises SettingError, in which the
    text is called the `knob`."""
    numbers = re.fullmatch(r"\s*" + r"\s*,\s*".join([r"(\d{1,4})"] * 4) + r"\s*", text, re.ASCII)
    if numbers is None:
        raise SettingError(
            "{knob} is {text!r}; write four whole numbers as 1,1,8,8: x, y, width, height.",
            knob=knob,
            text=text[:60],
        )
    column, row, width, height = map(int, numbers.groups())
    return Region(row=row, column=column, height=height, width=width)
