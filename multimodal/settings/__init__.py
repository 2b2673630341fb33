"""Every knob of the lab: its type, default, range and help, stated once.

Validation, sliders, command-line flags and the tables of docs/settings.md are all made from the
annotations in these files, so a new knob is one line.
"""

from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import Settings
from multimodal.settings.jobs import (
    ClassifySettings,
    ReconstructSettings,
    ScoreSettings,
    SearchSettings,
)
from multimodal.settings.learning import LearnSettings

#: The settings of every job but the generators, which state theirs where they are registered.
JOBS: tuple[type[Settings], ...] = (
    ClassifySettings,
    ScoreSettings,
    SearchSettings,
    ReconstructSettings,
    CompareSettings,
    LearnSettings,
)
