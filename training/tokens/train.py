"""Train the DALL-E token model on codes of the lab's VQGAN.

    python -m training.tokens.train --out RUN --photos FOLDER
    torchrun --nproc-per-node 2 -m training.tokens.train ...  # a worker a core, batch shared

Source: Ramesh et al. 2021, section 2.2 (text loss an eighth); classifier-free guidance needs
some captions dropped, Ho & Salimans 2022, section 3.2.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from multimodal.models.checkpoints import load_token_transformer, load_vqgan
from multimodal.models.presets import WEIGHTS
from multimodal.models.token_transformer import (
    StreamLogits,
    TokenConfig,
    TokenTransformer,
    embed_codes_like,
    embed_places,
)
from multimodal.models.vqgan import VQGAN
from training.data.concepts import load_concepts
from training.loop import (
    EMA,
    Run,
    autocast,
    config_from_flags,
    join_workers,
    prepare,
    set_rate,
    share_gradients,
)
from training.pictures import Pictures
from training.tokenizer import train_tokenizer
from training.tokens.corpus import Corpus, load_corpus, sample_cells, sample_pictures
from training.tokens.token_captions import Captions, plain_styles
from training.tokens.vocabulary import fit_vocabulary
from training.tokens.widen import grown, translate


@dataclass(frozen=True)
class DalleRecipe:
    """Every choice of a run."""

    out: str = "runs/dalle"
    vqgan: str = str(WEIGHTS / "vqgan")  # folder of the VQGAN whose codes are learned
    photos: str = ""
    start: str = ""  # a shipped checkpoint's folder to go on from
    start_vqgan: str = ""  # the VQGAN that it knows, where `vqgan` is another one
    vocabulary: str = ""  # a token model's folder whose image tokens to keep; "" chooses anew
    image_tokens: int = 2048  # how many to choose
    steps: int = 400_000
    minutes: float = 60.0
    batch: int = 16
    rate: float = 0.2  # what a nat of the tokens' entropy may cost in squared distance
    sample: int = 1024  # pictures that the image tokens are chosen on
    photo_share: float = 0.08
    plain: float = 0.5  # share of the artwork in the style that a bare name stands for
    pairs: float = 0.25  # share of the streams that hold artwork over white and over a colour
    drafts: float = 0.0  # share of the streams that are such a pair without its second picture
    white: float = 0.95  # share of the other artwork over a white ground
    views: int = 1  # colours that each artwork is put over
    inner: int = 2048  # hidden units of an MLP
    hide_share: float = 0.3  # pictures some of whose tokens the net may not see
    lr: float = 2e-3
    muon_lr: float = 4e-3
    text_weight: float = 0.1
    drop_text: float = 0.1
    compiled: bool = True  # fuse the net's kernels: twice as fast, after half a minute
    seed: int = 0
    device: str = "auto"
    threads: int = 1


def optimizers(
    model: TokenTransformer, recipe: DalleRecipe
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks (Jordan et al. 2024), AdamW for everything else."""
    blocks = [p for p in model.net.h.parameters() if p.ndim == 2]
    inside = {id(p) for p in blocks}
    rest = [p for p in model.parameters() if id(p) not in inside]
    muon = torch.optim.Muon(
        [{"params": blocks, "peak": recipe.muon_lr}],
        lr=recipe.muon_lr,
        weight_decay=0.05,
        adjust_lr_fn="match_rms_adamw",
    )
    adam = torch.optim.AdamW(
        [{"params": rest, "peak": recipe.lr}], lr=recipe.lr, betas=(0.9, 0.95), weight_decay=0.0
    )
    return muon, adam


def hide(recipe: DalleRecipe, shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Which image tokens the net may not see: none in most pictures, a random share of up to all
    of them in the others, so that the text has to say what is drawn there."""
    share = torch.rand(shape[0], 1, generator=generator)
    share[torch.rand(shape[0], 1, generator=generator) >= recipe.hide_share] = 0.0
    return torch.rand(shape, generator=generator) < share


def train(
    recipe: DalleRecipe, pictures: Pictures, vqgan: VQGAN, config: TokenConfig, captions: Captions
) -> None:
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe.device, recipe.threads, recipe.seed)
    worker, workers = join_workers()
    out = Path(recipe.out)
    out.mkdir(parents=True, exist_ok=True)
    vqgan = vqgan.to(device).eval().requires_grad_(False)
    model = start_model(recipe, pictures, vqgan, config, captions).to(device)
    if device.type == "cpu":  # the fused attention's backward takes twice as long there
        model.net.set_attn_implementation("eager")
    keys = [concept.key for concept in captions.concepts]
    corpus = load_corpus(
        out / "corpus.safetensors", pictures, model, vqgan, recipe.views, device, keys
    )
    corpus.find_plain(captions.plain_styles)
    muon, adam = optimizers(model, recipe)
    ema = EMA(model)
    state = {"model": model, "muon": muon, "adam": adam, "ema": ema}
    forward = torch.compile(model, disable=not recipe.compiled, dynamic=False)
    run = Run(out, state, recipe.steps, recipe.minutes, recipe.seed, model.config.to_dict())
    going = run.progress < 1
    while going:
        set_rate(muon, run.rate(1.0))
        set_rate(adam, run.rate(1.0))
        rng = random.Random(recipe.seed * 1_000_003 + run.step)
        model.zero_grad(set_to_none=True)
        losses: dict[str, Tensor | float] = {}
        for name, texts, image_tokens, hidden in draw_streams(
            corpus, captions, recipe, rng, run.generator
        ):
            mine = slice(worker, None, workers)  # of one batch that all workers draw alike
            text_tokens = fit_tokens(model, texts[mine]).to(device)
            image_tokens, hidden = image_tokens[mine].to(device), hidden[mine].to(device)
            with autocast(device, transformer=True):
                logits = forward(text_tokens, image_tokens, hidden)
            share = len(texts) / recipe.batch
            loss, parts = stream_loss(
                logits, text_tokens, image_tokens, name != "image", recipe, model.config
            )
            (share * loss).backward()
            losses |= {f"{name}_{part}": value for part, value in parts.items()}
        share_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        muon.step()
        adam.step()
        ema.update(model)
        if run.step % 50 == 0:
            run.log(**losses)
        going = run.advance()


def draw_streams(
    corpus: Corpus,
    captions: Captions,
    recipe: DalleRecipe,
    rng: random.Random,
    generator: torch.Generator,
) -> Iterator[tuple[str, list[str], Tensor, Tensor]]:
    """The streams of one step: those of one picture, `image`, those of a draft alone, `draft`, and
    those of a draft and a picture, `pair`. Each time their texts, image tokens (n, m) and which of
    these the net may not see."""
    num_pairs, num_drafts = round(recipe.batch * recipe.pairs), round(recipe.batch * recipe.drafts)
    shares = (recipe.photo_share, recipe.white, recipe.plain)
    for name, count in (
        ("image", recipe.batch - num_pairs - num_drafts),
        ("draft", num_drafts),
        ("pair", num_pairs),
    ):
        if not count:
            continue
        single = name == "image"
        image_tokens, *about = (
            corpus.draw(count, *shares, generator)
            if single
            else corpus.draw_pairs(count, generator)
        )
        caption = captions.of if single else captions.of_artwork
        facts = zip(*(column.tolist() for column in about), strict=True)
        texts = [caption(label, style, ground, rng) for label, style, ground in facts]
        texts = ["" if rng.random() < recipe.drop_text else text for text in texts]
        length = image_tokens.shape[1] // 2
        if name == "draft":
            image_tokens = image_tokens[:, :length]
        hidden = hide(recipe, image_tokens.shape, generator)
        if name == "pair":  # the draft is what the picture is drawn from
            hidden[:, :length] = False
        yield name, texts, image_tokens, hidden


def stream_loss(
    logits: StreamLogits,
    text_tokens: Tensor,
    image_tokens: Tensor,
    drafted: bool,
    recipe: DalleRecipe,
    config: TokenConfig,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of streams that all hold one picture or all two, the first one `drafted` or not, and
    its parts in nats: of a token of each picture (`loss` and `second`), of the text and of whether
    a draft comes first."""
    nats = F.cross_entropy(
        logits.image.float().flatten(0, 1), image_tokens.flatten(), reduction="none"
    )
    pictures = nats.view(len(image_tokens), -1, config.image_length).mean((0, 2))  # (1 or 2,)
    text = F.cross_entropy(
        logits.text.float().flatten(0, 1), text_tokens[:, 1:].flatten(), ignore_index=0
    )
    text = torch.nan_to_num(text)  # of captions that were all dropped
    assert logits.draft is not None  # every model trained here has room for one
    wanted = torch.full_like(logits.draft.float(), float(drafted))
    draft = F.binary_cross_entropy_with_logits(logits.draft.float(), wanted)
    loss = pictures.sum() + recipe.text_weight * (text + draft)
    parts = {"loss": pictures[0], "text": text, "draft": draft}
    if len(pictures) > 1:
        parts["second"] = pictures[1]
    return loss, {name: part.detach() for name, part in parts.items()}


def start_model(
    recipe: DalleRecipe, pictures: Pictures, vqgan: VQGAN, config: TokenConfig, captions: Captions
) -> TokenTransformer:
    """The net at the start of a run, its tokenizer kept beside the checkpoint for the export."""
    path = Path(recipe.out) / "tokenizer.json"
    generator = torch.Generator().manual_seed(recipe.seed)
    if recipe.start:
        shipped = load_token_transformer(Path(recipe.start))
        wider = replace(shipped.config, inner=config.inner, pictures=config.pictures)
        if recipe.start_vqgan:
            model = grown(shipped, replace(wider, num_codes=config.num_codes))
            choose_tokens(model, recipe, pictures, vqgan, generator)
            carry_over(model, shipped, recipe, pictures, vqgan, generator)
        else:
            model = grown(shipped, wider)
        model.train().requires_grad_(True)
    else:
        if path.exists():
            tokenizer = Tokenizer.from_file(str(path))
        else:
            tokenizer = train_tokenizer(captions.everything(), config.text_vocab)
        model = TokenTransformer(config, tokenizer)
        if recipe.vocabulary:
            known = load_token_transformer(Path(recipe.vocabulary))
            model.code_ids, model.code_costs = known.code_ids, known.code_costs
        else:
            choose_tokens(model, recipe, pictures, vqgan, generator)
        embed_codes_like(model, vqgan.codebook.cpu(), generator)
        embed_places(model, generator)
    model.tokenizer.save(str(path))
    return model


def choose_tokens(
    model: TokenTransformer,
    recipe: DalleRecipe,
    pictures: Pictures,
    vqgan: VQGAN,
    generator: torch.Generator,
) -> None:
    """Choose the model's image tokens among the codes of the VQGAN."""
    cells = sample_cells(pictures, vqgan, recipe.sample, generator)
    found = fit_vocabulary(cells, vqgan.codebook, model.config.num_codes, recipe.rate)
    model.code_ids, model.code_costs = (part.cpu() for part in found)


@torch.no_grad()
def carry_over(
    model: TokenTransformer,
    known: TokenTransformer,
    recipe: DalleRecipe,
    pictures: Pictures,
    vqgan: VQGAN,
    generator: torch.Generator,
) -> None:
    """Let the new image tokens mean at first what the old ones do; see `translate`."""
    device = vqgan.codebook.device
    known_vqgan = load_vqgan(Path(recipe.start_vqgan)).to(device)
    nets = ((known.to(device), known_vqgan), (model.to(device), vqgan))
    tokens: tuple[list[Tensor], list[Tensor]] = ([], [])
    for pixels in sample_pictures(pictures, vqgan.image_size, recipe.sample, generator):
        for (net, codes), found in zip(nets, tokens, strict=True):
            found.append(net.image_tokens(codes, pixels.to(device)).flatten().cpu())
    embeddings = known.net.wte.weight[known.config.text_vocab :].cpu()
    translate(model.cpu(), torch.cat(tokens[0]), torch.cat(tokens[1]), embeddings)


def fit_tokens(model: TokenTransformer, texts: list[str]) -> torch.Tensor:
    """Training captions as tokens; the rare one that is too long counts as no caption."""
    limit = model.config.text_length
    found = model.tokenizer.encode_batch(texts)
    pairs = zip(texts, found, strict=True)
    return model.text_tokens([text if len(f.ids) <= limit else "" for text, f in pairs])


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(DalleRecipe, argv)
    pictures = Pictures.load(recipe.photos)
    concepts, classes = load_concepts(), pictures.photos.classes if pictures.photos else ()
    captions = Captions(concepts, classes, plain_styles(pictures.artwork, len(concepts)))
    vqgan = load_vqgan(Path(recipe.vqgan))
    grid = vqgan.image_size // vqgan.factor
    config = TokenConfig(num_codes=recipe.image_tokens, grid=grid, inner=recipe.inner, pictures=2)
    train(recipe, pictures, vqgan, config, captions)


if __name__ == "__main__":
    main()
