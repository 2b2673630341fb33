"""Errors meant for the user.

    LabError
      + SettingError      a knob is out of its range or of the wrong type
      + LimitError        a legal knob or upload exceeds what this deployment allows
      + PromptError       a prompt, template or list of labels is empty, too long or malformed
      + ImageError        a picture cannot be read
      + ArchiveError      a zip is refused
      + CheckpointError   weights are missing, corrupt or do not fit
      + GalleryError      a gallery is empty, unknown or unreadable

Each message is one sentence of fact, naming the field, the value and the limit, and what to do
about it. The page and the command line show it as it is; any other exception is a bug. A visitor
who presses Stop is no error.
"""


class LabError(Exception):
    """Base of the errors whose message the user should read."""


class SettingError(LabError):
    """A setting is out of its range or of the wrong type."""


class LimitError(LabError):
    """A legal value exceeds a limit of this deployment."""


class PromptError(LabError):
    """A prompt, a template or a list of labels cannot be used."""


class ImageError(LabError):
    """A picture cannot be read; `source` names it."""

    def __init__(self, message: str, source: str = "") -> None:
        super().__init__(message)
        self.source = source


class ArchiveError(LabError):
    """A zip archive is refused as a whole."""


class CheckpointError(LabError):
    """A model's weights are missing, corrupt or do not fit its configuration."""


class GalleryError(LabError):
    """A gallery is empty, unknown or unreadable."""
