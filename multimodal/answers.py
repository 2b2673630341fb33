"""The JSON of every job, the same on the command line and at the endpoints.

A picture is told by whoever asks: the command line says the `path` of its own files, an endpoint
the `name` that the visitor gave, never a path of the server. Cosines and probabilities have four
places, times three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multimodal.clip.accuracy import Accuracy
    from multimodal.clip.classification import LabelScore
    from multimodal.clip.occlusion import Heat
    from multimodal.events import Picture, Progress, Result
    from multimodal.files.sources import Skipped
    from multimodal.search.hits import Hit
    from multimodal.settings.jobs import ReconstructSettings

JSON = dict[str, Any]


def classified(images: Sequence[str], rows: Sequence[Sequence[LabelScore]]) -> JSON:
    """Each picture, as it is called, with its labels, best first."""
    return {
        "results": [
            {
                "image": image,
                "labels": [
                    {"label": one.label, "probability": round(one.probability, 4)} for one in row
                ],
            }
            for image, row in zip(images, rows, strict=True)
        ]
    }


def heat(found: Heat) -> JSON:
    """How well a picture matches a caption, and how much its strongest region carries."""
    return {
        "cosine": round(found.cosine, 4),
        "largest_share": round(float(found.share.max()), 4),
        "faint": found.faint,
    }


def accuracy(found: Accuracy, told: Callable[[Skipped], JSON]) -> JSON:
    """The accuracy so far; `told` says which file was left out."""
    return {**found.to_dict(), "skipped": skipped(found.skipped, told)}


def skipped(files: Sequence[Skipped], told: Callable[[Skipped], JSON]) -> list[JSON]:
    """Files that were left out, and why."""
    return [{**told(one), "reason": str(one.reason)} for one in files]


def by_path(one: Skipped) -> JSON:
    """A file left out, as the command line tells it."""
    return {"path": one.path or one.name}


def by_name(one: Skipped) -> JSON:
    """A file left out, as an endpoint tells it."""
    return {"name": one.name}


def hit(found: Hit) -> JSON:
    """How well a found picture fits; who asks adds which one it is."""
    return {
        "score": round(found.score, 4),
        "fit": round(found.fit, 2),
        "relevant": found.relevant,
    }


def progress(event: Progress) -> JSON:
    """How far a run has come."""
    return {
        "step": event.step,
        "total": event.total,
        "clip_score": None if event.score is None else round(event.score, 4),
        "seconds_left": None if event.seconds_left is None else round(event.seconds_left, 3),
    }


def generated(result: Result, paths: Sequence[Any]) -> JSON:
    """A run's pictures, best first, each with where its file is."""
    return {
        "images": [
            {"path": path, "seed": one.seed, "clip_score": round(one.clip_score, 4)}
            for one, path in zip(result.pictures, paths, strict=True)
        ],
        "seconds": round(result.seconds, 3),
        "steps": result.steps,
        "stopped": result.stopped,
        "ended": result.message,
    }


def png_of(picture: Picture, preset: str) -> bytes:
    """A finished picture as a PNG that carries all that is needed to make it again."""
    from multimodal.images import png_with_settings  # torch comes with it

    facts = {"seed": picture.seed, "clip_score": round(picture.clip_score, 4), "preset": preset}
    return png_with_settings(picture.image, {**picture.settings, **facts})


def reconstruction_facts(settings: ReconstructSettings, preset: str) -> JSON:
    """What the PNG of a decoded picture carries."""
    return {"method": "reconstruct", **asdict(settings), "preset": preset}
