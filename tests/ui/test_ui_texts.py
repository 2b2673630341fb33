"""Every text of the page is there in both languages, and nowhere else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import multimodal
from multimodal.settings.fields import fields_of
from multimodal.ui.shell import language
from multimodal.ui.texts import EXAMPLES, KNOB_TEXTS, TEXTS

PACKAGE = Path(multimodal.__file__).parent
UI = PACKAGE / "ui"
PAIRS = {
    **TEXTS,
    **{f"{name}[{i}]": pair for name, pairs in EXAMPLES.items() for i, pair in enumerate(pairs)},
    **{f"{key} name": (english, arabic) for key, (english, arabic, _) in KNOB_TEXTS.items()},
}
#: Names of methods stand as they are in both languages.
SAME_IN_BOTH = {"clip.tab", "paint.tab", "common.score", "inside.edit_replace"}
#: Arguments of gradio components that people read.
READ = {"label", "info", "placeholder", "title", "submit_btn"}
#: Components whose first argument is read.
SPEAKING = {"Button", "UploadButton", "Tab", "Accordion", "Markdown"}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("key", PAIRS)
def test_a_text_is_there_in_both_languages(key: str) -> None:
    english, arabic = PAIRS[key]
    assert english.strip() and arabic.strip()
    assert not re.search("[\u0600-\u06ff]", english)
    assert key in SAME_IN_BOTH or re.search("[\u0600-\u06ff]", arabic)
    assert placeholders(english) == placeholders(arabic)


@pytest.mark.parametrize("cls", language.shown_settings())
def test_every_knob_has_a_name_and_an_arabic_help(cls: type) -> None:
    missing = [k.name for k in fields_of(cls) if f"{cls.__name__}.{k.name}" not in KNOB_TEXTS]
    assert missing == []


def test_no_knob_is_described_that_is_not_there() -> None:
    known = {
        f"{cls.__name__}.{k.name}" for cls in language.shown_settings() for k in fields_of(cls)
    }
    assert set(KNOB_TEXTS) <= known


def test_both_languages_have_the_same_keys() -> None:
    tables = language.translations().translations
    assert set(tables) == set(language.LANGUAGES)
    assert tables["en"].keys() == tables["ar"].keys()


def used_keys(source: str) -> set[str]:
    """The literal keys given to t() and both()."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("t", "both")]
    return {c.args[0].value for c in names if isinstance(c.args[0], ast.Constant)}


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: path.name)
def test_every_key_that_is_used_exists(path: Path) -> None:
    assert used_keys(path.read_text(encoding="utf-8")) <= set(TEXTS)


def hard_coded(source: str) -> list[str]:
    """The string literals that a component would show as they are."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        shown = [keyword.value for keyword in node.keywords if keyword.arg in READ]
        if isinstance(node.func, ast.Attribute) and node.func.attr in SPEAKING:
            shown += node.args[:1]
        found += [
            ast.unparse(part) for part in shown if isinstance(part, ast.Constant | ast.JoinedStr)
        ]
    return found


@pytest.mark.parametrize("path", sorted([*UI.rglob("*tab.py")]), ids=lambda path: path.name)
def test_no_text_is_hard_coded_in_a_tab(path: Path) -> None:
    assert hard_coded(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source", ["gr.Button('Go')", "gr.Textbox(label='Prompt')", "gr.Tab(f'x')"]
)
def test_a_hard_coded_text_is_found(source: str) -> None:
    assert hard_coded(source)


def test_values_in_a_text_are_escaped() -> None:
    shown = language.both("note.preset", title="<img src=x onerror=alert(1)>")
    assert "<img" not in shown and "&lt;img" in shown
    assert 'lang="en"' in shown and 'lang="ar"' in shown
