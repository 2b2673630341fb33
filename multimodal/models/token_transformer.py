"""The DALL-E token model: text and picture as one stream for a decoder-only transformer.

The stream is `text_length` text tokens (padded) followed by grid * grid image tokens in reading
order; both kinds share one vocabulary, text ids first. A model of two pictures may go on with
grid * grid more: the picture drawn again, as the caption wants it, from the draft before it. After
the text it says whether it will.

Source: Ramesh et al. 2021, "Zero-Shot Text-to-Image Generation", section 2; an answer worked out
in the stream before it is given, Nye et al. 2021, "Show Your Work", section 2.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import GPT2Config, GPT2Model

from multimodal.errors import PromptError
from multimodal.models.fast.kv_cache import CachedDecoder, PackedWeights
from multimodal.models.fast.linear import MAKES, can_pack, plain
from multimodal.models.vqgan import VQGAN, cells_of, nearest_codes
from multimodal.token_stream import TextToken


@dataclass(frozen=True)
class TokenConfig:
    """Everything needed to rebuild the net; stored as config.json beside the weights."""

    text_vocab: int = 2000
    num_codes: int = 1024  # image tokens, each one code of the VQGAN
    text_length: int = 24
    grid: int = 16
    width: int = 256
    layers: int = 6
    heads: int = 4
    inner: int = 0  # of the MLPs; 0 is 4 * width
    pictures: int = 1  # that a stream has room for: 2 with a draft before the picture

    @property
    def image_length(self) -> int:
        """Image tokens a picture."""
        return self.grid * self.grid

    @property
    def room(self) -> int:
        """Image tokens a stream, those of a draft included."""
        return self.pictures * self.image_length

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class StreamLogits(NamedTuple):
    """What the net expects of streams under teacher forcing.

    `text` is of tokens 1...; `draft` is that a draft comes first, or None from a model of one
    picture.
    """

    text: Float[Tensor, "n text_length-1 text_vocab"]
    image: Float[Tensor, "n m num_codes"]
    draft: Float[Tensor, " n"] | None


class TokenTransformer(nn.Module):
    """Predicts each next token of the stream from all tokens before it."""

    def __init__(self, config: TokenConfig, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.config = config
        self.tokenizer = tokenizer
        self.net = GPT2Model(
            GPT2Config(
                vocab_size=config.text_vocab + config.num_codes,
                n_positions=config.text_length + config.room,
                n_embd=config.width,
                n_inner=config.inner or None,
                n_layer=config.layers,
                n_head=config.heads,
                activation_function="gelu_pytorch_tanh",  # gelu_new in one fused pass
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
                bos_token_id=None,
                eos_token_id=None,
            )
        )
        self.draft = nn.Linear(config.width, 1) if config.pictures > 1 else None
        self.code_ids: Int[Tensor, " num_codes"]  # the VQGAN code of each image token
        self.code_costs: Float[Tensor, " num_codes"]  # what choosing it costs, in squared distance
        self.register_buffer("code_ids", torch.arange(config.num_codes))
        self.register_buffer("code_costs", torch.zeros(config.num_codes))
        self._packed: PackedWeights | None = None

    def optimize_for_inference(self, precision: str = "fp32") -> TokenTransformer:
        """From here on read faster on a CPU, with one of PRECISIONS; the weights must not change
        any more. What `forward` gives stays fp32; both copies of the weights are kept."""
        on_cpu = self.net.wte.weight.device.type == "cpu"
        if on_cpu and (precision != "fp32" or can_pack()):
            self._packed = PackedWeights(self.net, self.config.text_vocab, MAKES[precision])
        return self

    def image_tokens(
        self, vqgan: VQGAN, pixels: Float[Tensor, "n 3 h w"]
    ) -> Int[Tensor, "n cells"]:
        """pixels in [0, 1] -> image tokens in reading order: the cheapest codes."""
        z = vqgan.encode(pixels).float()
        tokens = nearest_codes(cells_of(z), vqgan.codebook[self.code_ids], self.code_costs)
        return tokens.view(len(pixels), -1)

    def codes(self, image_tokens: Int[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
        """Image tokens -> the VQGAN's codes, to look up and decode."""
        return self.code_ids[image_tokens]

    def text_tokens(self, texts: list[str]) -> Int[Tensor, "n {self.config.text_length}"]:
        """Texts -> padded ids. "" is the unconditional prompt: padding alone.

        Raises PromptError when a text has too many tokens; nothing is cut in silence.
        """
        ids = torch.zeros(len(texts), self.config.text_length, dtype=torch.long)
        for row, encoding in enumerate(self.tokenizer.encode_batch(texts)):
            found = encoding.ids if texts[row] else []
            if len(found) > self.config.text_length:
                raise PromptError(
                    "The prompt takes {count} text tokens; the token model reads at most {most}. "
                    "Shorten it.",
                    count=len(found),
                    most=self.config.text_length,
                )
            ids[row, : len(found)] = torch.tensor(found, dtype=torch.long)
        return ids

    def text_pieces(self, text: str) -> tuple[TextToken, ...]:
        """The tokens of a text one by one, those that wrap it included, without padding."""
        found = self.tokenizer.encode(text)
        tokens = []
        for token, piece, (start, end) in zip(found.ids, found.tokens, found.offsets, strict=True):
            read = self.tokenizer.decode([token], skip_special_tokens=False)
            partial = "\ufffd" in read and read.strip() != text[start:end]
            tokens.append(TextToken(token, piece, text[start:end] if partial else read, partial))
        return tuple(tokens)

    def forward(
        self,
        text_tokens: Int[Tensor, "n {self.config.text_length}"],
        image_tokens: Int[Tensor, "n m"],
        hidden: Bool[Tensor, "n m"] | None = None,
    ) -> StreamLogits:
        """Logits of the whole stream under teacher forcing.

        Args:
            image_tokens: below num_codes, m <= room.
            hidden: image tokens that the net reads as padding but must still
                predict: word dropout, Bowman et al. 2016, section 3.1.
        """
        seen = image_tokens + self.config.text_vocab
        if hidden is not None:
            seen = seen.masked_fill(hidden, 0)
        stream = torch.cat([text_tokens, seen], 1)
        states = self.net(input_ids=stream[:, :-1], use_cache=False).last_hidden_state
        split = self.config.text_length - 1
        text_rows, image_rows = self.net.wte.weight.tensor_split([self.config.text_vocab])
        draft = self.draft(states[:, split])[:, 0] if self.draft is not None else None
        return StreamLogits(
            states[:, :split] @ text_rows.T, states[:, split:] @ image_rows.T, draft
        )

    @torch.no_grad()
    def wants_draft(self, text_tokens: Int[Tensor, "1 {self.config.text_length}"]) -> bool:
        """Whether the model would draw a picture of this text twice."""
        if self.draft is None:
            return False
        states = self.net(input_ids=text_tokens, use_cache=False).last_hidden_state
        return bool(self.draft(states[0, -1]) > 0)

    def start(
        self, text_tokens: Int[Tensor, "n {self.config.text_length}"], num: int
    ) -> CachedDecoder:
        """Read texts, for `num` pictures of each."""
        weights = self._packed or PackedWeights(self.net, self.config.text_vocab, plain)
        return CachedDecoder(weights, text_tokens, num, self.config.room)


@torch.no_grad()
def embed_codes_like(
    model: TokenTransformer, codebook: Float[Tensor, "codes code_dim"], generator: torch.Generator
) -> None:
    """Start the image tokens' embeddings as a random projection of their codes, so that tokens
    which look alike begin alike. Speeds up training only."""
    codebook = codebook[model.code_ids]
    scaled = (codebook - codebook.mean(0)) / codebook.std(0)
    direction = torch.randn(codebook.shape[1], model.config.width, generator=generator)
    rows = F.normalize(scaled @ direction, dim=-1) * 0.02 * model.config.width**0.5
    noise = 0.01 * torch.randn(rows.shape, generator=generator)
    model.net.wte.weight[model.config.text_vocab :] = rows + noise


@torch.no_grad()
def embed_places(model: TokenTransformer, generator: torch.Generator) -> None:
    """Start the image positions' embeddings as a row vector plus a column vector, so that the net
    need not learn 256 times what is above what. Speeds up training only."""
    grid, width = model.config.grid, model.config.width
    rows, columns = 0.02 * torch.randn(2, grid, width, generator=generator)
    places = (rows[:, None] + columns[None]).flatten(0, 1)  # (grid * grid, width)
    # The state that reads image token i predicts token i + 1, and the last text token the first.
    for picture in model.net.wpe.weight[model.config.text_length :].split(grid * grid):
        picture.copy_(places + 0.02 * torch.randn(width, generator=generator))
