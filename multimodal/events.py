"""What a long job yields: any number of Progress, then exactly one event that ends it.

Event
  + Progress    of any job; Comparing and Learning say more
  + Result      of what makes pictures; Comparison says more
  + Learned     of the live training, which makes none
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from PIL import Image

from multimodal.token_stream import TokenStream, streams_json

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Event:
    """What all events say: the seconds since the job began, whether the visitor stopped it, and a
    word on it, such as why it ended by itself."""

    seconds: float = 0.0
    stopped: bool = False
    message: str = ""


@dataclass(frozen=True)
class Progress(Event):
    """How far a job has come.

    `step` counts from 1 to `total` (0 before the first). `image` is the preview, `images` holds
    every candidate where there are several, `score` is the best CLIP cosine so far;
    `seconds_left` is None while nothing can be said. `curve` is as in Result; `streams` are those
    of `images`, where a token model draws them.
    """

    step: int
    total: int
    image: Image.Image | None = None
    images: tuple[Image.Image, ...] = ()
    score: float | None = None
    seconds_left: float | None = None
    curve: tuple[float, ...] = ()
    streams: tuple[TokenStream, ...] = ()

    def later(self, seconds: float) -> Self:
        """The same so many seconds later, while nothing new has come."""
        left = None if self.seconds_left is None else max(self.seconds_left - seconds, 0.0)
        return replace(self, seconds=self.seconds + seconds, seconds_left=left)


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
class Result(Event):
    """The end of a generation: its pictures, best first.

    `steps` counts the steps taken. Where the visitor stopped it, `pictures` may be empty; where it
    ended by itself, `message` is "real" or "plateau". Where the method has them, `curve` is the
    guides' score after each step, `frames` are previews from the whole run, and `z` (1, d, h, w)
    is the code to go on from.
    """

    pictures: tuple[Picture, ...]
    steps: int
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


End = TypeVar("End", bound=Event)


def last(events: Iterable[Progress | End]) -> End:
    """Run a job to its end and return the event that ends it; raises ValueError if none does."""
    end = None
    for event in events:
        if not isinstance(event, Progress):
            end = event
    if end is None:
        raise ValueError("The events ended without a Result.")
    return end
