"""Zero-shot classification, and its accuracy on class-named folders."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from conftest import drawing

from multimodal.clip.accuracy import class_of, confusion_picture
from multimodal.clip.classification import NONE_OF_THESE, label_features
from multimodal.clip.templates import ARABIC, EIGHTY, SEVEN, templates_for
from multimodal.errors import ImageError, PromptError
from multimodal.images import decode
from multimodal.lab import Lab
from multimodal.models.features import encode_texts
from multimodal.settings.jobs import ClassifySettings

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_labels_come_likeliest_first_and_no_more_than_top_k(tiny_lab: Lab) -> None:
    labels = ["apple", "car", "dog", "cat"]
    row = tiny_lab.classify([drawing("red")], labels, ClassifySettings(top_k=3))[0]
    assert len(row) == 3
    assert [found.probability for found in row] == sorted(
        (found.probability for found in row), reverse=True
    )


def test_none_of_these_joins_the_labels(tiny_lab: Lab) -> None:
    settings = ClassifySettings(none_of_these=True)
    row = tiny_lab.classify([drawing("red")], ["apple", "car"], settings)[0]
    assert {found.label for found in row} == {"apple", "car", NONE_OF_THESE}
    assert sum(found.probability for found in row) == pytest.approx(1, abs=1e-5)


def test_temperature_evens_the_probabilities_out(tiny_lab: Lab) -> None:
    def best(temperature: float) -> float:
        settings = ClassifySettings(temperature=temperature)
        return tiny_lab.classify([drawing("red")], ["apple", "car"], settings)[0][0].probability

    assert best(0.1) > best(1.0) > best(10.0) >= 0.5


def test_one_label_can_be_judged_alone(tiny_lab: Lab) -> None:
    alone = ClassifySettings(independent=True)
    (one,) = tiny_lab.classify([drawing("red")], ["apple"], alone)[0]
    assert 0 < one.probability < 1
    both = tiny_lab.classify([drawing("red")], ["apple", "car"], alone)[0]
    (same,) = [found for found in both if found.label == "apple"]
    assert same.probability == pytest.approx(one.probability, abs=1e-5)
    # against itself a label is as likely as not
    itself = ClassifySettings(independent=True, opposing="a photo of a apple")
    (even,) = tiny_lab.classify([drawing("red")], ["apple"], itself)[0]
    assert even.probability == pytest.approx(0.5, abs=1e-4)


def test_an_ensemble_is_the_normalised_mean_of_its_sentences(tiny_lab: Lab) -> None:
    found = label_features(tiny_lab.models.clip, ["apple"], ClassifySettings(ensemble="7"))
    sentences = encode_texts(tiny_lab.models.clip, [t.replace("{}", "apple") for t in SEVEN])
    torch.testing.assert_close(found[0], F.normalize(sentences.mean(0), dim=-1))
    plain = label_features(tiny_lab.models.clip, ["apple"], ClassifySettings(ensemble="none"))
    torch.testing.assert_close(plain, encode_texts(tiny_lab.models.clip, ["apple"]))


def test_the_published_lists_are_whole_and_arabic_has_its_own() -> None:
    assert len(set(EIGHTY)) == 80 and set(SEVEN) < set(EIGHTY)
    assert all(t.count("{}") == 1 for t in (*EIGHTY, *ARABIC))
    assert templates_for("قطة", "80", "x {}") == ARABIC
    assert templates_for("cat", "one", "x {}") == ("x {}",)


def test_no_label_is_refused(tiny_lab: Lab) -> None:
    with pytest.raises(PromptError, match="at least one"):
        tiny_lab.classify([drawing("red")], [])


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Two class-named folders of three pictures, a broken file and one that belongs nowhere."""
    root = tmp_path / "set"
    for name, colour in (("red_apple", "red"), ("car", "blue")):
        (root / name).mkdir(parents=True)
        for number in range(3):
            drawing(colour, 64 + number).save(root / name / f"{number}.png")
    (root / "car" / "broken.jpg").write_bytes(b"no picture")
    drawing("green").save(root / "stray.png")
    return root


def test_accuracy_counts_every_picture_once(tiny_lab: Lab, classes: Path) -> None:
    *_, accuracy = tiny_lab.accuracy([classes])
    assert accuracy.names == ("car", "red apple")
    assert accuracy.total == 6 and accuracy.confusion.sum(1).tolist() == [3, 3]
    assert accuracy.top5 == 1.0
    by_hand = 0
    for folder, label in (("car", "car"), ("red_apple", "red apple")):
        images = [decode(path) for path in sorted((classes / folder).glob("?.png"))]
        rows = tiny_lab.classify(images, ["car", "red apple"])
        by_hand += sum(row[0].label == label for row in rows)
    assert accuracy.top1 == pytest.approx(by_hand / 6)
    reasons = {Path(s.path).name: s.reason for s in accuracy.skipped}
    assert set(reasons) == {"broken.jpg", "stray.png"}
    assert "class-named folder" in reasons["stray.png"]
    assert sum(row.count for row in accuracy.classes()) == 6


def test_accuracy_reads_a_zip_and_refuses_a_flat_folder(
    tiny_lab: Lab, classes: Path, picture_files: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in classes.rglob("?.png"):
            file.write(path, path.relative_to(classes))
    *_, accuracy = tiny_lab.accuracy([archive])
    assert accuracy.total == 6
    with pytest.raises(ImageError, match="class-named"):
        next(iter(tiny_lab.accuracy([picture_files[0].parent])))


def test_a_class_is_the_name_of_the_folder() -> None:
    assert class_of("set/red_apple/1.jpg") == "red apple"
    assert class_of("set.zip/deep/red_apple/1.jpg") == "red apple"
    assert class_of("set/1.jpg") == ""


def test_the_confusion_picture_is_dark_where_the_matrix_is_full(
    tiny_lab: Lab, classes: Path
) -> None:
    *_, accuracy = tiny_lab.accuracy([classes])
    image = confusion_picture(accuracy)
    cells = [(row, column) for row in range(2) for column in range(2)]
    right = image.width - 8  # the matrix ends here
    lightness = {
        cell: sum(image.getpixel((right - 28 * (2 - cell[1]) + 14, 8 + 28 * cell[0] + 14)))  # type: ignore[arg-type]
        for cell in cells
    }
    full = max(cells, key=lambda cell: int(accuracy.confusion[cell]))
    empty = min(cells, key=lambda cell: int(accuracy.confusion[cell]))
    assert lightness[full] < lightness[empty]


def test_the_map_points_at_what_the_words_name(lab: Lab) -> None:
    from PIL import Image

    side = 200
    sheet = Image.new("RGB", (2 * side, 2 * side), "white")
    for place, name in enumerate(("strawberry", "motorbike")):
        picture = decode(EXAMPLES / f"{name}.jpg").resize((side, side))
        sheet.paste(picture, (place * side, side // 2))
    half = lab.models.clip.image_size // 2
    for place, words in enumerate(("a strawberry", "a motorbike")):
        heat = lab.where(sheet, words)
        carried = heat.share.clamp_min(0)
        left, right = float(carried[:, :half].sum()), float(carried[:, half:].sum())
        assert (left > 2 * right) if place == 0 else (right > 2 * left)
        assert not heat.faint and heat.overlay(96).size == (96, 96)


def test_a_blank_picture_has_a_faint_map(lab: Lab) -> None:
    from PIL import Image

    assert lab.where(Image.new("RGB", (64, 64), "white"), "a motorbike").faint
