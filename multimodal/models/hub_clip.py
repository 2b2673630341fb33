"""Any CLIP or SigLIP checkpoint of the hub, behind the `CLIP` protocol."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from transformers import AutoModel, AutoProcessor

from multimodal.errors import CheckpointError
from multimodal.models.checkpoints import unreadable
from multimodal.models.fast.linear import can_pack, hasten_transformer, is_plain

#: Pictures that go through the tower together on a CPU: what lies between two layers then stays
#: in its cache.
CHUNK = 8


class HubCLIP(nn.Module):
    """`transformers` does the computing; this class fixes sizes, pixel ranges and norms.

    Args:
        source: a hub repository ("openai/clip-vit-base-patch32") or a folder in its layout.
        precision: what the image tower computes with on a CPU, "fp32" or "int8"; where a gradient
            is asked for, it is fp32.

    Raises CheckpointError when it cannot be had or is no two-tower model.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, source: str, precision: str = "fp32") -> None:
        super().__init__()
        try:
            model = AutoModel.from_pretrained(source, use_safetensors=True)
            processor = AutoProcessor.from_pretrained(source)
        except (OSError, ValueError) as error:
            raise unreadable("CLIP", source) from error
        if not hasattr(model, "get_image_features") or not hasattr(model, "logit_scale"):
            raise CheckpointError(
                "{source} is a {kind}, not a CLIP; choose a checkpoint with an image and a text "
                "tower.",
                source=source,
                kind=type(model).__name__,
            )
        self.model = model.eval().requires_grad_(False).float()
        self.tokenizer: Any = processor.tokenizer
        vision = model.config.vision_config
        if precision == "int8" or can_pack():
            hasten_transformer(model.vision_model, vision.hidden_act, precision)
        self.image_size: int = vision.image_size
        self.smallest_image: int = vision.image_size
        self.real_score: float | None = None
        self.context_length: int = model.config.text_config.max_position_embeddings
        self._sigmoid = hasattr(model, "logit_bias")  # SigLIP pads every text to the full length
        images = processor.image_processor
        self.register_buffer("mean", torch.tensor(images.image_mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(images.image_std).view(1, 3, 1, 1))

    @property
    def logit_scale(self) -> float:
        """See `CLIP.logit_scale`."""
        return float(self.model.logit_scale.detach().exp())

    @property
    def logit_bias(self) -> float:
        """See `CLIP.logit_bias`."""
        return float(self.model.logit_bias.detach()) if self._sigmoid else 0.0

    def encode_images(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        """See `CLIP.encode_images`; other sizes are resized to the tower's own."""
        if pixels.shape[-2:] != (self.image_size, self.image_size):
            size = (self.image_size, self.image_size)
            pixels = F.interpolate(pixels, size, mode="bicubic", antialias=True)
        if is_plain(pixels) and len(pixels) > CHUNK:
            return torch.cat([self._encoded(part) for part in pixels.split(CHUNK)])
        return self._encoded(pixels)

    def _encoded(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        features = self.model.get_image_features(pixel_values=(pixels - self.mean) / self.std)
        return F.normalize(_pooled(features), dim=-1)

    def encode_texts(self, texts: list[str]) -> Float[Tensor, "m d"]:
        """See `CLIP.encode_texts`."""
        batch = self.tokenizer(
            texts,
            padding="max_length" if self._sigmoid else True,
            truncation=True,
            max_length=self.context_length,
            return_tensors="pt",
        ).to(self.mean.device)
        batch.pop("token_type_ids", None)
        return F.normalize(_pooled(self.model.get_text_features(**batch)), dim=-1)

    def count_tokens(self, text: str) -> int:
        """See `CLIP.count_tokens`."""
        return len(self.tokenizer(text, truncation=False, verbose=False)["input_ids"])


def _pooled(output: Any) -> Tensor:
    """transformers 5 wraps the projected features; earlier versions give the tensor itself."""
    features: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return features
