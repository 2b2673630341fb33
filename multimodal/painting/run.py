"""VQGAN+CLIP: start from a code, let CLIP judge random cutouts, backpropagate into the code.

Source: Crowson et al. 2022, "VQGAN-CLIP: Open Domain Image Generation and Editing with Natural
Language Guidance".
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from threading import Event

import torch
from PIL import Image
from torch import Tensor

from multimodal.errors import ImageError, LabError, SettingError
from multimodal.events import Picture, Progress, Result
from multimodal.models.fast.memory import give_back_memory
from multimodal.models.loaded import LoadedModels
from multimodal.models.vqgan import VQGAN
from multimodal.painting.guidance import Guide, Target
from multimodal.painting.painter import Painter
from multimodal.painting.starts import Start
from multimodal.painting.steering import guides_of, real_score_of, token_prior_of
from multimodal.prompts import WeightedPrompt, normalise, parse, parse_story
from multimodal.settings.painting import VQGANCLIPSettings

PREVIEW_SECONDS = 0.2
MAX_FRAMES = 96
#: A prompt to avoid weighs half as much as one to show: pushing away is easier than reaching.
AVOID_WEIGHT = -0.5
#: The score has to rise by so much from one window to the next, or the run ends.
LEAST_RISE, WINDOW_SHARE, LEAST_WINDOW = 0.002, 0.12, 15
#: Pictures that are painted for a guide please it more than real ones that look as good.
REAL_MARGIN = 1.2
#: A run that ends by itself still takes this share of its steps, with a falling learning rate.
FINISH_SHARE = 0.15


def paint(
    models: LoadedModels,
    prompt: str,
    settings: VQGANCLIPSettings,
    *,
    start: Start | None = None,
    images: Sequence[Image.Image] = (),
    own_guides: bool = True,
    stop: Event | None = None,
) -> Iterator[Progress | Result]:
    """Paint a prompt such as `a red apple | sunny:0.5 | text:-1`, or a story `a bud ^ a flower`.

    Args:
        start: the picture, or the z of an earlier Result, to start from, whatever
            `settings.start` says.
        images: the pictures that `#1`, `#2` in the prompt mean.
        own_guides: whether guides may be presets and folders of your own.

    Yields Progress with a preview at least every 0.2 s or once a step, then one Result. The same
    seed and settings give the same picture on the same device and thread count.
    Raises PromptError, SettingError, ImageError, LimitError before the first step.
    """
    if start is not None:
        settings = replace(settings, start="last" if isinstance(start, Tensor) else "picture")
    story = parse_story(prompt, len(images))
    avoided = parse(settings.avoid) if normalise(settings.avoid) else []
    unwanted = [WeightedPrompt(part.text, AVOID_WEIGHT * part.weight) for part in avoided]
    _check(settings, models.vqgan, start)
    guides = guides_of(models, settings.guides, own_guides)
    device = models.device
    noise = torch.Generator().manual_seed(settings.seed)
    with models.lock, torch.no_grad():
        steering = []
        for one, weight in guides:
            targets = [Target.of(one, part + unwanted, images, device) for part in story]
            if settings.noise_prompt:
                targets = [t.with_noise(settings.noise_prompt, noise) for t in targets]
            steering.append(Guide(one, weight, tuple(targets)))
        shown = Target.of(models.clip, story[-1], images, device)
        scorer = Guide(models.clip, 1.0, (shown,))
        token_prior = token_prior_of(models, settings)
        painter = Painter(models.vqgan, steering, scorer, settings, device, start, token_prior)
    return _paint(painter, prompt, models.lock, stop or Event(), real_score_of(guides))


def _check(settings: VQGANCLIPSettings, vqgan: VQGAN, start: Start | None) -> None:
    """Raise SettingError for a size that the VQGAN cannot paint, ImageError for no picture."""
    for name in ("width", "height"):
        if getattr(settings, name) % vqgan.factor:
            raise SettingError(
                "{knob} is {value}; this VQGAN paints multiples of {factor}.",
                knob=settings.knob(name),
                value=getattr(settings, name),
                factor=vqgan.factor,
            )
    if settings.start in ("picture", "last") and start is None:
        raise ImageError("VQGAN+CLIP is to start from a picture, but none was given; choose one.")


def _paint(
    painter: Painter,
    prompt: str,
    lock: AbstractContextManager[object],
    stop: Event,
    real_score: float | None,
) -> Iterator[Progress | Result]:
    settings, total = painter.settings, painter.settings.steps
    film, curve, message = Film(), [], ""
    began = shown = time.monotonic()
    done, end, finish_from = 0, total, total
    sketched = 0  # steps at smaller sizes; a run does not end by itself before it is whole
    while done < end and not stop.is_set():
        progress = done / total
        if done >= finish_from:  # the rest of the schedule in fewer steps
            share = (done - finish_from) / (end - finish_from)
            progress = 1 - FINISH_SHARE * (1 - share)
        with lock, _memory_in_words():
            curve.append(painter.step(progress))
        done += 1
        if not painter.whole:
            sketched = done
        elif settings.stop_early and not message:
            message = reason_to_end(curve[sketched:], total - sketched, real_score)
            if message:
                finish_from, end = done, min(total, done + round(FINISH_SHARE * total))
        now = time.monotonic()
        if done == 1 or now - shown >= PREVIEW_SECONDS:
            shown, seconds = now, now - began
            with lock:
                image, score = painter.seen()
            film.add(image)
            left = seconds / done * (end - done)
            yield Progress(done, total, image, (image,), score, left, tuple(curve), seconds=seconds)
    with lock:
        image, score = painter.finished()
        give_back_memory()
    film.add(image)
    details = {
        "method": "vqgan_clip",
        "prompt": prompt,
        **asdict(settings),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    yield Result(
        (Picture(image, settings.seed, score, details),),
        done,
        seconds=time.monotonic() - began,
        stopped=stop.is_set(),
        message=message if done < total and not stop.is_set() else "",
        curve=tuple(curve),
        frames=tuple(film.frames),
        z=painter.z.detach(),
    )


def reason_to_end(curve: Sequence[float], total: int, real_score: float | None) -> str:
    """ "real" when the score has been that of real pictures for a while, "plateau" when it no
    longer rises, "" to go on."""
    window = max(LEAST_WINDOW, round(WINDOW_SHARE * total))
    if len(curve) < 2 * window:
        return ""
    latest = sum(curve[-window:]) / window
    before = sum(curve[-2 * window : -window]) / window
    if real_score is not None and latest >= REAL_MARGIN * real_score:
        return "real"
    if len(curve) >= 3 * window and latest - before < LEAST_RISE:
        return "plateau"
    return ""


class Film:
    """The previews of a run, thinned so that there are never more than MAX_FRAMES."""

    def __init__(self) -> None:
        self.frames: list[Image.Image] = []
        self._stride, self._seen = 1, 0

    def add(self, image: Image.Image) -> None:
        """Keep this one, if it is its turn."""
        if self._seen % self._stride == 0:
            self.frames.append(image)
        self._seen += 1
        if len(self.frames) > MAX_FRAMES:
            self.frames = self.frames[::2]
            self._stride *= 2


@contextmanager
def _memory_in_words() -> Iterator[None]:
    """Out of memory becomes a sentence that says what to lower."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        raise LabError(
            "The memory does not suffice for this painting; lower width, height, num_cutouts or "
            "restarts."
        ) from error
