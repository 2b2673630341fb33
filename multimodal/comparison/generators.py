"""The generators of the lab in one list, for whatever offers or compares all of them.

Each is made from the settings of a comparison; a new one is one more entry here, and its words in
`ui.texts`. Nothing heavy is imported, so that a page can list them before the networks load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import Settings
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.painting import VQGANCLIPSettings

if TYPE_CHECKING:
    from multimodal.models.loaded import LoadedModels


@dataclass(frozen=True)
class Generator:
    """One way to make a picture of a prompt.

    Args:
        name: that of its command, its endpoint and its tab.
        settings: its own, as a comparison asks for them.
        nets: what computes the picture with these settings; raises LabError, e.g. when a
            checkpoint is missing.
        steered_by_clip: whether it raises a CLIP score while it works, so that a high one says
            less about its pictures.
    """

    name: str
    settings: Callable[[CompareSettings], Settings]
    nets: Callable[[LoadedModels, Any], list[Any]]
    steered_by_clip: bool = False


def _painting(settings: CompareSettings) -> VQGANCLIPSettings:
    # Without the prior: the token model is what it is compared with.
    return VQGANCLIPSettings(seed=settings.seed, steps=settings.steps, prior=0.0)


def _painting_nets(models: LoadedModels, settings: VQGANCLIPSettings) -> list[Any]:
    from multimodal.painting.steering import guides_of  # torch comes with it

    return [models.vqgan, *(clip for clip, _ in guides_of(models, settings.guides))]


def _drawing(settings: CompareSettings) -> DalleSettings:
    return DalleSettings(seed=settings.seed, num_candidates=settings.num_candidates)


def _drawing_nets(models: LoadedModels, settings: DalleSettings) -> list[Any]:
    return [models.token_transformer, models.token_vqgan]


GENERATORS = (
    Generator("paint", _painting, _painting_nets, steered_by_clip=True),
    Generator("dalle", _drawing, _drawing_nets),
)


def num_parameters(nets: Iterable[Any]) -> int:
    """Parameters of these modules together; what two of them share counts once."""
    found = {id(p): p.numel() for net in nets for p in net.parameters()}
    return sum(found.values())
