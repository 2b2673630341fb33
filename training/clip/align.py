"""Teach the embedded CLIP's text tower to say in every language what it says of a name in English,
and of other English words what it says of names with their meaning.

    python -m training.clip.align --out RUN --start FOLDER_OF_A_CLIP --photos FOLDER

The last phase, on texts alone and so cheap: the picture side stands still, and each text is
pulled to where the tower itself, before this phase (or the one of another CLIP, --own), put the
English that it translates, or to where `training.clip.pseudo_labels` says that an English word
belongs.

Source: Reimers & Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using
Knowledge Distillation", equation 1, with the student's own English as the teacher.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from multimodal.clip.templates import is_arabic
from multimodal.models.clip import EmbeddedCLIP
from multimodal.models.placement import placed
from multimodal.models.presets import WEIGHTS
from training.clip.clip_labels import Names
from training.clip.pseudo_labels import Meanings, meanings
from training.clip.text import PairSampler, distillation_loss
from training.data.captions import TextPair, name_pairs
from training.data.concepts import load_concepts
from training.data.photos import load_photos
from training.data.wordnet import load_senses
from training.load_run import load_trained
from training.loop import EMA, Run, autocast, config_from_flags, descend, groups, prepare, set_rate


@dataclass(frozen=True)
class ClipAlignRecipe:
    """Every choice of a run."""

    out: str = "runs/clip-align"
    start: str = str(WEIGHTS / "clip")  # an exported CLIP's folder, or a run of training.clip
    own: str = ""  # the CLIP whose English is learnt from, where it is not `start`
    photos: str = ""
    steps: int = 200_000
    minutes: float = 15.0
    batch: int = 256
    lr: float = 6e-4
    temperature: float = 0.05
    contrast: float = 0.3
    arabic: float = 2.5  # how much more often Arabic is drawn than its weight says
    meanings: float = 0.35  # share of other English words; 0 leaves them as they are
    seed: int = 0
    device: str = "auto"
    threads: int = 1


@torch.no_grad()
def own_english(model: EmbeddedCLIP, texts: list[str]) -> Tensor:
    """Where the model puts English texts before the phase begins, (n, d) unit norm."""
    return torch.cat(
        [model.encode_texts(texts[i : i + 256]).cpu() for i in range(0, len(texts), 256)]
    )


def boosted(pairs: list[TextPair], arabic: float) -> list[TextPair]:
    """The pairs with Arabic script drawn `arabic` times as often."""
    return [
        TextPair(p.text, p.english, p.weight * arabic) if is_arabic(p.text) else p for p in pairs
    ]


def with_meanings(pairs: list[TextPair], words: Meanings, share: float) -> list[TextPair]:
    """The pairs, and the words drawn so often that they are `share` of all texts; a word that
    means one name more often than one that lies between many."""
    meant = set(words.texts)
    pairs = [pair for pair in pairs if pair.english not in meant]
    sure = words.weights.amax(1)
    sure *= sum(pair.weight for pair in pairs) * share / (1 - share) / sure.sum()
    said = zip(words.texts, sure.tolist(), strict=True)
    return pairs + [TextPair(text, text, weight) for text, weight in said]


def train(recipe: ClipAlignRecipe, pairs: list[TextPair], words: Meanings | None = None) -> None:
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe.device, recipe.threads, recipe.seed)
    model = placed(load_trained(Path(recipe.start)).requires_grad_(False), device)
    pairs = boosted(pairs, recipe.arabic)
    if words:
        pairs = with_meanings(pairs, words, recipe.meanings)
    english = sorted({pair.english for pair in pairs})
    knows = placed(load_trained(Path(recipe.own)), device) if recipe.own else model
    wanted = dict(zip(english, own_english(knows, english), strict=True))
    if words:
        placed_words = words.place(own_english(knows, words.names))
        wanted |= dict(zip(words.texts, placed_words, strict=True))
    teach(recipe, model, pairs, wanted)


def teach(
    recipe: ClipAlignRecipe, model: EmbeddedCLIP, pairs: list[TextPair], wanted: dict[str, Tensor]
) -> None:
    """Teach the text tower of a frozen CLIP, on whose device, to put each text where its English is
    `wanted`, (d,) unit norm; run (or resume) until the schedule ends."""
    device = model.log_scale.device
    out = Path(recipe.out)
    out.mkdir(parents=True, exist_ok=True)
    model.tokenizer.save(str(out / "tokenizer.json"))
    model.text_tower.requires_grad_(True)
    optimizer = torch.optim.AdamW(groups([(model.text_tower, recipe.lr)], 0.02), betas=(0.9, 0.98))
    ema = EMA(model)
    state = {"model": model, "optimizer": optimizer, "ema": ema}
    run = Run(out, state, recipe.steps, recipe.minutes, recipe.seed, model.config.to_dict())
    sampler = PairSampler(pairs, recipe.batch)
    going = run.progress < 1
    while going:
        set_rate(optimizer, run.rate(1.0))
        batch = [pairs[i] for i in sampler.draw(run.generator)]
        with autocast(device, transformer=True):
            student = model.encode_texts([pair.text for pair in batch]).float()
        target = torch.stack([wanted[pair.english] for pair in batch]).to(device)
        loss = distillation_loss(student, target, recipe.temperature, recipe.contrast)
        descend(loss, model, optimizer, 1.0)
        ema.update(model)
        if run.step % 50 == 0:
            cosine = (student * target).sum(-1).mean().item()
            run.log(loss=loss.item(), cosine=cosine)
        going = run.advance()


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(ClipAlignRecipe, argv)
    classes = load_photos(Path(recipe.photos)).classes if recipe.photos else ()
    names = Names(load_concepts(), classes)
    words = meanings(names, load_senses()) if recipe.meanings else None
    train(recipe, name_pairs(classes), words)


if __name__ == "__main__":
    main()
