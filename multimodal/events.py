"""What a generation yields: any number of Progress, then exactly one Result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

from multimodal.token_stream import TokenStream, streams_json

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Progress:
    """How far a generation has come.

    `step` counts from 1 to `total` (0 before the first). `image` is the preview, `images` holds
    every candidate where there are several, `score` is the best CLIP cosine so far; times are in
    seconds and `seconds_left` is None while nothing can be said. `curve` is as in Result;
    `streams` are those of `images`, where a token model draws them.
    """

    step: int
    total: int
    image: Image.Image | None = None
    images: tuple[Image.Image, ...] = ()
    score: float | None = None
    seconds: float = 0.0
    seconds_left: float | None = None
    message: str = ""
    curve: tuple[float, ...] = ()
    streams: tuple[TokenStream, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A finished picture with its CLIP score (a cosine) and all that is needed to make it again;
    `stream` holds its tokens where a token model drew it, and `draft` what it drew before."""

    image: Image.Image
    seed: int
    clip_score: float
    settings: dict[str, Any] = field(default_factory=dict)
    stream: TokenStream | None = None
    draft: Image.Image | None = None


@dataclass(frozen=True)
class Result:
    """The end of a generation: its pictures, best first.

    `steps` counts the steps taken, `stopped` says that the visitor ended it early (`pictures` may
    then be empty) and `message` why it ended by itself ("real", "plateau"). Where the method has
    them, `curve` is the guides' score after each step, `frames` are previews from the whole run,
    and `z` (1, d, h, w) is the code to go on from.
    """

    pictures: tuple[Picture, ...]
    seconds: float
    steps: int
    stopped: bool = False
    message: str = ""
    curve: tuple[float, ...] = ()
    frames: tuple[Image.Image, ...] = ()
    z: Tensor | None = None

    @property
    def image(self) -> Image.Image:
        """The best picture; raises ValueError if the run was stopped before there was one."""
        if not self.pictures:
            raise ValueError("The generation was stopped before there was a picture.")
        return self.pictures[0].image

    def streams_json(self) -> dict[str, Any]:
        """The streams of the pictures as JSON, see `token_stream.streams_json`."""
        made = [(one.seed, one.stream) for one in self.pictures if one.stream is not None]
        return streams_json([seed for seed, _ in made], [stream for _, stream in made])


def last(events: Iterable[Progress | Result]) -> Result:
    """Run a generation to its end and return its Result; raises ValueError if it has none."""
    result = None
    for event in events:
        if isinstance(event, Result):
            result = event
    if result is None:
        raise ValueError("The events ended without a Result.")
    return result
