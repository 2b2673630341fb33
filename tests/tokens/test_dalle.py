"""What the token model can be asked for, on tiny nets."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import pytest
import torch
from conftest import drawing
from PIL import Image

from multimodal.errors import LabError, PromptError
from multimodal.events import Progress, Result, last
from multimodal.images import filled, from_pixels, to_pixels
from multimodal.lab import Lab
from multimodal.settings.jobs import DalleSettings
from multimodal.token_stream import TokenStream
from multimodal.tokens.sampling import sample
from multimodal.ui.making import dalle_tab, stream_render
from multimodal.ui.texts.errors import in_arabic

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
        codes = tiny_lab.models.token_transformer.codes(torch.tensor(stream.tokens).view(4, 4))
        again = tiny_lab.decode_codes(codes).image
        assert again.tobytes() == picture.image.tobytes()
    lengths = []
    for event in progress:
        assert isinstance(event, Progress)
        lengths.append(len(event.streams[0].tokens))
    assert lengths == [4, 8, 12, 16]


@pytest.mark.parametrize("text", SCRIPTS)
def test_the_text_pieces_are_all_of_the_text_and_can_be_read(tiny_lab: Lab, text: str) -> None:
    model = tiny_lab.models.token_transformer
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
    assert 'class="pieces"' in html and 'class="pieces" dir="rtl"' in stream_render.stream(
        drawn(tiny_lab, "تفاحة red")
    )
    assert html.count("title=") == len(stream.text) + 2 * 16
    assert all(f">{token}</i>" in html for token in stream.tokens)
    first = next(iter(tiny_lab.generate("a", DRAW)))
    assert stream_render.stream(first).count("title=") == 2 * 4 + len(
        tiny_lab.models.token_transformer.text_pieces("a")
    )
    assert "title=" not in stream_render.stream(Result((), 0.0, 0))


def test_the_stream_on_the_page_can_be_walked_through_and_saved(tiny_lab: Lab) -> None:
    result = drawn(tiny_lab)
    html = stream_render.stream(result)
    assert html.count('tabindex="0"') == 1 and html.count('tabindex="-1"') == 15
    (address,) = re.findall(r'href="data:application/json;base64,([^"]+)" download="([^"]+)"', html)
    assert address[1] == "dalle-stream.json"
    assert json.loads(base64.b64decode(address[0])) == result.streams_json()
    assert "download=" not in stream_render.stream(next(iter(tiny_lab.generate("a", DRAW))))


def test_the_stream_as_json(tiny_lab: Lab) -> None:
    result = drawn(tiny_lab)
    found = json.loads(json.dumps(result.streams_json(), allow_nan=False))
    assert [row["seed"] for row in found["candidates"]] == [p.seed for p in result.pictures]
    assert found["candidates"][0]["tokens"] == list(stream_of(result).tokens)
    assert [token["id"] for token in found["text"]] == [t.id for t in stream_of(result).text]


def test_seed_0_is_a_seed_like_any_other(tiny_lab: Lab) -> None:
    zero, again, one = (stream_of(drawn(tiny_lab, num_candidates=1, seed=s)) for s in (0, 0, 1))
    assert zero == again and zero.tokens != one.tokens


def tokens_of(lab: Lab, picture: Image.Image) -> list[int]:
    """What the token model makes of a square picture."""
    model, vqgan = lab.models.token_transformer, lab.models.vqgan
    side = model.config.grid * vqgan.factor
    with torch.no_grad():
        pixels = to_pixels([filled(picture, side, side)])
        return model.image_tokens(vqgan, pixels)[0].tolist()


def kept_of(stream: TokenStream) -> list[int]:
    return [place for place, entropy in enumerate(stream.entropies) if entropy is None]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"keep": 0.5}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ({"keep": 0.05}, [0, 1, 2, 3]),
        ({"keep_box": "2, 3, 2, 2"}, [9, 10, 13, 14]),
        ({"keep": 0.25, "keep_box": "4,4,1,1"}, [0, 1, 2, 3, 15]),
        ({"variation": 0.0}, list(range(16))),
    ],
)
def test_kept_tokens_are_exactly_the_pictures_and_the_others_are_drawn(
    tiny_lab: Lab, changes: dict[str, Any], places: list[int]
) -> None:
    picture = drawing("red")
    given = tokens_of(tiny_lab, picture)
    events = list(tiny_lab.generate("a red apple", replace(DRAW, **changes), start=picture))
    result = events[-1]
    assert isinstance(result, Result) and len(events) == 5
    for one in result.pictures:
        assert one.stream is not None
        assert kept_of(one.stream) == places
        assert [one.stream.tokens[place] for place in places] == [given[p] for p in places]
        assert one.settings["keep"] == changes.get("keep", 0)
    other = drawing("blue")
    again = last(tiny_lab.generate("a red apple", replace(DRAW, **changes), start=picture))
    differs = last(tiny_lab.generate("a red apple", replace(DRAW, **changes), start=other))
    assert again.image.tobytes() == result.image.tobytes()
    assert differs.image.tobytes() != result.image.tobytes()


def test_what_is_drawn_around_kept_tokens_is_what_the_model_says(tiny_lab: Lab) -> None:
    """Runs of kept tokens are read at once; the draws are those of reading one by one."""
    settings = replace(
        DRAW, num_candidates=1, guidance_scale=1, temperature=1.0, keep=0.5, keep_box="1,4,2,1"
    )
    stream = stream_of(last(tiny_lab.generate("a red apple", settings, start=drawing("red"))))
    model = tiny_lab.models.token_transformer
    with torch.no_grad():
        text, image = model.text_tokens(["a red apple"]), torch.tensor([stream.tokens])
        logits = model(text, image)[1][0]
    for place, entropy in enumerate(stream.entropies):
        if entropy is not None:
            p = logits[place].softmax(0)
            assert entropy == pytest.approx(float(torch.special.entr(p).sum()), abs=1e-4)
            assert stream.probabilities[place] == pytest.approx(
                float(p[stream.tokens[place]]), abs=1e-4
            )


def test_a_variation_keeps_some_tokens_others_in_each_candidate(tiny_lab: Lab) -> None:
    picture = drawing("green")
    given = tokens_of(tiny_lab, picture)
    kept = []
    for strength in (0.2, 0.8):
        settings = replace(DRAW, variation=strength, num_candidates=4)
        for one in last(tiny_lab.generate("x", settings, start=picture)).pictures:
            assert one.stream is not None
            kept.append(kept_of(one.stream))
            assert all(one.stream.tokens[place] == given[place] for place in kept[-1])
    assert len({tuple(places) for places in kept}) == 8
    assert sum(map(len, kept[:4])) > sum(map(len, kept[4:])) > 0
    second = replace(DRAW, variation=0.2, num_candidates=1, seed=1)
    alone = last(tiny_lab.generate("x", second, start=picture))
    assert kept_of(stream_of(alone)) in kept[:4]


@pytest.mark.parametrize(
    ("changes", "has_picture", "words"),
    [
        ({"keep": 0.5}, False, "none was given"),
        ({"keep_box": "1,1,2,2"}, False, "none was given"),
        ({"variation": 0.5}, False, "none was given"),
        ({}, True, "nothing of it is kept"),
        ({"keep_box": "0,1,2,2"}, True, "column is 0; it must be between 1 and 4"),
        ({"keep_box": "1,1,5,1"}, True, "width is 5"),
        ({"keep_box": "3,3,3,1"}, True, "reaches to row 3 and column 5"),
        ({"keep_box": "1,1"}, True, "keep_box is '1,1'; write four whole numbers"),
        ({"keep_box": "٣,١,١,١"}, True, "four whole numbers"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_the_first_token(
    tiny_lab: Lab, changes: dict[str, Any], has_picture: bool, words: str
) -> None:
    start = drawing("red") if has_picture else None
    with pytest.raises(LabError, match=words) as caught:
        tiny_lab.generate("a red apple", replace(DRAW, **changes), start=start)
    assert in_arabic(caught.value.message) != str(caught.value)


def test_closing_a_completion_frees_the_lock(tiny_lab: Lab) -> None:
    events = tiny_lab.generate("x", replace(DRAW, keep=0.5), start=drawing("red"))
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert tiny_lab.lock.acquire(timeout=1)
    tiny_lab.lock.release()


def test_a_picture_of_any_shape_gives_its_central_square(tiny_lab: Lab) -> None:
    wide = Image.new("RGB", (192, 96), "white")
    wide.paste(drawing("red"), (48, 0))
    settings = replace(DRAW, keep=0.9)
    first = last(tiny_lab.generate("x", settings, start=wide))
    assert (
        first.image.tobytes()
        == last(tiny_lab.generate("x", settings, start=drawing("red"))).image.tobytes()
    )


def seam(image: Image.Image) -> float:
    """How much the pixels of opposite edges differ, as a mean over both pairs of edges."""
    pixels = to_pixels([image])[0]
    across = (pixels[:, :, 0] - pixels[:, :, -1]).abs().mean()
    down = (pixels[:, 0] - pixels[:, -1]).abs().mean()
    return float(across + down) / 2


def test_a_tile_has_the_same_tokens_and_is_decoded_among_its_copies(tiny_lab: Lab) -> None:
    plain, tile = drawn(tiny_lab), drawn(tiny_lab, tile=True)
    by_seed = {one.seed: one for one in plain.pictures}
    for one in tile.pictures:
        other = by_seed[one.seed]
        assert one.stream == other.stream
        assert one.image.tobytes() != other.image.tobytes()
    stream = stream_of(tile)
    codes = tiny_lab.models.token_transformer.codes(torch.tensor(stream.tokens).view(1, 4, 4))
    vqgan = tiny_lab.models.vqgan
    with torch.no_grad():
        pixels = vqgan.decode_tile(vqgan.lookup(codes))
    assert pixels.shape == (1, 3, 32, 32)
    assert from_pixels(pixels)[0].tobytes() == tile.image.tobytes()


def test_a_tile_makes_the_seams_of_the_shipped_model_softer(lab: Lab) -> None:
    settings = DalleSettings(num_candidates=2, guidance_scale=1)
    plain = last(lab.generate("a red apple", settings)).pictures
    tile = last(lab.generate("a red apple", replace(settings, tile=True))).pictures
    assert sum(seam(one.image) for one in tile) < sum(seam(one.image) for one in plain)


@pytest.mark.parametrize("word", ["red ", "تفاحة ", "苹", "🍎"])
def test_a_prompt_that_just_fits_is_read_whole_and_one_more_word_is_refused(
    tiny_lab: Lab, word: str
) -> None:
    model = tiny_lab.models.token_transformer
    length, count = model.config.text_length, 1
    while len(model.text_pieces((word * (count + 1)).strip())) <= length:
        count += 1
    fits, over = (word * count).strip(), (word * (count + 1)).strip()
    stream = stream_of(drawn(tiny_lab, fits, num_candidates=1))
    row = model.text_tokens([fits])[0].tolist()
    assert row[: len(stream.text)] == [token.id for token in stream.text]
    assert stream.text[-1].text == "<eos>"
    too_many = len(model.text_pieces(over))
    sentence = f"takes {too_many} text tokens; the token model reads at most {length}"
    with pytest.raises(PromptError, match=sentence) as caught:
        tiny_lab.generate(over, DRAW)
    assert str(too_many) in in_arabic(caught.value.message)
    assert in_arabic(caught.value.message) != str(caught.value)


@pytest.mark.parametrize("text", SCRIPTS)
def test_the_shipped_tokenizer_reads_every_script_and_loses_nothing(lab: Lab, text: str) -> None:
    model = lab.models.token_transformer
    pieces = model.text_pieces(text)
    assert model.tokenizer.truncation is None
    ids = model.text_tokens([text])[0].tolist()
    assert ids[: len(pieces)] == [piece.id for piece in pieces]
    assert max(ids) < model.config.text_vocab
    whole = model.tokenizer.normalizer.normalize_str(text)
    assert model.tokenizer.decode(ids[: len(pieces)]).strip() == whole


def test_a_picture_on_the_page_keeps_its_upper_half_until_something_else_is_said() -> None:
    assert dalle_tab._keep("x.png", 0, "", 1) == [0.5, "", 1.0]
    assert dalle_tab._keep("x.png", 0.2, "", 1) == [0.2, "", 1]
    assert dalle_tab._keep("x.png", 0.0, "", 0.4) == [0.0, "", 0.4]
    assert dalle_tab._keep(None, 0.5, "1,1,2,2", 0.4) == [0.0, "", 1.0]
