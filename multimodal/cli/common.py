"""What every command shares: loading the lab, reading pictures, saying things."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from multimodal.errors import LabError
from multimodal.settings.fields import Settings

if TYPE_CHECKING:
    from PIL import Image

    from multimodal.events import Event, Progress
    from multimodal.lab import Lab

End = TypeVar("End", bound="Event")
Run = Callable[[argparse.Namespace], dict[str, Any]]


class Add(Protocol):
    """Adds a command with the flags that all of them have, and gives its parser."""

    def __call__(
        self, name: str, run: Run, help: str, settings: type[Settings] | None = None
    ) -> argparse.ArgumentParser: ...


def load_lab(arguments: argparse.Namespace) -> Lab:
    """The lab on the preset, device and precisions asked for."""
    from multimodal.lab import Lab  # torch and the nets load only once a command needs them

    return Lab.load(
        arguments.preset,
        arguments.device,
        precision=arguments.precision,
        token_precision=arguments.token_precision,
    )


def read_images(lab: Lab, paths: list[str]) -> list[Image.Image]:
    """Decode pictures within the limits. Raises ImageError."""
    from multimodal.images import decode

    return [decode(path, max_megapixels=lab.limits.max_megapixels) for path in paths]


def check_writable(path: Path, suffix: str = ".png") -> None:
    """Find out before the long work, not after it, that its result could not be kept."""
    if path.suffix.lower() != suffix:
        raise LabError(
            "The file to write is {path}; its name must end in {suffix}.", path=path, suffix=suffix
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise LabError(
            "{path} cannot be written ({why}); choose another file.", path=path, why=error.strerror
        ) from error


def say(line: str) -> None:
    """A line of progress, on stderr."""
    print(line, file=sys.stderr, flush=True)


def followed(events: Iterator[Progress | End]) -> End:
    """Report progress on stderr and give the event that ends the job."""
    from multimodal.events import Progress, last

    def told() -> Iterator[Progress | End]:
        for event in events:
            if isinstance(event, Progress):
                score = "" if event.score is None else f", CLIP score {event.score:.3f}"
                left = "" if event.seconds_left is None else f", {event.seconds_left:.0f} s left"
                say(f"{event.step}/{event.total}{score}{left}")
            yield event

    return last(told())
