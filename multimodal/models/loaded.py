"""The models of a preset: loaded at first use, read-only afterwards."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from threading import RLock

import torch

from multimodal.errors import CheckpointError
from multimodal.locked_property import locked_cached_property
from multimodal.models.checkpoints import (
    DISCRIMINATOR_FILE,
    file_hash,
    has_guide,
    is_embedded,
    load_clip,
    load_discriminator,
    load_guide,
    load_token_transformer,
    load_vqgan,
    weight_files,
)
from multimodal.models.clip import CLIP, EmbeddedCLIP
from multimodal.models.fast.memory import keep_freed_memory
from multimodal.models.hub_clip import HubCLIP
from multimodal.models.hub_vqgan import load_hub_vqgan
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.placement import check_precision, check_token_precision, to_device
from multimodal.models.presets import EMBEDDED, Preset
from multimodal.models.token_transformer import TokenTransformer
from multimodal.models.vqgan import VQGAN

HUB = "hub:"


class LoadedModels:
    """A preset's models on a device, and the lock that guards both."""

    def __init__(
        self,
        preset: Preset,
        device: torch.device,
        precision: str = "fp32",
        token_precision: str = "fp32",
    ) -> None:
        check_precision(precision, preset.clip, device)
        check_token_precision(token_precision, device)
        self.preset, self.device = preset, device
        self.precision, self.token_precision = precision, token_precision
        self.lock: AbstractContextManager[object] = RLock()
        self._more_clips: dict[str, CLIP] = {}

    @locked_cached_property
    def clip(self) -> CLIP:
        """The CLIP, loaded at first use. Raises CheckpointError."""
        return self._load_clip(self.preset.clip, self.precision)

    @locked_cached_property
    def guide(self) -> CLIP:
        """What steers VQGAN+CLIP: the guide beside the CLIP, or else the CLIP itself.

        Raises CheckpointError.
        """
        folder = Path(self.preset.clip)
        if is_embedded(folder) and has_guide(folder):
            return to_device(load_guide(folder), self.device)
        if self.precision != "fp32":  # 8 bits have no gradients
            return self._load_clip(self.preset.clip, "fp32")
        return self.clip

    def further_clip(self, source: str) -> CLIP:
        """Another CLIP, to steer as well; kept once it is loaded. Raises CheckpointError."""
        if source not in self._more_clips:
            with self.lock:
                self._more_clips[source] = self._load_clip(source, "fp32")
        return self._more_clips[source]

    def _load_clip(self, source: str, precision: str) -> CLIP:
        if is_embedded(Path(source)):
            return to_device(load_clip(Path(source)), self.device).optimize_for_inference()
        return HubCLIP(source.removeprefix(HUB), precision).to(self.device)

    @locked_cached_property
    def clip_id(self) -> str:
        """Names the CLIP's weights and precision; galleries remember it."""
        if isinstance(self.clip, EmbeddedCLIP):
            files = weight_files(Path(self.preset.clip))
            return "embedded-" + "-".join(file_hash(file)[:8] for file in files)
        return self.preset.clip + ("" if self.precision == "fp32" else f" in {self.precision}")

    @locked_cached_property
    def vqgan(self) -> VQGAN:
        """The VQGAN, loaded at first use. Raises CheckpointError."""
        return self._load_vqgan(self.preset.vqgan)

    @locked_cached_property
    def token_vqgan(self) -> VQGAN:
        """The VQGAN whose codes the token model knows; most often the same. Raises
        CheckpointError."""
        return self.vqgan if self.one_vqgan else self._load_vqgan(self.preset.token_vqgan)

    @property
    def one_vqgan(self) -> bool:
        """Whether the token model draws with the codes of `vqgan`."""
        return self.preset.token_vqgan in ("", self.preset.vqgan)

    def _load_vqgan(self, source: str) -> VQGAN:
        embedded = is_embedded(Path(source))
        net = load_vqgan(Path(source)) if embedded else load_hub_vqgan(source.removeprefix(HUB))
        net = to_device(net, self.device)
        if self.device.type == "cpu":
            keep_freed_memory()
            net.optimize_for_inference()
        return net

    @locked_cached_property
    def discriminator(self) -> PatchDiscriminator:
        """The VQGAN's patch discriminator, or the embedded one, which has met another VQGAN, where
        it has none. Raises CheckpointError."""
        folder = Path(self.preset.vqgan)
        own = bool(weight_files(folder, DISCRIMINATOR_FILE))
        return load_discriminator(folder if own else Path(EMBEDDED.vqgan)).to(self.device)

    @locked_cached_property
    def token_transformer(self) -> TokenTransformer:
        """The DALL-E token model, loaded at first use. Raises CheckpointError."""
        net = load_token_transformer(Path(self.preset.dalle)).to(self.device)
        if int(net.code_ids.max()) >= len(self.token_vqgan.codebook):
            raise CheckpointError(
                "The token model {source} knows codes that its VQGAN does not have.",
                source=self.preset.dalle,
            )
        return net.optimize_for_inference(self.token_precision)
