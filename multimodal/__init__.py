"""The multimodal lab: CLIP, gallery search, VQGAN+CLIP and DALL-E tokens behind one `Lab`.

The public names load their modules when they are first asked for, so that importing the package,
serving the page and refusing bad arguments do not wait for the networks' libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multimodal.classification import LabelScore as LabelScore
    from multimodal.comparison import Comparison as Comparison
    from multimodal.errors import LabError as LabError
    from multimodal.events import Picture as Picture
    from multimodal.events import Progress as Progress
    from multimodal.events import Result as Result
    from multimodal.events import last as last
    from multimodal.gallery import Gallery as Gallery
    from multimodal.gallery import Hit as Hit
    from multimodal.generators import CompareSettings as CompareSettings
    from multimodal.lab import Lab as Lab
    from multimodal.learn_settings import LearnSettings as LearnSettings
    from multimodal.library.reader import Library as Library
    from multimodal.limits import Limits as Limits
    from multimodal.presets import PRESETS as PRESETS
    from multimodal.presets import Preset as Preset
    from multimodal.reconstruction import Reconstruction as Reconstruction
    from multimodal.scoring import Pairs as Pairs
    from multimodal.scoring import Scores as Scores
    from multimodal.settings import ClassifySettings as ClassifySettings
    from multimodal.settings import DalleSettings as DalleSettings
    from multimodal.settings import ReconstructSettings as ReconstructSettings
    from multimodal.settings import ScoreSettings as ScoreSettings
    from multimodal.settings import SearchSettings as SearchSettings
    from multimodal.settings import VQGANCLIPSettings as VQGANCLIPSettings

__version__ = "0.1.0"

_HOMES = {
    "classification": ("LabelScore",),
    "comparison": ("Comparison",),
    "errors": ("LabError",),
    "events": ("Picture", "Progress", "Result", "last"),
    "gallery": ("Gallery", "Hit"),
    "generators": ("CompareSettings",),
    "lab": ("Lab",),
    "learn_settings": ("LearnSettings",),
    "library.reader": ("Library",),
    "limits": ("Limits",),
    "presets": ("PRESETS", "Preset"),
    "reconstruction": ("Reconstruction",),
    "scoring": ("Pairs", "Scores"),
    "settings": (
        "ClassifySettings",
        "DalleSettings",
        "ReconstructSettings",
        "ScoreSettings",
        "SearchSettings",
        "VQGANCLIPSettings",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME_OF]
