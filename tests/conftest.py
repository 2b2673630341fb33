"""Fixtures: a real lab on tiny random nets, its page in a browser, and the lab on the shipped
weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import install_import_hook

#: From here on every call of a function in these folders is checked against its signature, shapes
#: included. Without this hook the shapes are read by people alone, and cost nothing.
CHECKED = ["multimodal.models", "multimodal.painting", "multimodal.tokens"]
install_import_hook(CHECKED, "type_checker.check")

from page_server import PATIENCE, chromium, page_of
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page
from tokenizers import Tokenizer

from multimodal.events import Result, last
from multimodal.lab import Lab
from multimodal.models.checkpoints import DISCRIMINATOR_FILE, WEIGHTS_FILE, save_checkpoint
from multimodal.models.clip import CLIPConfig, EmbeddedCLIP
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.presets import Preset
from multimodal.models.token_transformer import TokenConfig, TokenTransformer
from multimodal.models.vqgan import VQGAN, VQGANConfig
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings
from training.data.artwork import Artwork
from training.data.photos import Photos, load_photos
from training.pictures import Pictures
from training.tokenizer import train_tokenizer

TINY_CLIP = CLIPConfig(
    image_size=64, smallest_image=32, embed_dim=16, vocab_size=300, context_length=24,
    token_dim=8, width=16, layers=1, heads=2, mlp=16, teacher_dim=12,
)  # fmt: skip
TINY_VQGAN = VQGANConfig(
    image_size=32, patch=4, channels=(16, 16), latent_channels=8, num_codes=32, code_dim=4,
    norm_groups=4,
)  # fmt: skip
TINY_TOKENS = TokenConfig(
    text_vocab=300, num_codes=32, text_length=24, grid=4, width=16, layers=1, heads=2
)


@pytest.fixture(scope="session")
def tiny_tokenizer() -> Tokenizer:
    return train_tokenizer(["a red apple", "تفاحة حمراء", "a blue car"] * 4, 300)


@pytest.fixture(scope="session")
def tiny_preset(tmp_path_factory: pytest.TempPathFactory, tiny_tokenizer: Tokenizer) -> Preset:
    """Checkpoints of every kind at width 16, written and read like the shipped ones."""
    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    clip, vqgan = EmbeddedCLIP(TINY_CLIP, tiny_tokenizer), VQGAN(TINY_VQGAN)
    tokens = TokenTransformer(TINY_TOKENS, tiny_tokenizer)
    vqgan.codebook.data.normal_()
    states = {WEIGHTS_FILE: clip.state_dict()}
    save_checkpoint(folder / "clip", "clip", TINY_CLIP, states, tiny_tokenizer)
    states = {
        WEIGHTS_FILE: vqgan.state_dict(),
        DISCRIMINATOR_FILE: PatchDiscriminator().state_dict(),
    }
    save_checkpoint(folder / "vqgan", "vqgan", TINY_VQGAN, states)
    states = {WEIGHTS_FILE: tokens.state_dict()}
    save_checkpoint(folder / "dalle", "dalle", TINY_TOKENS, states, tiny_tokenizer)
    paths = [str(folder / kind) for kind in ("clip", "vqgan", "dalle")]
    return Preset("tiny", "Tiny random nets", *paths)


@pytest.fixture(scope="session")
def tiny_lab(tiny_preset: Preset) -> Lab:
    """All the real code on nets too small to be good at anything."""
    return Lab.load(tiny_preset, device="cpu")


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The shipped weights."""
    return Lab.load("embedded", device="cpu")


#: A painting of a moment.
PAINT = VQGANCLIPSettings(
    steps=4, width=64, height=64, num_cutouts=2, cutout_size=32, smoothness=0.25
)


def painted(lab: Lab, prompt: str = "a red apple", **changes: Any) -> Result:
    """PAINT with changes, to its end."""
    return last(lab.generate(prompt, replace(PAINT, **changes)))


def bytes_of(result: Result) -> bytes:
    """The pixels of the best picture."""
    return result.image.tobytes()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Where a library on disk will be."""
    return tmp_path / "library"


def drawing(colour: str, size: int = 96) -> Image.Image:
    """A coloured disc on white."""
    image = Image.new("RGB", (size, size), "white")
    ImageDraw.Draw(image).ellipse((size // 6, size // 6, 5 * size // 6, 5 * size // 6), fill=colour)
    return image


@pytest.fixture
def picture_files(tmp_path: Path) -> list[Path]:
    """Four small picture files in a folder."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = []
    for colour in ("red", "green", "blue", "yellow"):
        path = folder / f"{colour}.png"
        drawing(colour).save(path)
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def address(tiny_preset: Preset) -> Iterator[str]:
    """The page of the tiny nets, on a port of its own."""
    with page_of(Lab.load(tiny_preset, "cpu", Limits(max_upload_mb=1))) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open the page; at the end nothing may have gone out, and the console holds no error."""
    outside: list[str] = []
    errors: list[str] = []
    contexts = []

    def opened(query: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        local = (address, "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(local) else outside.append(r.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.goto(address + query)
        page.locator("#clip-score").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert outside == []
    assert errors == []


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """Six drawings as artwork, eight as photos, in two classes."""
    rows = []
    for colour in ("red", "blue", "green", "orange", "pink", "grey"):
        rgb = np.asarray(drawing(colour, 48))
        alpha = np.where((rgb == 255).all(-1, keepdims=True), 0, 255).astype(np.uint8)
        rows.append(np.concatenate([rgb, alpha], -1))
    artwork = Artwork("fluent-3d", np.stack(rows), np.array([0, 1, 2, 0, 1, 2]))
    for name in ("cat", "dog"):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(4):
            drawing(f"#{number * 50:02x}5080").save(folder / f"{number}.png")
    photos: Photos = load_photos(tmp_path / "photos", tmp_path / "cache")
    return Pictures([artwork], np.array([True, True, False]), photos, np.arange(8))
