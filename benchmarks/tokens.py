"""How fast a big token model draws: `python benchmarks/tokens.py --min-dalle PATH`.

256 image tokens of 16,384 with guidance 16, temperature 1 and the 256 likeliest tokens to draw
from (min-dalle's defaults), the reading of the text included, decoding into pictures not. All
weights are random: that says how fast a model is and how far a precision is from fp32 on such
weights, and nothing about pictures. The contenders:

- this lab, the code that `dalle` runs: a decoder-only model of 12 layers, 1024 wide, in the
  precisions of --token-precision;
- the same weights under transformers' `generate` with its own cache, in fp32 and, which nobody
  asked for, wholly in bf16: both halves of guidance in one batch, as here (its own
  `guidance_scale` reads them one after the other), in a logits processor that also draws, so that
  both halves go on with the same token; its logits include the text's 2,000;
- min-dalle's own classes and loop in the sizes of its "mini", from a checkout: an encoder-decoder,
  so its parameters differ.

Contenders take turns, a run each, after 8 tokens to warm up. A ratio is one of medians over the
same turns. "CPU" is the time that all threads of the process really ran, which other processes
disturb less than the clock on the wall.

Each token costs min-dalle the same: it computes the text's keys and values anew and looks at all
256 places, filled or not. --min-dalle-tokens N runs it for 1 and for N tokens, and puts the rest on
the straight line through both; without it all 256 are drawn.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

import torch  # noqa: E402
from embedding import machine  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from transformers import GPT2LMHeadModel, LogitsProcessor, LogitsProcessorList  # noqa: E402

from multimodal import DalleSettings, Lab, last  # noqa: E402
from multimodal.models.token_transformer import TokenConfig, TokenTransformer  # noqa: E402
from multimodal.settings.jobs import TOKEN_PRECISIONS  # noqa: E402
from multimodal.tokens.sampling import TokenSampler, guided, sample  # noqa: E402

PROMPT = "an oil painting of a red apple on a table"
CONFIG = TokenConfig(num_codes=16384, text_length=64, width=1024, layers=12, heads=16)
DRAW = DalleSettings(temperature=1.0, top_k=256, guidance_scale=16.0)
MIN_DALLE, GENERATE = "min-dalle mini, fp32", "transformers generate, fp32"
GENERATE_BF16 = "transformers generate, bf16"
OURS = {precision: f"this lab, {precision}" for precision in TOKEN_PRECISIONS}
#: What fp16 is held against -> how many times as fast it should be at one candidate and at nine.
ASKED = {MIN_DALLE: {1: 6.5, 9: 9.0}, GENERATE: {1: 2.8, 9: 2.0}}
WARM_UP = 8


class Contender(NamedTuple):
    """draw: (candidates, n) -> their first n image tokens (candidates, n).

    `longest` is how many are really drawn in a run, the others being on a straight line."""

    draw: Callable[[int, int], Tensor]
    parameters: int
    multiplied: int  # parameters of the products of each image token
    text_length: int
    longest: int = CONFIG.image_length


def matrices(*nets: nn.Module) -> int:
    """Parameters in matrices."""
    return sum(p.numel() for net in nets for p in net.parameters() if p.ndim == 2)


def parameters(*nets: nn.Module) -> int:
    """All parameters."""
    return sum(p.numel() for net in nets for p in net.parameters())


def ours(model: TokenTransformer, lab: Lab, precision: str) -> Contender:
    """The sampler of `dalle`, on the same weights for every precision."""
    fast = copy.copy(model).optimize_for_inference(precision)

    def draw(num: int, length: int) -> Tensor:
        settings = DalleSettings(**{**vars(DRAW), "num_candidates": num})
        sampler = TokenSampler(fast, lab.models.token_vqgan, PROMPT, settings, torch.device("cpu"))
        for _ in range(length):
            sampler.draw_token()
        return sampler.tokens[:, :length]

    products = matrices(model.net.h) + CONFIG.num_codes * CONFIG.width
    return Contender(draw, parameters(model), products, CONFIG.text_length)


class Drawer(LogitsProcessor):
    """Guides, draws, and leaves `generate` one choice."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        logits = guided(scores[:, CONFIG.text_vocab :].float(), DRAW.guidance_scale)
        uniform = torch.rand(len(logits), generator=self.generator)
        chosen = sample(logits, DRAW, uniform).tokens.repeat(2) + CONFIG.text_vocab
        return torch.full_like(scores, -torch.inf).scatter(1, chosen[:, None], 0.0)


def generate(model: TokenTransformer, dtype: torch.dtype) -> Contender:
    """transformers' loop and cache, on the same weights."""
    lm = GPT2LMHeadModel(model.net.config)
    lm.transformer = model.net if dtype is torch.float32 else copy.deepcopy(model.net).to(dtype)
    lm.lm_head.weight = lm.transformer.wte.weight
    lm.eval().requires_grad_(False)

    def draw(num: int, length: int) -> Tensor:
        text_tokens = model.text_tokens([PROMPT, ""]).repeat_interleave(num, 0)
        ids = lm.generate(
            text_tokens,
            attention_mask=torch.ones_like(text_tokens),
            logits_processor=LogitsProcessorList([Drawer(torch.Generator().manual_seed(0))]),
            max_new_tokens=length,
            do_sample=False,
            use_cache=True,
            pad_token_id=0,
        )
        tokens: Tensor = ids[:num, CONFIG.text_length :] - CONFIG.text_vocab
        return tokens

    products = matrices(lm.transformer.h, lm.lm_head)
    return Contender(draw, parameters(lm), products, CONFIG.text_length)


class EnoughError(Exception):
    """Ends min-dalle's loop."""


def min_dalle(checkout: Path, longest: int) -> Contender:
    """The classes and the loop of github.com/kuprel/min-dalle, up to its tokens.

    Raises ImportError without what it imports.
    """
    sys.path.insert(0, str(checkout))
    threads = torch.get_num_threads()
    from min_dalle import MinDalle  # type: ignore[import-not-found]
    from min_dalle.models import DalleBartDecoder, DalleBartEncoder  # type: ignore[import-not-found]

    torch.set_num_threads(threads)  # its import takes all, and turns gradients off
    torch.set_grad_enabled(True)

    class Tokens(MinDalle):  # type: ignore[misc]
        """Without downloads, a tokenizer and a VQGAN."""

        def __init__(self) -> None:
            self.device, self.dtype, self.is_reusable = "cpu", torch.float32, True
            self.layer_count, self.embed_count, self.text_token_count = 12, 1024, 64
            sizes: dict[str, Any] = {
                "layer_count": 12, "embed_count": 1024, "attention_head_count": 16,
                "glu_embed_count": 2730, "device": "cpu",
            }  # fmt: skip
            self.encoder = DalleBartEncoder(text_vocab_count=50264, text_token_count=64, **sizes)
            self.decoder = DalleBartDecoder(image_vocab_count=16384, **sizes)
            self.encoder.eval(), self.decoder.eval()
            self.tokenizer = self

        def tokenize(self, text: str, is_verbose: bool) -> list[int]:
            return [0, *range(4, 4 + len(text.split())), 2]

        def image_grid_from_tokens(self, image_tokens: Tensor, *_: Any, **__: Any) -> Tensor:
            return image_tokens

    model = Tokens()
    sample_tokens = model.decoder.sample_tokens
    found: list[Tensor] = []
    wanted = 0

    def counted(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if len(found) == wanted:
            raise EnoughError
        tokens, state = sample_tokens(*args, **kwargs)
        found.append(tokens)
        return tokens, state

    model.decoder.sample_tokens = counted

    def draw(num: int, length: int) -> Tensor:
        nonlocal wanted
        wanted = length
        found.clear()
        with warnings.catch_warnings(), contextlib.suppress(EnoughError):
            warnings.simplefilter("ignore")  # autocast for CUDA, on a CPU
            next(
                model.generate_raw_image_stream(
                    PROMPT, seed=1, grid_size=round(num**0.5), temperature=DRAW.temperature,
                    top_k=DRAW.top_k, supercondition_factor=int(DRAW.guidance_scale),
                )
            )  # fmt: skip
        return torch.stack(found, 1)

    products = matrices(model.decoder.layers, model.decoder.lm_head)
    total = parameters(model.encoder, model.decoder)
    return Contender(draw, total, products, 64, longest)


def largest_errors(model: TokenTransformer, tokens: Tensor) -> None:
    """Print how far the logits of each precision, read token by token, are from the fp32 forward
    of the whole stream; tokens (1, n), before guidance."""
    text_tokens = model.text_tokens([PROMPT, ""])
    exact = model(text_tokens, tokens.repeat(2, 1)).image  # (2, n, num_codes)
    print(f"logits of the fp32 full forward: standard deviation {float(exact.std()):.2f}")
    for precision, name in OURS.items():
        decoder = copy.copy(model).optimize_for_inference(precision).start(text_tokens, 1)
        found = [decoder.logits]
        for place in range(1, tokens.shape[1]):
            decoder.read(tokens[:, place - 1 : place])
            found.append(decoder.logits)
        errors = torch.stack(found, 1) - exact
        largest, usual = float(errors.abs().max()), float(errors.square().mean().sqrt())
        print(f"{name}: logit error {largest:.1e} at most, {usual:.1e} RMS", flush=True)


def embedded(runs: int) -> None:
    """Print how long the shipped model takes for four pictures, decoding and CLIP included."""
    lab = Lab.load("embedded", "cpu")
    settings = DalleSettings(num_candidates=4)
    first, whole, cpu = [], [], []
    for _ in range(runs + 1):  # the first loads and warms up
        began, ran = time.perf_counter(), time.process_time()
        events = lab.generate("a red apple", settings)
        next(events)
        first.append(time.perf_counter() - began)
        last(events)
        whole.append(time.perf_counter() - began)
        cpu.append(time.process_time() - ran)
    print(
        f"embedded model, 4 candidates: {median(whole[1:]):.2f} s (asked for: < 4 on two cores), "
        f"first row {median(first[1:]):.2f} s (< 0.5); CPU {median(cpu[1:]):.2f} s",
        flush=True,
    )


def timed(contender: Contender, num: int, length: int) -> tuple[Tensor, float, float]:
    """What is drawn, seconds on the wall, seconds of CPU."""
    began, ran = time.perf_counter(), time.process_time()
    tokens = contender.draw(num, length)
    seconds = time.perf_counter() - began, time.process_time() - ran
    assert tokens.shape == (num, length)
    return tokens, *seconds


@torch.no_grad()
def report(contenders: dict[str, Contender], num: int, runs: int) -> dict[str, Tensor]:
    """Measure the contenders in turns, print a table, and give what each drew."""
    length = CONFIG.image_length
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    drawn = {}
    for contender in contenders.values():
        contender.draw(num, WARM_UP)
    for _ in range(runs):
        for name, contender in contenders.items():
            drawn[name], *seconds = timed(contender, num, contender.longest)
            if contender.longest < length:
                _, *one = timed(contender, num, 1)
                steps = (length - 1) / (contender.longest - 1)
                seconds = [a + steps * (b - a) for a, b in zip(one, seconds, strict=True)]
            wall[name].append(seconds[0])
            cpu[name].append(seconds[1])
    rivals = [name for name in ASKED if name in contenders]
    titles = [f"x {rival.split(',')[0]}, wall (CPU)" for rival in rivals]
    print(f"\n{num} candidate(s), {runs} runs")
    print(
        "| what | parameters, M: all / multiplied a token | text length | s, median (range) | "
        "CPU ms a token | " + " | ".join(titles) + " |"
    )
    print("|---" * (5 + len(rivals)) + "|")
    for name, contender in contenders.items():
        seconds = sorted(wall[name])
        ratios = [
            f"{median(wall[rival]) / median(seconds):.1f} "
            f"({median(cpu[rival]) / median(cpu[name]):.1f})"
            for rival in rivals
        ]
        print(
            f"| {name} | {contender.parameters / 1e6:.0f} / {contender.multiplied / 1e6:.0f} | "
            f"{contender.text_length} | {median(seconds):.1f} ({seconds[0]:.1f} - "
            f"{seconds[-1]:.1f}) | {1000 * median(cpu[name]) / length:.1f} | "
            + " | ".join(ratios)
            + " |"
        )
    for rival in rivals:
        ratio, least = median(wall[rival]) / median(wall[OURS["fp16"]]), ASKED[rival].get(num)
        if least:
            said = "reached" if ratio >= least else "missed"
            print(f"asked for: fp16 >= {least} times {rival}: {ratio:.1f}, {said}")
    for precision in TOKEN_PRECISIONS[1:]:
        same = (drawn[OURS[precision]] == drawn[OURS["fp32"]]).float().mean()
        print(f"{OURS[precision]}: {100 * float(same):.0f} % of the tokens are those of fp32")
    sys.stdout.flush()
    return drawn


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--candidates", type=int, nargs="+", choices=(1, 4, 9), default=(1, 9))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--min-dalle", type=Path, metavar="PATH")
    parser.add_argument("--min-dalle-tokens", type=int, default=CONFIG.image_length, metavar="N")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    print(machine(), flush=True)
    embedded(arguments.runs)
    lab = Lab.load("embedded", "cpu")
    torch.manual_seed(0)
    model = (
        TokenTransformer(CONFIG, lab.models.token_transformer.tokenizer)
        .eval()
        .requires_grad_(False)
    )
    contenders = {name: ours(model, lab, precision) for precision, name in OURS.items()}
    contenders[GENERATE] = generate(model, torch.float32)
    contenders[GENERATE_BF16] = generate(model, torch.bfloat16)
    if arguments.min_dalle:
        try:
            contenders[MIN_DALLE] = min_dalle(arguments.min_dalle, arguments.min_dalle_tokens)
        except ImportError as error:
            print(f"min-dalle at {arguments.min_dalle} cannot be imported ({error}); left out.")
    for number, num in enumerate(arguments.candidates):
        drawn = report(contenders, num, arguments.runs)
        if not number:
            with torch.no_grad():
                largest_errors(model, drawn[OURS["fp32"]][:1])


if __name__ == "__main__":
    main()
