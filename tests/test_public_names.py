"""What `import multimodal` offers, and what it leaves for later."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import multimodal

ROOT = Path(__file__).parents[1]
#: A name that appears here or goes is a change that users notice: it belongs in the changelog.
PUBLIC_NAMES = [
    "ClassifySettings",
    "CompareSettings",
    "Comparison",
    "DalleSettings",
    "Gallery",
    "Hit",
    "Lab",
    "LabelScore",
    "LabError",
    "last",
    "LearnSettings",
    "Library",
    "Limits",
    "Pairs",
    "Picture",
    "Preset",
    "PRESETS",
    "Progress",
    "Reconstruction",
    "ReconstructSettings",
    "Result",
    "Scores",
    "ScoreSettings",
    "SearchSettings",
    "VQGANCLIPSettings",
]
#: The libraries take seconds to import, and training is not installed everywhere. import-linter
#: does not see when an import happens, so what is imported inside a function is told apart here.
FOR_LATER = (
    *("torch", "transformers", "diffusers", "gradio", "faiss", "jaxtyping", "beartype"),
    "training",
)
QUICK_MODULES = (
    "multimodal",
    "multimodal.errors",
    "multimodal.prompts",
    "multimodal.models.presets",
    "multimodal.cli.main",
    "app",
    *sorted(f"multimodal.settings.{path.stem}" for path in ROOT.glob("multimodal/settings/[a-z]*")),
)


def test_the_public_names_are_these() -> None:
    assert sorted(multimodal.__all__) == sorted(PUBLIC_NAMES)


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(multimodal, name) is not None
    assert name in dir(multimodal)


def test_what_answers_at_once_imports_nothing_slow() -> None:
    code = f"""
import importlib, json, sys
found = {{}}
for name in {QUICK_MODULES!r}:
    importlib.import_module(name)
    found[name] = [late for late in {FOR_LATER!r} if late in sys.modules]
print(json.dumps(found))
"""
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {name: [] for name in QUICK_MODULES}
