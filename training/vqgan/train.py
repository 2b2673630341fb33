"""Train the embedded VQGAN on emoji artwork and photographs.

python -m training.vqgan.train --out RUN --photos FOLDER

62 minutes of two shared AVX2 cores and 27 of the decoder alone reach 19.5 dB on OpenMoji and 21.6
dB on held-out photos with 4,096 codes and one layer; seven minutes of a GPU after that, 23.4 and
23.5 dB with the net of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from multimodal.live_training.augment import Augmentation
from multimodal.models.checkpoints import load_discriminator, load_vqgan
from multimodal.models.efficientnet_lite import EfficientNetLite
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.placement import placed
from multimodal.models.vqgan import VQGAN, VQGANConfig, cells_of, nearest_codes
from training.loop import EMA, Run, autocast, config_from_flags, descend, groups, prepare, set_rate
from training.pictures import Pictures
from training.pretrained import load_efficientnet


@dataclass(frozen=True)
class VQGANRecipe:
    """Every choice of a run."""

    out: str = "runs/vqgan"
    photos: str = ""  # class-named folder; "" trains on artwork alone
    start: str = ""  # a shipped checkpoint's folder to go on from; the net may be deeper than it
    steps: int = 200_000
    minutes: float = 90.0
    batch: int = 8
    photo_share: float = 0.25
    still: float = 0.0  # share of the photos that are neither turned nor zoomed
    decoder_only: bool = False  # keep encoder and codebook, so that a token model still fits
    image_size: int = 128
    patch: int = 8
    channels: str = "160"
    layers: int = 2
    num_codes: int = 16_384
    code_dim: int = 8
    lr: float = 1e-3
    unquantised: float = 0.03  # share of the run before the codebook is made
    restart_until: float = 0.6  # dead codes restart until this share of the run
    commitment: float = 0.25
    chroma: float = 0.5
    gradient: float = 0.3
    mse: float = 4.0
    perceptual: float = 0.1
    adversarial: float = 0.01
    adversarial_from: float = 0.8  # share of the run after which the discriminator joins
    code_decay: float = 0.99
    seed: int = 0
    device: str = "auto"
    threads: int = 1


def model_config(recipe: VQGANRecipe) -> VQGANConfig:
    """The net a recipe trains."""
    channels = tuple(int(part) for part in recipe.channels.split(","))
    return VQGANConfig(
        image_size=recipe.image_size,
        patch=recipe.patch,
        channels=channels,
        layers_per_block=recipe.layers,
        latent_channels=channels[-1],
        num_codes=recipe.num_codes,
        code_dim=recipe.code_dim,
    )


class CodebookEMA(nn.Module):
    """Codebook learned as a moving average of what is assigned to each code.

    Source: van den Oord et al. 2017, appendix A.1.
    """

    counts: Tensor
    sums: Tensor
    ready: Tensor

    def __init__(self, codebook: Tensor, decay: float) -> None:
        super().__init__()
        self.decay = decay
        codebook.requires_grad_(False)
        self.register_buffer("counts", torch.ones(len(codebook)))
        self.register_buffer("sums", codebook.detach().clone())
        self.register_buffer("ready", torch.zeros(()))

    @torch.no_grad()
    def start(self, codebook: Tensor, vectors: Tensor, generator: torch.Generator) -> None:
        """Put the codes onto encoder outputs and move them by eight rounds of k-means."""
        picks = torch.randperm(len(vectors), generator=generator)[: len(codebook)]
        codebook.copy_(vectors[picks.to(vectors.device)])
        for _ in range(8):
            nearest = torch.cat([nearest_codes(part, codebook) for part in vectors.split(4096)])
            counts = torch.bincount(nearest, minlength=len(codebook)).to(vectors.dtype)
            sums = torch.zeros_like(codebook).index_add_(0, nearest, vectors)
            codebook.copy_(torch.where(counts[:, None] > 0, sums / counts[:, None], codebook))
        self.counts.fill_(1.0)
        self.sums.copy_(codebook)
        self.ready.fill_(1.0)

    @torch.no_grad()
    def go_on(self, codebook: Tensor, vectors: int) -> None:
        """Take a finished codebook as it is, as if `vectors` a step had used it evenly."""
        self.counts.fill_(vectors / len(codebook))
        self.sums.copy_(codebook * self.counts[:, None])
        self.ready.fill_(1.0)

    @torch.no_grad()
    def update(self, codebook: Tensor, vectors: Tensor, codes: Tensor) -> None:
        """One moving-average step."""
        counts = torch.bincount(codes, minlength=len(codebook)).to(vectors.dtype)
        sums = torch.zeros_like(codebook).index_add_(0, codes, vectors)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        codebook.copy_(self.sums / self.counts.clamp(min=1e-4)[:, None])

    @torch.no_grad()
    def restart(self, codebook: Tensor, vectors: Tensor, generator: torch.Generator) -> int:
        """Move codes that hardly anything is assigned to onto random encoder outputs."""
        expected = self.counts.mean()
        dead = torch.nonzero(self.counts < 0.03 * expected).flatten()
        dead = dead[: len(vectors) // 8]
        picks = torch.randint(len(vectors), (len(dead),), generator=generator)
        fresh = vectors[picks.to(vectors.device)]
        codebook[dead] = fresh
        self.counts[dead] = 0.3 * expected
        self.sums[dead] = fresh * 0.3 * expected
        return len(dead)


def reconstruction_loss(pixels: Tensor, target: Tensor, recipe: VQGANRecipe) -> Tensor:
    """L1, squared error, chroma L1 and a three-scale gradient L1."""
    error = pixels - target
    chroma = error - error.mean(1, keepdim=True)
    loss = error.abs().mean() + recipe.mse * error.square().mean()
    loss = loss + recipe.chroma * chroma.abs().mean()
    for scale in range(3):
        if scale:
            error = F.avg_pool2d(error, 2)
        across = (error[..., :, 1:] - error[..., :, :-1]).abs().mean()
        down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
        loss = loss + recipe.gradient / 3 * (across + down)
    return loss


def perceptual_loss(features: EfficientNetLite, pixels: Tensor, target: Tensor) -> Tensor:
    """Squared distance of channel-normalised early features; after Zhang et al. 2018, eq. 1."""
    with torch.no_grad():
        wanted = features.early_features(target)
    found = features.early_features(pixels)
    pairs = zip(found, wanted, strict=True)
    return torch.stack(
        [(F.normalize(a, dim=1) - F.normalize(b, dim=1)).square().sum(1).mean() for a, b in pairs]
    ).sum()


@torch.no_grad()
def go_on_from(model: VQGAN, known: VQGAN) -> bool:
    """Let the model compute what `known` does, and say whether it has its codebook.

    A residual block that `known` lacks adds nothing at first; another number of codes is left to
    be found. Raises ValueError where anything else differs.
    """
    found = known.state_dict()
    for name, weight in model.state_dict().items():
        if name in found and weight.shape == found[name].shape:
            weight.copy_(found[name])
        elif ".resnets." in name and name not in found:
            if ".conv2." in name:
                weight.zero_()
        elif name != "net.quantize.embedding.weight":
            raise ValueError(f"{name} does not fit the checkpoint that is to be gone on from.")
    return model.codebook.shape == known.codebook.shape


def draw_batch(pictures: Pictures, recipe: VQGANRecipe, generator: torch.Generator) -> Tensor:
    """A mixed batch (n, 3, size, size)."""
    options = Augmentation(outlines=0.7, scale=(0.85, 1.02), shift=0.02, rotation=8.0, white=0.6)
    num_photos = round(recipe.batch * recipe.photo_share) if pictures.photos is not None else 0
    size = recipe.image_size
    parts = [pictures.draw_artwork(recipe.batch - num_photos, size, options, generator)[0]]
    if num_photos:
        parts.append(pictures.draw_photos(num_photos, size, 0.1, generator, recipe.still)[0])
    return torch.cat(parts)


def train(recipe: VQGANRecipe, pictures: Pictures) -> None:
    """Run (or resume) until the schedule ends; `OUT/checkpoint.pt` holds EMA and all."""
    device = prepare(recipe.device, recipe.threads, recipe.seed)
    pictures.near(device)
    model = placed(VQGAN(model_config(recipe)), device)
    judge = placed(PatchDiscriminator(), device)
    features = placed(EfficientNetLite(), device).eval()
    if recipe.perceptual:
        load_efficientnet(features)
    features.requires_grad_(False)
    codebook = CodebookEMA(model.codebook, recipe.code_decay).to(device)
    kept = False  # the codebook
    if recipe.start:
        kept = go_on_from(model, load_vqgan(Path(recipe.start)))
        judge.load_state_dict(load_discriminator(Path(recipe.start)).state_dict())
    if kept:
        codebook.go_on(model.codebook, recipe.batch * model_config(recipe).cells)
    if recipe.decoder_only:
        model.net.encoder.requires_grad_(False)
        model.net.quant_conv.requires_grad_(False)
    trained = [(model, recipe.lr)]
    optimizer = torch.optim.AdamW(groups(trained, 1e-4), betas=(0.9, 0.95))
    judge_optimizer = torch.optim.AdamW(groups([(judge, 5e-4)], 1e-4), betas=(0.5, 0.9))
    ema = EMA(model)
    state = {
        "model": model,
        "judge": judge,
        "codebook": codebook,
        "optimizer": optimizer,
        "judge_optimizer": judge_optimizer,
        "ema": ema,
    }
    run = Run(
        Path(recipe.out), state, recipe.steps, recipe.minutes, recipe.seed, model.config.to_dict()
    )
    if run.progress >= 1:
        return
    restart_until = 0.0 if kept else recipe.restart_until
    started = bool(codebook.ready)  # looked at once: each look would wait for the GPU
    recent: list[Tensor] = []  # encoder outputs waiting for the codebook's start
    going = True
    while going:
        set_rate(optimizer, run.rate(1.0))
        target = draw_batch(pictures, recipe, run.generator).to(device)
        target = target.contiguous(memory_format=torch.channels_last)
        values: dict[str, Tensor | float] = {}
        with autocast(device), torch.set_grad_enabled(not recipe.decoder_only):
            z = model.encode(target)
        z = z.float()
        vectors = cells_of(z.detach())
        commit = z.new_zeros(())
        if not started:
            recent = [*recent, vectors][-40:]
            if run.progress >= recipe.unquantised or run.step + 1 >= recipe.steps // 2:
                codebook.start(model.codebook, torch.cat(recent), run.generator)
                recent.clear()
                started = True
            z_q = z
        else:
            codes = model.codes_of(z.detach())
            z_q = model.lookup(codes)
            commit = (z - z_q).square().mean()
            z_q = z + (z_q - z).detach()
            if not recipe.decoder_only:
                codebook.update(model.codebook, vectors, codes.flatten())
            if run.step % 20 == 0 and run.progress < restart_until:
                values["restarted"] = codebook.restart(model.codebook, vectors, run.generator)
        with autocast(device):
            pixels = model.decode(z_q)
        pixels = pixels.float()
        loss = reconstruction_loss(pixels, target, recipe) + recipe.commitment * commit
        if recipe.perceptual:
            quarter = slice(run.step % 4, None, 4)
            with autocast(device):
                felt = perceptual_loss(features, pixels[quarter], target[quarter])
            loss = loss + recipe.perceptual * felt
            values["perceptual"] = felt.detach()
        if run.progress > recipe.adversarial_from:
            judge.requires_grad_(False)
            loss = loss - recipe.adversarial * judge(pixels).mean()
            judge.requires_grad_(True)
        descend(loss, model, optimizer, 1.0)
        if run.progress > recipe.adversarial_from - 0.05:
            realness, fakeness = judge(target), judge(pixels.detach())
            hinge = F.relu(1 - realness).mean() + F.relu(1 + fakeness).mean()
            judge_optimizer.zero_grad(set_to_none=True)
            hinge.backward()
            judge_optimizer.step()
            values["judge"] = hinge.detach()
        ema.update(model)
        if run.step % 50 == 0:
            psnr = -10 * (pixels.clamp(0, 1) - target).square().mean((1, 2, 3)).log10()
            run.log(
                loss=loss.item(),
                psnr=psnr.mean().item(),
                commit=commit.item(),
                perplexity=_perplexity(codebook),
                **values,
            )
        going = run.advance()


def _perplexity(codebook: CodebookEMA) -> float:
    share = codebook.counts / codebook.counts.sum()
    return float(torch.exp(-(share * (share + 1e-9).log()).sum()))


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(VQGANRecipe, argv)
    train(recipe, Pictures.load(recipe.photos))


if __name__ == "__main__":
    main()
