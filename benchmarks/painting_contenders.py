"""Who takes part in benchmarks/painting.py, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
import torch.nn.functional as F
from embedding import save_vit
from painting_peer import MEAN, STD, Checkouts, make_step
from torch import Tensor

from multimodal.events import Progress, last
from multimodal.images import to_pixels
from multimodal.lab import Lab
from multimodal.models.checkpoints import WEIGHTS_FILE, load_guide, load_vqgan, save_checkpoint
from multimodal.models.presets import EMBEDDED, Preset
from multimodal.models.vqgan import VQGAN, VQGANConfig, clamp_range
from multimodal.painting.guidance import Target, total_variation
from multimodal.painting.views import Views
from multimodal.settings.painting import VQGANCLIPSettings

FULL_SIZE = VQGANConfig(
    image_size=256, patch=1, channels=(128, 128, 256, 256, 512), layers_per_block=2,
    latent_channels=256, num_codes=1024, code_dim=256, norm_groups=32, attention=True,
)  # fmt: skip
PROMPT, EMBEDDED_PROMPT = "a", "a red apple"
SETTINGS = VQGANCLIPSettings(
    steps=500, width=256, height=256, start="random", schedule="constant", stop_early=False
)


def save_nets(folder: Path) -> None:
    """Both full-size nets with random weights."""
    torch.manual_seed(0)
    vqgan = VQGAN(FULL_SIZE)
    vqgan.codebook.data.normal_()
    save_checkpoint(folder / "vqgan", "vqgan", FULL_SIZE, {WEIGHTS_FILE: vqgan.state_dict()})
    save_vit(folder / "vit")


class Ours:
    """This lab, driven as users do."""

    def __init__(self, folder: Path, settings: VQGANCLIPSettings) -> None:
        nets = (str(folder / "vit"), str(folder / "vqgan"), EMBEDDED.dalle)
        preset = Preset("f16", "", *nets, token_vqgan=EMBEDDED.vqgan)
        self._lab, self._settings = Lab.load(preset, "cpu"), settings
        self._events = self._lab.generate(PROMPT, settings)

    def step(self) -> float:
        """One step; gives its score."""
        event = next(self._events)
        assert isinstance(event, Progress)
        return event.curve[-1]

    def first(self) -> tuple[Tensor, Tensor]:
        """z (1, d, h, w) and pixels (1, 3, h, w) after one step."""
        result = last(self._lab.generate(PROMPT, replace(self._settings, steps=1)))
        assert result.z is not None
        return result.z, to_pixels([result.image])


class Plain:
    """The loop that one writes with diffusers and transformers."""

    _factor, _patch = 16, 1

    def __init__(self, folder: Path, settings: VQGANCLIPSettings) -> None:
        from transformers import CLIPModel, CLIPTokenizer

        net = load_vqgan(folder / "vqgan").net  # a diffusers VQModel, frozen
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        clip = CLIPModel.from_pretrained(folder / "vit").eval().requires_grad_(False)
        self._clip = clip
        text = CLIPTokenizer.from_pretrained(folder / "vit")(PROMPT, return_tensors="pt")
        with torch.no_grad():
            features = clip.get_text_features(**text).pooler_output
        self._target = Target(F.normalize(features, dim=-1), torch.ones(1))
        self._mean = torch.tensor(MEAN).view(1, 3, 1, 1)
        self._std = torch.tensor(STD).view(1, 3, 1, 1)
        self._settings, self._views = settings, Views.of(settings, 224)
        self._codebook = self._net.quantize.embedding.weight
        self._low, self._high = clamp_range(self._codebook)
        self._begin()

    def _begin(self) -> None:
        settings = self._settings
        self._random = torch.Generator().manual_seed(settings.seed)
        cells = (settings.height // self._factor, settings.width // self._factor)
        codes = torch.randint(len(self._codebook), (1, *cells), generator=self._random)
        z = F.embedding(codes, self._codebook).permute(0, 3, 1, 2)
        self._z = z.clone().requires_grad_(True)
        self._adam = torch.optim.Adam([self._z], lr=settings.learning_rate)

    def _decoded(self) -> Tensor:
        net, z = self._net, self._z
        flat = z.detach().permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        codes = (self._codebook.square().sum(1) - 2 * flat @ self._codebook.T).argmin(1)
        z_q = F.embedding(codes.view(1, *z.shape[2:]), self._codebook).permute(0, 3, 1, 2)
        decoded = net.decoder(net.post_quant_conv(z + (z_q - z).detach()))
        return (F.pixel_shuffle(decoded, self._patch) + 1) / 2

    def step(self) -> float:
        """One step; gives its score."""
        pixels = self._decoded()
        views = self._views.draw(pixels, self._random)
        features = self._features(views)
        loss = self._target.loss(features) + self._settings.smoothness * total_variation(pixels)
        loss = loss + (pixels - pixels.detach().clamp(0, 1)).square().mean()
        self._adam.zero_grad(set_to_none=True)
        loss.backward()
        self._adam.step()
        with torch.no_grad():
            self._z.copy_(self._z.clamp(self._low, self._high))
        return self._target.score(features.detach())

    def _features(self, views: Tensor) -> Tensor:
        views = (views - self._mean) / self._std
        return F.normalize(self._clip.get_image_features(views).pooler_output, dim=-1)

    def first(self) -> tuple[Tensor, Tensor]:
        """As `Ours.first`."""
        self._begin()
        self.step()
        with torch.no_grad():
            return self._z.detach().clone(), self._decoded().clamp(0, 1)


class PlainEmbedded(Plain):
    """The same loop on the embedded models, as their files hold them."""

    def __init__(self, settings: VQGANCLIPSettings) -> None:
        vqgan = load_vqgan(Path(EMBEDDED.vqgan))
        self._factor, self._patch = vqgan.factor, vqgan.config.patch
        self._net = vqgan.net.to(memory_format=torch.channels_last)
        self._guide = load_guide(Path(EMBEDDED.clip))
        with torch.no_grad():
            self._target = Target(self._guide.encode_texts([EMBEDDED_PROMPT]), torch.ones(1))
        self._settings, self._views = settings, Views.of(settings, self._guide.smallest_image)
        self._codebook = self._net.quantize.embedding.weight
        self._low, self._high = clamp_range(self._codebook)
        self._begin()

    def _features(self, views: Tensor) -> Tensor:
        return self._guide.encode_images(views)

    def curve(self) -> list[tuple[float, float]]:
        """As `Embedded.curve`."""
        began, rows = time.process_time(), []
        for _ in range(self._settings.steps):
            rows.append((self.step(), time.process_time() - began))
        return rows


class Peer:
    """The loop of nerdyrodent/VQGAN-CLIP."""

    def __init__(self, folder: Path, settings: VQGANCLIPSettings, checkouts: Checkouts) -> None:
        self._plain = load_vqgan(folder / "vqgan")
        self._step, self._synth = make_step(
            checkouts, self._plain.net, settings.num_cutouts, settings.width, settings.seed
        )

    def step(self) -> float:
        """One step; the peer keeps no score."""
        self._step()
        return 0.0

    def decoded(self) -> tuple[Tensor, Tensor]:
        """The same code decoded by the peer and by the plain VQModel, (1, 3, h, w)."""
        codes = torch.arange(256).view(1, 16, 16)
        with torch.no_grad():
            z_q = self._plain.lookup(codes)
            return self._synth(z_q), self._plain.decode(z_q).clamp(0, 1)


class Embedded:
    """The embedded models in this lab, previews included."""

    def __init__(self, settings: VQGANCLIPSettings) -> None:
        self._lab, self._settings = Lab.load("embedded", "cpu"), settings
        last(self._lab.generate(EMBEDDED_PROMPT, replace(settings, steps=1)))  # to warm up

    def whole(self) -> None:
        """All steps and the last picture."""
        last(self._lab.generate(EMBEDDED_PROMPT, self._settings))

    def curve(self) -> list[tuple[float, float]]:
        """All steps: the score of each, and the seconds of CPU until it was shown."""
        seconds: list[float] = []
        scores: tuple[float, ...] = ()
        began = time.process_time()
        for event in self._lab.generate(EMBEDDED_PROMPT, self._settings):
            seconds += [time.process_time() - began] * (len(event.curve) - len(scores))
            scores = event.curve
        return list(zip(scores, seconds, strict=True))


def work(pipe: Any, kind: Callable[..., Any], threads: int, arguments: tuple[Any, ...]) -> None:
    """A contender's process: for every name of a method received, its result, wall and CPU."""
    torch.set_num_threads(threads)
    contender = kind(*arguments)
    while name := pipe.recv():
        began, ran = time.perf_counter(), time.process_time()
        result = getattr(contender, name)()
        pipe.send((result, time.perf_counter() - began, time.process_time() - ran))


class Contender:
    """A contender in its own process, until `close`."""

    def __init__(self, kind: Callable[..., Any], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        given = (other, kind, torch.get_num_threads(), arguments)
        self._process = context.Process(target=work, args=given, daemon=True)
        self._process.start()
        other.close()

    def __call__(self, name: str) -> tuple[Any, float, float]:
        """The result of a method, seconds on the wall, seconds of CPU."""
        self._pipe.send(name)
        return self._pipe.recv()  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the process."""
        self._pipe.send("")
        self._process.join()
