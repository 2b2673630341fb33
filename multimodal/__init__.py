"""The multimodal lab: CLIP, gallery search, VQGAN+CLIP and DALL-E tokens behind one `Lab`."""

from multimodal.errors import LabError
from multimodal.events import Picture, Progress, Result, last
from multimodal.gallery import Gallery, Hit
from multimodal.lab import Lab
from multimodal.presets import PRESETS, Preset
from multimodal.reconstruction import Reconstruction
from multimodal.scoring import LabelScore, Scores
from multimodal.settings import (
    ClassifySettings,
    DalleSettings,
    Limits,
    SearchSettings,
    VQGANCLIPSettings,
)

__version__ = "0.1.0"

__all__ = [
    "PRESETS",
    "ClassifySettings",
    "DalleSettings",
    "Gallery",
    "Hit",
    "Lab",
    "LabError",
    "LabelScore",
    "Limits",
    "Picture",
    "Preset",
    "Progress",
    "Reconstruction",
    "Result",
    "Scores",
    "SearchSettings",
    "VQGANCLIPSettings",
    "last",
]
