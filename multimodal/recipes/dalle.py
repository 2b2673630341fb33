"""Train the DALL-E token model on codes of the lab's VQGAN.

    python -m multimodal.recipes.dalle --out RUN --photos FOLDER

Source: Ramesh et al. 2021, section 2.2 (text loss an eighth); classifier-free guidance needs
some captions dropped, Ho & Salimans 2022, section 3.2.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from multimodal.data.artwork import STYLES
from multimodal.data.augment import Augmentation
from multimodal.data.captions import describe, photo_names_ar, with_article
from multimodal.data.concepts import Concept, load_concepts
from multimodal.models.checkpoints import load_token_transformer, load_vqgan
from multimodal.models.token_transformer import TokenConfig, TokenTransformer, embed_codes_like
from multimodal.models.vqgan import VQGAN
from multimodal.presets import WEIGHTS
from multimodal.recipes.pictures import Pictures
from multimodal.recipes.tokenizer import train_tokenizer
from multimodal.recipes.training import (
    EMA,
    Run,
    autocast,
    config_from_flags,
    groups,
    prepare,
    set_rate,
)

STYLE_NAMES = tuple(STYLES)


@dataclass(frozen=True)
class DalleRecipe:
    """Every choice of a run."""

    out: str = "runs/dalle"
    vqgan: str = str(WEIGHTS / "vqgan")  # folder of the VQGAN whose codes are learned
    photos: str = ""
    start: str = ""  # a shipped checkpoint's folder to go on from
    steps: int = 400_000
    minutes: float = 60.0
    batch: int = 16
    photo_share: float = 0.2
    lr: float = 1.5e-3
    text_weight: float = 0.1
    drop_text: float = 0.1
    seed: int = 0
    device: str = "auto"
    threads: int = 1


class Captions:
    """Draws a true caption of a training picture, in English, Arabic or an emoji language."""

    def __init__(self, concepts: tuple[Concept, ...], classes: tuple[str, ...]) -> None:
        self.concepts, self.classes = concepts, classes
        self.arabic = photo_names_ar()

    def of_artwork(self, concept: int, style: int, background: int, rng: random.Random) -> str:
        """Name alone half of the time, else with style and background, else another language."""
        names = self.concepts[concept].names
        kind = rng.random()
        if kind < 0.5:
            return names["en"]
        if kind < 0.65:
            return names.get("ar", names["en"])
        if kind < 0.75:
            return names[rng.choice(sorted(names))]
        style_name = STYLE_NAMES[style] if kind < 0.9 else None
        return describe(names["en"], style_name, background if kind > 0.82 else None)

    def of_photo(self, label: int, rng: random.Random) -> str:
        """`a photo of an apple`, or the like in Arabic."""
        name = self.classes[label]
        if name in self.arabic and rng.random() < 0.2:
            return f"صورة {self.arabic[name]}"
        return f"a photo of {with_article(name)}"

    def everything(self) -> list[str]:
        """All of it once, to train the tokenizer on."""
        rng = random.Random(0)
        texts = [name for concept in self.concepts for name in concept.names.values()]
        texts += [concept.name for concept in self.concepts for _ in range(4)]
        texts += [concept.names["ar"] for concept in self.concepts for _ in range(2)]
        for concept in range(len(self.concepts)):
            for style in range(len(STYLE_NAMES)):
                texts.append(self.of_artwork(concept, style, (concept + style) % 12, rng))
        return texts + [self.of_photo(row, rng) for row in range(len(self.classes))]


def train(
    recipe: DalleRecipe, pictures: Pictures, vqgan: VQGAN, config: TokenConfig, captions: Captions
) -> None:
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe.device, recipe.threads, recipe.seed)
    out = Path(recipe.out)
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "tokenizer.json").exists():
        if recipe.start:
            tokenizer = load_token_transformer(Path(recipe.start)).tokenizer
        else:
            tokenizer = train_tokenizer(captions.everything(), config.text_vocab)
        tokenizer.save(str(out / "tokenizer.json"))
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    vqgan = vqgan.to(device).eval().requires_grad_(False)
    model = TokenTransformer(config, tokenizer)
    if recipe.start:
        model.load_state_dict(load_token_transformer(Path(recipe.start)).state_dict())
    else:
        embed_codes_like(model, vqgan.codebook.cpu(), torch.Generator().manual_seed(recipe.seed))
    model.to(device)
    optimizer = torch.optim.AdamW(groups([(model, recipe.lr)], 0.05), betas=(0.9, 0.95))
    ema = EMA(model)
    state = {"model": model, "optimizer": optimizer, "ema": ema}
    run = Run(out, state, recipe.steps, recipe.minutes, recipe.seed, model.config.to_dict())
    options = Augmentation(
        outlines=0.0, grey=0.0, colour=0.03, rotation=0.0, scale=(0.9, 0.98), shift=0.01, white=0.75
    )
    num_photos = round(recipe.batch * recipe.photo_share) if pictures.photos is not None else 0
    going = run.progress < 1
    while going:
        set_rate(optimizer, run.rate(1.0))
        rng = random.Random(recipe.seed * 1_000_003 + run.step)
        pixels, concepts, styles, backgrounds = pictures.draw_artwork(
            recipe.batch - num_photos, vqgan.image_size, options, run.generator
        )
        rows = zip(concepts.tolist(), styles.tolist(), backgrounds.tolist(), strict=True)
        texts = [captions.of_artwork(*row, rng) for row in rows]
        if num_photos:
            photos, labels = pictures.draw_photos(num_photos, vqgan.image_size, 0.03, run.generator)
            pixels = torch.cat([pixels, photos])
            texts += [captions.of_photo(label, rng) for label in labels.tolist()]
        texts = ["" if rng.random() < recipe.drop_text else text for text in texts]
        text_tokens = fit_tokens(model, texts).to(device)
        with torch.no_grad(), autocast(device):
            image_tokens = vqgan.codes_of(vqgan.encode(pixels.to(device)).float()).flatten(1)
        with autocast(device):
            text_logits, image_logits = model(text_tokens, image_tokens)
        image_loss = F.cross_entropy(
            image_logits.float().flatten(0, 1), image_tokens.flatten(), label_smoothing=0.0
        )
        text_loss = F.cross_entropy(
            text_logits.float().flatten(0, 1), text_tokens[:, 1:].flatten(), ignore_index=0
        )
        loss = image_loss + recipe.text_weight * torch.nan_to_num(text_loss)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        ema.update(model)
        if run.step % 50 == 0:
            run.log(image_loss=image_loss.item(), text_loss=text_loss.item())
        going = run.advance()


def fit_tokens(model: TokenTransformer, texts: list[str]) -> torch.Tensor:
    """Training captions as tokens; the rare one that is too long counts as no caption."""
    limit = model.config.text_length
    fitting = [t if len(model.tokenizer.encode(t).ids) <= limit else "" for t in texts]
    return model.text_tokens(fitting)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(DalleRecipe, argv)
    pictures = Pictures.load(recipe.photos)
    captions = Captions(load_concepts(), pictures.photos.classes if pictures.photos else ())
    vqgan = load_vqgan(Path(recipe.vqgan))
    config = TokenConfig(num_codes=len(vqgan.codebook), grid=vqgan.image_size // vqgan.factor)
    train(recipe, pictures, vqgan, config, captions)


if __name__ == "__main__":
    main()
