"""Drawing image tokens one after another behind the text tokens.

Source: Ramesh et al. 2021, "Zero-Shot Text-to-Image Generation"; guidance after Ho & Salimans
2022, eq. 6; top-p after Holtzman et al. 2020, eq. 2.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from PIL import Image
from torch import Tensor

from multimodal.errors import ImageError, SettingError
from multimodal.images import filled, from_pixels, to_pixels
from multimodal.models.fast.kv_cache import CachedDecoder
from multimodal.models.token_transformer import TokenTransformer
from multimodal.models.vqgan import VQGAN
from multimodal.settings.fields import MAX_SEED
from multimodal.settings.jobs import DalleSettings
from multimodal.settings.region import parse_region
from multimodal.token_stream import TokenStream


class TokenSampler:
    """The state of one run: the tokens so far, what is read, one random stream a candidate.

    `total` is how many image tokens there will be, those of a draft included.
    """

    def __init__(
        self,
        model: TokenTransformer,
        vqgan: VQGAN,
        text: str,
        settings: DalleSettings,
        device: torch.device,
        may_draft: bool = True,
    ) -> None:
        self.model, self.vqgan, self.settings = model, vqgan, settings
        num = settings.num_candidates
        self.seeds = [(settings.seed + i) % (MAX_SEED + 1) for i in range(num)]
        texts = [text]
        if settings.guidance_scale != 1:
            texts.append("")  # the unconditional half, in the same batch
        self.text_tokens = model.text_tokens(texts).to(device)
        self.text_pieces = model.text_pieces(text)
        length = model.config.image_length
        generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        uniform, self.coins, again = (
            torch.stack([torch.rand(length, generator=g) for g in generators]) for _ in range(3)
        )
        self.uniform = torch.cat([uniform, again], 1).to(device)
        self.has_draft = may_draft and model.wants_draft(self.text_tokens[:1])
        self.total = length * (2 if self.has_draft else 1)
        self.kept = torch.zeros(num, self.total, dtype=torch.bool, device=device)
        self.kept_by_all = [False] * self.total
        self.tokens = torch.zeros(num, self.total, dtype=torch.long, device=device)
        self.entropies = torch.zeros(num, self.total, device=device)
        self.probabilities = torch.zeros(num, self.total, device=device)
        self.drawn = 0  # image tokens in place, drawn or kept, in the draft and after it
        self.decoder: CachedDecoder | None = None  # the model's, of some or all of them

    @torch.no_grad()
    def keep(self, picture: Image.Image, sure: Bool[Tensor, " length"]) -> None:
        """Keep a picture's tokens: the `sure` in every candidate, and each other
        with a chance of 1 - variation, which is another set in each candidate."""
        side = self.model.config.grid * self.vqgan.factor
        pixels = to_pixels([filled(picture, side, side)]).to(self.tokens.device)
        chosen = sure | (self.coins >= self.settings.variation)
        self.kept, self.kept_by_all = chosen.to(self.tokens.device), chosen.all(0).tolist()
        self.tokens.copy_(self.model.image_tokens(self.vqgan, pixels) * self.kept)

    @torch.no_grad()
    def draw_token(self) -> None:
        """Put the next image token of every candidate in place: the kept one, or a draw."""
        place = self.drawn
        if not self.kept_by_all[place]:  # else the model reads it later, its whole run at once
            draws = sample(self._logits(), self.settings, self.uniform[:, place])
            kept = self.tokens[:, place]
            self.tokens[:, place] = torch.where(self.kept[:, place], kept, draws.tokens)
            self.entropies[:, place] = draws.entropies
            self.probabilities[:, place] = draws.probabilities
        self.drawn += 1

    def _logits(self) -> Float[Tensor, "num v"]:
        """Reads all that is in place; the guided logits of the next image token."""
        if self.decoder is None:
            self.decoder = self.model.start(self.text_tokens, len(self.tokens))
        if self.drawn > self.decoder.num_read:
            self.decoder.read(self.tokens[:, self.decoder.num_read : self.drawn])
        return guided(self.decoder.logits, self.settings.guidance_scale)

    def streams(self) -> tuple[TokenStream, ...]:
        """The stream of every candidate as far as it is drawn."""
        length = self.model.config.image_length
        drafts: tuple[TokenStream | None, ...] = (None,) * len(self.tokens)
        if self.has_draft and self.drawn > length:
            drafts = self._streams(slice(0, length), drafts)
            return self._streams(slice(length, self.drawn), drafts)
        return self._streams(slice(0, self.drawn), drafts)

    def _streams(
        self, part: slice, drafts: tuple[TokenStream | None, ...]
    ) -> tuple[TokenStream, ...]:
        config = self.model.config
        columns = (self.tokens, self.kept, self.entropies, self.probabilities)
        rows = zip(*(column[:, part].tolist() for column in columns), drafts, strict=True)
        choices = min(self.settings.top_k or config.num_codes, config.num_codes)
        return tuple(
            TokenStream(
                text=self.text_pieces,
                text_length=config.text_length,
                grid=config.grid,
                tokens=tuple(tokens),
                entropies=_unless(kept, entropies),
                probabilities=_unless(kept, probabilities),
                choices=choices,
                draft=draft,
            )
            for tokens, kept, entropies, probabilities, draft in rows
        )

    @torch.no_grad()
    def pictures(self) -> list[Image.Image]:
        """Every candidate as far as it is drawn: over its draft, or else over white.

        With `tile`, a whole picture is decoded as if copies lay around it. That smooths what the
        decoder makes of the edges; the tokens there are drawn without knowing of each other, so
        what they show need not fit together.
        """
        length = self.model.config.image_length
        new = self.tokens[:, length : self.drawn]  # none while the first picture is drawn
        old = self.tokens[:, new.shape[1] : min(self.drawn, length)]
        whole = self.drawn == self.total
        return self._decoded(torch.cat([new, old], 1), tile=self.settings.tile and whole)

    def drafts(self) -> list[Image.Image | None]:
        """The finished draft of each candidate; None where there is none."""
        length = self.model.config.image_length
        if not self.has_draft or self.drawn < length:
            return [None] * len(self.tokens)
        return list(self._decoded(self.tokens[:, :length]))

    @torch.no_grad()
    def _decoded(self, tokens: Int[Tensor, "n m"], tile: bool = False) -> list[Image.Image]:
        """Pictures of image tokens with the rows still to come in white."""
        grid = self.model.config.grid
        rows = -(-tokens.shape[1] // grid)
        side = grid * self.vqgan.factor
        canvas = torch.ones(len(tokens), 3, side, side, device=tokens.device)
        if rows:
            whole = F.pad(tokens, (0, rows * grid - tokens.shape[1]))
            codes = self.model.codes(whole.view(-1, rows, grid))
            decode = self.vqgan.decode_tile if tile else self.vqgan.decode
            canvas[:, :, : rows * self.vqgan.factor] = decode(self.vqgan.lookup(codes))
        return from_pixels(canvas)


def sure_cells(
    settings: DalleSettings, grid: int, has_picture: bool
) -> Bool[Tensor, " {grid}*{grid}"]:
    """The cells that every candidate keeps of the picture.

    Raises ImageError where the settings want a picture and there is none, SettingError for a box
    that is not all within, and for a picture of which nothing would be kept.
    """
    cells = torch.zeros(grid, grid, dtype=torch.bool)
    if settings.keep:
        cells[: max(1, round(settings.keep * grid))] = True
    if settings.keep_box.strip():
        region = parse_region(settings.keep_box, settings.knob("keep_box"))
        cells[region.slices(cells)] = True
    keeps = bool(cells.any()) or settings.variation < 1
    if keeps and not has_picture:
        raise ImageError(
            "DALL-E tokens are to keep part of a picture, but none was given; choose one, or set "
            "keep to 0, keep_box to nothing and variation to 1."
        )
    if has_picture and not keeps:
        raise SettingError(
            "A picture was given, but nothing of it is kept; raise keep, name cells in keep_box or "
            "lower variation."
        )
    return cells.flatten()


def _unless(kept: list[bool], values: list[float]) -> tuple[float | None, ...]:
    return tuple(None if k else value for k, value in zip(kept, values, strict=True))


def guided(logits: Float[Tensor, "halves v"], scale: float) -> Float[Tensor, "n v"]:
    """Classifier-free guidance: uncond + scale * (cond - uncond); 1 means none.

    Of 2n logits, the conditional half comes first; they are n when scale is 1.
    """
    if scale == 1:
        return logits
    cond, uncond = logits.chunk(2)
    return uncond + scale * (cond - uncond)


class Draws(NamedTuple):
    """One draw a row. Entropies in nats, and the probability of the drawn token, are
    those of the distribution after temperature, top k and top p."""

    tokens: Int[Tensor, " n"]
    entropies: Float[Tensor, " n"]
    probabilities: Float[Tensor, " n"]


def sample(
    logits: Float[Tensor, "n v"], settings: DalleSettings, uniform: Float[Tensor, " n"]
) -> Draws:
    """Draw one token a row by inverting the cumulative distribution at `uniform` in [0, 1).

    Temperature, then the top k, then the smallest set with probability top_p.
    """
    k = min(settings.top_k or logits.shape[1], logits.shape[1])
    values, order = (logits / settings.temperature).topk(k)  # (n, k), falling
    probabilities = values.softmax(1)
    before = probabilities.cumsum(1) - probabilities
    kept = probabilities * (before < settings.top_p)  # the likeliest token always stays
    cumulative = kept.cumsum(1)
    threshold = uniform[:, None] * cumulative[:, -1:]
    place = torch.searchsorted(cumulative, threshold, right=True).clamp(max=k - 1)
    shares = kept / cumulative[:, -1:]
    entropies = torch.special.entr(shares).sum(1)
    return Draws(order.gather(1, place)[:, 0], entropies, shares.gather(1, place)[:, 0])
