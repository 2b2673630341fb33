"""The multimodal lab: CLIP, gallery search, VQGAN+CLIP and DALL-E tokens behind one `Lab`.

The public names load their modules when they are first asked for, so that importing the package,
serving the page and refusing bad arguments do not wait for the networks' libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multimodal.clip.classification import LabelScore as LabelScore
    from multimodal.clip.scoring import Pairs as Pairs
    from multimodal.clip.scoring import Scores as Scores
    from multimodal.codes.reconstruction import Reconstruction as Reconstruction
    from multimodal.comparison.run import Comparison as Comparison
    from multimodal.errors import LabError as LabError
    from multimodal.events import Picture as Picture
    from multimodal.events import Progress as Progress
    from multimodal.events import Result as Result
    from multimodal.events import last as last
    from multimodal.lab import Lab as Lab
    from multimodal.models.presets import PRESETS as PRESETS
    from multimodal.models.presets import Preset as Preset
    from multimodal.search.gallery import Gallery as Gallery
    from multimodal.search.hits import Hit as Hit
    from multimodal.search.library.reader import Library as Library
    from multimodal.settings.comparing import CompareSettings as CompareSettings
    from multimodal.settings.jobs import ClassifySettings as ClassifySettings
    from multimodal.settings.jobs import DalleSettings as DalleSettings
    from multimodal.settings.jobs import ReconstructSettings as ReconstructSettings
    from multimodal.settings.jobs import ScoreSettings as ScoreSettings
    from multimodal.settings.jobs import SearchSettings as SearchSettings
    from multimodal.settings.learning import LearnSettings as LearnSettings
    from multimodal.settings.limits import Limits as Limits
    from multimodal.settings.painting import VQGANCLIPSettings as VQGANCLIPSettings

__version__ = "0.1.0"

_HOMES = {
    "clip.classification": ("LabelScore",),
    "clip.scoring": ("Pairs", "Scores"),
    "codes.reconstruction": ("Reconstruction",),
    "comparison.run": ("Comparison",),
    "errors": ("LabError",),
    "events": ("Picture", "Progress", "Result", "last"),
    "lab": ("Lab",),
    "models.presets": ("PRESETS", "Preset"),
    "search.gallery": ("Gallery",),
    "search.hits": ("Hit",),
    "search.library.reader": ("Library",),
    "settings.comparing": ("CompareSettings",),
    "settings.jobs": (
        "ClassifySettings",
        "DalleSettings",
        "ReconstructSettings",
        "ScoreSettings",
        "SearchSettings",
    ),
    "settings.learning": ("LearnSettings",),
    "settings.limits": ("Limits",),
    "settings.painting": ("VQGANCLIPSettings",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME_OF]
