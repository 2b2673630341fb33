"""Align the embedded CLIP's text tower: other languages and other words to its own English names.

    python -m training.clip.align --out RUN --start FOLDER_OF_A_CLIP --photos FOLDER

This last phase trains on texts alone, so it is cheap; the picture side stands still. Each text is
pulled to where the tower put the English that it translates before this phase (or where the tower
of another CLIP did, --own). An English word that is no name is pulled to the mixture of names that
`training.clip.pseudo_labels` gives it.

Source: Reimers & Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using
Knowledge Distillation", equation 1, with the student's own English as the teacher.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from multimodal.clip.templates import is_arabic
from multimodal.models.checkpoints import TOKENIZER_FILE
from multimodal.models.clip import EmbeddedCLIP
from multimodal.models.placement import to_device
from multimodal.models.presets import WEIGHTS
from training.clip.clip_labels import Names
from training.clip.pseudo_labels import PseudoLabels, pseudo_labels
from training.clip.text import PairSampler, distillation_loss
from training.data.captions import TextPair, name_pairs
from training.data.concepts import load_concepts
from training.data.photos import load_photos
from training.data.wordnet import load_senses
from training.load_run import load_run
from training.loop import Recipe, Run, autocast, config_from_flags, groups, prepare


@dataclass(frozen=True)
class ClipAlignRecipe(Recipe):
    """Every choice of a run."""

    out: str = "runs/clip-align"
    start: str = str(WEIGHTS / "clip")  # an exported CLIP's folder, or a run of training.clip
    own: str = ""  # the CLIP whose English is the teacher; "" for `start` itself
    minutes: float = 15.0
    batch: int = 256
    lr: float = 6e-4
    temperature: float = 0.05
    contrast: float = 0.3
    arabic: float = 2.5  # how much more often Arabic is drawn than its weight says
    pseudo_label_share: float = 0.35  # of the texts; 0 leaves those with pseudo-labels out


@torch.no_grad()
def encode_english(model: EmbeddedCLIP, texts: list[str]) -> Tensor:
    """The model's features of English texts before the phase begins, (n, d) unit norm."""
    return torch.cat(
        [model.encode_texts(texts[i : i + 256]).cpu() for i in range(0, len(texts), 256)]
    )


def boost_arabic(pairs: list[TextPair], arabic: float) -> list[TextPair]:
    """The pairs, those in Arabic script drawn `arabic` times as often."""
    return [
        TextPair(p.text, p.english, p.weight * arabic) if is_arabic(p.text) else p for p in pairs
    ]


def with_pseudo_labels(pairs: list[TextPair], labels: PseudoLabels, share: float) -> list[TextPair]:
    """The pairs and the texts that have pseudo-labels, `share` of what is drawn. A text that means
    one name is drawn more often than one that lies between many."""
    labelled = set(labels.texts)
    pairs = [pair for pair in pairs if pair.english not in labelled]
    weights = labels.weights.amax(1)
    weights *= sum(pair.weight for pair in pairs) * share / (1 - share) / weights.sum()
    rows = zip(labels.texts, weights.tolist(), strict=True)
    return pairs + [TextPair(text, text, weight) for text, weight in rows]


def train(
    recipe: ClipAlignRecipe, pairs: list[TextPair], labels: PseudoLabels | None = None
) -> None:
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe)
    model = to_device(load_run(Path(recipe.start)).requires_grad_(False), device)
    pairs = boost_arabic(pairs, recipe.arabic)
    if labels:
        pairs = with_pseudo_labels(pairs, labels, recipe.pseudo_label_share)
    english = sorted({pair.english for pair in pairs})
    teacher = to_device(load_run(Path(recipe.own)), device) if recipe.own else model
    targets = dict(zip(english, encode_english(teacher, english), strict=True))
    if labels:
        placed_texts = labels.place(encode_english(teacher, labels.names))
        targets |= dict(zip(labels.texts, placed_texts, strict=True))
    teach(recipe, model, pairs, targets)


def teach(
    recipe: ClipAlignRecipe, model: EmbeddedCLIP, pairs: list[TextPair], targets: dict[str, Tensor]
) -> None:
    """Train the text tower of a frozen CLIP to put each text at the target, (d,) unit norm, of its
    English; run (or resume) until the schedule ends."""
    device = model.log_scale.device
    model.tokenizer.save(str(recipe.folder / TOKENIZER_FILE))
    model.text_tower.requires_grad_(True)
    optimizer = torch.optim.AdamW(groups([(model.text_tower, recipe.lr)], 0.02), betas=(0.9, 0.98))
    run = Run(recipe, model, {"optimizer": optimizer}, model.config)
    sampler = PairSampler(pairs, recipe.batch)
    for _ in run.steps():
        batch = [pairs[i] for i in sampler.draw(run.generator)]
        with autocast(device, transformer=True):
            student = model.encode_texts([pair.text for pair in batch]).float()
        target = torch.stack([targets[pair.english] for pair in batch]).to(device)
        loss = distillation_loss(student, target, recipe.temperature, recipe.contrast)
        loss.backward()
        if run.logs:
            run.log(loss=loss, cosine=(student * target).sum(-1).mean())


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(ClipAlignRecipe, argv)
    classes = load_photos(Path(recipe.photos)).classes if recipe.photos else ()
    names = Names(load_concepts(), classes)
    labels = pseudo_labels(names, load_senses()) if recipe.pseudo_label_share else None
    train(recipe, name_pairs(classes), labels)


if __name__ == "__main__":
    main()
