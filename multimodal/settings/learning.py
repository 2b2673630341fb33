"""The knobs of the live training; torch is not imported, so that the page shows them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from multimodal.settings.fields import MAX_SEED, Choice, Flag, Range, Settings

#: The drawing styles of the emoji sheet, in the order of its rows.
SHEET_STYLES = ("fluent-3d", "fluent-flat", "noto", "twemoji", "emojione", "fxemoji")


@dataclass(frozen=True)
class LearnSettings(Settings):
    """How a toy CLIP is trained; the batch is one picture of every emoji with its name."""

    title: ClassVar[str] = "Live training"

    num_emoji: Annotated[int, Range(4, 16, "emoji to learn; a batch holds each of them once")] = 12
    training_steps: Annotated[int, Range(1, 3000, "batches to learn from")] = 600
    unseen: Annotated[
        str, Choice(SHEET_STYLES, "the drawing style kept for the test; the net never trains on it")
    ] = "emojione"
    seed: Annotated[
        int, Range(0, MAX_SEED, "the same seed and settings give the same training", step=1)
    ] = 0
    learning_rate: Annotated[
        float,
        Range(0.0001, 0.02, "how far one step moves the weights", step=0.0001, group="expert"),
    ] = 0.001
    temperature: Annotated[
        float, Range(0.01, 1, "what cosines are divided by at first", step=0.01, group="expert")
    ] = 0.07
    learn_temperature: Annotated[
        bool, Flag("let training change the temperature, as CLIP does", group="expert")
    ] = True
    variation: Annotated[
        float,
        Range(
            0, 2, "how much pictures are turned, moved and recoloured", step=0.05, group="expert"
        ),
    ] = 1.0

    @property
    def first_style(self) -> str:
        """The training style whose pictures stand beside the matrix."""
        return next(style for style in SHEET_STYLES if style != self.unseen)
