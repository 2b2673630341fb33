"""Scores and zero-shot classification."""

from __future__ import annotations

import pytest
import torch
from conftest import drawing

from multimodal.errors import ImageError, PromptError
from multimodal.lab import Lab
from multimodal.scoring import NONE_OF_THESE, Scores
from multimodal.settings import ClassifySettings


def test_probabilities_sum_to_one_along_their_own_axis(tiny_lab: Lab) -> None:
    images = [drawing("red"), drawing("blue"), drawing("green")]
    scores = tiny_lab.score(images, ["a red apple", "a blue car"])
    assert scores.cosine.shape == (3, 2)
    assert scores.cosine.abs().max() <= 1 + 1e-5
    torch.testing.assert_close(scores.per_image().sum(1), torch.ones(3))
    torch.testing.assert_close(scores.per_text().sum(0), torch.ones(2))
    assert ((scores.independent() > 0) & (scores.independent() < 1)).all()


def test_independent_labels_do_not_compete() -> None:
    background = torch.tensor([[0.1, 0.1]])
    one = Scores(torch.tensor([[0.3]]), background, 10.0).independent()
    two = Scores(torch.tensor([[0.3, 0.3]]), background, 10.0).independent()
    assert torch.allclose(two[0, 0], one[0, 0]) and one[0, 0] > 0.5
    # logit 3 against a background logit of 1: sigmoid(2)
    assert torch.allclose(one[0, 0], torch.sigmoid(torch.tensor(2.0)))


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


def test_empty_input_is_refused_with_a_sentence(tiny_lab: Lab) -> None:
    with pytest.raises(ImageError, match="at least one"):
        tiny_lab.score([], ["a"])
    with pytest.raises(PromptError, match="at least one"):
        tiny_lab.score([drawing("red")], [])
    with pytest.raises(PromptError, match="empty"):
        tiny_lab.score([drawing("red")], ["  "])
    with pytest.raises(PromptError, match="at least one"):
        tiny_lab.classify([drawing("red")], [])


def test_a_caption_beyond_the_context_is_refused_not_cut(tiny_lab: Lab) -> None:
    with pytest.raises(PromptError, match="at most 24"):
        tiny_lab.score([drawing("red")], ["word " * 60])


def test_a_batch_scores_like_its_pictures_alone(tiny_lab: Lab) -> None:
    images = [drawing("red"), drawing("blue")]
    together = tiny_lab.score(images, ["a red apple"]).cosine
    alone = torch.cat([tiny_lab.score([image], ["a red apple"]).cosine for image in images])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
