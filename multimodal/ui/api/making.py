"""The endpoints that make pictures, compare how, train the toy CLIP and look at codes."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal import answers
from multimodal.comparison.generators import Generator
from multimodal.events import Progress, Result
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.jobs import ReconstructSettings
from multimodal.settings.learning import LearnSettings
from multimodal.ui.api.inputs import upload_paths
from multimodal.ui.gallery.jobs import gallery_of
from multimodal.ui.shell.adapters import read_picture
from multimodal.ui.shell.html import png
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from multimodal.lab import Lab

JSON = dict[str, Any]
IMAGES = "pictures"  # what the endpoints call the pictures that a prompt may name


def generate(lab: Lab, visitors: Visitors, generator: Generator) -> Callable[..., Iterator[dict]]:
    """/paint, /dalle and so on: one a generator, with what it can be given as parameters."""

    def run(request: gr.Request, prompt: str, *uploads: Any, **knobs: Any) -> Iterator[dict]:
        given = dict(zip(names, uploads, strict=True))
        first, others = given.get(generator.start), given.get(IMAGES)
        start = read_picture(upload_paths([first])[0], lab.limits) if first else None
        paths = upload_paths(others) if others else []
        images = [read_picture(path, lab.limits) for path in paths]
        settings = generator.settings(**knobs)
        stop = visitors.of(request.session_hash).begin(generator.name)
        events = lab.generate(prompt, settings, start=start, images=images, stop=stop)
        yield from _stream(lab, events)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.signature(run, eval_str=True)
    request, prompt, _, knobs = signature.parameters.values()
    more = []
    if generator.start:
        more.append(inspect.Parameter(generator.start, kind, default=None, annotation=dict | None))
    if generator.images:
        wanted = list[dict] | None
        more.append(inspect.Parameter(IMAGES, kind, default=None, annotation=wanted))
    names = [one.name for one in more]
    endpoint: Any = run
    endpoint.__signature__ = signature.replace(parameters=[request, prompt, *more, knobs])
    endpoint.__name__ = generator.name
    endpoint.__doc__ = (
        f"{generator.about[0].upper()}{generator.about[1:]}: streams progress, then the pictures, "
        "best first, with what their tokens were where there are some."
    )
    return run


def compare(lab: Lab, visitors: Visitors) -> Callable[..., Iterator[dict]]:
    """/compare"""

    def compare(
        request: gr.Request, prompt: str, gallery: bool = False, **knobs: Any
    ) -> Iterator[dict]:
        """Give a prompt to every generator in turn; streams progress, then everything at once.
        With `gallery`, also the best picture of this session's gallery."""
        settings = CompareSettings(**knobs)
        stop = visitors.of(request.session_hash).begin("compare")
        own = gallery_of(lab, visitors, request.session_hash) if gallery else None
        for event in lab.compare(prompt, settings, gallery=own, stop=stop):
            if isinstance(event, Progress):
                yield answers.progress(event)
                continue
            answer = event.to_dict()
            with tempfile.TemporaryDirectory() as folder:
                for row, entry in zip(answer["generators"], event.entries, strict=True):
                    if entry.picture is not None:
                        data = answers.png_of(entry.picture, lab.preset.name)
                        row["path"] = _file(Path(folder), entry.generator.name, data)
                yield answer

    return compare


def learn(lab: Lab, visitors: Visitors) -> Callable[..., Iterator[dict]]:
    """/learn"""

    def learn(request: gr.Request, **knobs: Any) -> Iterator[dict]:
        """Train a toy CLIP on a few emoji; streams the loss and the matrix, then the test on the
        unseen style."""
        stop = visitors.of(request.session_hash).begin("learn")
        for event in lab.learn(LearnSettings(**knobs), stop):
            yield event.to_dict()

    return learn


def reconstruct(lab: Lab) -> Callable[..., Iterator[dict]]:
    """/reconstruct"""

    def reconstruct(request: gr.Request, image: dict, **knobs: Any) -> Iterator[dict]:
        """A picture through the VQGAN and back: the figures, its codes, the decoded picture as
        `path`, and maps of the codes and of what looks real (original left, decoded right)."""
        from multimodal.codes.maps import draw_codes, realness_pair  # torch comes with it
        from multimodal.images import png_with_settings

        settings = ReconstructSettings(**knobs)
        found = lab.reconstruct(read_picture(upload_paths([image])[0], lab.limits), settings)
        ids = found.codes.unique()
        details = answers.reconstruction_facts(settings, lab.preset.name)
        with tempfile.TemporaryDirectory() as folder:
            files = {
                "path": png_with_settings(found.image, details),
                "codes_map": png(draw_codes(found.codes, ids, lab.code_patches(ids))),
                "realness_map": png(realness_pair(found)),
            }
            paths = {key: _file(Path(folder), key, data) for key, data in files.items()}
            yield {**paths, **found.to_dict()}

    return reconstruct


def _stream(lab: Lab, events: Iterator[Progress | Result]) -> Iterator[JSON]:
    """Events as JSON; the files of the Result are gone once it is delivered."""
    for event in events:
        if isinstance(event, Progress):
            yield answers.progress(event)
            continue
        with tempfile.TemporaryDirectory() as folder:
            files = [
                _file(Path(folder), f"picture-{place}", answers.png_of(one, lab.preset.name))
                for place, one in enumerate(event.pictures, 1)
            ]
            streams = event.streams_json()
            tokens = {"stream": streams} if streams["candidates"] else {}
            yield {**answers.generated(event, files), **tokens}


def _file(folder: Path, name: str, data: bytes) -> JSON:
    path = folder / f"{name}.png"
    path.write_bytes(data)
    return gr.FileData(path=str(path)).model_dump()
