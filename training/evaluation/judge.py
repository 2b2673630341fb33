"""The judge: a second, independent CLIP that only measures, and never steers or trains a generator.

A picture that one net was optimised to like proves nothing when the same net judges it. The judge
shares no weights with the lab's CLIP or with its guide: MobileNetV2 looks at pictures, a small
convolutional net over word pieces reads English captions, and both were trained by a recipe of
their own.

Source: Sandler et al. 2018, "MobileNetV2"; Kim 2014, "Convolutional Neural Networks for Sentence
Classification", section 2 (widths 1 and 3, max over time).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import MobileNetV2Config, MobileNetV2Model

from multimodal.models.checkpoints import load_config, load_tokenizer, load_weights
from multimodal.models.clip import OwnCLIP

#: What the pretrained MobileNetV2 expects of sRGB values in [0, 1].
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FEATURES = 1280


@dataclass(frozen=True)
class JudgeConfig:
    """Everything needed to rebuild the net; stored as config.json."""

    image_size: int = 112
    smallest_image: int = 64
    embed_dim: int = 256
    vocab_size: int = 4_000
    context_length: int = 40
    token_dim: int = 160
    width: int = 256  # channels of each convolution over word pieces

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class JudgeImageTower(nn.Module):
    """pixels (n, 3, h, w) in [0, 1] -> features (n, 1280)."""

    def __init__(self) -> None:
        super().__init__()
        config = MobileNetV2Config(tf_padding=False, layer_norm_eps=1e-5)
        self.net = MobileNetV2Model(config)
        for norm in self.net.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.momentum = 0.01  # of the new batch; the library's 0.997 forgets all others

    def forward(self, pixels: Tensor) -> Tensor:
        """Globally averaged features."""
        mean, std = (pixels.new_tensor(row).view(1, 3, 1, 1) for row in (MEAN, STD))
        features: Tensor = self.net((pixels - mean) / std).pooler_output
        return features


class JudgeTextTower(nn.Module):
    """Word pieces -> (n, embed_dim): single pieces and runs of three, the strongest of each."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.vocab_size, config.token_dim, padding_idx=0)
        self.single = nn.Linear(config.token_dim, config.width)
        self.triple = nn.Linear(3 * config.token_dim, config.width)
        self.output = nn.Linear(2 * config.width, config.embed_dim, bias=False)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask (n, t) -> vectors (n, embed_dim)."""
        pieces = self.embedding(ids)
        around = F.pad(pieces, (0, 0, 1, 1))
        runs = torch.cat([around[:, :-2], pieces, around[:, 2:]], 2)
        hidden = torch.cat([self.single(pieces), self.triple(runs)], 2)
        hidden = F.gelu(hidden).masked_fill(mask[..., None] == 0, float("-inf"))
        vectors: Tensor = self.output(hidden.amax(1))
        return vectors


class JudgeCLIP(OwnCLIP):
    """A `CLIP` (see its protocol) of English captions, for measuring alone."""

    def __init__(self, config: JudgeConfig, tokenizer: Tokenizer) -> None:
        super().__init__(config, tokenizer)
        self.config = config
        self.image_tower = JudgeImageTower()
        self.image_projection = nn.Linear(FEATURES, config.embed_dim, bias=False)
        self.text_tower = JudgeTextTower(config)

    def encode_images(self, pixels: Tensor) -> Tensor:
        """See `CLIP.encode_images`."""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        return F.normalize(self.image_projection(self.image_tower(pixels)), dim=-1)

    def encode_ids(self, ids: Tensor, mask: Tensor) -> Tensor:
        """See `OwnCLIP.encode_ids`."""
        device = self.log_scale.device
        return F.normalize(self.text_tower(ids.to(device), mask.to(device)), dim=-1)


def load_judge(folder: Path) -> JudgeCLIP:
    """The judge of a folder. Raises CheckpointError."""
    config = load_config(folder, "judge", JudgeConfig)
    return load_weights(JudgeCLIP(config, load_tokenizer(folder)), folder)
