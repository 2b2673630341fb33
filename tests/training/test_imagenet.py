"""What an ImageNet classifier saw is kept, read and compared as it should be."""

import json
from pathlib import Path

import pytest
import torch
from conftest import TINY_CLIP
from recipe_data import made_up_concepts

from multimodal.models.checkpoints import load_clip
from multimodal.models.presets import Preset
from training.clip import train as clip
from training.clip.clip_labels import Names
from training.clip.imagenet import Memory, SoftLabels, Texts, class_names
from training.data.npm import PACKAGES
from training.pictures import Pictures

CPU = torch.device("cpu")


def put_names(root: Path, entries: str) -> None:
    version = PACKAGES["@tensorflow-models/mobilenet"]
    folder = root / "npm" / f"tensorflow-models-mobilenet-{version}" / "dist"
    folder.mkdir(parents=True, exist_ok=True)
    text = f"exports.IMAGENET_CLASSES = {{\n{entries}\n}};\n"
    (folder / "imagenet_classes.js").write_text(text, encoding="utf-8")


def test_the_names_of_a_class_are_read_whatever_quotes_they_stand_in(tmp_path: Path) -> None:
    lines = [f"    {number}: 'thing {number}'," for number in range(1000)]
    lines[1] = "    1: 'white shark, man-eater, ' +\n        'Carcharodon carcharias',"
    lines[2] = '    2: "jack-o\'-lantern",'
    lines[3] = "    3: 'pajama, pj\\'s',"
    put_names(tmp_path, "\n".join(lines))
    names = class_names(tmp_path)
    assert names[:2] == [["thing 0"], ["white shark", "man-eater", "Carcharodon carcharias"]]
    assert names[2:4] == [["jack-o'-lantern"], ["pajama", "pj's"]]
    assert len(names) == 1000
    put_names(tmp_path, "\n".join(lines[1:]))
    with pytest.raises(ValueError, match="another layout"):
        class_names(tmp_path)


def test_a_class_is_read_by_any_of_its_own_names_mostly_the_first() -> None:
    texts = Texts([["cat"], ["hat", "cap", "bonnet"]])
    assert texts.texts == ["a photo of a cat"] + [
        f"a photo of a {w}" for w in ("hat", "cap", "bonnet")
    ]
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([texts.draw(generator) for _ in range(300)])
    assert set(drawn[:, 0].tolist()) == {0}
    first, *others = drawn[:, 1].bincount(minlength=4)[1:].tolist()
    assert first > 150 and all(other > 20 for other in others)


def test_only_photos_are_held_to_what_the_classifier_saw() -> None:
    labels = SoftLabels(torch.tensor([[0, 2], [1, 0]]), torch.tensor([[0.75, 0.25], [1.0, 0.0]]))
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
    known = logits.log_softmax(1)
    expected = -(0.75 * known[0, 0] + 0.25 * known[0, 2] + known[1, 1]) / 2
    torch.testing.assert_close(labels.loss(logits, torch.tensor([0, 1])), expected)
    swapped = labels.loss(logits, torch.tensor([1, 0]))
    assert swapped > expected
    assert labels.loss(logits[:0], torch.tensor([], dtype=torch.long)) == 0  # a batch of artwork


def test_clip_is_held_to_it_by_the_texts_as_it_reads_them_itself(
    pictures: Pictures, tiny_preset: Preset, tmp_path: Path
) -> None:
    assert pictures.photos is not None
    classes = torch.from_numpy(pictures.photos.labels)[:, None]  # all certain: a tabby, a hound
    labels = SoftLabels(classes, torch.ones(len(classes), 1))
    memory = Memory(labels, [["tabby"], ["hound"]])
    recipe = clip.ClipRecipe(
        out=str(tmp_path), start=tiny_preset.clip, phase="joint", steps=1, batch=8,
        photo_share=0.5, device="cpu", extra_texts=2, imagenet=1.0,
    )  # fmt: skip
    names = Names(made_up_concepts(), pictures.photos.classes)
    clip.train(recipe, pictures, names, TINY_CLIP, memory=memory)
    before = load_clip(Path(tiny_preset.clip))
    own = clip.student_bank(before, ["a photo of a tabby", "a photo of a hound"], CPU)
    torch.testing.assert_close(memory.bank, own)
    (logged,) = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert logged["imagenet"] > 0

    rows = torch.tensor([0, -1, 4])  # a cat, artwork, a dog
    texts, generator = before.project_texts(own), torch.Generator()
    right = memory.loss(before, texts[[0, 0, 1]], rows, generator)
    assert right == memory.loss(before, texts[[0, 1, 1]], rows, generator)  # whatever artwork is
    assert right < memory.loss(before, texts[[1, 0, 0]], rows, generator)
