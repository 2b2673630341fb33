"""The wheel: what is in it, and that it works away from the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: All that a wheel could take in; training, tests and examples lie there to be left out.
SOURCES = ("multimodal", "training", "tests", "examples", "app.py", "README.md", "LICENSE")
NOT_SOURCES = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")


def run(*arguments: object, where: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, as if the repository were not there."""
    apart = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(argument) for argument in arguments]
    return subprocess.run(command, cwd=where, env=apart, capture_output=True, text=True)


def done(*arguments: object, where: Path) -> str:
    """The output of a command that has to succeed."""
    ran = run(*arguments, where=where)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing of an earlier build gets in and none is left behind."""
    sources, built = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("built")
    for path in [*map(ROOT.joinpath, SOURCES), *ROOT.glob("*.toml"), *ROOT.glob("*.txt")]:
        if path.is_dir():
            shutil.copytree(path, sources / path.name, ignore=NOT_SOURCES)
        else:
            shutil.copy(path, sources)
    quietly = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    done(sys.executable, "-m", "pip", "wheel", *quietly, "-w", built, sources, where=built)
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment `env` that holds the wheel, and sees what it depends on."""
    folder = tmp_path_factory.mktemp("elsewhere")
    env = folder / "env"
    done(sys.executable, "-m", "venv", "--without-pip", env, where=folder)
    (packages,) = env.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    quietly = ("--no-deps", "--no-index", "--quiet")
    pip = (sys.executable, "-m", "pip", "--python", env / "bin" / "python")
    done(*pip, "install", *quietly, wheel, where=folder)
    return folder


def test_the_wheel_holds_the_lab_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(archive.read(one).decode() for one in names if one.endswith("/METADATA"))
    assert {name.split("/")[0].split("-")[0] for name in names} == {"multimodal", "multimodal_lab"}
    needed = [
        *(path.relative_to(ROOT) for path in ROOT.glob("multimodal/weights/**/*")),
        *(path.relative_to(ROOT) for path in ROOT.glob("multimodal/**/*.py")),
        *(path.relative_to(ROOT) for path in ROOT.glob("multimodal/ui/**/*.css")),
        Path("multimodal/live_training/emoji_sheet_files/sheet.webp"),
        Path("multimodal/py.typed"),
    ]
    assert {path.as_posix() for path in needed if (ROOT / path).is_file()} <= set(names)
    assert "Requires-Dist: torch==" in metadata and "Provides-Extra: training" in metadata


def test_the_installed_lab_sorts_a_picture(place: Path) -> None:
    lab, picture = place / "env" / "bin" / "multimodal", ROOT / "examples" / "cat.jpg"
    answer = done(lab, "classify", picture, "--labels", "cat,dog,car", "--json", where=place)
    (found,) = json.loads(answer)["results"]
    assert found["labels"][0]["label"] == "cat"


def test_without_the_training_extra_evaluate_says_so_in_one_line(place: Path) -> None:
    ran = run(place / "env" / "bin" / "multimodal", "evaluate", where=place)
    assert ran.returncode == 2 and ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1 and "[training]" in ran.stderr


def test_the_page_is_built_without_the_examples(place: Path) -> None:
    """app.py starts it and stays in the repository; who serves the page otherwise has no examples,
    and the page is whole without them."""
    code = (
        "from types import SimpleNamespace;"
        "from multimodal.models.presets import EMBEDDED;"
        "from multimodal.settings.limits import Limits;"
        "from multimodal.ui.shell import adapters, page, tour;"
        "assert not adapters.EXAMPLES.exists() and '/env/' in page.__file__;"
        "page.build_app(SimpleNamespace(preset=EMBEDDED, limits=Limits.local()));"
        "tour._pictures('clip')"
    )
    done(place / "env" / "bin" / "python", "-c", code, where=place)
