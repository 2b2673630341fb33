"""Nothing but a visitor's own upload is read, whatever path a request names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from conftest import drawing
from gradio.components.gallery import GalleryData, GalleryImage
from gradio.data_classes import FileData, ImageData, ListFiles
from gradio.utils import get_upload_folder

from multimodal.lab import Lab
from multimodal.ui.shell.page import build_app
from multimodal.ui.shell.uploads import is_upload

FILES = (gr.Image, gr.Gallery, gr.File, gr.UploadButton)


@pytest.fixture
def upload(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A picture where gradio would have put it."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    folder = Path(get_upload_folder()) / ("0123456789abcdef" * 4)
    folder.mkdir(parents=True)
    drawing("red").save(folder / "mine.png")
    return folder / "mine.png"


def forbidden(upload: Path) -> dict[str, str]:
    """Paths that are no upload, by what they are."""
    outside = upload.parents[2] / "secret.png"
    drawing("blue").save(outside)
    link = upload.with_name("link.png")
    link.symlink_to(outside)
    loose = upload.parents[1] / "loose.png"
    drawing("blue").save(loose)
    deep = upload.parent / "deeper" / "deep.png"
    deep.parent.mkdir()
    drawing("blue").save(deep)
    return {
        "a picture of the server": str(outside),
        "the folder of all uploads": str(upload.parents[1]),
        "that folder with a slash": f"{upload.parents[1]}/",
        "the folder of one upload": str(upload.parent),
        "dots that lead out": f"{upload.parent}/../../secret.png",
        "a link that leads out": str(link),
        "a file beside the uploads' folders": str(loose),
        "a file deeper down": str(deep),
        "an upload that is gone": str(upload.with_name("gone.png")),
        "an address": "http://127.0.0.1/secret.png",
        "a null byte": f"{upload}\0",
        "a name without end": str(upload.parent / ("a" * 5000)),
        "nothing": " ",
    }


def test_only_a_regular_file_where_gradio_puts_uploads_is_one(upload: Path) -> None:
    assert is_upload(str(upload))
    assert {what for what, path in forbidden(upload).items() if is_upload(path)} == set()
    assert not is_upload(None) and not is_upload(5) and not is_upload([str(upload)])


def payload_of(component: Any, path: str) -> Any:
    """What a request would hand to a component; without `meta`, as an attacker sends it."""
    if isinstance(component, gr.Image):
        return ImageData(path=path)
    if isinstance(component, gr.Gallery):
        return GalleryData(root=[GalleryImage(image=ImageData(path=path))])
    return FileData(path=path) if component.file_count == "single" else ListFiles([{"path": path}])


def test_every_component_of_the_page_takes_uploads_alone(tiny_lab: Lab, upload: Path) -> None:
    demo = build_app(tiny_lab)
    inputs = {
        block._id: block
        for dependency in demo.fns.values()
        for block in dependency.inputs
        if isinstance(block, FILES)
    }
    assert len(inputs) >= 8
    refused = forbidden(upload)
    for component in inputs.values():
        taken = component.preprocess(payload_of(component, str(upload)))
        assert taken in (str(upload), [str(upload)]), component.elem_id
        for what, path in refused.items():
            with pytest.raises(gr.Error, match="was not uploaded"):
                component.preprocess(payload_of(component, path))
                pytest.fail(f"{component.elem_id} takes {what}")
