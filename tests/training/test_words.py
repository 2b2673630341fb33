"""What the recipes know of English words: WordNet's nouns, GloVe's vectors, and which names a word
is put to."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from training.clip import align
from training.clip.clip_labels import Names
from training.clip.pseudo_labels import Meanings, meanings
from training.data import glove
from training.data.captions import TextPair
from training.data.concepts import Concept
from training.data.paraphrases import Paraphrases
from training.data.wordnet import Sense, parse_nouns

#: Lines in the format of WordNet's data.noun, shortened.
NOUNS = """  1 This software and database is being provided ...
00000001 05 n 01 animal 0 001 ~ 00000002 n 0000 | a living organism
00000002 05 n 02 dog 0 domestic_dog 0 002 @ 00000001 n 0000 ~ 00000003 n 0000 | a pet; "she barked"
00000003 05 n 01 puppy 0 001 @ 00000002 n 0000 | a young dog
00000004 05 n 01 Canis_familiaris 0 001 @ 00000001 n 0000 | a genus
00000005 07 n 01 idea 0 000 | a thought
00000006 07 n 01 Paris 0 001 @i 00000005 n 0000 | a city
"""


def test_senses_are_read_with_what_they_are_kinds_of() -> None:
    animal, dog, puppy, city = parse_nouns(NOUNS, used={"00000006"})
    assert animal.kinds == ((), ())
    assert dog.lemmas == ("dog", "domestic dog") and dog.gloss == "a pet"
    assert puppy.kinds == ((1,), (0,))  # a dog, and with it an animal
    assert city.lemmas == ("Paris",)  # in use, so no scientific name
    assert city.kinds == ((), ())  # its kind is no visible thing


def test_a_text_is_the_mean_of_its_words_and_unknown_words_are_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors = np.eye(3, dtype=np.float16)
    monkeypatch.setattr(glove, "_table", lambda: ({"the": 0, "cat": 1, "rare": 2}, vectors))
    cat, both, nothing = glove.word_vectors(["The Cat!", "rare cat", "zzz the"])
    assert cat.tolist() == [0, 1, 0]
    assert both[2] > both[1] > 0 == both[0] and both.norm().item() == pytest.approx(1, abs=1e-5)
    assert not nothing.any()


def letters(texts: list[str]) -> Tensor:
    """Which letters a text has: a teacher that finds `kitten` like `kit`."""
    rows = [[float(chr(97 + i) in text.lower()) for i in range(26)] for text in texts]
    return F.normalize(torch.tensor(rows) + 1e-6, dim=-1)


def test_other_words_are_put_at_the_names_they_are_like() -> None:
    concepts = (
        Concept("1", 0, {"en": "cat"}, {"en": ("pet", "tac")}),
        Concept("2", 0, {"en": "dog"}, {"en": ("pet", "hound")}),
    )
    senses = [
        Sense(("cat", "tacky"), "tac cat"), Sense(("zzz",), "zz"), Sense(("dodo",), "good dog"),
    ]  # fmt: skip
    found = meanings(Names(concepts, ("moon",)), senses, letters, letters, {})
    assert found.names == ["cat", "dog", "moon"]
    assert "cat" not in found.texts and "zzz" not in found.texts  # a name; like no name
    rows = dict(zip(found.texts, found.weights, strict=True))
    assert [int(rows[text].argmax()) for text in ("tac", "hound", "tacky", "dodo")] == [0, 1, 0, 1]
    assert rows["pet"][:2].min() > rows["pet"][2]  # what both list lies between them
    placed = found.place(F.normalize(torch.eye(3) + 0.1, dim=-1))
    assert placed.shape == (len(found.texts), 3) and placed.norm(dim=-1).allclose(torch.ones(1))


def test_of_two_things_with_a_keyword_the_one_that_is_said_to_be_so_is_meant() -> None:
    concepts = tuple(Concept(name, 0, {"en": name}, {"en": ("xy",)}) for name in ("cat", "dog"))
    said = [Sense(("cat",), "yx")]

    def share_of_the_cat(senses: list[Sense]) -> float:
        found = meanings(Names(concepts, ()), senses, letters, letters, {})
        return float(found.weights[found.texts.index("xy")][0])

    assert share_of_the_cat(said) > 0.9 > 0.6 > share_of_the_cat([Sense(("emu",), "yx")])


def test_a_word_of_what_a_name_means_and_a_kind_of_it_are_put_to_the_name() -> None:
    concepts = tuple(Concept(name, 0, {"en": name}, {"en": ()}) for name in ("cat", "dog"))
    unlike = [Sense(("tcaxyz",), "xyz"), Sense(("atcxyz",), "zyx"), Sense(("ctaxyz",), "yxz")]
    kinds = [
        Sense(("cat", "tcaxyz"), "xyz"),
        Sense(("atcxyz",), "zyx", ((0,),)),
        Sense(("ctaxyz",), "yxz", ((1,), (0,))),
    ]

    def share_of_the_cat(senses: list[Sense]) -> list[float]:
        found = meanings(Names(concepts, ()), senses, letters, letters, {})
        rows = dict(zip(found.texts, found.weights, strict=True))
        return [float(rows[word][0]) for word in ("tcaxyz", "atcxyz", "ctaxyz")]

    before, after = share_of_the_cat(unlike), share_of_the_cat(kinds)
    assert all(more > less for more, less in zip(after, before, strict=True))
    assert after[0] >= after[1] >= after[2]  # the same; a kind of it; a kind of its kind


def test_what_was_written_for_a_name_is_put_to_it_and_draws_what_is_like_it() -> None:
    concepts = tuple(Concept(name, 0, {"en": name}, {"en": ()}) for name in ("cat", "dog"))
    senses = [Sense(("xyzzy",), "xyz"), Sense(("tcaxyz",), "tcaxyz")]
    plain = {
        "dog": Paraphrases(("xyz",), ("says zyx",), ()),
        "no name": Paraphrases(("cat",), (), ()),
    }

    def share_of_the_dog(plain: dict[str, Paraphrases]) -> dict[str, float]:
        found = meanings(Names(concepts, ()), senses, letters, letters, plain)
        return {text: float(row[1]) for text, row in zip(found.texts, found.weights, strict=True)}

    before, after = share_of_the_dog({}), share_of_the_dog(plain)
    assert "says zyx" not in before and after["says zyx"] > 0.9 < after["xyz"]
    assert after["tcaxyz"] > before["tcaxyz"]  # like the cat, and like what is said of the dog


def test_a_word_for_one_thing_is_drawn_more_often_than_one_for_many() -> None:
    pairs = [TextPair("cat", "cat", 3.0), TextPair("kitty", "kitty", 1.0)]
    words = Meanings(["cat", "dog"], ["kitty", "pet"], torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    cat, kitty, pet = align.with_meanings(pairs, words, 0.5)
    assert cat.text == "cat" and kitty.weight == 2 * pet.weight
    assert kitty.weight + pet.weight == pytest.approx(cat.weight)  # half of all texts
