"""Tables as spreadsheets read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def to_csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """CSV with one line a row. A cell that a spreadsheet would run as a formula is kept text by a
    quote in front; numbers stay numbers."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def curve_csv(values: Iterable[float]) -> str:
    """A score after each step."""
    rows = ([str(step), f"{value:.6f}"] for step, value in enumerate(values, 1))
    return to_csv(["step", "score"], rows)


def _cell(text: str) -> str:
    return (
        f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _number(text) else text
    )


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
