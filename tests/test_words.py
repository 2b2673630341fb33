"""What the recipes know of English words: WordNet's nouns and GloVe's vectors."""

import numpy as np
import pytest

from multimodal.data.wordnet import parse_nouns
from multimodal.recipes import glove

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
