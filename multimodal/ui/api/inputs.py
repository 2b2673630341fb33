"""What the public endpoints take: knobs as named parameters, uploads, texts; all of it checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from multimodal.errors import ImageError, Message, PromptError
from multimodal.settings.fields import DECIDED, Settings, fields_of
from multimodal.ui.shell.adapters import check_count, settings_of
from multimodal.ui.shell.uploads import checked_upload


def with_knobs(function: Callable[..., Any], cls: type[Settings]) -> Callable[..., Any]:
    """Give a function that ends in **knobs one named parameter a knob, with its default; None where
    another knob decides."""
    given = inspect.signature(function, eval_str=True)  # names are those of its module
    named = [p for p in given.parameters.values() if p.kind is not p.VAR_KEYWORD]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    taken = {p.name for p in named}
    knobs = [k for k in fields_of(cls) if k.name not in taken]
    extra = [
        inspect.Parameter(
            k.name, kind, default=DECIDED if k.decided else k.default, annotation=k.type
        )
        for k in knobs
    ]
    signature = given.replace(parameters=[*named, *extra])
    names = [knob.name for knob in knobs]

    def split(args: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        bound = signature.bind(*args)
        bound.apply_defaults()
        values = bound.arguments
        settings = settings_of(cls, names, [values[name] for name in names])
        chosen = {name: getattr(settings, name) for name in names}
        return tuple(values[p.name] for p in named), chosen

    def call(*args: Any) -> Any:
        first, values = split(args)
        return function(*first, **values)

    def stream(*args: Any) -> Iterator[Any]:
        first, values = split(args)
        yield from function(*first, **values)

    wrapper: Any = stream if inspect.isgeneratorfunction(function) else call
    wrapper.__signature__ = signature
    wrapper.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    wrapper.__annotations__["return"] = signature.return_annotation
    wrapper.__name__, wrapper.__doc__ = function.__name__, function.__doc__
    return wrapper


def upload_paths(files: Any) -> list[str]:
    """The paths of uploads; a path that was not uploaded is refused, whatever it says.

    Raises ImageError, LimitError.
    """
    if not isinstance(files, list) or not files:
        raise ImageError("No picture was given; upload at least one.")
    check_count(len(files), Message("files"))
    paths = []
    for file in files:
        path = file.get("path") if isinstance(file, dict) else None
        paths.append(checked_upload(path))
    return paths


def upload_name(file: dict[str, Any]) -> str:
    """What the visitor calls an upload."""
    return str(file.get("orig_name") or Path(file["path"]).name)


def checked_texts(values: Any, what: Message) -> list[str]:
    """Captions. Raises PromptError for anything but a list of texts, LimitError for too many."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise PromptError("The {what} must be a list of texts.", what=what)
    check_count(len(values), what)
    return values
