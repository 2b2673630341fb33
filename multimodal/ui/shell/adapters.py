"""Between the lab and gradio: errors as sentences, uploads as pictures, knobs as controls."""

from __future__ import annotations

import functools
import inspect
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import gradio as gr
from gradio.components import Component

from multimodal.errors import ImageError, LabError, LimitError, Message
from multimodal.events import Event, Progress
from multimodal.settings.fields import Choice, Flag, Knob, Range, Settings, fields_of
from multimodal.settings.limits import Limits
from multimodal.ui.shell.language import both, both_sentence, t
from multimodal.ui.texts import TEXTS

if TYPE_CHECKING:
    from PIL import Image

    from multimodal.files.sources import Skipped

log = logging.getLogger("multimodal")

EXAMPLES = Path(__file__).parents[3] / "examples"
MAX_TABLE = 64  # pictures or captions compared in one call
MAX_SLIDER = 4096  # a wider range is typed, not slid
FRAME_SECONDS = 0.1
#: Jobs that hold the device for long run one at a time; the lab's lock orders their steps with
#: the quick ones, which must not wait for a whole painting.
SLOW: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "device", "trigger_mode": "once"}
QUICK: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "quick", "trigger_mode": "once"}
HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
AT_ONCE: dict[str, Any] = {"queue": False, **HIDDEN}

S = TypeVar("S", bound=Settings)
E = TypeVar("E", bound=Event)
Handler = Callable[..., Any]


def guard(function: Handler, plain: bool = False) -> Handler:
    """Let a handler fail in one sentence: a LabError's own, or an apology for a bug, which is
    logged. `plain` is for the API; the page takes HTML, so there the sentence is escaped."""

    def told(error: Exception) -> gr.Error:
        if isinstance(error, gr.Error):
            return error
        if isinstance(error, LabError):
            message = str(error) if plain else both_sentence(error.message)
        else:
            log.error("%s failed", function.__name__, exc_info=error)
            message = TEXTS["error.apology"][0] if plain else both("error.apology")
        return gr.Error(message, print_exception=False)

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def guarded_stream(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from function(*args, **kwargs)
            except Exception as error:
                raise told(error) from None

        return guarded_stream

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise told(error) from None

    return guarded


def throttled(events: Iterable[E]) -> Iterator[E]:
    """Leave out progress that comes faster than it can be shown; the end always passes."""
    shown = 0.0
    for event in events:
        now = time.monotonic()
        if not isinstance(event, Progress) or now - shown >= FRAME_SECONDS:
            shown = now
            yield event


def read_pictures(
    paths: Sequence[str | Path], limits: Limits
) -> tuple[list[Image.Image], list[str], list[Skipped]]:
    """The pictures that can be read, their names, and what was left out.

    Raises ImageError when none is left, LimitError for too many.
    """
    from multimodal.files.sources import (
        Skipped,  # torch comes with it, and the page is served before
    )

    check_count(len(paths), Message("pictures"))
    images, names, skipped = [], [], []
    failure = ImageError("No picture was given; choose at least one.")
    for path in paths:
        name = Path(path).name
        try:
            images.append(read_picture(path, limits))
            names.append(name)
        except ImageError as error:
            failure = error
            skipped.append(Skipped(name, error.message, str(path)))
    if not images:
        raise failure
    return images, names, skipped


def read_picture(path: str | Path, limits: Limits) -> Image.Image:
    """One uploaded picture. Raises ImageError."""
    from multimodal.images import decode  # likewise

    return decode(str(path), max_megapixels=limits.max_megapixels)


def check_count(count: int, what: Message) -> None:
    """Raise LimitError for more pictures or captions than one table can hold."""
    if count > MAX_TABLE:
        raise LimitError(
            "There are {count} {what}, and one table holds at most {most}; leave some out or use "
            "the gallery.",
            count=count,
            what=what,
            most=MAX_TABLE,
        )


def control(cls: type[Settings], knob: Knob, limits: Limits) -> Component:
    """The slider, box or list that sets a knob; range, default and help are the knob's own."""
    key = f"{cls.__name__}.{knob.name}"
    words: dict[str, Any] = {"label": t(key), "info": t(f"{key}.help")}
    words["elem_id"] = f"{cls.__name__}-{knob.name}"
    match knob.marker:
        case Flag():
            return gr.Checkbox(value=knob.default, **words)
        case Choice(options):
            choices = [(t(f"choice.{o}"), o) for o in options if f"choice.{o}" in TEXTS]
            return gr.Dropdown(choices, value=knob.default, **words)
        case Range(low, high, step=step):
            high = min(high, limits.highest().get(knob.name, high))
            default = min(knob.default, high)
            if high - low > MAX_SLIDER:
                return gr.Number(default, precision=0, minimum=low, maximum=high, **words)
            step = step or (1 if knob.type is int else 0.05)
            return gr.Slider(low, high, value=default, step=step, **words)
        case _:
            return gr.Textbox(value=knob.default, max_lines=1, **words)


def controls(cls: type[Settings], limits: Limits, fold: bool = False) -> dict[str, Component]:
    """The controls of a settings class, made where this is called; every group but the basic one
    folds away, or with `fold` all of them together."""
    folds: dict[str, list[Knob]] = {}
    for knob in fields_of(cls):
        folds.setdefault("fold" if fold else knob.marker.group, []).append(knob)
    made = {knob.name: control(cls, knob, limits) for knob in folds.pop("basic", [])}
    for group, knobs in folds.items():
        with gr.Accordion(t("common.settings" if fold else f"group.{group}"), open=False):
            made |= {knob.name: control(cls, knob, limits) for knob in knobs}
    return {knob.name: made[knob.name] for knob in fields_of(cls)}


def settings_of(cls: type[S], names: Iterable[str], values: Iterable[Any], **more: Any) -> S:
    """Settings from the values of their controls; raises SettingError.

    A slider may say 150.0 for a whole number.
    """
    kinds = {knob.name: knob.type for knob in fields_of(cls)}
    given = dict(zip(names, values, strict=True))
    for name, value in given.items():
        if kinds[name] is int and isinstance(value, float) and value.is_integer():
            given[name] = int(value)
    return cls(**{**given, **more})


def event_data(event: gr.EventData) -> dict[str, Any]:
    """What a script on the page sent with an event; {} for anything but a mapping."""
    data = event._data
    return data if isinstance(data, dict) else {}
