"""The painter of VQGAN+CLIP: a code z, its optimiser, and one step at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from multimodal.errors import LabError
from multimodal.images import from_pixels
from multimodal.models.vqgan import VQGAN, clamp_range
from multimodal.painting.guidance import Guide, contrast, saturation, total_variation
from multimodal.painting.starts import Start, encoded_at, start_code
from multimodal.painting.token_prior import TokenPrior
from multimodal.painting.views import Views
from multimodal.settings.painting import VQGANCLIPSettings

OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "radam": torch.optim.RAdam}
#: The share of a run in which all restarts are painted, each with half of the cutouts.
RESTART_SHARE = 0.2
#: By how much a picture has to surpass the VQGAN's own to be painted small first.
LEAST_GROWTH = 1.5


class Painter:
    """The state of one run.

    Args:
        guides: what steers, each with its targets.
        scorer: what scores the picture that is shown; steers nothing.
        token_prior: the token model, where `settings.token_prior` is above 0.
    """

    def __init__(
        self,
        vqgan: VQGAN,
        guides: Sequence[Guide],
        scorer: Guide,
        settings: VQGANCLIPSettings,
        device: torch.device,
        start: Start | None = None,
        token_prior: TokenPrior | None = None,
    ) -> None:
        self.vqgan, self.guides, self.scorer, self.settings = vqgan, guides, scorer, settings
        self.token_prior = token_prior
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.low, self.high = clamp_range(vqgan.codebook)
        self.views = [Views(settings, guide.clip.smallest_image) for guide in guides]
        self.sizes = code_sizes(vqgan, settings)
        codes = [
            start_code(vqgan, settings.start, self.sizes[0], self.generator, device, start)
            for _ in range(settings.restarts)
        ]
        self.scores = [0.0] * len(codes)
        self._take(torch.cat(codes))
        self.z_start = self.z.detach().clone()
        self.pixels = torch.empty(0)  # (restarts, 3, h, w), as the last step saw them

    def step(self, progress: float) -> float:
        """One optimiser step at `progress` in [0, 1); gives the guides' score before it, the mean
        over the cutouts (and the best restart)."""
        if len(self.z) > 1 and progress >= RESTART_SHARE:
            self._choose()
        self._refine(progress)
        with torch.enable_grad():
            self.pixels = self._decoded(self.z)
            loss = self._loss(self.pixels, progress)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
        if not math.isfinite(loss.item()):
            raise LabError(
                "VQGAN+CLIP diverged (the loss is no longer a number); lower learning_rate."
            )
        rate = self.settings.learning_rate * falling(self.settings.schedule, progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        with torch.no_grad():
            self.z.copy_(self.z.clamp(self.low, self.high))
        return max(self.scores)

    def seen(self) -> tuple[Image.Image, float]:
        """The picture that the last step saw, the best restart of it, and its CLIP score."""
        best = self.scores.index(max(self.scores))
        return self._scored(self.pixels[best : best + 1].detach())

    @torch.no_grad()
    def finished(self) -> tuple[Image.Image, float]:
        """The picture now, and its CLIP score as a whole at CLIP's own size."""
        self._choose()
        self._refine(1.0)
        return self._scored(self._decoded(self.z))

    @torch.no_grad()
    def _scored(self, pixels: Float[Tensor, "1 3 h w"]) -> tuple[Image.Image, float]:
        clip, (target, *_) = self.scorer.clip, self.scorer.chapters
        pixels = pixels.clamp(0, 1)
        size = (clip.image_size, clip.image_size)
        whole = F.interpolate(pixels, size, mode="bilinear", antialias=True)
        return from_pixels(pixels)[0], target.score(clip.encode_images(whole))

    @property
    def whole(self) -> bool:
        """Whether the code has the size of the finished picture."""
        return self.z.shape[-2:] == self.sizes[-1]

    def _loss(self, pixels: Float[Tensor, "n 3 h w"], progress: float) -> Float[Tensor, ""]:
        settings, num = self.settings, len(pixels)
        loss = settings.smoothness * total_variation(pixels)
        loss = loss + (pixels - pixels.detach().clamp(0, 1)).square().mean()
        if settings.saturation:
            loss = loss - settings.saturation * saturation(pixels)
        if settings.contrast:
            loss = loss - settings.contrast * contrast(pixels)
        if settings.keep_start:
            weight = settings.keep_start * (1 - progress if settings.keep_fades else 1)
            loss = loss + weight * F.mse_loss(self.z, self.z_start)
        loss = loss * num  # every restart weighs as much as one alone
        if self.token_prior is not None:
            loss = loss + settings.token_prior * self.token_prior.distance(self.z)
        total = sum(guide.weight for guide in self.guides)
        scores = [0.0] * num
        for guide, views in zip(self.guides, self.views, strict=True):
            target, share = guide.target(progress), guide.weight / total
            for row in range(num):
                features = guide.clip.encode_images(self._cut(pixels[row : row + 1], views, num))
                loss = loss + share * target.loss(features)
                scores[row] += share * target.score(features.detach())
        self.scores = scores
        return loss

    def _cut(
        self, pixels: Float[Tensor, "1 3 h w"], views: Views, num_restarts: int
    ) -> Float[Tensor, "num 3 size size"]:
        if self.settings.tile:  # look across the edges, too
            moves = torch.rand(2, generator=self.generator)
            down, across = (moves * torch.tensor(pixels.shape[-2:])).int().tolist()
            pixels = pixels.roll((down, across), (2, 3))
        return views.draw(pixels, self.generator, halved=num_restarts > 1)

    def _decoded(self, z: Float[Tensor, "n code_dim h w"]) -> Float[Tensor, "n 3 height width"]:
        """The pictures of the codes, mirrored where the settings say so."""
        z_q = self.vqgan.quantize(z)
        pixels = self.vqgan.decode_tile(z_q) if self.settings.tile else self.vqgan.decode(z_q)
        return mirrored(pixels, self.settings.symmetry)

    def _take(self, z: Tensor) -> None:
        """Go on with this z and a fresh optimiser."""
        self.z = z.detach().clone().requires_grad_(True)
        self.optimizer = OPTIMIZERS[self.settings.optimizer](
            [self.z], lr=self.settings.learning_rate
        )

    def _choose(self) -> None:
        """Keep the restart that the guides like best."""
        if len(self.z) == 1:
            return
        best = self.scores.index(max(self.scores))
        self.z_start = self.z_start[best : best + 1]
        self.scores = [self.scores[best]]
        self.pixels = self.pixels[best : best + 1]
        self._take(self.z[best : best + 1])

    def _refine(self, progress: float) -> None:
        """Go on with a larger code where it is time for that."""
        share = progress / self.settings.coarse if self.settings.coarse else 1.0
        level = min(int(share * (len(self.sizes) - 1)), len(self.sizes) - 1)
        size = self.sizes[level]
        if self.z.shape[-2:] != size:
            self.z_start = self._at(self.z_start, size)
            self._take(self._at(self.z, size))

    @torch.no_grad()
    def _at(self, z: Tensor, size: tuple[int, int]) -> Tensor:
        return encoded_at(self.vqgan, self._decoded(z), size, self.settings.tile)


def code_sizes(vqgan: VQGAN, settings: VQGANCLIPSettings) -> list[tuple[int, int]]:
    """The sizes of the code, (h, w), that a run goes through; the last is that of the picture.

    Coarse to fine starts with the size whose shorter side is that of the VQGAN's own training
    pictures: what it paints there hangs together, and a step is cheap. Each further size is about
    twice the one before, or less. A picture that is hardly larger, or that starts from another
    picture, has its one size only.
    """
    factor, own = vqgan.factor, vqgan.image_size
    whole = (settings.height // factor, settings.width // factor)
    larger = min(settings.height, settings.width) / own
    if settings.coarse == 0 or larger < LEAST_GROWTH or settings.start in ("picture", "last"):
        return [whole]
    levels = math.ceil(math.log2(larger))
    scales = [larger ** (level / levels - 1) for level in range(levels)]
    return [(round(whole[0] * scale), round(whole[1] * scale)) for scale in scales] + [whole]


def falling(schedule: str, progress: float) -> float:
    """What the learning rate is multiplied by: see VQGANCLIPSettings.schedule."""
    if schedule == "cosine":
        return 0.2 + 0.4 * (1 + math.cos(math.pi * progress))
    return 0.1 if schedule == "drop" and progress >= 0.75 else 1.0


def mirrored(pixels: Float[Tensor, "n 3 h w"], symmetry: str) -> Float[Tensor, "n 3 h w"]:
    """The left half mirrored onto the right, the upper half onto the lower, or both."""
    if symmetry in ("across", "both"):
        left = pixels[..., : pixels.shape[-1] // 2]
        pixels = torch.cat([left, left.flip(-1)], -1)
    if symmetry in ("down", "both"):
        upper = pixels[..., : pixels.shape[-2] // 2, :]
        pixels = torch.cat([upper, upper.flip(-2)], -2)
    return pixels
