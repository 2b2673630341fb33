"""The knobs of every job but painting, and the precisions that nets may run with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from multimodal.settings.fields import Choice, Flag, Range, Seed, Settings, Text

#: What a comparison of pictures and captions can be looked at as.
VIEWS = ("per_image", "per_text", "independent", "cosine", "logits")
#: What CLIP's image tower may embed with.
PRECISIONS = ("fp32", "int8")
#: What the token model may draw with.
TOKEN_PRECISIONS = ("fp32", "fp16", "int8")


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
