"""Names that a run of CLIP leaves out are shown nowhere, are no wrong answers, and are measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import TINY_CLIP
from recipe_data import NAMES, made_up_concepts, teacher

from multimodal.data.augment import Augmentation
from multimodal.data.captions import TextPair, singular
from multimodal.data.concepts import Concept
from multimodal.errors import LabError
from multimodal.models.checkpoints import load_clip
from multimodal.recipes import clip, clip_text, export, unseen
from multimodal.recipes.labels import Names, left_out_names, note_left_out
from multimodal.recipes.pictures import Pictures


def test_what_is_left_out_is_left_out_by_its_other_word_too() -> None:
    left_out = left_out_names("car, Dogs,")
    assert left_out == {"car", "automobile", "dog"}
    concepts = (Concept("1f697", 0, {"en": "automobile"}, {"en": ()}),)
    assert Names(concepts, ("car", "cat"), left_out).shown == [1]
    assert left_out_names("") == set()


def test_what_is_left_out_of_clip_is_neither_shown_nor_a_wrong_answer(
    pictures: Pictures, tmp_path: Path
) -> None:
    left_out = {singular(name) for name in ("Blue cars", "dog")}
    names = Names(made_up_concepts(), ("cat", "dog"), left_out)
    assert [names.texts[label] for label in names.shown] == ["red apple", "left arrow", "cat"]
    assert names.place.tolist() == [0, -1, 1, 2, -1]
    assert names.photographed.tolist() == [False, False, False, True, False]
    without = replace(pictures, photo_rows=np.arange(4), left_out=frozenset({1}))
    generator = torch.Generator().manual_seed(0)
    _, ids, _, _ = without.draw_artwork(60, 16, Augmentation(), generator)
    assert set(ids.tolist()) == {0, 2}
    text = clip_text.ClipTextRecipe(out=str(tmp_path / "text"), steps=1, batch=2, device="cpu")
    clip_text.train(text, [TextPair(n, n, 1.0) for n in NAMES], TINY_CLIP, teacher)
    recipe = clip.ClipRecipe(
        out=str(tmp_path / "clip"), text=str(tmp_path / "text"), steps=2, batch=6, device="cpu",
        pretrained=False,
    )  # fmt: skip
    clip.train(recipe, without, names, TINY_CLIP, teacher)
    export.export("clip", tmp_path / "clip", tmp_path / "weights", "a test")
    model = load_clip(tmp_path / "weights" / "clip")
    assert without.photos is not None
    found = unseen.measure(model, without.photos, {"dog": True, "cats": False, "emu": False})
    assert found["unseen_top5"].value == 1 and found["unseen_top1"].n == 8
    assert found["unseen_imagenet_top1"].n == found["unseen_new_top1"].n == 4
    assert found["unseen_apart_top1"] == found["unseen_top1"] and "shown_top1" not in found
    held = replace(without.photos, validation=np.ones(8, dtype=bool))
    found = unseen.measure(model, held, {"dog": True})
    assert found["unseen_apart_top1"].value == 1  # nothing else is left out
    assert found["unseen_lowered_top1"].value >= found["unseen_top1"].value
    assert found["shown_lowered_top1"].value <= found["shown_top1"].value
    assert found["shown_top1"].n == found["unseen_top1"].n == 4
    with pytest.raises(LabError, match="left out"):
        unseen.measure(model, without.photos, {"emu": False})


def test_a_run_is_resumed_with_the_same_names_left_out_or_not_at_all(tmp_path: Path) -> None:
    note_left_out(tmp_path, {"dog", "cat"})
    note_left_out(tmp_path, {"dog"})  # nothing has been shown yet
    (tmp_path / "checkpoint.pt").touch()
    note_left_out(tmp_path, {"dog"})
    with pytest.raises(LabError, match=r"left out \(dog\)"):
        note_left_out(tmp_path, set())
    (tmp_path / "left_out.json").unlink()  # of a run before this was noted
    note_left_out(tmp_path, set())
    with pytest.raises(LabError, match=r"left out \(none\)"):
        note_left_out(tmp_path, {"dog"})


def test_nothing_that_is_left_out_is_loaded(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    from multimodal.recipes import pictures as module

    monkeypatch.setattr(module, "load_artwork", lambda style: pictures.artwork[0])
    monkeypatch.setattr(module, "load_concepts", made_up_concepts)
    monkeypatch.setattr(module, "load_photos", lambda folder: pictures.photos)
    found = Pictures.load("photos", {singular(name) for name in ("dog", "Red Apple")})
    assert found.photos is not None and found.left_out == {0}
    assert {found.photos.classes[found.photos.labels[row]] for row in found.photo_rows} == {"cat"}
