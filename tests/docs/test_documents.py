"""What a reader of the documents relies on: links lead somewhere, commands and figures are real."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from multimodal import __version__

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENTS = [
    README,
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
#: It records modules that are gone.
RECORD = ROOT / "docs" / "history" / "commands.md"
MAX_README_LINES, MAX_SCREENSHOT, MAX_FILM = 250, 150_000, 400_000


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)


def anchors_of(path: Path) -> set[str]:
    """The names that GitHub gives a document's headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in headings}


def links_of(path: Path) -> list[str]:
    """Where a document's links and pictures point, but for other sites."""
    text = without_code(text_of(path))
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    return [link for link in found if not re.match(r"https?:|mailto:", link)]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_and_picture_leads_somewhere(path):
    for link in links_of(path):
        target, _, anchor = link.partition("#")
        found = (path.parent / target).resolve() if target else path
        assert found.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors_of(found), f"{link} names no heading"


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if p != RECORD], ids=named)
def test_every_module_and_script_that_a_document_names_exists(path):
    text = text_of(path)
    for module in re.findall(r"-m ((?:training|multimodal)[\w.]*)", text):
        place = ROOT.joinpath(*module.split("."))
        runnable = place.with_suffix(".py").is_file() or (place / "__main__.py").is_file()
        assert runnable, f"python -m {module} runs nothing"
    for script in re.findall(r"\b((?:benchmarks|docs|tests)/[\w/]+\.py)\b", text):
        assert (ROOT / script).is_file(), f"{script} does not exist"


def test_the_readme_can_be_read_at_one_go():
    assert len(text_of(README).splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("word", ["asked for", "the judge", "the floor"])
def test_the_readme_has_no_words_of_its_making(word):
    assert word not in text_of(README).lower()


def test_every_picture_has_a_text_in_its_place():
    text = without_code(text_of(README))
    assert not re.findall(r"!\[\]\(", text)
    assert all('alt="' in tag for tag in re.findall(r"<img [^>]*>", text))


def test_the_newest_entry_of_the_changelog_is_this_version_and_dated():
    newest = re.search(r"^## \[([^\]]+)\] - (\S+)$", text_of(ROOT / "CHANGELOG.md"), flags=re.M)
    assert newest and newest[1] == __version__
    date.fromisoformat(newest[2])


def test_the_tables_are_those_of_the_code_and_the_manifest():
    command = [sys.executable, str(ROOT / "docs" / "tables.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert checked.returncode == 0, checked.stderr


def test_pictures_of_the_documents_are_small():
    screenshots = list((ROOT / "docs" / "screenshots").iterdir())
    assert screenshots and {path.suffix for path in screenshots} == {".webp"}
    assert all(path.stat().st_size <= MAX_SCREENSHOT for path in screenshots)
    film = ROOT / "docs" / "pictures" / "film.webp"
    assert film.stat().st_size <= MAX_FILM
    with Image.open(film) as moving:
        assert getattr(moving, "n_frames", 1) > 10
