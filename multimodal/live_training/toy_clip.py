"""A CLIP small enough to learn a few emoji in seconds on a CPU: two towers, one space.

Source: Radford et al. 2021, "Learning Transferable Visual Models From Natural Language
Supervision"; the learned temperature and its bound are those of section 2.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IMAGE_SIZE = 32  # pixels
EMBED_DIM = 64
WIDTH = 32  # channels of the first convolution
CHAR_DIM = 64
MAX_SCALE = 100.0
PAD = 0


class ToyCLIP(nn.Module):
    """Four convolutions for pictures; character embeddings and one convolution for names.

    Args:
        alphabet: every character that names are made of; others are read as padding.
        context_length: characters of the longest name; longer ones are cut.
        temperature: what cosines are divided by at first.
        learn_temperature: whether training may change it.
        generator: draws the initial weights.
    """

    def __init__(
        self,
        alphabet: Iterable[str],
        context_length: int,
        temperature: float,
        learn_temperature: bool,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self._ids = {char: number for number, char in enumerate(sorted(set(alphabet)), PAD + 1)}
        self.context_length = context_length
        self.image_tower = nn.Sequential(
            *_block(3, WIDTH, stride=2),
            *_block(WIDTH, 2 * WIDTH, stride=2),
            *_block(2 * WIDTH, 4 * WIDTH, stride=2),
            *_block(4 * WIDTH, 4 * WIDTH, stride=1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4 * WIDTH, EMBED_DIM, bias=False),
        )
        self.chars = nn.Embedding(len(self._ids) + 1, CHAR_DIM)
        self.positions = nn.Parameter(torch.empty(context_length, CHAR_DIM))
        self.text_convolution = nn.Conv1d(CHAR_DIM, 2 * CHAR_DIM, 3, padding=1)
        self.text_projection = nn.Linear(2 * CHAR_DIM, EMBED_DIM, bias=False)
        self.log_scale = nn.Parameter(
            torch.tensor(-math.log(temperature)), requires_grad=learn_temperature
        )
        self._initialise(generator)

    @property
    def temperature(self) -> float:
        """What cosines are divided by now."""
        return float((-self.log_scale.detach()).exp())

    def encode_images(self, pixels: Tensor) -> Tensor:
        """pixels (n, 3, IMAGE_SIZE, IMAGE_SIZE) in [0, 1] -> unit-norm image_features (n, d)."""
        return F.normalize(self.image_tower(pixels - 0.5), dim=-1)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Names -> unit-norm text_features (m, d)."""
        ids = torch.full((len(texts), self.context_length), PAD)
        for row, text in enumerate(texts):
            known = [self._ids.get(char, PAD) for char in text[: self.context_length]]
            ids[row, : len(known)] = torch.tensor(known)
        chars = (self.chars(ids) + self.positions).transpose(1, 2)
        hidden = F.relu(self.text_convolution(chars))
        hidden = hidden.masked_fill((ids == PAD)[:, None], 0.0)
        return F.normalize(self.text_projection(hidden.amax(2)), dim=-1)

    def bound_scale(self) -> None:
        """Keep what cosines are multiplied by at or below MAX_SCALE, so that training is stable."""
        self.log_scale.data.clamp_(max=math.log(MAX_SCALE))

    def _initialise(self, generator: torch.Generator) -> None:
        """Weights from the generator alone: the global one serves other threads as well."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Conv1d | nn.Linear):
                nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(self.chars.weight, generator=generator)
        nn.init.normal_(self.positions, std=0.02, generator=generator)


def _block(inputs: int, outputs: int, stride: int) -> tuple[nn.Module, ...]:
    # Batch norm: without it all features start out alike, and the first hundred steps are lost.
    return (
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
