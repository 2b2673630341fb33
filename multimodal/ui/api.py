"""The public endpoints: the command line's names, and its JSON, for `gradio_client` and others.

Where the command line says `path` of a file that stays on the server, these say `name`: a client
downloads whatever is called path.
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder, is_in_or_equal

from multimodal.errors import ImageError, PromptError
from multimodal.events import Progress, Result
from multimodal.knobs import Settings, fields_of
from multimodal.prompts import split_labels
from multimodal.settings import (
    ClassifySettings,
    DalleSettings,
    SearchSettings,
    VQGANCLIPSettings,
)
from multimodal.ui.adapters import (
    QUICK,
    SLOW,
    check_count,
    guard,
    read_picture,
    read_pictures,
    settings_of,
)
from multimodal.ui.gallery_tab import gallery_of
from multimodal.ui.render import png_of
from multimodal.ui.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

JSON = dict[str, Any]
FILE = dict  # a FileData, as gradio_client.handle_file makes it


def build(lab: Lab, visitors: Visitors) -> None:
    """Offer the endpoints of the current Blocks."""

    def score(images: list[dict], texts: list[str]) -> dict:
        """Compare pictures with captions."""
        pictures, _, _ = read_pictures(_uploads(images), lab.limits)
        captions = _texts(texts, "captions")
        scores = lab.score(pictures, captions)
        return {
            "images": [_name(image) for image in images],
            "texts": captions,
            "cosine": scores.cosine.tolist(),
            "per_image": scores.per_image().tolist(),
            "per_text": scores.per_text().tolist(),
            "independent": scores.independent().tolist(),
        }

    def classify(request: gr.Request, images: list[dict], labels: str, **knobs: Any) -> dict:
        """Sort pictures under labels, separated by commas; best first."""
        settings = ClassifySettings(**knobs)
        pictures, _, _ = read_pictures(_uploads(images), lab.limits)
        wanted = split_labels(labels, lab.limits.max_prompt_chars)
        found = lab.classify(pictures, wanted, settings)
        return {
            "results": [
                {
                    "image": _name(image),
                    "labels": [{"label": s.label, "probability": s.probability} for s in scores],
                }
                for image, scores in zip(images, found, strict=True)
            ]
        }

    def index(request: gr.Request, files: list[dict]) -> Iterator[dict]:
        """Add pictures and zips to the gallery of this session."""
        gallery = gallery_of(lab, visitors, request.session_hash)
        stop = visitors.of(request.session_hash).begin("index")
        for event in lab.add_to_gallery(gallery, _uploads(files), stop):
            skipped = [{"name": one.name, "reason": one.reason} for one in event.skipped]
            yield {
                "indexed": event.indexed,
                "skipped": skipped,
                "seconds": event.seconds,
                "total": len(gallery),
            }

    def search(request: gr.Request, query: Any, **knobs: Any) -> dict:
        """Find pictures of this session's gallery by words or by an uploaded picture."""
        settings = SearchSettings(**knobs)
        wanted = query
        if isinstance(query, dict):
            wanted = read_picture(_uploads([query])[0], lab.limits)
        elif not isinstance(query, str) or not query.strip():
            raise PromptError("The search is empty; give words or a picture.")
        gallery = gallery_of(lab, visitors, request.session_hash)
        hits = lab.search(gallery, wanted, settings)
        return {"hits": [{"name": hit.item.name, "score": hit.score} for hit in hits]}

    def paint(
        request: gr.Request, prompt: str, start_picture: dict | None = None, **knobs: Any
    ) -> Iterator[dict]:
        """Paint a prompt with VQGAN+CLIP; streams progress, then the picture."""
        more = {"start": "picture"} if start_picture else {}
        settings = VQGANCLIPSettings(**{**knobs, **more})
        first = read_picture(_uploads([start_picture])[0], lab.limits) if start_picture else None
        stop = visitors.of(request.session_hash).begin("paint")
        yield from _stream(lab, lab.generate(_text(prompt), settings, start=first, stop=stop))

    def dalle(request: gr.Request, prompt: str, **knobs: Any) -> Iterator[dict]:
        """Draw a prompt token by token; streams progress, then the pictures, best first."""
        settings = DalleSettings(**knobs)
        stop = visitors.of(request.session_hash).begin("dalle")
        yield from _stream(lab, lab.generate(_text(prompt), settings, stop=stop))

    for function, cls, group in (
        (score, None, QUICK),
        (classify, ClassifySettings, QUICK),
        (index, None, SLOW),
        (search, SearchSettings, QUICK),
        (paint, VQGANCLIPSettings, SLOW),
        (dalle, DalleSettings, SLOW),
    ):
        limits = {key: group[key] for key in ("concurrency_limit", "concurrency_id")}
        endpoint = guard(with_knobs(function, cls) if cls else function, plain=True)
        gr.api(endpoint, api_name=function.__name__, **limits)


def with_knobs(function: Callable[..., Any], cls: type[Settings]) -> Callable[..., Any]:
    """Give a function that ends in **knobs one named parameter a knob, with its default."""
    given = inspect.signature(function, eval_str=False)
    named = [p for p in given.parameters.values() if p.kind is not p.VAR_KEYWORD]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    taken = {p.name for p in named}
    knobs = [k for k in fields_of(cls) if k.name not in taken]
    extra = [inspect.Parameter(k.name, kind, default=k.default, annotation=k.type) for k in knobs]
    signature = given.replace(parameters=[*named, *extra])
    names = [knob.name for knob in knobs]

    def split(args: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        bound = signature.bind(*args)
        bound.apply_defaults()
        values = bound.arguments
        settings = settings_of(cls, names, [values[name] for name in names])
        chosen = {name: getattr(settings, name) for name in names}
        return tuple(values[p.name] for p in named), chosen

    def call(*args: Any) -> Any:
        first, values = split(args)
        return function(*first, **values)

    def stream(*args: Any) -> Iterator[Any]:
        first, values = split(args)
        yield from function(*first, **values)

    wrapper: Any = stream if inspect.isgeneratorfunction(function) else call
    wrapper.__signature__ = signature
    wrapper.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    wrapper.__annotations__["return"] = signature.return_annotation
    wrapper.__name__, wrapper.__doc__ = function.__name__, function.__doc__
    return wrapper


def _stream(lab: Lab, events: Iterator[Progress | Result]) -> Iterator[JSON]:
    """Events as JSON; the files of the Result are gone once it is delivered."""
    for event in events:
        if isinstance(event, Progress):
            yield {
                "step": event.step,
                "total": event.total,
                "clip_score": event.score,
                "seconds_left": event.seconds_left,
            }
            continue
        with tempfile.TemporaryDirectory() as folder:
            yield {
                "images": [
                    {
                        "path": _file(Path(folder), place, png_of(picture, lab.preset.name)),
                        "seed": picture.seed,
                        "clip_score": picture.clip_score,
                    }
                    for place, picture in enumerate(event.pictures, 1)
                ],
                "seconds": event.seconds,
                "steps": event.steps,
                "stopped": event.stopped,
            }


def _file(folder: Path, place: int, png: bytes) -> JSON:
    path = folder / f"picture-{place}.png"
    path.write_bytes(png)
    return gr.FileData(path=str(path)).model_dump()


def _uploads(files: Any) -> list[str]:
    """The paths of uploads; a path that was not uploaded is refused, whatever it says."""
    if not isinstance(files, list) or not files:
        raise ImageError("No picture was given; upload at least one.")
    check_count(len(files), "files")
    paths = []
    for file in files:
        path = file.get("path") if isinstance(file, dict) else None
        if not isinstance(path, str) or not is_in_or_equal(path, get_upload_folder()):
            raise ImageError("A file was not uploaded; send it with gradio_client.handle_file.")
        paths.append(path)
    return paths


def _name(file: JSON) -> str:
    return str(file.get("orig_name") or Path(file["path"]).name)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise PromptError(f"The prompt is {type(value).__name__}; it must be text.")
    return value


def _texts(values: Any, what: str) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise PromptError(f"The {what} must be a list of texts.")
    check_count(len(values), what)
    return values
