"""A CLIP of photographs and drawings: two image towers, two text encoders, one space.

Pictures: an EfficientNet-Lite1 that knows ImageNet's photographs at 160 px, and a Lite0 that
artwork trained, at 112. Texts: a multilingual sentence encoder, and the small text tower that
reads emoji, Hindi and the artwork's names. The heads put all of it into one space.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor, nn

from multimodal.models.clip import TextTower, tokenize
from multimodal.models.efficientnet_lite import EfficientNetLite
from multimodal.models.fast.linear import can_pack, is_plain
from multimodal.models.world.heads import HeadConfig, Heads
from multimodal.models.world.sentences import SentenceEncoder
from multimodal.models.world.spelling import Spelling
from multimodal.models.world.tower import FeaturesAndMap, WorldTower
from multimodal.models.world.writing import plain_text

SIDE, DRAWN_SIDE = 160, 112  # pixels that the two towers like best
NAME_TOKENS = 48  # what the small text tower reads of a text; the sentence encoder reads all


class TowerFeatures(NamedTuple):
    """What the towers give before the heads."""

    world: Float[Tensor, "n 1280"]
    grid: Float[Tensor, "n 320 rows columns"]
    drawn: Float[Tensor, "n 1280"] | None


class WorldCLIP(nn.Module):
    """See `multimodal.models.clip.CLIP`, whose protocol this keeps.

    Args:
        text_tower: the small one, and `tokenizer` its own.
        words: a file of known words, by which slips are corrected; without it texts stay as they
            are written.
    """

    image_size, smallest_image, context_length = SIDE, 64, 256
    logit_bias = 0.0

    def __init__(
        self,
        config: HeadConfig,
        text_tower: TextTower,
        tokenizer: Tokenizer,
        words: Path | None = None,
    ) -> None:
        super().__init__()
        self.config, self.tokenizer = config, tokenizer
        self.real_score: float | None = None
        self.world = WorldTower()
        self.drawn = EfficientNetLite() if config.drawn else None
        self.text_tower = text_tower
        self.heads = Heads(config)
        self._sentences = SentenceEncoder()
        self._spelling = Spelling.load(words, self._sentences.knows) if words else None
        self._fast: tuple[FeaturesAndMap, Callable[[Tensor], Tensor] | None] | None = None

    @property
    def logit_scale(self) -> float:
        """exp of the trained scalar."""
        return float(self.heads.log_scale.detach().exp())

    def optimize_for_inference(self) -> WorldCLIP:
        """From here on embed faster where no gradient is asked for; the weights must not change
        any more."""
        if can_pack() and self.heads.log_scale.device.type == "cpu":
            drawn = self.drawn.fused() if self.drawn is not None else None
            self._fast = self.world.fused_features_and_map(), drawn
        return self

    def encode_images(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        """See `CLIP.encode_images`."""
        return self.project_images(self.tower_features(pixels))

    def tower_features(self, pixels: Float[Tensor, "n 3 h w"]) -> TowerFeatures:
        """pixels in [0, 1] -> the features of both towers."""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        if self._fast is not None and is_plain(pixels):
            world, drawn = self._fast
        else:
            world, drawn = self.world.features_and_map, self.drawn
        features, grid = world(pixels)
        return TowerFeatures(features, grid, drawn(shrunk(pixels)) if drawn else None)

    def project_images(self, seen: TowerFeatures) -> Float[Tensor, "n d"]:
        """The towers' features -> unit-norm image_features."""
        return self.heads.image(seen.world, seen.drawn, seen.grid)  # type: ignore[no-any-return]

    def encode_texts(self, texts: list[str]) -> Float[Tensor, "m d"]:
        """See `CLIP.encode_texts`. Raises CheckpointError where the sentence encoder is missing."""
        return self.heads.text(self.sentence_vectors(texts))  # type: ignore[no-any-return]

    def sentence_vectors(self, texts: list[str]) -> Float[Tensor, "m text_dim"]:
        """Captions -> both encoders' vectors side by side."""
        plain = [plain_text(text) for text in texts]
        if self._spelling is not None:
            plain = [self._spelling.correct(text) for text in plain]
        device = self.heads.log_scale.device
        sentences = torch.from_numpy(self._sentences.encode(plain)).to(device)
        ids, mask = tokenize(self.tokenizer, plain, NAME_TOKENS)
        return torch.cat([sentences, self.text_tower(ids.to(device), mask.to(device))], 1)

    def count_tokens(self, text: str) -> int:
        """How many tokens the sentence encoder reads."""
        return self._sentences.count_tokens(plain_text(text))


def shrunk(pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 3 s s"]:
    """As the drawings' tower likes it: a picture wider than 112 px at 112 px."""
    if pixels.shape[-1] <= DRAWN_SIDE:
        return pixels
    small = F.interpolate(
        pixels, size=DRAWN_SIDE, mode="bilinear", antialias=True, align_corners=False
    )
    return small.contiguous(memory_format=torch.channels_last)
