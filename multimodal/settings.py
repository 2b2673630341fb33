"""Every knob of the lab: its type, default, range and help, stated once.

Validation, sliders, command-line flags and the tables of the README are all made from the
annotations here, so a new knob is one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from multimodal.knobs import (
    Choice,
    Flag,
    Knob,
    Range,
    Settings,
    Text,
    add_arguments,
    fields_of,
    from_arguments,
    markdown_table,
    validate,
)

__all__ = [
    "PRECISIONS",
    "TOKEN_PRECISIONS",
    "Choice",
    "ClassifySettings",
    "DalleSettings",
    "Flag",
    "Knob",
    "Range",
    "ReconstructSettings",
    "ScoreSettings",
    "SearchSettings",
    "Settings",
    "Text",
    "VQGANCLIPSettings",
    "add_arguments",
    "fields_of",
    "from_arguments",
    "markdown_table",
    "validate",
]

MAX_SEED = 2**32 - 1
#: What CLIP's image tower may embed with.
PRECISIONS = ("fp32", "int8")
#: What the token model may draw with.
TOKEN_PRECISIONS = ("fp32", "fp16", "int8")

Seed = Annotated[
    int, Range(0, MAX_SEED, "the same seed and settings give the same picture", step=1)
]


#: What a quality sets of the knobs that are left at their defaults.
QUALITIES: dict[str, dict[str, int]] = {
    "draft": {"steps": 60, "num_cutouts": 8, "drafts": 1},
    "normal": {},
    "better": {"steps": 250, "num_cutouts": 24, "drafts": 4},
    "best": {"steps": 400, "num_cutouts": 32, "drafts": 6},
}


@dataclass(frozen=True)
class VQGANCLIPSettings(Settings):
    """How VQGAN+CLIP paints."""

    title: ClassVar[str] = "VQGAN+CLIP"

    quality: Annotated[
        str,
        Choice(
            tuple(QUALITIES), "sets steps, cutouts and drafts, where you leave these as they are"
        ),
    ] = "normal"
    steps: Annotated[int, Range(1, 500, "optimiser steps")] = 150
    seed: Seed = 0
    width: Annotated[int, Range(64, 512, "pixels across", step=8)] = 128
    height: Annotated[int, Range(64, 512, "pixels down", step=8)] = 128
    start: Annotated[
        str,
        Choice(
            ("disc", "random", "noise", "gradient", "picture", "last"),
            "what the painting starts from",
        ),
    ] = "disc"
    avoid: Annotated[str, Text("what the picture should not show; parts as in the prompt")] = ""
    drafts: Annotated[
        int, Range(1, 8, "quick sketches at first; the one its guide likes best is finished")
    ] = 1
    stop_early: Annotated[
        bool, Flag("end the run when the score no longer rises, or is that of real pictures")
    ] = True
    symmetry: Annotated[
        str,
        Choice(("off", "across", "down", "both"), "mirror one half onto the other", group="form"),
    ] = "off"
    tile: Annotated[bool, Flag("make the edges meet, so that copies join", group="form")] = False
    coarse: Annotated[
        float,
        Range(
            0,
            0.9,
            "share of the steps painted small first, if the shorter side surpasses VQGAN's own",
            step=0.05,
            group="form",
        ),
    ] = 0.0
    keep_start: Annotated[
        float,
        Range(0, 10, "weight of the squared distance of z to its start", step=0.05, group="form"),
    ] = 0.0
    prior: Annotated[
        float,
        Range(
            0, 3, "pull towards what the token model expects (128 x 128)", step=0.05, group="form"
        ),
    ] = 0.3
    keep_fades: Annotated[
        bool, Flag("let the weight of the start fall to nothing by the end", group="form")
    ] = False
    guides: Annotated[
        str, Text("which CLIPs steer, with weights: guide:1, clip:0.5", group="cutouts")
    ] = "guide"
    num_cutouts: Annotated[
        int, Range(1, 64, "random cutouts that CLIP judges each step", group="cutouts")
    ] = 16
    cutout_size: Annotated[int, Range(32, 224, "side of a cutout in pixels", group="cutouts")] = 96
    zoomed: Annotated[
        float, Range(0, 1, "share of the cutouts that zoom in", step=0.05, group="cutouts")
    ] = 0.5
    cutout_power: Annotated[
        float,
        Range(
            0.25, 4, "above 1 more small cutouts, below 1 more large", step=0.05, group="cutouts"
        ),
    ] = 1.0
    padding: Annotated[
        str,
        Choice(
            ("reflection", "border", "zeros"), "what lies outside of the picture", group="cutouts"
        ),
    ] = "reflection"
    affine: Annotated[
        float, Range(0, 2, "turn, shift and mirror the cutouts", step=0.05, group="cutouts")
    ] = 1.0
    perspective: Annotated[
        float, Range(0, 2, "look at the cutouts from the side", step=0.05, group="cutouts")
    ] = 0.0
    colour: Annotated[
        float, Range(0, 2, "change brightness, tint and saturation", step=0.05, group="cutouts")
    ] = 1.0
    noise: Annotated[float, Range(0, 2, "noise over the cutouts", step=0.05, group="cutouts")] = 1.0
    erasing: Annotated[
        float,
        Range(0, 1, "share of the cutouts with a part blanked out", step=0.05, group="cutouts"),
    ] = 0.0
    optimizer: Annotated[
        str, Choice(("adam", "adamw", "radam"), "how the gradient is followed", group="expert")
    ] = "adam"
    learning_rate: Annotated[
        float, Range(0.001, 1.0, "how far one step moves the code", step=0.001, group="expert")
    ] = 0.12
    schedule: Annotated[
        str,
        Choice(
            ("cosine", "constant", "drop"),
            "how the learning rate falls: to a fifth, not, or to a tenth for the last quarter",
            group="expert",
        ),
    ] = "cosine"
    smoothness: Annotated[
        float, Range(0, 10, "weight of the total variation loss", step=0.05, group="expert")
    ] = 1.0
    saturation: Annotated[
        float, Range(-2, 2, "reward strong colours; below 0 pale ones", step=0.05, group="expert")
    ] = 0.0
    contrast: Annotated[
        float, Range(-2, 2, "reward light against dark; below 0 flat", step=0.05, group="expert")
    ] = 0.0
    noise_prompt: Annotated[
        float,
        Range(-1, 1, "weight of a random direction among the prompts", step=0.05, group="expert"),
    ] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        defaults = {knob.name: knob.default for knob in fields_of(type(self))}
        for name, value in QUALITIES[self.quality].items():
            if getattr(self, name) == defaults[name]:
                object.__setattr__(self, name, value)


@dataclass(frozen=True)
class DalleSettings(Settings):
    """How the image tokens are drawn."""

    title: ClassVar[str] = "DALL-E tokens"

    seed: Seed = 0
    num_candidates: Annotated[int, Range(1, 16, "pictures drawn, then ranked by CLIP")] = 4
    temperature: Annotated[
        float, Range(0.05, 2.0, "below 1 safer, above 1 more surprising tokens", step=0.05)
    ] = 0.5
    top_k: Annotated[
        int, Range(0, 16384, "draw from the k likeliest tokens only; 0 = off", group="expert")
    ] = 128
    top_p: Annotated[
        float,
        Range(
            0.05,
            1.0,
            "draw from the likeliest tokens that make up this probability; 1 = off",
            step=0.05,
            group="expert",
        ),
    ] = 1.0
    guidance_scale: Annotated[
        float, Range(1, 20, "how strongly the prompt pulls; 1 = no guidance", step=0.25)
    ] = 1.0
    keep: Annotated[
        float,
        Range(
            0,
            0.9,
            "share of your picture that is kept, from its top; the rest is drawn",
            step=0.05,
            group="form",
        ),
    ] = 0.0
    keep_box: Annotated[
        str,
        Text(
            "cells of your picture that are kept as well: x,y,width,height, from 1 at the top left",
            group="form",
        ),
    ] = ""
    variation: Annotated[
        float,
        Range(
            0,
            1,
            "chance that any other token of your picture is drawn anew; 1 = all of them are",
            step=0.05,
            group="form",
        ),
    ] = 1.0
    tile: Annotated[
        bool,
        Flag(
            "soften the seams between copies; tokens are drawn as ever, so motifs need not meet",
            group="form",
        ),
    ] = False


LongTexts = Annotated[
    str,
    Choice(
        ("refuse", "split"),
        "a text longer than CLIP can read: refuse it, or split it and take the parts' mean",
        group="expert",
    ),
]


@dataclass(frozen=True)
class ScoreSettings(Settings):
    """How pictures and captions are compared."""

    title: ClassVar[str] = "Score"

    logit_scale: Annotated[
        float,
        Range(0, 200, "what cosines are multiplied by before a softmax; 0 = as CLIP learned it"),
    ] = 0.0
    long_texts: LongTexts = "refuse"


@dataclass(frozen=True)
class ClassifySettings(Settings):
    """How pictures are sorted under labels."""

    title: ClassVar[str] = "Classification"

    top_k: Annotated[int, Range(1, 100, "labels shown for each picture")] = 5
    independent: Annotated[
        bool, Flag("judge each label on its own; nothing has to add up, and one label is enough")
    ] = False
    none_of_these: Annotated[bool, Flag("let a picture belong to none of the labels")] = False
    ensemble: Annotated[
        str,
        Choice(
            ("one", "none", "7", "80"),
            "what each label is put into: one sentence, none, or the mean of 7 or 80 of them",
        ),
    ] = "one"
    template: Annotated[str, Text("the one sentence, with {} in place of the label", once="{}")] = (
        "a photo of a {}"
    )
    opposing: Annotated[
        str,
        Text(
            "what a label is weighed against when it stands alone, separated by commas; "
            "empty = texts that fit any picture",
            group="expert",
        ),
    ] = ""
    long_texts: LongTexts = "refuse"
    temperature: Annotated[
        float,
        Range(
            0.1, 10, "above 1 evens the probabilities out, below 1 sharpens", 0.1, group="expert"
        ),
    ] = 1.0


@dataclass(frozen=True)
class SearchSettings(Settings):
    """How a gallery is searched."""

    title: ClassVar[str] = "Search"

    top_k: Annotated[int, Range(1, 1000, "most pictures shown, best first")] = 24
    strictness: Annotated[
        float,
        Range(
            0, 2, "how well a picture must fit; 1 = judged automatically, 0 = show all", step=0.05
        ),
    ] = 1.0
    group_alike: Annotated[bool, Flag("show near-duplicates as one picture")] = True


@dataclass(frozen=True)
class ReconstructSettings(Settings):
    """What happens to a picture's codes before they are decoded again."""

    title: ClassVar[str] = "Reconstruction"

    replace: Annotated[
        str, Text("12:340 puts code 340 wherever code 12 stands; empty = replace none")
    ] = ""
    shuffle: Annotated[bool, Flag("put the codes in random order")] = False
    random: Annotated[bool, Flag("forget the picture and draw every code at random")] = False
    seed: Seed = 0
