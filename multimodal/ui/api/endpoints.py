"""The public endpoints: the command line's names, and its JSON, for `gradio_client` and others.

Where the command line says `path` of a file that stays on the server, these say `name`: a client
downloads whatever is called path.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.errors import Message, PromptError
from multimodal.events import Progress, Result
from multimodal.prompts import split_labels
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.jobs import (
    ClassifySettings,
    DalleSettings,
    ReconstructSettings,
    ScoreSettings,
    SearchSettings,
)
from multimodal.settings.learning import LearnSettings
from multimodal.settings.painting import VQGANCLIPSettings
from multimodal.ui.api.inputs import (
    checked_text,
    checked_texts,
    upload_name,
    upload_paths,
    with_knobs,
)
from multimodal.ui.gallery.jobs import gallery_of
from multimodal.ui.shell.adapters import QUICK, SLOW, guard, read_picture, read_pictures
from multimodal.ui.shell.html import png, png_of
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

JSON = dict[str, Any]
FILE = dict  # a FileData, as gradio_client.handle_file makes it


def build(lab: Lab, visitors: Visitors) -> None:
    """Offer the endpoints of the current Blocks."""

    def score(
        request: gr.Request,
        images: list[dict],
        texts: list[str],
        pairs: bool = False,
        **knobs: Any,
    ) -> dict:
        """Compare pictures with captions; with `pairs`, picture i belongs to caption i."""
        pictures, _, _ = read_pictures(upload_paths(images), lab.limits)
        captions = checked_texts(texts, Message("captions"))
        scores = lab.score(pictures, captions, ScoreSettings(**knobs))
        names = [upload_name(image) for image in images]
        answer = {"images": names, "texts": captions, **scores.to_dict()}
        return {**answer, "pairs": scores.pairs().to_dict()} if pairs else answer

    def classify(request: gr.Request, images: list[dict], labels: str, **knobs: Any) -> dict:
        """Sort pictures under labels, separated by commas; best first."""
        settings = ClassifySettings(**knobs)
        pictures, _, _ = read_pictures(upload_paths(images), lab.limits)
        wanted = split_labels(labels, lab.limits.max_prompt_chars)
        found = lab.classify(pictures, wanted, settings)
        return {
            "results": [
                {
                    "image": upload_name(image),
                    "labels": [{"label": s.label, "probability": s.probability} for s in scores],
                }
                for image, scores in zip(images, found, strict=True)
            ]
        }

    def where(image: dict, text: str) -> dict:
        """A map of the regions that carry the match of a picture and a caption."""
        picture = read_picture(upload_paths([image])[0], lab.limits)
        heat = lab.where(picture, checked_text(text))
        drawn = base64.b64encode(png(heat.overlay())).decode("ascii")
        return {"cosine": heat.cosine, "faint": heat.faint, "png_base64": drawn}

    def accuracy(request: gr.Request, archive: dict, **knobs: Any) -> Iterator[dict]:
        """Zero-shot accuracy on a zip of class-named folders; streams the figures so far."""
        settings = ClassifySettings(**knobs)
        stop = visitors.of(request.session_hash).begin("accuracy")
        for found in lab.accuracy(upload_paths([archive]), settings, stop):
            yield found.to_dict()

    def index(request: gr.Request, files: list[dict]) -> Iterator[dict]:
        """Add pictures and zips to the gallery of this session."""
        gallery = gallery_of(lab, visitors, request.session_hash)
        stop = visitors.of(request.session_hash).begin("index")
        for event in lab.add_to_gallery(gallery, upload_paths(files), stop):
            skipped = [{"name": one.name, "reason": one.reason} for one in event.skipped]
            yield {
                "indexed": event.indexed,
                "skipped": skipped,
                "seconds": event.seconds,
                "seconds_left": event.seconds_left,
                "done": event.done,
                "files": event.total,
                "total": len(gallery),
            }

    def search(
        request: gr.Request, query: Any = "", pictures: list[dict] | None = None, **knobs: Any
    ) -> dict:
        """Find pictures of this session's gallery by words, by uploaded pictures (`#1`, `#2` in
        the words) or by a sum of both. A query that is itself an upload counts as a picture."""
        settings = SearchSettings(**knobs)
        given = [query] if isinstance(query, dict) else list(pictures or [])
        images = [read_picture(path, lab.limits) for path in upload_paths(given)] if given else []
        words = "" if isinstance(query, dict) else checked_text(query)
        gallery = gallery_of(lab, visitors, request.session_hash)
        hits = lab.search(gallery, words, settings, images)
        return {
            "hits": [
                {
                    "name": hit.item.name,
                    "id": hit.item.id,
                    "score": hit.score,
                    "fit": hit.fit,
                    "relevant": hit.relevant,
                    "alike": [{"name": item.name, "id": item.id} for item in hit.alike],
                }
                for hit in hits
            ]
        }

    def remove(request: gr.Request, ids: list[str]) -> dict:
        """Take pictures out of this session's gallery, by the ids that a search gives."""
        if not isinstance(ids, list):
            raise PromptError("The ids must be a list; take them from a search.")
        gallery = gallery_of(lab, visitors, request.session_hash)
        return {"removed": gallery.remove([str(one) for one in ids]), "total": len(gallery)}

    def paint(
        request: gr.Request,
        prompt: str,
        start_picture: dict | None = None,
        pictures: list[dict] | None = None,
        **knobs: Any,
    ) -> Iterator[dict]:
        """Paint a prompt with VQGAN+CLIP; streams progress, then the picture. `pictures` are what
        `#1`, `#2` in the prompt mean."""
        more = {"start": "picture"} if start_picture else {}
        settings = VQGANCLIPSettings(**{**knobs, **more})
        first = (
            read_picture(upload_paths([start_picture])[0], lab.limits) if start_picture else None
        )
        others = (
            [read_picture(path, lab.limits) for path in upload_paths(pictures)] if pictures else []
        )
        stop = visitors.of(request.session_hash).begin("paint")
        events = lab.generate(checked_text(prompt), settings, start=first, images=others, stop=stop)
        yield from _stream(lab, events)

    def dalle(
        request: gr.Request, prompt: str, picture: dict | None = None, **knobs: Any
    ) -> Iterator[dict]:
        """Draw a prompt token by token, around what is kept of `picture`; streams progress, then
        the pictures, best first, and their `stream`: the text tokens, then each picture's image
        tokens, entropies, probabilities, and likewise its `draft` where there was one."""
        settings = DalleSettings(**knobs)
        stop = visitors.of(request.session_hash).begin("dalle")
        first = read_picture(upload_paths([picture])[0], lab.limits) if picture else None
        yield from _stream(
            lab, lab.generate(checked_text(prompt), settings, start=first, stop=stop)
        )

    def compare(
        request: gr.Request, prompt: str, gallery: bool = False, **knobs: Any
    ) -> Iterator[dict]:
        """Give a prompt to every generator in turn; streams progress, then everything at once.
        With `gallery`, also the best picture of this session's gallery."""
        settings = CompareSettings(**knobs)
        stop = visitors.of(request.session_hash).begin("compare")
        own = gallery_of(lab, visitors, request.session_hash) if gallery else None
        for event in lab.compare(checked_text(prompt), settings, gallery=own, stop=stop):
            if isinstance(event, Progress):
                yield _progress(event)
                continue
            answer = event.to_dict()
            with tempfile.TemporaryDirectory() as folder:
                for row, entry in zip(answer["generators"], event.entries, strict=True):
                    if entry.picture is not None:
                        data = png_of(entry.picture, lab.preset.name)
                        row["path"] = _file(Path(folder), entry.generator.name, data)
                yield answer

    def learn(request: gr.Request, **knobs: Any) -> Iterator[dict]:
        """Train a toy CLIP on a few emoji; streams the loss and the matrix, then the test on the
        unseen style."""
        stop = visitors.of(request.session_hash).begin("learn")
        for event in lab.learn(LearnSettings(**knobs), stop):
            yield event.to_dict()

    def reconstruct(request: gr.Request, image: dict, **knobs: Any) -> Iterator[dict]:
        """A picture through the VQGAN and back: the figures, its codes, the decoded picture as
        `path`, and maps of the codes and of what looks real (original left, decoded right)."""
        from multimodal.codes.maps import draw_codes, realness_pair  # torch comes with it
        from multimodal.images import png_with_settings

        settings = ReconstructSettings(**knobs)
        found = lab.reconstruct(read_picture(upload_paths([image])[0], lab.limits), settings)
        ids = found.codes.unique()
        details = {"method": "reconstruct", **asdict(settings), "preset": lab.preset.name}
        with tempfile.TemporaryDirectory() as folder:
            files = {
                "path": png_with_settings(found.image, details),
                "codes_map": png(draw_codes(found.codes, ids, lab.code_patches(ids))),
                "realness_map": png(realness_pair(found)),
            }
            paths = {key: _file(Path(folder), key, data) for key, data in files.items()}
            yield {**paths, **found.to_dict()}

    for function, cls, group in (
        (score, ScoreSettings, QUICK),
        (classify, ClassifySettings, QUICK),
        (where, None, SLOW),
        (accuracy, ClassifySettings, SLOW),
        (index, None, SLOW),
        (search, SearchSettings, QUICK),
        (remove, None, QUICK),
        (paint, VQGANCLIPSettings, SLOW),
        (dalle, DalleSettings, SLOW),
        (compare, CompareSettings, SLOW),
        (learn, LearnSettings, SLOW),
        (reconstruct, ReconstructSettings, QUICK),
    ):
        limits = {key: group[key] for key in ("concurrency_limit", "concurrency_id")}
        endpoint = guard(with_knobs(function, cls) if cls else function, plain=True)
        gr.api(endpoint, api_name=function.__name__, **limits)


def _stream(lab: Lab, events: Iterator[Progress | Result]) -> Iterator[JSON]:
    """Events as JSON; the files of the Result are gone once it is delivered."""
    for event in events:
        if isinstance(event, Progress):
            yield _progress(event)
            continue
        with tempfile.TemporaryDirectory() as folder:
            yield {
                "images": [
                    {
                        "path": _file(
                            Path(folder), f"picture-{place}", png_of(picture, lab.preset.name)
                        ),
                        "seed": picture.seed,
                        "clip_score": picture.clip_score,
                    }
                    for place, picture in enumerate(event.pictures, 1)
                ],
                "seconds": event.seconds,
                "steps": event.steps,
                "stopped": event.stopped,
                "ended": event.message,
                **_stream_of(event),
            }


def _progress(event: Progress) -> JSON:
    return {
        "step": event.step,
        "total": event.total,
        "clip_score": event.score,
        "seconds_left": event.seconds_left,
    }


def _stream_of(result: Result) -> JSON:
    """The tokens of a run that has some; the pictures are in the same order."""
    streams = result.streams_json()
    return {"stream": streams} if streams["candidates"] else {}


def _file(folder: Path, name: str, data: bytes) -> JSON:
    path = folder / f"{name}.png"
    path.write_bytes(data)
    return gr.FileData(path=str(path)).model_dump()
