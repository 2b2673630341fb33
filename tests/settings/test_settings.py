"""Knobs are checked when made, and flags and tables say what the check says."""

import argparse
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pytest

from multimodal.errors import LimitError, SettingError
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import (
    Range,
    Settings,
    add_arguments,
    fields_of,
    from_arguments,
    markdown_table,
)
from multimodal.settings.jobs import ClassifySettings, DalleSettings, SearchSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings

ALL = [VQGANCLIPSettings, DalleSettings, ClassifySettings, SearchSettings, Limits]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class OptionalSettings(Settings):
    title: ClassVar[str] = "Optional"
    width: Annotated[int | None, Range(1, 9, "width, if any")] = None


def parse(cls: type, *arguments: str):
    parser = argparse.ArgumentParser()
    add_arguments(parser, cls)
    return from_arguments(cls, parser.parse_args(arguments))


@pytest.mark.parametrize("cls", ALL)
def test_defaults_are_legal_and_documented(cls):
    cls()
    table = markdown_table(cls)
    assert all(f"| `{knob.name}` | " in table and knob.help for knob in fields_of(cls))
    assert len({line.count("|") for line in table.splitlines()}) == 1


@pytest.mark.parametrize(
    ("cls", "values", "sentence"),
    [
        (VQGANCLIPSettings, {"steps": 0}, "VQGAN+CLIP steps is 0; it must be between 1 and 500."),
        (VQGANCLIPSettings, {"steps": 501}, "it must be between 1 and 500."),
        (VQGANCLIPSettings, {"steps": 1.5}, "is 1.5; it must be a whole number between 1 and 500."),
        (VQGANCLIPSettings, {"steps": True}, "is True; it must be a whole number"),
        (VQGANCLIPSettings, {"steps": "9"}, "is '9'; it must be a whole number"),
        (CompareSettings, {"steps": None}, "is None; it must be a whole number"),
        (VQGANCLIPSettings, {"steps": 10**5000}, "is a huge number; it must be between"),
        (
            VQGANCLIPSettings,
            {"width": 100},
            "is 100; it must be a multiple of 8 between 64 and 512",
        ),
        (VQGANCLIPSettings, {"learning_rate": float("nan")}, "is nan; it must be between 0.001"),
        (VQGANCLIPSettings, {"smoothness": float("inf")}, "is inf; it must be between 0 and 10."),
        (VQGANCLIPSettings, {"smoothness": "a"}, "it must be a number between 0 and 10."),
        (
            VQGANCLIPSettings,
            {"start": "sky"},
            "one of disc, random, noise, gradient, picture, last.",
        ),
        (
            DalleSettings,
            {"seed": -1},
            "DALL-E tokens seed is -1; it must be between 0 and 42949672",
        ),
        (DalleSettings, {"seed": 2**32}, "seed is 4294967296; it must be between"),
        (ClassifySettings, {"template": "a photo"}, "must be text that contains {} exactly once"),
        (ClassifySettings, {"template": "{} {}"}, "exactly once"),
        (ClassifySettings, {"none_of_these": 1}, "none_of_these is 1; it must be true or false."),
        (OptionalSettings, {"width": 10}, "Optional width is 10; it must be between 1 and 9."),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(cls, values, sentence):
    with pytest.raises(SettingError) as caught:
        cls(**values)
    assert sentence in str(caught.value)


def test_none_is_legal_only_where_the_annotation_says_so():
    assert OptionalSettings(width=None).width is None
    assert fields_of(OptionalSettings)[0].optional


def test_the_ends_of_a_range_are_legal():
    assert VQGANCLIPSettings(steps=1, seed=2**32 - 1, width=512).width == 512


def test_numbers_become_plain_python_numbers():
    settings = VQGANCLIPSettings(steps=np.int64(5), smoothness=1)
    assert type(settings.steps) is int
    assert type(settings.smoothness) is float


def test_settings_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        VQGANCLIPSettings().steps = 3


def test_flags_mirror_the_knobs():
    settings = parse(VQGANCLIPSettings, "--num-cutouts", "3", "--start", "noise", "--seed", "7")
    assert settings == VQGANCLIPSettings(num_cutouts=3, start="noise", seed=7)
    assert parse(ClassifySettings, "--none-of-these").none_of_these is True


@pytest.mark.parametrize("cls", ALL)
def test_no_flags_give_the_defaults_and_help_can_be_shown(cls):
    assert parse(cls) == cls()
    parser = argparse.ArgumentParser()
    add_arguments(parser, cls)
    assert all(knob.flag in parser.format_help() for knob in fields_of(cls))


def test_two_classes_share_a_parser_when_common_knobs_are_skipped():
    parser = argparse.ArgumentParser()
    add_arguments(parser, VQGANCLIPSettings)
    add_arguments(parser, DalleSettings, skip={"seed", "tile"})
    namespace = parser.parse_args(["--seed", "5"])
    assert from_arguments(VQGANCLIPSettings, namespace).seed == 5
    assert from_arguments(DalleSettings, namespace).seed == 5


def test_a_flag_out_of_range_is_a_setting_error():
    with pytest.raises(SettingError, match="steps is 0"):
        parse(VQGANCLIPSettings, "--steps", "0")


def test_a_knob_without_a_marker_is_a_bug():
    @dataclass(frozen=True)
    class Bare(Settings):
        width: int = 3

    with pytest.raises(TypeError, match="width"):
        Bare()


def test_a_deployment_refuses_more_than_its_limits():
    with pytest.raises(LimitError, match=r"steps is 400, .* at most 300"):
        Limits(max_steps=300).check(VQGANCLIPSettings(steps=400))
    with pytest.raises(LimitError, match="num_candidates is 10"):
        Limits(max_candidates=9).check(DalleSettings(num_candidates=10))
    Limits(max_steps=300).check(VQGANCLIPSettings(steps=300))
    Limits.local().check(SearchSettings())


def test_hosted_limits_are_read_and_never_looser_than_local_ones():
    hosted, local = Limits.hosted(ROOT / "spaces_config.yaml"), Limits.local()
    assert hosted.max_pictures == 500
    for knob in fields_of(Limits):
        assert getattr(hosted, knob.name) <= getattr(local, knob.name)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("limits: {max_cats: 3}", "unknown limit max_cats"),
        ("limits: {max_steps: many}", "max_steps is 'many'"),
        ("limits: {max_steps: 0}", "max_steps is 0"),
        ("limits: 3", "no mapping named limits"),
        ("- a", "no mapping named limits"),
        ("", "no mapping named limits"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_bad_limits_file_is_refused(tmp_path, text, sentence):
    path = tmp_path / "spaces_config.yaml"
    path.write_text(text)
    with pytest.raises(SettingError, match=sentence):
        Limits.hosted(path)


def test_a_missing_limits_file_is_refused(tmp_path):
    with pytest.raises(SettingError, match="cannot be read"):
        Limits.hosted(tmp_path / "none.yaml")
