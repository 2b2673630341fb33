"""Rules of the house that import-linter (pyproject.toml) does not hold: length and names of files.

`make check` runs import-linter itself.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES = 350
FILES = sorted([*ROOT.glob("multimodal/**/*.py"), *ROOT.glob("training/**/*.py"), ROOT / "app.py"])
#: Names that say nothing of what is inside, or that had several meanings here before.
BANNED_NAMES = {"utils", "helpers", "misc", "common_utils", "once", "written", "reading"}
MAX_TOP_LEVEL = 12


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_every_file_says_what_it_is(path: Path) -> None:
    assert path.stem not in BANNED_NAMES
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_torchvision_is_not_imported(path: Path) -> None:
    """It has no build that fits the pinned torch everywhere."""
    assert "import torchvision" not in path.read_text(encoding="utf-8")
    assert "from torchvision" not in path.read_text(encoding="utf-8")


def test_a_dozen_files_at_most_lie_at_the_top() -> None:
    assert len(list((ROOT / "multimodal").glob("*.py"))) <= MAX_TOP_LEVEL
