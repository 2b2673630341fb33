"""Every template that an error is raised with is there in Arabic, and says the same."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import multimodal
from multimodal.errors import LabError, LimitError, Message, PromptError, SettingError
from multimodal.files.sources import Skipped
from multimodal.prompts import check_text, fill, parse, picture_number
from multimodal.settings.fields import Choice, Flag, Knob, Range, Settings, fields_of
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings
from multimodal.ui.shell import html, language
from multimodal.ui.texts import KNOB_TEXTS
from multimodal.ui.texts.errors import ARABIC, NAMES, in_arabic
from multimodal.ui.texts.knobs import SETTINGS_TITLES

PACKAGE = Path(multimodal.__file__).parent
ROOT = PACKAGE.parent

#: What the page never says, and why.
ENGLISH_ONLY = {
    "a command line speaks English": {
        "--confusion draws what --evaluate measures; give --evaluate FOLDER, too.",
        "--evaluate takes its pictures and labels from the folder alone.",
        "No picture was given; name at least one, or --evaluate a folder.",
        "The file to write is {path}; its name must end in {suffix}.",
        "There are no labels; give --labels, separated by commas.",
        "evaluate belongs to the training part of a clone of the repository; install it there with "
        "pip install -e .[training].",
        "{path} cannot be written ({why}); choose another file.",
        "{path} does not exist; name a folder or a zip.",
    },
    "libraries on disk are for the command line and Python; the page has galleries": {
        "The library {folder} cannot be opened ({why}); check the folder.",
        "The library {folder} cannot be used ({why}); check the disk and run the same command "
        "again, which goes on where this one ended.",
        "The library {folder} cannot be written ({why}); choose another folder.",
        "The library {folder} has format {format} and this version reads {oldest} to {newest}; "
        "update the lab or index the pictures anew.",
        "The library {folder} is being written by process {process}; wait until it is done, or use "
        "another library.",
        "The library {folder} is damaged ({why}); delete the folder and index the pictures anew.",
        "The library {folder} is empty; index some pictures first.",
        "The library {folder} was made with the CLIP {made_with}, not with {model}; choose that "
        "preset or another library.",
        "The query has the shape {shape} and the vectors of {folder} have ({dim},); use the CLIP "
        "that made the library.",
        "There is nothing to index; name a file, a folder or a zip.",
        "{folder} holds no library; make one with: index FOLDER --library {folder}",
        "{path} does not exist; name a file, folder or zip.",
    },
    "the limits are read before there is a page": {
        "{path} cannot be read as YAML; restore it from the repository.",
        "{path} has no mapping named limits; add one.",
        "{path} sets the unknown limit {name}; the limits are {known}.",
    },
}
#: Where an argument is no literal, and why none is needed.
NO_LITERAL = {
    ("multimodal/errors.py", "template"): "an error makes its message",
    ("multimodal/search/library/writer.py", "reason"): "a library on disk keeps its English",
    ("multimodal/search/library/writer.py", "entry.row.reason"): "likewise",
    ("multimodal/cli/compare.py", "result.entries[0].error"): "a message, of a caught error",
}


@dataclass(frozen=True)
class Said:
    """One call that makes an error or a message: where, with what, filled by which values."""

    file: str
    line: int
    template: ast.expr
    values: frozenset[str] | None  # None where they are not all named

    @property
    def literal(self) -> str | None:
        value = self.template.value if isinstance(self.template, ast.Constant) else None
        return value if isinstance(value, str) else None


def trees(*folders: Path) -> dict[str, ast.Module]:
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths
    }


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def error_classes(modules: dict[str, ast.Module]) -> set[str]:
    """LabError and all that is derived from it, in any file."""
    classes = [
        n for tree in modules.values() for n in ast.walk(tree) if isinstance(n, ast.ClassDef)
    ]
    found = {"LabError"}
    while more := {c.name for c in classes if found & set(map(name_of, c.bases))} - found:
        found |= more
    return found


def said_in(modules: dict[str, ast.Module], names: set[str]) -> Iterator[Said]:
    for file, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and name_of(node.func) in names:
                keys = {keyword.arg for keyword in node.keywords}
                values = None if None in keys else frozenset(k for k in keys if k)
                yield Said(file, node.lineno, node.args[0], values)


MODULES = trees(PACKAGE)
ERRORS = error_classes(MODULES)
SAID = list(said_in(MODULES, {*ERRORS, "Message"}))
TEMPLATES = {said.literal: said.file for said in SAID if said.literal}
ALONE = {template for templates in ENGLISH_ONLY.values() for template in templates}


def places(template: str) -> set[tuple[str, str, str]]:
    """The named places, each with how its value is written."""
    parts = string.Formatter().parse(template)
    return {(name, form or "", kind or "") for _, name, form, kind in parts if name is not None}


def test_every_folder_is_walked_and_every_error_is_known() -> None:
    folders = {Path(file).parts[1] for file in TEMPLATES.values()}
    assert folders >= {"cli", "clip", "codes", "comparison", "files", "models", "painting"}
    assert folders >= {"search", "settings", "tokens", "ui"}
    assert set(MODULES) == {str(path.relative_to(ROOT)) for path in PACKAGE.glob("**/*.py")}
    known = {cls.__name__ for cls in LabError.__subclasses__()} | {"LabError"}
    assert known <= ERRORS and "CheckpointError" in ERRORS
    assert len(TEMPLATES) > 120


def test_every_template_has_its_arabic() -> None:
    missing = {t: file for t, file in TEMPLATES.items() if t not in ARABIC and t not in ALONE}
    assert missing == {}


def test_what_stays_english_is_raised_and_has_no_arabic() -> None:
    assert ALONE - set(TEMPLATES) == set()
    assert ALONE & set(ARABIC) == set()


def test_nothing_is_translated_that_nobody_says() -> None:
    assert set(ARABIC) - set(TEMPLATES) == set()


def test_an_error_is_given_a_literal_and_values() -> None:
    """No f-string and no sum of texts: what a visitor wrote must never be part of a template."""
    everywhere = {**MODULES, **trees(ROOT / "training")}
    everywhere |= {"app.py": ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))}
    found = [s for s in said_in(everywhere, {*ERRORS, "Message"}) if s.literal is None]
    shown = {(s.file, ast.unparse(s.template)) for s in found}
    assert shown - set(NO_LITERAL) == set()


@pytest.mark.parametrize("source", ["PromptError(f'{x} is wrong')", "Message('a' + b)"])
def test_a_sentence_put_together_is_found(source: str) -> None:
    (said,) = said_in({"x": ast.parse(source)}, {*ERRORS, "Message"})
    assert said.literal is None


def test_a_left_out_file_has_a_message_for_a_reason() -> None:
    """mypy holds it where types are known; this holds it for texts written in place."""
    for where, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node.func) in ("Skipped", "Broken"):
                reason = node.args[name_of(node.func) == "Skipped"]
                assert not isinstance(reason, ast.Constant | ast.JoinedStr | ast.BinOp), where


def test_every_place_is_given_its_value() -> None:
    for said in SAID:
        if said.literal and said.values is not None:
            named = {name for name, _, _ in places(said.literal)}
            assert said.values == named, f"{said.file}:{said.line}"


@pytest.mark.parametrize(("english", "arabic"), ARABIC.items())
def test_the_arabic_has_the_same_places(english: str, arabic: str) -> None:
    assert places(english) == places(arabic)
    assert re.match("[\u0600-\u06ff]", arabic), "the first letter gives the line its direction"
    assert english.endswith(".") == arabic.endswith(".")


def test_every_kind_of_settings_has_its_arabic_title() -> None:
    assert set(SETTINGS_TITLES) == {cls.__name__ for cls in language.shown_settings()}


KNOBS = [(cls, knob) for cls in language.shown_settings() for knob in fields_of(cls)]


def wrong(knob: Knob) -> list[Any]:
    """Values that a knob refuses."""
    match knob.marker:
        case Range(low, high):
            return [low - 1, high + 1, "٧", 10**5000]
        case Choice() | Flag():
            return ["٧"]
        case _:
            return [7]


@pytest.mark.parametrize(("cls", "knob"), KNOBS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_refused_knob_is_named_in_arabic(cls: type[Settings], knob: Knob) -> None:
    for value in wrong(knob):
        with pytest.raises(SettingError) as caught:
            cls(**{knob.name: value})
        assert str(caught.value).startswith(f"{cls.title} {knob.name} is ")
        arabic = in_arabic(caught.value.message)
        assert KNOB_TEXTS[f"{cls.__name__}.{knob.name}"][1] in arabic
        names = r"VQGAN\+CLIP|VQGAN|DALL-E|CLIP|\([A-Za-z0-9 ]+\)"  # as they are everywhere
        assert not re.search("[A-Za-z]{2}", re.sub(names, "", arabic)), arabic


def test_the_words_of_a_choice_are_those_of_the_page() -> None:
    with pytest.raises(SettingError) as caught:
        VQGANCLIPSettings(quality="text")
    assert str(caught.value) == (
        "VQGAN+CLIP quality is 'text'; it must be one of draft, normal, better, best."
    )
    assert in_arabic(caught.value.message) == (
        "قيمة الجودة في VQGAN+CLIP هي 'text'؛ يجب أن تكون واحدة من: مسودة، عادية، أفضل، الأفضل."
    )
    options = {
        f"choice.{o}" for _, k in KNOBS if isinstance(k.marker, Choice) for o in k.marker.options
    }
    assert options <= set(NAMES)


def test_a_limit_of_the_deployment_names_the_knob_in_arabic() -> None:
    with pytest.raises(LimitError) as caught:
        Limits(max_steps=50).check(VQGANCLIPSettings(steps=60))
    assert in_arabic(caught.value.message).startswith("قيمة الخطوات في VQGAN+CLIP هي 60، والحد")
    with pytest.raises(PromptError) as long:
        Limits(max_prompt_chars=5).check(VQGANCLIPSettings(avoid="a long text"))
    assert str(long.value).startswith("The VQGAN+CLIP avoid has 11 characters")
    assert in_arabic(long.value.message).startswith("عدد حروف تجنّب في VQGAN+CLIP هو 11")


@pytest.mark.parametrize("word", ["text", "pictures", "prompt", "steps", "there is none", "{}"])
def test_a_visitors_word_is_never_translated(word: str) -> None:
    """Even where the lab has an Arabic word for the same thing."""
    arabic = in_arabic(Message("{source} is not a file; check its name and folder.", source=word))
    assert arabic == f"ليس {word} ملفًا؛ تحقّق من اسمه ومجلده."
    with pytest.raises(PromptError) as caught:
        fill(f"{word} {{}} {{}}", "cat")
    assert f"'{word} {{}} {{}}'" in in_arabic(caught.value.message)


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    said = Message("{source} is not a file; check its name and folder.", source="{x}{0}{.jpg")
    assert "{x}{0}{.jpg" in said and "{x}{0}{.jpg" in in_arabic(said)
    assert in_arabic(LabError("{source}").message) == "{source}"


def test_what_is_part_of_a_sentence_is_translated_with_it() -> None:
    with pytest.raises(PromptError) as caught:
        picture_number("#3", 2)
    assert str(caught.value) == (
        "The prompt names the picture #3, but there are 2; give that picture or leave the name out."
    )
    assert in_arabic(caught.value.message) == (
        "يذكر الوصف الصورة #3، لكن عدد الصور 2؛ قدّم تلك الصورة أو احذف ذكرها."
    )
    with pytest.raises(PromptError) as caught:
        check_text("x" * 30, 20, Message("list of labels"))
    assert "قائمة التصنيفات" in in_arabic(caught.value.message)


def test_numbers_are_written_alike_in_both_languages() -> None:
    with pytest.raises(PromptError) as caught:
        parse("a cat:1000")
    assert "between -100 and 100" in str(caught.value)
    assert "بين -100 و100" in in_arabic(caught.value.message)


def test_the_reason_of_a_left_out_file_does_not_name_it_again() -> None:
    reason = Message(
        "{source} is damaged or incomplete; save it again or choose another.", source="a<b.jpg"
    )
    shown = html.skipped_list([Skipped("a<b.jpg", reason)])
    assert shown.count("a&lt;b.jpg") == 1 and "<bdi>is damaged or incomplete" in shown
    assert "<bdi>يبدو الملف تالفًا أو ناقصًا" in shown


def test_what_has_no_arabic_is_said_in_english() -> None:
    assert in_arabic("The gallery is empty; add pictures first.").startswith("The gallery")
    assert in_arabic(Message("something never seen")) == "something never seen"
    shown = language.both_sentence(Message("The gallery is empty; add pictures first."))
    assert "المعرض فارغ" in shown and 'lang="en"' in shown
