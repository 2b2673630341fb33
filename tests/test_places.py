"""Names are put where their pictures lie, those that no photo shows among them."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from recipe_data import CLASSES, OTHERS, SHOWN, World, made_up_concepts
from torch import Tensor

from multimodal.data.captions import TextPair
from multimodal.models.checkpoints import load_clip
from multimodal.presets import Preset
from multimodal.recipes.clip_align import ClipAlignRecipe, teach
from multimodal.recipes.clip_places import (
    Places,
    find_places,
    fit,
    name_pairs_of,
    name_places,
)
from multimodal.recipes.clip_places_choice import told
from multimodal.recipes.labels import Names
from multimodal.recipes.trained import load_trained


def test_pictures_lie_by_their_names_whether_photos_showed_them_or_not() -> None:
    world = World()
    made = world.imagined()
    places = find_places(made, world.features, CLASSES, dim=12, nearer=0.0)
    assert places.things.norm(dim=1).allclose(torch.ones(CLASSES + OTHERS))

    def right(things: Tensor, places: Places) -> float:
        seen = F.normalize(world.draw(things) @ places.projection.T)
        return float(((seen @ places.things.T).argmax(1) == things).float().mean())

    shown = torch.arange(SHOWN).repeat(20)
    told = torch.arange(SHOWN, CLASSES).repeat(20)
    guessed = torch.arange(CLASSES, CLASSES + OTHERS).repeat(50)
    assert right(shown, places) > 0.9 and right(told, places) > 0.9 and right(guessed, places) > 0.8
    always = world.features @ places.projection[-1]
    assert always.std() < 0.2 * always.mean()
    length = (world.features @ places.projection[:-1].T).norm(dim=1).mean()
    assert (always.mean() / length - 1).abs() < 0.1

    nearer = find_places(made, world.features, CLASSES, dim=12, nearer=0.2)
    assert right(guessed, nearer) > right(guessed, places)
    assert right(shown, nearer) < right(shown, places)
    part = nearer.things[:, -1]
    assert (part[~made.shown].mean() - part[made.shown].mean() - 0.2).abs() < 0.01


def test_nearer_names_win_more_of_what_is_left_out_and_less_of_the_rest() -> None:
    generator = torch.Generator().manual_seed(0)
    ways = F.normalize(torch.randn(10, 6, generator=generator))
    labels = torch.arange(10).repeat(100)
    noise = 0.5 * torch.randn(1000, 6, generator=generator)
    seen = torch.cat([F.normalize(ways[labels] + noise), torch.ones(1000, 1)], 1)
    left_out = torch.arange(10) < 3
    held = torch.arange(1000) % 2 == 0

    def found(nearer: float, held: Tensor = held) -> tuple[float, float]:
        return told(F.normalize(seen), labels, held, ways, left_out, nearer)

    (unseen, shown), (more, less) = found(0.0), found(0.3)
    assert more > unseen + 0.1 and less < shown - 0.1
    assert found(9.0) == (pytest.approx(1.0, abs=0.2), 0.0)  # only these are named
    assert found(0.0, held & (labels >= 3))[1] == shown  # the others alone are counted


def test_what_photos_show_is_placed_before_what_the_classifier_knows() -> None:
    names = Names(made_up_concepts(), ("Cats", "dog", "Red Apples"), {"dog", "red apple"})
    classes = [["tabby", "cat"], ["hound", "dog"], ["dog", "granny smith"]]
    found = name_places(names, classes)
    cat, dog, apple = (3 + label for label in names.label_of_class)
    assert found["Cats"] == found["cat"] == cat and found["tabby"] == 0
    assert found["dog"] == found["hound"] == 1 and found["granny smith"] == 2
    assert found["Red Apples"] == found["red apple"] == apple != dog
    assert found["blue car"] == 3 + names.texts.index("blue car")


def test_a_text_tower_is_taught_the_places(tiny_preset: Preset, tmp_path: Path) -> None:
    model = load_clip(Path(tiny_preset.clip)).requires_grad_(False)
    names = Names(made_up_concepts(), ("apple", "dog"))
    found = name_places(names, [["tabby"]])
    generator = torch.Generator().manual_seed(0)
    width = model.config.embed_dim
    things = F.normalize(torch.randn(1 + len(names.texts), width, generator=generator))
    projection = torch.randn(width, model.image_projection.in_features, generator=generator)
    places = Places(projection, things)
    wanted = {name: things[thing] for name, thing in found.items()}

    pairs = name_pairs_of(names, found)
    assert TextPair("a photo of a tabby", "tabby", 1.0) in pairs
    assert TextPair("تفاحة", "apple", 8.0) in pairs and TextPair("تفاحة", "red apple", 0.1) in pairs
    english = [pair for pair in pairs if pair.text.isascii()]

    def near() -> float:
        told = model.encode_texts([pair.text for pair in english])
        places = torch.stack([wanted[pair.english] for pair in english])
        return float((told * places).sum(1).mean().detach())

    before = near()
    fit(model, found, places)
    assert torch.equal(model.image_projection.weight, projection)
    fitted = near()
    assert fitted > before + 0.1
    recipe = ClipAlignRecipe(out=str(tmp_path), steps=100, batch=16, lr=5e-3, device="cpu")
    teach(recipe, model, pairs, wanted)
    assert near() > fitted + 0.1
    taught = load_trained(tmp_path)
    assert torch.equal(taught.image_projection.weight, projection)
