"""Errors meant for the user, and the messages they carry.

    LabError
      + SettingError      a knob is out of its range or of the wrong type
      + LimitError        a legal knob or upload exceeds what this deployment allows
      + PromptError       a prompt, template or list of labels is empty, too long or malformed
      + ImageError        a picture cannot be read
      + ArchiveError      a zip is refused
      + CheckpointError   weights are missing, corrupt or do not fit
      + GalleryError      a gallery is empty, unknown or unreadable

Each message is one sentence of fact, naming the field, the value and the limit, and what to do
about it. It is raised as a template and the values that fill it:

    raise PromptError("There are {chapters} chapters; leave some out.", chapters=30)

`str(error)` is the English sentence, which the command line and the API say. The page looks
`error.message.template` up in its Arabic table (ui/texts/errors/) and fills it with the same
values. Templates are literals, so a test finds every one of them; what a visitor wrote only ever
is a value. The page shows a LabError as it is; any other exception is a bug. A visitor who
presses Stop is no error.
"""

from __future__ import annotations

from typing import Any, Self


class Message(str):
    """A sentence or phrase in English that remembers its template and values, for other languages.

    A template has named places as `str.format` knows them: "{count} of {most:g}". Without values
    it is taken as it is written, braces and all. A value that is a Message itself is translated
    with the whole; a tuple is a list of values; any other stays what it is, most of all what a
    visitor wrote.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        listed = {
            name: ", ".join(map(str, value)) if isinstance(value, tuple) else value
            for name, value in values.items()
        }
        message = super().__new__(cls, template.format(**listed) if values else template)
        message.template, message.values = template, values
        return message


class Name(Message):
    """A word of the lab's own that each language has a name for, found by a key: `top_k` of a
    search is not called what `top_k` of a classification is."""

    key: str

    def __new__(cls, word: str, key: str) -> Self:
        name = super().__new__(cls, word)
        name.key = key
        return name

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.key  # for pickle and copy


class LabError(Exception):
    """Base of the errors whose message the user should read: a template and what fills it, or a
    Message that is there already."""

    def __init__(self, template: str, /, **values: Any) -> None:
        self.message = template if isinstance(template, Message) else Message(template, **values)
        super().__init__(self.message)


class SettingError(LabError):
    """A setting is out of its range or of the wrong type."""


class LimitError(LabError):
    """A legal value exceeds a limit of this deployment."""


class PromptError(LabError):
    """A prompt, a template or a list of labels cannot be used."""


class ImageError(LabError):
    """A picture cannot be read, or there is none."""

    @property
    def source(self) -> str:
        """The picture's name, which fills the place {source}; "" where the message has none."""
        return str(self.message.values.get("source", ""))


class ArchiveError(LabError):
    """A zip archive is refused as a whole; says why in a clause to follow its name."""


class CheckpointError(LabError):
    """A model's weights are missing, corrupt or do not fit its configuration."""


class GalleryError(LabError):
    """A gallery is empty, unknown or unreadable."""
