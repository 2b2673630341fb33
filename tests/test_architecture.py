"""Imports point down only, and files stay small enough to read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "multimodal"
LAYERS = [
    {"errors", "once"},
    {"knobs"},
    {"settings", "limits", "token_stream"},
    {"events", "images", "prompts", "templates", "tables"},
    {"sources"},
    {"originals", "duplicates", "relevance", "codes", "fidelity"},
    {"reading"},
    {"presets"},
    {"models"},
    {"data"},
    {"scoring", "learn_settings"},
    {"painting", "classification", "queries"},
    {"accuracy", "where", "gallery", "vqgan_clip", "dalle", "unclip", "reconstruction"},
    {"live_training"},
    {"code_maps"},
    {"library"},
    {"loaded_models"},
    {"generators"},
    {"comparison"},
    {"lab"},
    {"evaluation"},
    {"__init__"},
    {"cli", "ui"},
    {"__main__", "app"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
TOP = len(LAYERS) - 1
MAX_LINES = 350


def code_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py")) + [p for p in [ROOT / "app.py"] if p.exists()]


def unit_of(path: Path) -> str:
    """The module or subpackage directly under the package that a file belongs to."""
    return path.stem if path.parent == ROOT else path.relative_to(PACKAGE).parts[0].split(".")[0]


def imports_of(path: Path, source: str) -> Iterator[tuple[str, ...]]:
    """Every imported name as its parts, relative ones made absolute; inside functions as well."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            yield from ((*base, alias.name) for alias in node.names)


def target_of(name: tuple[str, ...]) -> str | None:
    """The unit of the lab that an import reaches, or None for other packages."""
    if name[0] == "app":
        return "app"
    if name[0] != "multimodal":
        return None
    inner = name[1] if len(name) > 1 else "__init__"
    exists = (PACKAGE / inner).is_dir() or (PACKAGE / f"{inner}.py").exists() or inner in LEVEL
    return inner if exists else "__init__"


def offences(path: Path, source: str) -> list[str]:
    unit, found = unit_of(path), []
    if unit != "recipes" and unit not in LEVEL:
        return [f"{unit} is in no layer; add it to LAYERS"]
    for name in imports_of(path, source):
        target, shown = target_of(name), ".".join(name)
        if name[0] == "torchvision":
            found.append("torchvision has no build that fits the pinned torch")
        if name[0] == "gradio" and unit not in ("ui", "app"):
            found.append(f"{unit} imports gradio, which belongs to ui and app")
        if target is None or target == unit or unit == "recipes":
            continue
        if target == "recipes":
            found.append(f"{unit} imports {shown}; only recipes and tests may")
        elif target not in LEVEL:
            found.append(f"{unit} imports {shown}, which is in no layer")
        elif LEVEL[target] >= LEVEL[unit] and LEVEL[unit] != TOP:
            found.append(f"{unit} imports {shown}, which is not below it")
    return found


@pytest.mark.parametrize("path", code_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down_only(path):
    assert offences(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", code_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    ("unit", "source"),
    [
        ("errors", "from multimodal.limits import Limits"),
        ("errors", "from . import settings"),
        ("images", "import multimodal.prompts"),
        ("dalle", "def f():\n    from multimodal.vqgan_clip import paint"),
        ("gallery", "from .dalle import draw"),
        ("scoring", "from multimodal import Lab"),
        ("lab", "import gradio as gr"),
        ("lab", "import torchvision.transforms"),
        ("evaluation", "from multimodal.recipes import clip"),
        ("surprise", ""),
    ],
)
def test_an_import_that_points_up_is_found(unit, source):
    assert offences(PACKAGE / f"{unit}.py", source)


@pytest.mark.parametrize(
    ("unit", "source"),
    [
        ("settings", "from multimodal.errors import SettingError"),
        ("lab", "from multimodal import dalle, gallery\nfrom .models import clip"),
        ("dalle", "import numpy as np\nimport torch"),
        ("__main__", "from multimodal import Lab\nfrom multimodal.ui import texts"),
        ("recipes", "from multimodal.lab import Lab"),
    ],
)
def test_an_import_that_points_down_is_free(unit, source):
    assert offences(PACKAGE / f"{unit}.py", source) == []
