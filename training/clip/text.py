"""Distil the multilingual text tower of the embedded CLIP from an English teacher.

    python -m training.clip.text --out RUN --photos FOLDER

The shipped weights: 42 minutes on half a core of a shared AVX2 server, about 1,400 steps of 256
texts, cosine with the teacher 0.65 on a mixed batch; further trained in the joint phase of `clip`.

Source: Reimers & Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using
Knowledge Distillation": the student reads the translation, the teacher its English.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from multimodal.models.clip import CLIPConfig, TextTower, tokenize
from training.clip.teacher import embed
from training.data.captions import TextPair, distillation_pairs
from training.data.photos import load_photos
from training.loop import EMA, Run, autocast, config_from_flags, descend, groups, prepare, set_rate
from training.tokenizer import train_tokenizer


@dataclass(frozen=True)
class ClipTextRecipe:
    """Every choice of a run."""

    out: str = "runs/clip-text"
    photos: str = ""
    steps: int = 200_000
    minutes: float = 42.0
    batch: int = 256
    lr: float = 1.5e-3
    temperature: float = 0.05
    contrast: float = 0.3  # weight of telling the batch's teacher vectors apart
    seed: int = 0
    device: str = "auto"
    threads: int = 1


def load_tokenizer(recipe: ClipTextRecipe, pairs: list[TextPair], config: CLIPConfig) -> Tokenizer:
    """The run's tokenizer, trained at its first start."""
    path = Path(recipe.out) / "tokenizer.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # A text counts as often as it is drawn, so that common names stay whole.
        texts = (pair.text for pair in pairs for _ in range(max(1, round(2 * pair.weight))))
        train_tokenizer(texts, config.vocab_size).save(str(path))
    return Tokenizer.from_file(str(path))


def distillation_loss(
    student: Tensor, teacher: Tensor, temperature: float, contrast: float
) -> Tensor:
    """1 - cosine, plus `contrast` times a softmax that finds each text's own teacher vector in
    the batch. Both (n, d), unit norm."""
    cosine = (student * teacher).sum(-1)
    logits = student @ teacher.T / temperature
    same = teacher @ teacher.T > 0.98
    same.fill_diagonal_(False)
    logits = logits.masked_fill(same, float("-inf"))
    target = torch.arange(len(student), device=student.device)
    return (1 - cosine).mean() + contrast * F.cross_entropy(logits, target)


class PairSampler:
    """Draws pairs by their weight, in batches of like length, which waste no padding."""

    def __init__(self, pairs: list[TextPair], batch: int) -> None:
        self.batch = batch
        weights = torch.tensor([pair.weight for pair in pairs], dtype=torch.double)
        self.cumulative = weights.cumsum(0)
        self.lengths = torch.tensor([len(pair.text.encode()) for pair in pairs])
        self.waiting: list[Tensor] = []

    def draw(self, generator: torch.Generator) -> list[int]:
        """The rows of one batch."""
        if not self.waiting:
            draws = torch.rand(16 * self.batch, generator=generator, dtype=torch.double)
            picks = torch.searchsorted(self.cumulative, draws * self.cumulative[-1])
            chunks = picks[self.lengths[picks].argsort()].split(self.batch)
            order = torch.randperm(len(chunks), generator=generator)
            self.waiting = [chunks[i] for i in order.tolist()]
        rows: list[int] = self.waiting.pop().tolist()
        return rows


def train(
    recipe: ClipTextRecipe,
    pairs: list[TextPair],
    config: CLIPConfig,
    teacher: Callable[[list[str]], Tensor] = embed,
) -> None:
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe.device, recipe.threads, recipe.seed)
    tokenizer = load_tokenizer(recipe, pairs, config)
    english = sorted({pair.english for pair in pairs})
    rows = {text: row for row, text in enumerate(english)}
    wanted = teacher(english)
    model = TextTower(config).to(device)
    optimizer = torch.optim.AdamW(groups([(model, recipe.lr)], 0.02), betas=(0.9, 0.98))
    ema = EMA(model)
    state = {"model": model, "optimizer": optimizer, "ema": ema}
    run = Run(Path(recipe.out), state, recipe.steps, recipe.minutes, recipe.seed, config.to_dict())
    sampler = PairSampler(pairs, recipe.batch)
    going = run.progress < 1
    while going:
        set_rate(optimizer, run.rate(1.0))
        batch = [pairs[i] for i in sampler.draw(run.generator)]
        ids, mask = tokenize(tokenizer, [pair.text for pair in batch], config.context_length)
        with autocast(device, transformer=True):
            student = model(ids.to(device), mask.to(device)).float()
        target = wanted[[rows[pair.english] for pair in batch]].to(device)
        loss = distillation_loss(student, target, recipe.temperature, recipe.contrast)
        descend(loss, model, optimizer, 1.0)
        ema.update(model)
        if run.step % 100 == 0:
            run.log(loss=loss.item(), cosine=(student * target).sum(-1).mean().item())
        going = run.advance()


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(ClipTextRecipe, argv)
    classes = load_photos(Path(recipe.photos)).classes if recipe.photos else ()
    train(recipe, distillation_pairs(classes), CLIPConfig())


if __name__ == "__main__":
    main()
