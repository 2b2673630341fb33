"""`evaluate` is a door: where something that it needs is missing, it says so at once in a line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import run

import pytest

ROOT = Path(__file__).resolve().parents[2]


def refusal(tmp_path: Path, before: str = "", path: str = os.environ["PATH"]) -> str:
    """What a real process says that first runs a line of Python and has no data yet."""
    code = f"import sys; {before}; from multimodal.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "evaluate", "clip_openmoji"]
    environment = {**os.environ, "PATH": path, "MULTIMODAL_DATA": str(tmp_path)}
    done = run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stdout == "", done
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("module", ["training", "resvg_py"])
def test_without_the_extra_it_says_what_to_install(tmp_path: Path, module: str) -> None:
    line = refusal(tmp_path, f"sys.modules[{module!r}] = None")  # an import of it fails
    assert f"needs {module}" in line and "pip install -e .[training]" in line


def test_without_npm_it_says_so_before_anything_is_measured(tmp_path: Path) -> None:
    assert "npm is needed" in refusal(tmp_path, "pass", path=str(tmp_path))


def test_training_evaluate_is_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.evaluate", "nonsense"]
    done = run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "No figure is called 'nonsense'" in done.stderr
