"""The knobs of VQGAN+CLIP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from multimodal.settings.fields import DECIDED, Choice, Flag, Range, Seed, Settings, Text

#: What a quality sets of the knobs that nobody states.
QUALITIES: dict[str, dict[str, int]] = {
    "draft": {"steps": 60, "num_cutouts": 8, "restarts": 1},
    "normal": {"steps": 150, "num_cutouts": 16, "restarts": 1},
    "better": {"steps": 250, "num_cutouts": 24, "restarts": 4},
    "best": {"steps": 400, "num_cutouts": 32, "restarts": 6},
}


@dataclass(frozen=True)
class VQGANCLIPSettings(Settings):
    """How VQGAN+CLIP paints."""

    title: ClassVar[str] = "VQGAN+CLIP"

    quality: Annotated[
        str,
        Choice(
            tuple(QUALITIES), "sets steps, cutouts and restarts, where you leave these as they are"
        ),
    ] = "normal"
    steps: Annotated[int, Range(1, 500, "optimiser steps")] = DECIDED
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
    restarts: Annotated[
        int, Range(1, 8, "quick sketches at first; the one its guide likes best is finished")
    ] = DECIDED
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
    token_prior: Annotated[
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
    ] = DECIDED
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

    @classmethod
    def decided(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the quality sets; see QUALITIES."""
        return dict(QUALITIES.get(given["quality"], {}))
