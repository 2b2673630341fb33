"""Reading token by token, against the whole stream at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from conftest import drawing
from tokenizers import Tokenizer
from torch import Tensor

from multimodal.events import Result, last
from multimodal.lab import Lab
from multimodal.models.fast.linear import can_halve
from multimodal.models.presets import Preset
from multimodal.models.token_transformer import TokenConfig, TokenTransformer
from multimodal.settings.jobs import TOKEN_PRECISIONS, DalleSettings

CONFIG = TokenConfig(
    text_vocab=300, num_codes=50, text_length=24, grid=3, width=64, layers=2, heads=4
)
TEXTS = ["a red apple", ""]
NUM = 3
#: Precision -> the largest error of a logit; None is a model that was not hastened.
TOLERANCES = {None: 1e-5, "fp32": 1e-5, "fp16": 2e-3, "int8": 0.2}


@pytest.fixture
def model(tiny_tokenizer: Tokenizer) -> TokenTransformer:
    torch.manual_seed(0)
    model = TokenTransformer(CONFIG, tiny_tokenizer)
    for name, weight in model.named_parameters():  # biases and norms that can be told apart
        if weight.ndim == 1:
            weight.data.add_(0.1 * torch.randn(weight.shape))
        elif "wte" in name:
            weight.data.mul_(5)
    return model.eval().requires_grad_(False)


def whole(model: TokenTransformer, image_tokens: Tensor) -> Tensor:
    """The logits under teacher forcing, (texts * num, grid * grid, num_codes)."""
    text_tokens = model.text_tokens(TEXTS).repeat_interleave(NUM, 0)
    logits: Tensor = model(text_tokens, image_tokens.repeat(len(TEXTS), 1))[1]
    return logits


@pytest.mark.parametrize("runs", [[1] * 8, [3, 1, 4], [8], [1, 7]])
@pytest.mark.parametrize("precision", TOLERANCES)
def test_the_logits_are_those_of_the_whole_stream(
    model: TokenTransformer, precision: str | None, runs: list[int]
) -> None:
    if precision == "fp16" and not can_halve():
        pytest.skip("no x86 processor")
    image_tokens = torch.randint(CONFIG.num_codes, (NUM, CONFIG.image_length))
    expected = whole(model, image_tokens)
    if precision:
        model.optimize_for_inference(precision)
    decoder = model.start(model.text_tokens(TEXTS), NUM)
    places, found = [0], [decoder.logits]
    for run in runs:
        decoder.read(image_tokens[:, decoder.num_read : decoder.num_read + run])
        places.append(decoder.num_read)
        found.append(decoder.logits)
    assert places[-1] == 8
    error = (torch.stack(found, 1) - expected[:, places]).abs().max()
    assert error <= TOLERANCES[precision]
    if precision in ("fp16", "int8"):
        assert error > 1e-6  # it really computes otherwise
    torch.testing.assert_close(whole(model, image_tokens), expected, rtol=0, atol=0)


def test_a_text_is_read_once_for_all_candidates(
    model: TokenTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[tuple[int, ...]] = []
    embed = torch.nn.functional.embedding

    def counted(ids: Tensor, weight: Tensor) -> Tensor:
        rows.append(tuple(ids.shape))
        return embed(ids, weight)

    monkeypatch.setattr("multimodal.models.fast.kv_cache.F.embedding", counted)
    decoder = model.start(model.text_tokens(TEXTS), NUM)
    decoder.read(torch.zeros(NUM, 1, dtype=torch.long))
    assert rows == [(2, CONFIG.text_length), (2 * NUM, 1)]


def test_a_model_whose_weights_change_reads_with_the_new_ones(model: TokenTransformer) -> None:
    text_tokens = model.text_tokens(TEXTS)
    before = model.start(text_tokens, 1).logits
    model.net.ln_f.bias.data.add_(1)
    assert not torch.allclose(model.start(text_tokens, 1).logits, before)


@pytest.mark.parametrize("precision", TOKEN_PRECISIONS)
def test_every_precision_draws_the_same_for_a_seed_and_candidates_as_alone(
    tiny_preset: Preset, precision: str
) -> None:
    if precision == "fp16" and not can_halve():
        pytest.skip("no x86 processor")
    lab = Lab.load(tiny_preset, "cpu", token_precision=precision)
    settings = DalleSettings(num_candidates=3, seed=5, guidance_scale=2.0, keep=0.25)

    def drawn(settings: DalleSettings) -> Result:
        return last(lab.generate("a red apple", settings, start=drawing("red")))

    first, again = drawn(settings), drawn(settings)
    assert [p.stream for p in first.pictures] == [p.stream for p in again.pictures]
    for picture in first.pictures:
        alone = drawn(replace(settings, num_candidates=1, seed=picture.seed)).pictures[0]
        assert picture.stream is not None and alone.stream is not None
        assert alone.stream.tokens == picture.stream.tokens
