"""What one deployment allows: its limits, and reading them from spaces_config.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Self

import yaml

from multimodal.errors import LimitError, SettingError
from multimodal.prompts import check_text
from multimodal.settings.fields import Flag, Range, Settings, Text, fields_of


@dataclass(frozen=True)
class Limits(Settings):
    """What one deployment allows; the defaults are those of a local run."""

    title: ClassVar[str] = "Limit"

    max_pictures: Annotated[int, Range(1, 1_000_000, "pictures in a gallery")] = 5000
    max_upload_mb: Annotated[int, Range(1, 10_000, "megabytes of one uploaded file")] = 200
    max_megapixels: Annotated[int, Range(1, 170, "megapixels of one picture")] = 64
    max_steps: Annotated[int, Range(1, 500, "steps of one generation")] = 500
    max_candidates: Annotated[int, Range(1, 16, "candidates of one generation")] = 16
    max_prompt_chars: Annotated[int, Range(1, 100_000, "characters of a prompt")] = 2000
    queue_size: Annotated[int, Range(1, 10_000, "visitors waiting at once")] = 32
    max_size: Annotated[int, Range(64, 512, "side of a generated picture in pixels")] = 512
    max_archive_mb: Annotated[int, Range(1, 100_000, "megabytes a zip may unpack to")] = 1000
    max_archive_ratio: Annotated[int, Range(1, 10_000, "times a zip may grow unpacked")] = 200
    max_learning_seconds: Annotated[int, Range(5, 600, "seconds of one live training")] = 60
    own_checkpoints: Annotated[bool, Flag("guides may be presets and folders of your own")] = True

    @classmethod
    def local(cls) -> Self:
        """The limits of a run on one's own machine."""
        return cls()

    @classmethod
    def hosted(cls, path: str | Path = "spaces_config.yaml") -> Self:
        """The limits under `limits:` in a deployment's YAML file.

        Raises SettingError for a file that cannot be read, an unknown name or a bad value.
        """
        try:
            config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise SettingError(
                "{path} cannot be read as YAML; restore it from the repository.", path=path
            ) from error
        limits = config.get("limits") if isinstance(config, Mapping) else None
        if not isinstance(limits, Mapping):
            raise SettingError("{path} has no mapping named limits; add one.", path=path)
        known = tuple(knob.name for knob in fields_of(cls))
        for name in limits:
            if name not in known:
                raise SettingError(
                    "{path} sets the unknown limit {name}; the limits are {known}.",
                    path=path,
                    name=name,
                    known=known,
                )
        return cls(**limits)

    def highest(self) -> dict[str, int]:
        """The highest value of each knob that the deployment bounds, by the knob's name."""
        return {
            "steps": self.max_steps,
            "width": self.max_size,
            "height": self.max_size,
            "num_candidates": self.max_candidates,
        }

    def check(self, settings: Settings) -> None:
        """Raise LimitError if these settings ask for more than the deployment allows."""
        for name, limit in self.highest().items():
            value = getattr(settings, name, None)
            if value is not None and value > limit:
                raise LimitError(
                    "{knob} is {value}, and this deployment allows at most {limit}; choose "
                    "{limit} or less, or run the lab on your own machine.",
                    knob=settings.knob(name),
                    value=value,
                    limit=limit,
                )
        for knob in fields_of(type(settings)):
            if isinstance(knob.marker, Text):
                text = getattr(settings, knob.name)
                check_text(text, self.max_prompt_chars, settings.knob(knob.name))
