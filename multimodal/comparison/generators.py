"""The generators of the lab: the one place where each is registered.

A new one is an entry here, a folder with its job, its texts in `ui.texts` and its tab,
`ui/making/NAME_tab.py`. Its command, its endpoint, its tables in the documentation and its column
in a comparison are made from the entry. Nothing heavy is imported before a run, so that the page
and the command line can list them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import Settings
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from multimodal.events import Progress, Result
    from multimodal.models.loaded import LoadedModels

Events = Iterator["Progress | Result"]


@dataclass(frozen=True)
class Given:
    """What a run may be given beside its prompt and settings.

    Args:
        start: a first picture, or the z of an earlier Result.
        images: the pictures that `#1`, `#2` in the prompt mean.
        stop: ends the run early, with what there is.
        limits: what the deployment allows.
    """

    start: Image.Image | Tensor | None = None
    images: tuple[Image.Image, ...] = ()
    stop: Event | None = None
    limits: Limits = field(default_factory=Limits.local)


@dataclass(frozen=True)
class Generator:
    """One way to make a picture of a prompt.

    Args:
        name: that of its command, its endpoint, its tab and its texts.
        about: what its command does, in one line.
        settings: the class of its settings; `Lab.generate` finds it by this.
        run: begins a run, having checked everything; raises LabError.
        compared: its settings as a comparison asks for them.
        nets: what computes the picture with these settings; raises LabError, e.g. when a
            checkpoint is missing.
        start: what its endpoint calls a first picture; "" where it takes none.
        start_about: what its command says of that picture.
        images: whether a prompt may name pictures, and weigh its parts.
        files: what its command can write beside the pictures: film, curve, stream.
        steered_by_clip: whether it raises a CLIP score while it works, so that a high one says
            less about its pictures.
    """

    name: str
    about: str
    settings: type[Settings]
    run: Callable[[LoadedModels, str, Any, Given], Events]
    compared: Callable[[CompareSettings], Settings]
    nets: Callable[[LoadedModels, Any], list[Any]]
    start: str = ""
    start_about: str = ""
    images: bool = False
    files: tuple[str, ...] = ()
    steered_by_clip: bool = False


def _paint(models: LoadedModels, prompt: str, settings: VQGANCLIPSettings, given: Given) -> Events:
    from multimodal.painting.run import paint

    return paint(
        models, prompt, settings,
        start=given.start, images=given.images,
        own_guides=given.limits.own_checkpoints, stop=given.stop,
    )  # fmt: skip


def _paint_compared(settings: CompareSettings) -> VQGANCLIPSettings:
    # Without the prior: the token model is what it is compared with.
    return VQGANCLIPSettings(seed=settings.seed, steps=settings.steps, token_prior=0.0)


def _paint_nets(models: LoadedModels, settings: VQGANCLIPSettings) -> list[Any]:
    from multimodal.painting.steering import guides_of

    return [models.vqgan, *(clip for clip, _ in guides_of(models, settings.guides))]


def _dalle(models: LoadedModels, prompt: str, settings: DalleSettings, given: Given) -> Events:
    from torch import Tensor

    from multimodal.tokens.run import draw

    if isinstance(given.start, Tensor):
        raise TypeError("DALL-E tokens start from a picture, not from the z of a painting.")
    return draw(models, prompt, settings, picture=given.start, stop=given.stop)


def _dalle_compared(settings: CompareSettings) -> DalleSettings:
    return DalleSettings(seed=settings.seed, num_candidates=settings.num_candidates)


def _dalle_nets(models: LoadedModels, settings: DalleSettings) -> list[Any]:
    return [models.token_transformer, models.token_vqgan]


#: All generators by name, in the order in which they are shown and compared.
GENERATORS: dict[str, Generator] = {
    one.name: one
    for one in (
        Generator(
            "paint",
            "paint with VQGAN+CLIP",
            VQGANCLIPSettings,
            _paint,
            _paint_compared,
            _paint_nets,
            start="start_picture",
            start_about="start from this picture (implies --start picture)",
            images=True,
            files=("film", "curve"),
            steered_by_clip=True,
        ),
        Generator(
            "dalle",
            "draw with the DALL-E token model",
            DalleSettings,
            _dalle,
            _dalle_compared,
            _dalle_nets,
            start="picture",
            start_about=("complete or vary this picture; see --keep, --keep-box, --variation"),
            files=("stream",),
        ),
    )
}


def generator_of(settings: Settings) -> Generator:
    """The generator whose settings these are; raises TypeError for other settings."""
    for generator in GENERATORS.values():
        if isinstance(settings, generator.settings):
            return generator
    raise TypeError(f"{type(settings).__name__} are the settings of no generator.")


def begin(models: LoadedModels, prompt: str, settings: Settings, given: Given) -> Events:
    """Begin the run that the settings ask for, within the limits.

    Everything is checked before the iterator is returned; it yields Progress, then one Result.
    Raises LabError.
    """
    given.limits.check(settings)
    return generator_of(settings).run(models, prompt, settings, given)


def num_parameters(nets: Iterable[Any]) -> int:
    """Parameters of these modules together; what two of them share counts once."""
    found = {id(p): p.numel() for net in nets for p in net.parameters()}
    return sum(found.values())
