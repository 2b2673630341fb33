"""The command line: the fixed core of its JSON, its exit codes, its one-line errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from multimodal.cli import main as cli
from multimodal.images import decode, read_settings
from multimodal.lab import Lab


@pytest.fixture(autouse=True)
def on_tiny_nets(monkeypatch: pytest.MonkeyPatch, tiny_lab: Lab) -> None:
    """Every command below runs on the tiny lab instead of loading the shipped one."""
    monkeypatch.setattr(Lab, "load", lambda *_, **__: tiny_lab)


def answer(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> Any:
    assert cli.main([*map(str, argv), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> str:
    try:
        code = cli.main([*map(str, argv)])
    except SystemExit as ended:
        code = ended.code  # type: ignore[assignment]
    printed = capsys.readouterr()
    assert code == 2 and printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1, printed.err
    return printed.err


def test_score_compares_all_with_all(capsys: Any, picture_files: list[Path]) -> None:
    found = answer(capsys, "score", *picture_files[:2], "--text", "red", "--text", "تفاحة")
    assert found["images"] == [str(path) for path in picture_files[:2]]
    assert found["texts"] == ["red", "تفاحة"]
    for key in ("cosine", "per_image", "per_text"):
        assert len(found[key]) == 2 and len(found[key][0]) == 2
    assert sum(found["per_image"][0]) == pytest.approx(1, abs=1e-3)


def test_classify_gives_labels_best_first(capsys: Any, picture_files: list[Path]) -> None:
    found = answer(capsys, "classify", *picture_files, "--labels", "a,b,c", "--top-k", "2")
    assert [row["image"] for row in found["results"]] == [str(path) for path in picture_files]
    first = found["results"][0]["labels"]
    assert len(first) == 2 and first[0]["probability"] >= first[1]["probability"]
    assert set(first[0]) == {"label", "probability"}


def test_learn_trains_a_toy_and_tests_it(capsys: Any) -> None:
    found = answer(capsys, "learn", "--training-steps", "12", "--num-emoji", "4")
    assert found["steps"] == 12 and len(found["losses"]) == 12
    assert found["names"]["en"][:2] == ["car", "fish"] and len(found["names"]["ar"]) == 4
    assert [len(row) for row in found["cosines"]] == [4] * 4
    test = found["unseen"]
    assert test["style"] == "emojione" and test["of"] == len(test["picked"]) == 4
    named = zip(test["picked"], found["names"]["en"], strict=True)
    assert test["correct"] == sum(picked == name for picked, name in named)
    assert "num_emoji is 3" in refusal(capsys, "learn", "--num-emoji", "3")


def test_score_writes_pairs_and_a_table(
    capsys: Any, picture_files: list[Path], tmp_path: Path
) -> None:
    table = tmp_path / "scores.csv"
    argv = ["score", *picture_files[:2], "--text", "red", "--text", "green"]
    found = answer(capsys, *argv, "--pairs", "--csv", table, "--logit-scale", "50")
    assert found["logit_scale"] == 50 and set(found["pairs"]) >= {"loss", "image_recall"}
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 5
    assert "end in .csv" in refusal(capsys, *argv, "--csv", tmp_path / "x.txt")
    assert "pairs need" in refusal(capsys, *argv, "--text", "blue", "--pairs")


def test_classify_measures_a_folder_of_class_named_folders(
    capsys: Any, picture_files: list[Path], tmp_path: Path
) -> None:
    for path in picture_files:
        folder = tmp_path / "set" / ("warm" if path.stem in ("red", "yellow") else "cold")
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / path.name)
    matrix = tmp_path / "matrix.png"
    found = answer(capsys, "classify", "--evaluate", tmp_path / "set", "--confusion", matrix)
    assert found["n"] == 4 and sum(map(sum, found["confusion"])) == 4
    assert matrix.stat().st_size > 0
    assert "does not exist" in refusal(capsys, "classify", "--evaluate", tmp_path / "no")
    assert "no labels" in refusal(capsys, "classify", matrix)
    assert "No picture" in refusal(capsys, "classify", "--labels", "a,b")


def test_where_writes_a_map(capsys: Any, picture_files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "map.png"
    found = answer(capsys, "where", picture_files[0], "--text", "a red apple", "--out", out)
    assert found["path"] == str(out) and out.stat().st_size > 0
    assert isinstance(found["faint"], bool)


def test_index_then_search_by_words_and_by_picture(
    capsys: Any, picture_files: list[Path], tmp_path: Path
) -> None:
    folder, library = picture_files[0].parent, tmp_path / "library"
    (folder / "broken.png").write_bytes(b"no")
    found = answer(capsys, "index", folder, "--library", library)
    assert found["indexed"] == 4
    assert [set(row) for row in found["skipped"]] == [{"path", "reason"}]
    assert answer(capsys, "index", folder, "--library", library)["indexed"] == 0
    hits = answer(capsys, "search", library, "a red apple", "--top-k", "3")["hits"]
    assert len(hits) == 3 and hits[0]["score"] >= hits[-1]["score"]
    assert all(set(hit) == {"path", "score", "fit", "relevant"} for hit in hits)
    every = answer(capsys, "search", library, "a red apple", "--strictness", "0")["hits"]
    assert len(every) == 4 and all(hit["relevant"] for hit in every)
    by_picture = answer(capsys, "search", library, "--image", picture_files[2])["hits"]
    assert by_picture[0]["path"] == str(picture_files[2])


def test_paint_and_dalle_write_pictures_with_their_settings_inside(
    capsys: Any, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "apple.png"
    flags = ["--steps", "2", "--width", "64", "--height", "64", "--num-cutouts", "2", "--seed", "5"]
    found = answer(capsys, "paint", "a red apple", "--out", out, *flags)
    assert found["images"][0]["path"] == str(out) and found["images"][0]["seed"] == 5
    stored = read_settings(out)
    assert stored["prompt"] == "a red apple" and stored["steps"] == 2 and stored["seed"] == 5
    out = tmp_path / "drawn.png"
    found = answer(capsys, "dalle", "a red apple", "--out", out, "--num-candidates", "3")
    assert [row["path"] for row in found["images"]] == [
        str(out),
        str(tmp_path / "drawn-2.png"),
        str(tmp_path / "drawn-3.png"),
    ]
    assert all(Path(row["path"]).is_file() for row in found["images"])
    assert found["images"][0]["clip_score"] >= found["images"][2]["clip_score"]


def test_dalle_writes_its_stream(capsys: Any, tmp_path: Path) -> None:
    argv = ["dalle", "تفاحة 🍎", "--out", tmp_path / "x.png", "--stream", tmp_path / "x.json"]
    found = answer(capsys, *argv)
    stream = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert [row["seed"] for row in stream["candidates"]] == [i["seed"] for i in found["images"]]
    assert all(len(row["entropy"]) == 16 for row in stream["candidates"])
    assert {"id", "piece", "text", "partial"} == set(stream["text"][0])
    assert "end in .json" in refusal(capsys, *argv, "--stream", tmp_path / "x.txt")


def test_dalle_completes_and_varies_a_picture(
    capsys: Any, picture_files: list[Path], tmp_path: Path
) -> None:
    argv = ["dalle", "red", "--out", tmp_path / "x.png", "--stream", tmp_path / "x.json"]
    answer(capsys, *argv, "--picture", picture_files[0], "--keep", "0.5", "--keep-box", "1,4,1,1")
    rows = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["candidates"]
    assert all([e is None for e in row["entropy"]].count(True) == 9 for row in rows)
    assert read_settings(tmp_path / "x.png")["keep_box"] == "1,4,1,1"
    answer(capsys, *argv, "--picture", picture_files[0], "--variation", "0.3")
    assert "none was given" in refusal(capsys, *argv, "--keep", "0.5")
    assert "nothing of it is kept" in refusal(capsys, *argv, "--picture", picture_files[0])


def test_compare_writes_every_picture_and_a_report(
    capsys: Any, picture_files: list[Path], tmp_path: Path
) -> None:
    library, out = tmp_path / "library", tmp_path / "deep" / "compared"
    answer(capsys, "index", picture_files[0].parent, "--library", library)
    argv = ["compare", "a red apple", "--out", out, "--steps", "2", "--seed", "5"]
    found = answer(capsys, *argv, "--library", library)
    assert json.loads((out / "comparison.json").read_text(encoding="utf-8")) == found
    assert [row["path"] for row in found["generators"]] == [
        str(out / "paint.png"), str(out / "dalle.png"),
    ]  # fmt: skip
    for row in found["generators"]:
        assert read_settings(row["path"])["seed"] == row["seed"] == 5
    assert Path(found["gallery"]["path"]) in picture_files
    again = tmp_path / "again.png"
    answer(capsys, "paint", "--settings-from", out / "paint.png", "--out", again)
    assert decode(again).tobytes() == decode(out / "paint.png").tobytes()
    assert cli.main([*map(str, argv)]) == 0
    said = capsys.readouterr().out
    assert "generator: dalle" in said and "curve" not in said and "gallery: None" in said


def test_reconstruct_reports_psnr_and_codes(
    capsys: Any, picture_files: list[Path], tmp_path: Path
) -> None:
    found = answer(capsys, "reconstruct", picture_files[0], "--out", tmp_path / "again.png")
    assert Path(found["path"]).is_file()
    assert found["psnr"] > 0 and 1 <= found["codes_used"] <= 32
    assert -1 <= found["ssim"] <= 1 and isinstance(found["realness"], float)
    assert (found["bits"], found["raw_bits"]) == (16 * 5, 32 * 32 * 24)
    assert read_settings(found["path"])["method"] == "reconstruct"


def test_reconstruct_draws_maps_and_plays_with_the_codes(
    capsys: Any, picture_files: list[Path], tmp_path: Path
) -> None:
    argv = ["reconstruct", picture_files[0], "--out", tmp_path / "again.png"]
    maps = {"codes_map": tmp_path / "map.png", "realness_map": tmp_path / "realness.png"}
    found = answer(
        capsys, *argv, "--codes-map", maps["codes_map"], "--realness", maps["realness_map"]
    )
    for key, path in maps.items():
        assert found[key] == str(path) and path.stat().st_size > 0

    def codes(*flags: str) -> list[int]:
        return [code for row in answer(capsys, *argv, *flags)["codes"] for code in row]

    plain = [code for row in found["codes"] for code in row]
    shuffled = codes("--shuffle", "--seed", "3")
    assert sorted(shuffled) == sorted(plain) and shuffled != plain
    assert read_settings(tmp_path / "again.png")["seed"] == 3
    old, new = plain[0], (plain[0] + 1) % 32
    replaced = codes("--replace", f"{old}:{new}")
    assert replaced == [new if code == old else code for code in plain]
    first = codes("--random", "--seed", "1")
    assert first == codes("--random", "--seed", "1") != codes("--random", "--seed", "2")
    for text, words in (("7", "two codes as 12:340"), ("0:32", "no code 32"), ("a:b", "two codes")):
        assert words in refusal(capsys, *argv, "--replace", text)
    assert "must end in .png" in refusal(capsys, *argv, "--realness", tmp_path / "x.jpg")


def test_info_names_models_and_presets(capsys: Any) -> None:
    found = answer(capsys, "info")
    assert set(found["models"]) == {"clip", "vqgan", "dalle"}
    assert "embedded" in found["presets"]


def test_progress_goes_to_stderr(capsys: Any, tmp_path: Path) -> None:
    cli.main(["dalle", "red", "--out", str(tmp_path / "x.png"), "--json"])
    printed = capsys.readouterr()
    json.loads(printed.out)
    assert "16/16" in printed.err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["paint", ""], "prompt is empty"),
        (["paint", "x" * 10_000], "10000 characters"),
        (["paint", "x", "--steps", "0"], "steps is 0; it must be between 1 and 500"),
        (["paint", "x", "--steps", "many"], "many"),
        (["paint", "x", "--picture", "nowhere.png"], "nowhere.png"),
        (["paint", "x", "--out", "/proc/nowhere/x.png", "--steps", "1"], "cannot be written"),
        (["dalle", " "], "prompt is empty"),
        (["compare", "a | b"], "takes plain words"),
        (["compare", "a", "--library", "nowhere"], "holds no library"),
        (["reconstruct", "nowhere.png"], "nowhere.png"),
        (["score", "nowhere.png", "--text", "x"], "nowhere.png"),
        (["classify", "nowhere.png", "--labels", ","], "label"),
        (["index", "nowhere", "--library", "lib"], "does not exist"),
        (["search", "nowhere", "x"], "holds no library"),
        (["evaluate", "nonsense"], "nonsense"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys: Any, argv: list[str], words: str) -> None:
    assert words in refusal(capsys, *argv)
