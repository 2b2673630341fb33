"""The score matrix and what is read off it."""

from __future__ import annotations

import csv
import io

import pytest
import torch
from conftest import drawing

from multimodal.clip.scoring import Scores
from multimodal.errors import ImageError, PromptError
from multimodal.lab import Lab
from multimodal.models.clip import contrastive_loss
from multimodal.settings.jobs import ScoreSettings


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


def test_the_logit_scale_can_be_chosen(tiny_lab: Lab) -> None:
    images, texts = [drawing("red"), drawing("blue")], ["a red apple", "a blue car"]
    own = tiny_lab.score(images, texts)
    assert own.logit_scale == pytest.approx(tiny_lab.models.clip.logit_scale)
    sharp = tiny_lab.score(images, texts, ScoreSettings(logit_scale=200.0))
    assert sharp.logit_scale == 200 and torch.equal(sharp.cosine, own.cosine)
    assert sharp.per_image().max() > own.per_image().max()


def test_pairs_have_the_losses_and_recalls_of_the_matrix() -> None:
    cosine = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.5, 0.1], [0.0, 0.2, 0.3]])
    pairs = Scores(cosine, torch.zeros(3, 1), 10.0).pairs()
    logits = 10 * cosine
    by_hand = -torch.stack([row.log_softmax(0)[i] for i, row in enumerate(logits)]).mean()
    assert pairs.image_loss == pytest.approx(float(by_hand), abs=1e-5)
    assert pairs.loss == pytest.approx((pairs.image_loss + pairs.text_loss) / 2)
    # picture 1 prefers caption 0; every caption prefers its own picture
    assert pairs.image_recall == pytest.approx({1: 2 / 3, 5: 1.0, 10: 1.0})
    assert pairs.text_recall[1] == 1.0
    assert pairs.diagonal == pytest.approx((0.9, 0.5, 0.3))
    same = contrastive_loss(torch.eye(3), cosine.T, torch.tensor(10.0))
    assert pairs.loss == pytest.approx(float(same), abs=1e-5)


def test_pairs_need_as_many_captions_as_pictures() -> None:
    with pytest.raises(PromptError, match="2 pictures and 3 captions"):
        Scores(torch.zeros(2, 3), torch.zeros(2, 1), 10.0).pairs()


def test_the_csv_holds_every_pair_and_no_formula(tiny_lab: Lab) -> None:
    texts = ["=cmd()", "تفاحة"]
    scores = tiny_lab.score([drawing("red")], texts)
    header, *rows = csv.reader(io.StringIO(scores.to_csv(["a,b.png"], texts)))
    assert header[:2] == ["picture", "caption"] and len(rows) == 2
    assert rows[0][:2] == ["a,b.png", "'=cmd()"] and rows[1][1] == "تفاحة"
    assert float(rows[0][header.index("cosine")]) == pytest.approx(
        float(scores.cosine[0, 0]), abs=1e-5
    )


def test_a_long_caption_is_split_into_parts_whose_mean_counts(tiny_lab: Lab) -> None:
    settings = ScoreSettings(long_texts="split")
    sentence = "a red apple. " * 20
    long = tiny_lab.score([drawing("red")], [sentence], settings).cosine
    short = tiny_lab.score([drawing("red")], ["a red apple."]).cosine
    assert tiny_lab.models.clip.count_tokens(sentence) > tiny_lab.models.clip.context_length
    assert abs(float(long - short)) < 0.5
    torch.testing.assert_close(
        tiny_lab.score([drawing("red")], ["a red apple"], settings).cosine,
        tiny_lab.score([drawing("red")], ["a red apple"]).cosine,
    )


def test_empty_input_is_refused_with_a_sentence(tiny_lab: Lab) -> None:
    with pytest.raises(ImageError, match="at least one"):
        tiny_lab.score([], ["a"])
    with pytest.raises(PromptError, match="at least one"):
        tiny_lab.score([drawing("red")], [])
    with pytest.raises(PromptError, match="empty"):
        tiny_lab.score([drawing("red")], ["  "])


def test_a_caption_beyond_the_context_is_refused_not_cut(tiny_lab: Lab) -> None:
    with pytest.raises(PromptError, match="at most 24"):
        tiny_lab.score([drawing("red")], ["word " * 60])


def test_a_batch_scores_like_its_pictures_alone(tiny_lab: Lab) -> None:
    images = [drawing("red"), drawing("blue")]
    together = tiny_lab.score(images, ["a red apple"]).cosine
    alone = torch.cat([tiny_lab.score([image], ["a red apple"]).cosine for image in images])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
