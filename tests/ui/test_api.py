"""The public endpoints, as `gradio_client` sees them."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from page_server import page_of

from multimodal.images import decode, read_settings
from multimodal.lab import Lab
from multimodal.models.presets import Preset
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import fields_of
from multimodal.settings.jobs import DalleSettings, ReconstructSettings
from multimodal.settings.learning import LearnSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings

ENDPOINTS = {
    "/score", "/classify", "/where", "/accuracy", "/index", "/search", "/remove",
    "/paint", "/dalle", "/compare", "/learn", "/reconstruct",
}  # fmt: skip
SMALL = {"width": 64, "height": 64, "num_cutouts": 2, "cutout_size": 32}


@pytest.fixture(scope="module")
def address(tiny_preset: Preset) -> Iterator[str]:
    lab = Lab.load(tiny_preset, "cpu", Limits(max_steps=400, max_candidates=4, max_upload_mb=2))
    with page_of(lab) as url:
        yield url


@pytest.fixture
def client(address: str, tmp_path: Path) -> Client:
    return Client(address, verbose=False, download_files=str(tmp_path / "downloads"))


@pytest.fixture
def uploads(picture_files: list[Path]) -> list[Any]:
    return [handle_file(str(path)) for path in picture_files]


def test_the_endpoints_are_the_command_lines_and_no_others(client: Client) -> None:
    info = client.view_api(print_info=False, return_format="dict")
    assert set(info["named_endpoints"]) == ENDPOINTS
    assert info["unnamed_endpoints"] == {}


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("/paint", VQGANCLIPSettings),
        ("/dalle", DalleSettings),
        ("/compare", CompareSettings),
        ("/learn", LearnSettings),
        ("/reconstruct", ReconstructSettings),
    ],
)
def test_every_knob_is_a_parameter_with_its_default(client: Client, name: str, cls: type) -> None:
    info = client.view_api(print_info=False, return_format="dict")
    given = {p["parameter_name"]: p for p in info["named_endpoints"][name]["parameters"]}
    for knob in fields_of(cls):
        wanted = None if knob.decided else knob.default  # decided by another knob
        assert given[knob.name]["parameter_default"] == wanted


def test_score_compares_every_picture_with_every_caption(client: Client, uploads: list) -> None:
    found = client.predict(uploads, ["red", "أزرق"], api_name="/score")
    assert found["images"] == ["red.png", "green.png", "blue.png", "yellow.png"]
    assert found["texts"] == ["red", "أزرق"]
    assert [len(row) for row in found["cosine"]] == [2] * 4
    assert all(abs(sum(row) - 1) < 1e-4 for row in found["per_image"])


def test_score_reads_pairs_when_asked(client: Client, uploads: list) -> None:
    found = client.predict(uploads[:2], ["red", "green"], pairs=True, api_name="/score")
    assert found["pairs"]["diagonal"] == [
        pytest.approx(found["cosine"][i][i], abs=1e-3) for i in range(2)
    ]
    with pytest.raises(AppError, match="4 pictures and 2 captions"):
        client.predict(uploads, ["red", "green"], pairs=True, api_name="/score")


def test_where_gives_a_map_as_a_picture(client: Client, uploads: list) -> None:
    found = client.predict(uploads[0], "a red apple", api_name="/where")
    assert decode(base64.b64decode(found["png_base64"])).size == (384, 384)
    assert -1 <= found["cosine"] <= 1


def test_learn_streams_a_training_and_ends_with_its_test(client: Client) -> None:
    job = client.submit(training_steps=12, num_emoji=4, unseen="noto", api_name="/learn")
    found = job.result()
    assert found["steps"] == 12 and found["unseen"]["style"] == "noto"
    assert len(found["unseen"]["picked"]) == 4 and len(found["cosines"]) == 4
    first = job.outputs()[0]
    assert first["step"] == 1 and first["total"] == 12


def test_accuracy_measures_a_zip_of_class_named_folders(
    client: Client, picture_files: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in picture_files:
            file.write(path, f"{'warm' if path.stem in ('red', 'yellow') else 'cold'}/{path.name}")
    found = client.predict(handle_file(str(archive)), api_name="/accuracy")
    assert found["n"] == 4 and {row["class"] for row in found["classes"]} == {"warm", "cold"}
    assert 0 <= found["top1"] <= found["top5"] == 1


def test_classify_gives_labels_best_first(client: Client, uploads: list) -> None:
    found = client.predict(
        uploads[:2], "red, green, blue", top_k=2, none_of_these=True, api_name="/classify"
    )
    for entry, name in zip(found["results"], ["red.png", "green.png"], strict=True):
        chances = [label["probability"] for label in entry["labels"]]
        assert entry["image"] == name
        assert len(chances) == 2 and chances == sorted(chances, reverse=True)


def test_index_and_search_by_words_and_by_picture(
    client: Client, picture_files: list[Path], tmp_path: Path
) -> None:
    archive, text = tmp_path / "two.zip", tmp_path / "notes.png"
    with zipfile.ZipFile(archive, "w") as made:
        for path in picture_files[:2]:
            made.write(path, path.name)
    text.write_text("no picture")
    files = [handle_file(str(p)) for p in (archive, text, picture_files[2])]
    found = client.predict(files, api_name="/index")
    assert (found["indexed"], found["total"]) == (3, 3)
    assert [one["name"] for one in found["skipped"]] == ["notes.png"]
    assert (found["done"], found["files"], found["seconds_left"]) == (4, 4, 0)
    hits = client.predict("green", strictness=0, top_k=2, api_name="/search")["hits"]
    assert len(hits) == 2 and hits[0]["score"] >= hits[1]["score"]
    query = handle_file(str(picture_files[2]))
    hits = client.predict(query, api_name="/search")["hits"]
    assert hits[0]["name"] == "blue.png" and hits[0]["score"] > 0.999
    same = client.predict("", [query], api_name="/search")["hits"]
    assert same == hits


def test_a_query_may_add_and_take_away(client: Client, uploads: list) -> None:
    client.predict(uploads, api_name="/index")
    sums = ["#1 + #2 - red", "2*#2 + #1", "#1 + 0.5*#2 + أزرق"]
    for text in sums:
        hits = client.predict(text, uploads[:2], strictness=0, api_name="/search")["hits"]
        assert len(hits) == 4 and all(-1 <= hit["score"] <= 1 for hit in hits)
    with pytest.raises(AppError, match="#3, but there are 2"):
        client.predict("#3", uploads[:2], api_name="/search")


def test_removed_pictures_are_found_no_more(client: Client, uploads: list) -> None:
    client.predict(uploads, api_name="/index")
    hits = client.predict("red", strictness=0, api_name="/search")["hits"]
    assert client.predict([hits[0]["id"], "nothing"], api_name="/remove") == {
        "removed": 1,
        "total": 3,
    }
    left = client.predict("red", strictness=0, api_name="/search")["hits"]
    assert [hit["id"] for hit in left] == [hit["id"] for hit in hits[1:]]


def test_a_gallery_belongs_to_its_session(address: str, client: Client, uploads: list) -> None:
    client.predict(uploads, api_name="/index")
    stranger = Client(address, verbose=False)
    with pytest.raises(AppError, match="The gallery is empty"):
        stranger.predict("red", api_name="/search")


def test_paint_streams_and_delivers_a_picture_with_its_settings(client: Client) -> None:
    job = client.submit("a red apple | sky:-0.5", steps=3, seed=5, **SMALL, api_name="/paint")
    final = job.result(timeout=60)
    assert job.outputs()[0]["total"] == 3
    (picture,) = final["images"]
    assert final["steps"] == 3 and not final["stopped"]
    settings = read_settings(picture["path"])
    assert settings["seed"] == 5 and settings["prompt"] == "a red apple | sky:-0.5"
    assert settings["preset"] == "tiny"


def test_paint_starts_from_a_picture(client: Client, uploads: list) -> None:
    final = client.predict("x", uploads[0], steps=1, **SMALL, api_name="/paint")
    assert read_settings(final["images"][0]["path"])["start"] == "picture"


def test_dalle_streams_rows_and_ranks_candidates(client: Client) -> None:
    job = client.submit("تفاحة", num_candidates=3, seed=9, api_name="/dalle")
    final = job.result(timeout=60)
    steps = [event["step"] for event in job.outputs()[:-1]]
    assert steps == sorted(set(steps)) and steps
    scores = [picture["clip_score"] for picture in final["images"]]
    assert scores == sorted(scores, reverse=True)
    assert {picture["seed"] for picture in final["images"]} == {9, 10, 11}
    candidates = final["stream"]["candidates"]
    assert [one["seed"] for one in candidates] == [p["seed"] for p in final["images"]]
    assert all(len(one["tokens"]) == len(one["probability"]) == 16 for one in candidates)
    assert final["stream"]["text"][0]["text"] == "<bos>"
    assert all(Path(picture["path"]).is_file() for picture in final["images"])


def test_dalle_completes_a_picture(client: Client, uploads: list) -> None:
    final = client.predict("red", uploads[0], keep=0.5, api_name="/dalle")
    for one in final["stream"]["candidates"]:
        assert [entropy is None for entropy in one["entropy"]] == [True] * 8 + [False] * 8


def test_compare_streams_and_delivers_every_picture(client: Client, uploads: list) -> None:
    job = client.submit("تفاحة حمراء", steps=2, seed=4, api_name="/compare")
    final = job.result(timeout=60)
    steps = [event["step"] for event in job.outputs()[:-1]]
    assert steps == sorted(steps) and steps[-1] == 2 + 16
    assert [row["generator"] for row in final["generators"]] == ["paint", "dalle"]
    for row, method in zip(final["generators"], ("vqgan_clip", "dalle"), strict=True):
        settings = read_settings(row["path"])
        assert (settings["method"], settings["seed"]) == (method, 4)
        assert settings["clip_score"] == row["clip_score"] and settings["preset"] == "tiny"
    best = max(final["generators"], key=lambda row: row["clip_score"])
    assert final["best"] == best["generator"] and final["gallery"] is None
    again = client.predict("red", True, steps=1, api_name="/compare")
    assert "gallery is empty" in again["gallery"]["error"]
    client.predict(uploads, api_name="/index")
    again = client.predict("red", gallery=True, steps=1, api_name="/compare")
    assert again["gallery"]["name"] in {f"{c}.png" for c in ("red", "green", "blue", "yellow")}


def test_cancelling_a_comparison_frees_the_place_for_the_next(client: Client) -> None:
    job = client.submit("a red apple", steps=400, api_name="/compare")
    while not job.outputs():
        time.sleep(0.02)
    job.cancel()
    assert client.predict("red", steps=1, api_name="/compare")["generators"][0]["steps"] == 1
    assert len(job.outputs()) < 400


def test_reconstruct_gives_figures_codes_and_pictures(client: Client, uploads: list) -> None:
    found = client.predict(uploads[0], api_name="/reconstruct")
    assert found["psnr"] > 0 and -1 <= found["ssim"] <= 1
    assert (found["bits"], found["raw_bits"]) == (80, 32 * 32 * 24)
    assert isinstance(found["realness"], float) and len(found["codes"]) == 4
    assert read_settings(found["path"])["method"] == "reconstruct"
    assert decode(found["codes_map"]).size == (512, 512)
    assert decode(found["realness_map"]).size == (1040, 512)
    again = client.predict(uploads[0], shuffle=True, seed=4, api_name="/reconstruct")
    before, after = ([c for row in one["codes"] for c in row] for one in (found, again))
    assert sorted(before) == sorted(after) and read_settings(again["path"])["seed"] == 4


def test_cancelling_a_painting_frees_the_place_for_the_next(client: Client) -> None:
    job = client.submit("a red apple", steps=400, **SMALL, api_name="/paint")
    while not job.outputs():
        time.sleep(0.02)
    job.cancel()
    final = client.predict("a red apple", steps=1, **SMALL, api_name="/paint")
    assert final["steps"] == 1
    assert len(job.outputs()) < 400


BAD = [
    ("/paint", ["", None], {}, "prompt is empty"),
    ("/paint", ["x" * 10_000, None], {}, "10000 characters"),
    ("/paint", ["a", None], {"steps": 0}, "steps is 0; it must be between 1 and 500"),
    ("/paint", ["a", None], {"steps": 500}, "at most 400"),
    ("/paint", ["a", None], {"steps": "many"}, "steps is 'many'"),
    ("/paint", ["a | #1", None], {}, "names the picture #1, but there is none"),
    ("/paint", ["a", None], {"guides": "/etc"}, "cannot be loaded in this deployment|is unknown"),
    ("/paint", [7, None], {}, "prompt is int"),
    ("/paint", ["a", {"path": "/etc/hostname"}], {}, "was not uploaded"),
    ("/dalle", ["\u200f"], {}, "prompt is empty"),
    ("/dalle", ["a"], {"num_candidates": 9}, "at most 4"),
    ("/dalle", ["a"], {"keep": 0.5}, "none was given"),
    ("/dalle", ["a", {"path": "/etc/hostname"}], {"keep": 0.5}, "was not uploaded"),
    ("/compare", [""], {}, "prompt is empty"),
    ("/compare", ["a | b"], {}, "takes plain words"),
    ("/compare", [7], {}, "prompt is int"),
    ("/compare", ["a"], {"steps": 500}, "at most 400"),
    ("/compare", ["a"], {"seed": -1}, "seed is -1"),
    ("/score", [[], ["a"]], {}, "choose at least one|upload at least one"),
    ("/score", [[{"path": "/etc/hostname"}], ["a"]], {}, "was not uploaded"),
    ("/score", [[{"path": 3}], ["a"]], {}, "was not uploaded"),
    ("/classify", [[], "a"], {}, "upload at least one"),
    ("/index", [["/etc/hostname"]], {}, "was not uploaded"),
    ("/index", [[]], {}, "upload at least one"),
    ("/index", [[{"path": get_upload_folder()}]], {}, "was not uploaded"),  # all visitors' files
    ("/search", [""], {}, "The search is empty"),
    ("/search", ["- red"], {}, "only takes things away"),
    ("/search", ["a", [{"path": "/etc/hostname"}]], {}, "was not uploaded"),
    ("/search", ["a"], {"strictness": 9}, "strictness is 9"),
    ("/remove", ["red"], {}, "must be a list"),
    ("/reconstruct", [{"path": "/etc/hostname"}], {}, "was not uploaded"),
    ("/reconstruct", [None], {}, "was not uploaded"),
    ("/reconstruct", [None], {"seed": -1}, "seed is -1"),
    ("/search", ["a"], {"top_k": 0}, "top_k is 0"),
]


@pytest.mark.parametrize(("name", "values", "knobs", "sentence"), BAD)
def test_bad_input_gives_one_sentence_and_no_traceback(
    client: Client,
    capfd: pytest.CaptureFixture[str],
    name: str,
    values: list,
    knobs: dict,
    sentence: str,
) -> None:
    with pytest.raises(AppError, match=sentence) as caught:
        client.predict(*values, **knobs, api_name=name)
    message = str(caught.value)
    assert "\n" not in message.strip() and "Traceback" not in message
    written = capfd.readouterr()
    assert "Traceback" not in written.out + written.err


def test_a_file_that_is_no_picture_gives_one_sentence(client: Client, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    with pytest.raises(AppError, match=r"broken\.jpg"):
        client.predict([handle_file(str(broken))], ["a"], api_name="/score")


def test_reconstruct_refuses_what_it_cannot_use(
    client: Client, uploads: list, tmp_path: Path
) -> None:
    text = tmp_path / "notes.png"
    text.write_text("no picture")
    with pytest.raises(AppError, match=r"notes\.png is not a picture"):
        client.predict(handle_file(str(text)), api_name="/reconstruct")
    for pair, words in (("5", "two codes as 12:340"), ("32:0", "no code 32")):
        with pytest.raises(AppError, match=words):
            client.predict(uploads[0], replace=pair, api_name="/reconstruct")


def test_the_page_asks_for_nothing_from_outside(address: str) -> None:
    with urllib.request.urlopen(address, timeout=30) as response:
        html = response.read().decode()
    assert html.index("multimodal-lab-language") < html.index('type="module"')
    assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="https?://[^"]*"', html)
    config = json.loads(re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.S)[1])
    assert config["analytics_enabled"] is False
