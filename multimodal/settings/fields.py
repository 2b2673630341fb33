"""How a knob is described, checked and shown; the knobs themselves are in the files beside it.

A settings class is a frozen dataclass whose fields are annotated with a Range, Choice, Text or
Flag. Validation, sliders, command-line flags and documentation tables are made from that.
"""

from __future__ import annotations

import argparse
import dataclasses
import numbers
import types
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    TypeGuard,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from multimodal.errors import Message, Name, SettingError

Group = Literal["basic", "form", "cutouts", "expert"]  # all but the first fold away


@dataclass(frozen=True)
class Range:
    """A number from `low` to `high`, both included; a whole number is also a multiple of `step`."""

    low: float
    high: float
    help: str
    step: float | None = None
    group: Group = "basic"


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]
    help: str
    group: Group = "basic"


@dataclass(frozen=True)
class Text:
    """Free text; `once`, if given, must appear in it exactly once."""

    help: str
    once: str = ""
    group: Group = "basic"


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    help: str
    group: Group = "basic"


Marker = Range | Choice | Text | Flag
#: The default of a knob that another knob decides where nobody states it; see `Settings.decided`.
DECIDED: Any = None


@dataclass(frozen=True)
class Knob:
    """One field of a settings class, with all that a slider, a flag or a table row needs.

    Where it is `decided`, another knob says what it is as long as nobody states it, and `default`
    is its value when all are left alone.
    """

    name: str
    type: type
    default: Any
    marker: Marker
    optional: bool = False
    decided: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def help(self) -> str:
        return self.marker.help

    @property
    def allowed(self) -> Message:
        """The legal values in words, to follow "it must be"."""
        match self.marker:
            case Range(low, high, step=step):
                ends = {"low": _number(low), "high": _number(high)}
                if self.type is not int or not _strides(step):
                    return Message("between {low} and {high}", **ends)
                return Message(
                    "a multiple of {step} between {low} and {high}", step=_number(step), **ends
                )
            case Choice(options):
                words = tuple(Name(option, f"choice.{option}") for option in options)
                return Message("one of {options}", options=words)
            case Text(once=once):
                if not once:
                    return Message("text")
                return Message("text that contains {once} exactly once", once=once)
            case Flag():
                return Message("true or false")


@dataclass(frozen=True)
class Settings:
    """Base of the settings: checked when made, immutable afterwards."""

    title: ClassVar[str] = "Settings"

    def __post_init__(self) -> None:
        for name, value in self.decided(vars(self)).items():
            if getattr(self, name) is DECIDED:
                object.__setattr__(self, name, value)
        validate(self)

    @classmethod
    def knob(cls, name: str) -> Name:
        """What errors call a knob: "VQGAN+CLIP steps"."""
        return Name(f"{cls.title} {name}", f"{cls.__name__}.{name}")

    @classmethod
    def decided(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the knobs whose default is DECIDED are where nobody states them, by name."""
        return {}


MAX_SEED = 2**32 - 1


Seed = Annotated[
    int, Range(0, MAX_SEED, "the same seed and settings give the same picture", step=1)
]

S = TypeVar("S", bound=Settings)


def fields_of(cls: type[Settings]) -> tuple[Knob, ...]:
    """The knobs of a settings class, in the order they are declared."""
    known: Any = cls  # mypy takes no class of dataclasses for hashable
    return _fields_of(known)


@cache
def _fields_of(cls: Any) -> tuple[Knob, ...]:
    """They are asked for at every request, and reading annotations takes almost a millisecond."""
    hints = get_type_hints(cls, include_extras=True)
    fields = dataclasses.fields(cls)
    decided = cls.decided({field.name: field.default for field in fields})
    return tuple(_knob(field, hints[field.name], decided) for field in fields)


def validate(settings: Settings) -> None:
    """Raise SettingError for the first value that is of the wrong type or out of its range.

    Numbers of other kinds (numpy's, an int for a float) become plain int and float.
    """
    for knob in fields_of(type(settings)):
        value = getattr(settings, knob.name)
        if value is None and knob.optional:
            continue
        if not _is_legal(knob, value):
            raise SettingError(
                "{knob} is {value}; it must be {allowed}.",
                knob=settings.knob(knob.name),
                value=_shown(value),
                allowed=_expected(knob, value),
            )
        if isinstance(knob.marker, Range):
            object.__setattr__(settings, knob.name, knob.type(value))


def add_arguments(
    parser: argparse.ArgumentParser, cls: type[Settings], *, skip: Collection[str] = ()
) -> None:
    """Give a parser one flag a knob; a flag that is not used leaves None behind."""
    for knob in fields_of(cls):
        if knob.name in skip:
            continue
        text = f"{knob.help} (default {_shown(knob.default)})".replace("%", "%%")
        match knob.marker:
            case Flag():
                parser.add_argument(knob.flag, action=argparse.BooleanOptionalAction, help=text)
            case Choice(options):
                parser.add_argument(knob.flag, metavar="|".join(options), help=text)
            case Range(low, high):
                metavar = f"{_number(low)}..{_number(high)}"
                parser.add_argument(knob.flag, type=knob.type, metavar=metavar, help=text)
            case Text():
                parser.add_argument(knob.flag, metavar="TEXT", help=text)


def from_arguments(cls: type[S], namespace: argparse.Namespace) -> S:
    """The settings a command line asks for; what it leaves out keeps its default."""
    given = {knob.name: getattr(namespace, knob.name, None) for knob in fields_of(cls)}
    return cls(**{name: value for name, value in given.items() if value is not None})


def markdown_table(cls: type[Settings]) -> str:
    """The knobs as a Markdown table, for the documentation."""
    rows = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for knob in fields_of(cls):
        rows.append(f"| `{knob.name}` | {_shown(knob.default)} | {knob.allowed} | {knob.help} |")
    return "\n".join(rows)


def _knob(field: dataclasses.Field[Any], hint: Any, decided: Mapping[str, Any]) -> Knob:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"{field.name} has no Range, Choice, Text or Flag in its annotation.")
    base, marker = get_args(hint)[:2]
    kinds = get_args(base) if get_origin(base) in (Union, types.UnionType) else (base,)
    (kind,) = [k for k in kinds if k is not type(None)]
    optional = type(None) in kinds
    if field.default is DECIDED and not optional:
        return Knob(field.name, kind, decided[field.name], marker, decided=True)
    return Knob(field.name, kind, field.default, marker, optional)


def _is_legal(knob: Knob, value: Any) -> bool:
    match knob.marker:
        case Range(low, high, step=step):
            if not _is_number(knob, value) or not low <= value <= high:  # nan fails both bounds
                return False
            return not (knob.type is int and _strides(step) and value % step)
        case Choice(options):
            return isinstance(value, str) and value in options
        case Text(once=once):
            return isinstance(value, str) and (not once or value.count(once) == 1)
        case Flag():
            return isinstance(value, bool)


def _is_number(knob: Knob, value: Any) -> bool:
    kind = numbers.Integral if knob.type is int else numbers.Real
    return isinstance(value, kind) and not isinstance(value, bool)


def _expected(knob: Knob, value: Any) -> Message:
    allowed = knob.allowed
    if not isinstance(knob.marker, Range) or _is_number(knob, value) or "step" in allowed.values:
        return allowed
    if knob.type is int:
        return Message("a whole number between {low} and {high}", **allowed.values)
    return Message("a number between {low} and {high}", **allowed.values)


def _strides(step: float | None) -> TypeGuard[float]:
    return step is not None and step > 1


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    try:
        text = repr(value)
    except ValueError:  # an int of thousands of digits cannot be printed
        return Message("a huge number")
    return text if len(text) <= 60 else text[:57] + "..."
