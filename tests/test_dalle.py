"""What the token model can be asked for, on tiny nets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from multimodal.dalle import sample
from multimodal.events import Progress, Result, last
from multimodal.lab import Lab
from multimodal.settings import DalleSettings
from multimodal.token_stream import TokenStream
from multimodal.ui import stream_render

DRAW = DalleSettings(num_candidates=2, guidance_scale=2.0)
SCRIPTS = ["a red apple", "تفّاحة حمراء", "红苹果", "красный", "लाल", "🍎👩‍🚀", "a ½ Ñ تف 🍎"]


def drawn(lab: Lab, prompt: str = "a red apple", **changes: Any) -> Result:
    return last(lab.generate(prompt, replace(DRAW, **changes)))


def stream_of(result: Result) -> TokenStream:
    stream = result.pictures[0].stream
    assert stream is not None
    return stream


@pytest.mark.parametrize(("top_k", "top_p"), [(0, 1.0), (5, 1.0), (0, 0.6), (1, 1.0), (7, 0.05)])
def test_entropy_and_probability_are_those_of_the_distribution_drawn_from(
    top_k: int, top_p: float
) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(6, 20, generator=generator)
    settings = DalleSettings(temperature=0.7, top_k=top_k, top_p=top_p)
    draws = sample(logits, settings, torch.rand(6, generator=generator))
    for row in range(6):
        p = (logits[row].double() / 0.7).softmax(0)
        order = p.argsort(descending=True)[: top_k or 20]
        p = torch.zeros(20).double().index_put((order,), p[order] / p[order].sum())
        kept, total = [], 0.0
        for token in order.tolist():
            if total < top_p:
                kept.append(token)
            total += float(p[token])
        p = torch.zeros(20).double().index_put((torch.tensor(kept),), p[kept] / p[kept].sum())
        entropy = -sum(float(x) * float(x.log()) for x in p if x > 0)
        assert float(draws.entropies[row]) == pytest.approx(entropy, abs=1e-5)
        assert float(draws.probabilities[row]) == pytest.approx(
            float(p[draws.tokens[row]]), abs=1e-5
        )
        assert float(p[draws.tokens[row]]) > 0


def test_every_candidate_has_its_stream_and_its_picture_is_those_tokens(tiny_lab: Lab) -> None:
    *progress, result = tiny_lab.generate("a red apple", DRAW)
    assert isinstance(result, Result)
    for picture in result.pictures:
        stream = picture.stream
        assert stream is not None
        assert len(stream.tokens) == len(stream.entropies) == len(stream.probabilities) == 16
        for entropy, probability in zip(stream.entropies, stream.probabilities, strict=True):
            assert entropy is not None and probability is not None
            assert 0 <= entropy <= stream.max_entropy + 1e-5 and 0 < probability <= 1
        codes = tiny_lab.token_transformer.codes(torch.tensor(stream.tokens).view(4, 4))
        again = tiny_lab.decode_codes(codes).image
        assert again.tobytes() == picture.image.tobytes()
    lengths = []
    for event in progress:
        assert isinstance(event, Progress)
        lengths.append(len(event.streams[0].tokens))
    assert lengths == [4, 8, 12, 16]


@pytest.mark.parametrize("text", SCRIPTS)
def test_the_text_pieces_are_all_of_the_text_and_can_be_read(tiny_lab: Lab, text: str) -> None:
    model = tiny_lab.token_transformer
    pieces = model.text_pieces(text)
    ids = [piece.id for piece in pieces]
    assert model.tokenizer.truncation is None
    whole = model.tokenizer.normalizer.normalize_str(text)
    assert model.tokenizer.decode(ids).strip() == whole  # nothing is lost
    assert pieces[0].text == "<bos>" and pieces[-1].text == "<eos>"
    assert all(piece.text and "\ufffd" not in piece.text for piece in pieces)
    if len(ids) <= model.config.text_length:
        row = model.text_tokens([text])[0].tolist()
        assert row == ids + [0] * (len(row) - len(ids))


def test_the_stream_is_shown_with_its_ids_and_escaped(tiny_lab: Lab) -> None:
    result = drawn(tiny_lab, "<b> تفاحة 🍎")
    html = stream_render.stream(result)
    stream = stream_of(result)
    assert "<b></b>" not in html and "&lt;" in html
    assert html.count("title=") == len(stream.text) + 2 * 16
    assert all(f">{token}</i>" in html for token in stream.tokens)
    first = next(iter(tiny_lab.generate("a", DRAW)))
    assert stream_render.stream(first).count("title=") == 2 * 4 + len(
        tiny_lab.token_transformer.text_pieces("a")
    )
    assert "title=" not in stream_render.stream(Result((), 0.0, 0))


def test_the_stream_as_json(tiny_lab: Lab) -> None:
    result = drawn(tiny_lab)
    found = json.loads(json.dumps(result.streams_json(), allow_nan=False))
    assert [row["seed"] for row in found["candidates"]] == [p.seed for p in result.pictures]
    assert found["candidates"][0]["tokens"] == list(stream_of(result).tokens)
    assert [token["id"] for token in found["text"]] == [t.id for t in stream_of(result).text]


def test_seed_0_is_a_seed_like_any_other(tiny_lab: Lab) -> None:
    zero, again, one = (stream_of(drawn(tiny_lab, num_candidates=1, seed=s)) for s in (0, 0, 1))
    assert zero == again and zero.tokens != one.tokens
