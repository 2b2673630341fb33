"""The token model that draws a draft before the picture, on tiny nets."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from conftest import TINY_TOKENS, drawing
from tokenizers import Tokenizer

from multimodal.events import Progress, Result, last
from multimodal.lab import Lab
from multimodal.models.checkpoints import WEIGHTS_FILE, save_checkpoint
from multimodal.models.presets import Preset
from multimodal.models.token_transformer import TokenTransformer, embed_places
from multimodal.settings.jobs import DalleSettings
from multimodal.token_stream import TokenStream
from multimodal.ui.making import stream_render
from training.tokens.corpus import Corpus
from training.tokens.widen import widened

TWO = replace(TINY_TOKENS, pictures=2)
DRAW = DalleSettings(num_candidates=2, guidance_scale=2.0)
PROMPT = "a red apple"
LENGTH = TWO.image_length


def net(tokenizer: Tokenizer, wants: bool) -> TokenTransformer:
    """Always the same random net, but for whether it wants drafts."""
    torch.manual_seed(0)
    model = TokenTransformer(TWO, tokenizer)
    assert model.draft is not None
    torch.nn.init.constant_(model.draft.bias, 100.0 if wants else -100.0)
    return model


@pytest.fixture(scope="module")
def labs(
    tiny_preset: Preset, tiny_tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory
) -> dict[bool, Lab]:
    """One whose model wants drafts, and one whose model does not."""
    found = {}
    for wants in (True, False):
        folder = tmp_path_factory.mktemp("draft") / "dalle"
        states = {WEIGHTS_FILE: net(tiny_tokenizer, wants).state_dict()}
        save_checkpoint(folder, "dalle", TWO, states, tiny_tokenizer)
        found[wants] = Lab.load(replace(tiny_preset, dalle=str(folder)), device="cpu")
    return found


def both_streams(result: Result, seed: int = 0) -> tuple[TokenStream, TokenStream]:
    """The draft's and the picture's, of the candidate with that seed."""
    (stream,) = (one.stream for one in result.pictures if one.seed == seed)
    assert stream is not None and stream.draft is not None
    return stream.draft, stream


def test_a_draft_comes_first_and_the_picture_grows_over_it(labs: dict[bool, Lab]) -> None:
    *progress, result = labs[True].generate(PROMPT, DRAW)
    assert isinstance(result, Result) and result.steps == 2 * LENGTH
    seen = [(e.step, e.total, e.streams[0]) for e in progress if isinstance(e, Progress)]
    assert [(step, total) for step, total, _ in seen] == [(4 * n, 32) for n in range(1, 9)]
    lengths = [(len(s.tokens), s.draft is not None) for _, _, s in seen]
    assert lengths == [(n, d) for d in (False, True) for n in (4, 8, 12, 16)]
    for one in result.pictures:
        draft, stream = both_streams(result, one.seed)
        codes = labs[True].models.token_transformer.codes
        for part, image in ((draft, one.draft), (stream, one.image)):
            assert image is not None and len(part.tokens) == len(part.entropies) == LENGTH
            again = labs[True].decode_codes(codes(torch.tensor(part.tokens).view(4, 4))).image
            assert again.tobytes() == image.tobytes()


def test_half_way_the_new_rows_stand_over_the_rest_of_the_draft(labs: dict[bool, Lab]) -> None:
    events = list(labs[True].generate(PROMPT, replace(DRAW, num_candidates=1)))
    draft, stream = both_streams(last(events))
    mixed = [*stream.tokens[:8], *draft.tokens[8:]]
    codes = labs[True].models.token_transformer.codes(torch.tensor(mixed).view(4, 4))
    half = events[5]
    assert isinstance(half, Progress) and half.step == 24 and half.image is not None
    assert half.image.tobytes() == labs[True].decode_codes(codes).image.tobytes()


def test_the_draft_is_the_picture_of_a_model_that_wants_none(labs: dict[bool, Lab]) -> None:
    with_draft = last(labs[True].generate(PROMPT, DRAW))
    without = last(labs[False].generate(PROMPT, DRAW))
    assert without.steps == LENGTH and all(one.draft is None for one in without.pictures)
    for one in without.pictures:
        assert one.stream is not None and one.stream.draft is None
        assert one.stream.tokens == both_streams(with_draft, one.seed)[0].tokens
    alone = last(labs[True].generate(PROMPT, replace(DRAW, num_candidates=1, seed=1)))
    assert both_streams(alone, 1) == both_streams(with_draft, 1)


def test_the_second_picture_is_drawn_from_what_the_model_says_after_the_first(
    labs: dict[bool, Lab],
) -> None:
    settings = replace(DRAW, num_candidates=1, guidance_scale=1, temperature=1.0)
    draft, stream = both_streams(last(labs[True].generate(PROMPT, settings)))
    model = labs[True].models.token_transformer
    with torch.no_grad():
        tokens = torch.tensor([[*draft.tokens, *stream.tokens]])
        logits = model(model.text_tokens([PROMPT]), tokens).image[0]
    for place, probability in enumerate(stream.probabilities):
        p = logits[LENGTH + place].softmax(0)
        assert probability == pytest.approx(float(p[stream.tokens[place]]), abs=1e-4)
        entropy = float(torch.special.entr(p).sum())
        assert stream.entropies[place] == pytest.approx(entropy, abs=1e-4)


def test_around_a_given_picture_there_is_no_draft(labs: dict[bool, Lab]) -> None:
    settings = replace(DRAW, keep=0.5)
    found = [last(labs[w].generate(PROMPT, settings, start=drawing("red"))) for w in (True, False)]
    assert found[0].steps == LENGTH
    assert found[0].image.tobytes() == found[1].image.tobytes()


def test_the_draft_is_in_the_json_and_on_the_page(labs: dict[bool, Lab]) -> None:
    result = last(labs[True].generate(PROMPT, DRAW))
    draft, stream = both_streams(result, result.pictures[0].seed)
    first = result.streams_json()["candidates"][0]
    assert first["tokens"] == list(stream.tokens) and first["draft"]["tokens"] == list(draft.tokens)
    html = stream_render.stream(result)
    assert html.count("title=") == len(stream.text) + 4 * LENGTH
    assert html.count('tabindex="0"') == 1
    plain = last(labs[False].generate(PROMPT, DRAW))
    assert "draft" not in plain.streams_json()["candidates"][0]


def test_a_widened_model_says_the_same_and_has_room_for_another_picture(
    tiny_tokenizer: Tokenizer,
) -> None:
    torch.manual_seed(1)
    small = TokenTransformer(TINY_TOKENS, tiny_tokenizer).eval()
    embed_places(small, torch.Generator().manual_seed(0))
    large = widened(small, replace(TWO, inner=96)).eval()
    text, image = small.text_tokens([PROMPT, ""]), torch.randint(TWO.num_codes, (2, LENGTH))
    with torch.no_grad():
        old, new = small(text, image), large(text, image)
        torch.testing.assert_close(new.image, old.image)
        torch.testing.assert_close(new.text, old.text)
        assert old.draft is None and new.draft.shape == (2,)
        assert large(text, image.repeat(1, 2)).image.shape == (2, 2 * LENGTH, TWO.num_codes)
    assert large.net.h[0].mlp.c_fc.weight.shape == (TWO.width, 96)
    places = large.net.wpe.weight[TWO.text_length :].split(LENGTH)
    moved = places[1] - places[0]
    torch.testing.assert_close(moved, moved[:1].expand_as(moved))
    assert moved.abs().max() > 0
    with pytest.raises(ValueError, match="cannot grow"):
        widened(small, replace(TWO, width=32))


def test_pairs_are_one_artwork_over_white_and_over_a_colour() -> None:
    corpus = Corpus(
        tokens=torch.arange(6, dtype=torch.int16)[:, None].expand(-1, 4),
        labels=torch.tensor([7, 7, 8, 8, 7, 3]),
        styles=torch.tensor([0, 1, 0, 0, 1, -1]),
        backgrounds=torch.tensor([0, 0, 0, 5, 9, 0]),
    )
    tokens, labels, styles, backgrounds = corpus.draw_pairs(40, torch.Generator().manual_seed(0))
    seen = {tuple(row) for row in tokens.tolist()}
    assert seen == {(2, 2, 2, 2, 3, 3, 3, 3), (1, 1, 1, 1, 4, 4, 4, 4)}
    facts = {
        *zip(
            tokens[:, 0].tolist(),
            labels.tolist(),
            styles.tolist(),
            backgrounds.tolist(),
            strict=True,
        )
    }
    assert facts == {(2, 8, 0, 5), (1, 7, 1, 9)}


def test_a_model_of_one_picture_never_wants_a_draft(tiny_tokenizer: Tokenizer) -> None:
    model = TokenTransformer(TINY_TOKENS, tiny_tokenizer)
    assert not model.wants_draft(torch.zeros(1, TINY_TOKENS.text_length, dtype=torch.long))
