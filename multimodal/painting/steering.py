"""What steers VQGAN+CLIP, of a preset's models: its guides, and the token model as a prior."""

from __future__ import annotations

from multimodal.errors import LimitError
from multimodal.models.clip import CLIP
from multimodal.models.loaded import LoadedModels
from multimodal.models.presets import clip_of
from multimodal.painting.painter import code_sizes
from multimodal.painting.token_prior import TokenPrior
from multimodal.prompts import parse_guides
from multimodal.settings.painting import VQGANCLIPSettings


def token_prior_of(models: LoadedModels, settings: VQGANCLIPSettings) -> TokenPrior | None:
    """The token model as a prior of VQGAN+CLIP, where the settings ask for one and the painting
    will have the size and the codes that it knows. Raises CheckpointError."""
    own = models.vqgan.image_size // models.vqgan.factor
    met = (own, own) in code_sizes(models.vqgan, settings)
    if not settings.token_prior or not met or not models.one_vqgan:
        return None
    return TokenPrior(models.token_transformer, models.vqgan)


def guides_of(models: LoadedModels, text: str, own: bool = True) -> list[tuple[CLIP, float]]:
    """What steers, with weights: `guide`, `clip`, and if `own` presets and folders of yours.

    Raises PromptError, SettingError, CheckpointError, LimitError.
    """
    found: list[tuple[CLIP, float]] = []
    for name, weight in parse_guides(text):
        if name in ("guide", "clip"):
            found.append((models.guide if name == "guide" else models.clip, weight))
            continue
        if not own:
            raise LimitError(
                "The guide {guide} cannot be loaded in this deployment; choose guide or clip.",
                guide=name,
            )
        found.append((models.further_clip(clip_of(name)), weight))
    return found


def real_score_of(guides: list[tuple[CLIP, float]]) -> float | None:
    """What real pictures score with these guides, weighed; None where one was never measured."""
    known = [(clip.real_score, weight) for clip, weight in guides]
    total = sum(weight for _, weight in known)
    real = [score * weight / total for score, weight in known if score is not None]
    return sum(real) if len(real) == len(known) else None
