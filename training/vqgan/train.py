"""Train the embedded VQGAN on emoji artwork and photographs.

    python -m training.vqgan --out RUN --photos FOLDER

62 minutes of two shared AVX2 cores and 27 of the decoder alone reach 19.5 dB on OpenMoji and 21.6
dB on held-out photos with 4,096 codes and one layer; seven minutes of a GPU after that, 23.4 and
23.5 dB with the net of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from multimodal.live_training.augment import Augmentation
from multimodal.models.checkpoints import load_discriminator, load_vqgan
from multimodal.models.efficientnet_lite import EfficientNetLite
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.placement import to_device
from multimodal.models.vqgan import VQGAN, VQGANConfig, cells_of
from training.loop import Recipe, Run, autocast, config_from_flags, groups, prepare
from training.pictures import Pictures
from training.pretrained import load_efficientnet
from training.vqgan.codebook import CodebookEMA


@dataclass(frozen=True)
class VQGANRecipe(Recipe):
    """Every choice of a run."""

    out: str = "runs/vqgan"
    start: str = ""  # a shipped checkpoint's folder to go on from; the net may be deeper than it
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
    discriminator_lr: float = 5e-4
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
    """Copy the weights of `known` into the model, which then computes the same; gives whether the
    codebook was copied, too.

    A residual block that `known` lacks adds nothing at first. Where the number of codes differs,
    the codebook is learned anew. Raises ValueError where anything else differs.
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
    """Run (or resume) until the schedule ends."""
    device = prepare(recipe)
    pictures.to_device(device)
    model = to_device(VQGAN(model_config(recipe)), device)
    discriminator = to_device(PatchDiscriminator(), device)
    features = to_device(EfficientNetLite(), device).eval()
    if recipe.perceptual:
        load_efficientnet(features)
    features.requires_grad_(False)
    codebook = CodebookEMA(model.codebook, recipe.code_decay).to(device)
    kept = False  # the codebook
    if recipe.start:
        kept = go_on_from(model, load_vqgan(Path(recipe.start)))
        discriminator.load_state_dict(load_discriminator(Path(recipe.start)).state_dict())
    if kept:
        codebook.go_on(model.codebook, recipe.batch * model_config(recipe).cells)
    if recipe.decoder_only:
        model.net.encoder.requires_grad_(False)
        model.net.quant_conv.requires_grad_(False)
    rates = groups([(model, recipe.lr)], 1e-4)
    own_rates = groups([(discriminator, recipe.discriminator_lr)], 1e-4, scheduled=False)
    optimizers: dict[str, torch.optim.Optimizer] = {
        "optimizer": torch.optim.AdamW(rates, betas=(0.9, 0.95)),
        "discriminator_optimizer": torch.optim.AdamW(own_rates, betas=(0.5, 0.9)),
    }
    others = {"discriminator": discriminator, "codebook": codebook}
    run = Run(recipe, model, optimizers, model.config, others=others)
    restart_until = 0.0 if kept else recipe.restart_until
    started = bool(codebook.ready)  # looked at once: each look would wait for the GPU
    recent: list[Tensor] = []  # encoder outputs waiting for the codebook's start
    for step in run.steps():
        values: dict[str, Tensor | float] = {}
        target = draw_batch(pictures, recipe, run.generator).to(device)
        target = target.contiguous(memory_format=torch.channels_last)
        with autocast(device), torch.set_grad_enabled(not recipe.decoder_only):
            z = model.encode(target)
        z = z.float()
        vectors = cells_of(z.detach())
        if started:
            codes = model.codes_of(z.detach())
            z_q = model.lookup(codes)
            commit = (z - z_q).square().mean()
            z_q = z + (z_q - z).detach()  # the gradient passes straight through
            if not recipe.decoder_only:
                codebook.update(model.codebook, vectors, codes.flatten())
            if step % 20 == 0 and run.progress < restart_until:
                values["restarted"] = codebook.restart(model.codebook, vectors, run.generator)
        else:
            z_q, commit = z, z.new_zeros(())
            recent = [*recent, vectors][-40:]
            if run.progress >= recipe.unquantised or step + 1 >= recipe.steps // 2:
                codebook.start(model.codebook, torch.cat(recent), run.generator)
                recent.clear()
                started = True
        with autocast(device):
            pixels = model.decode(z_q)
        pixels = pixels.float()

        loss = reconstruction_loss(pixels, target, recipe) + recipe.commitment * commit
        if recipe.perceptual:
            quarter = slice(step % 4, None, 4)
            with autocast(device):
                perceptual = perceptual_loss(features, pixels[quarter], target[quarter])
            loss = loss + recipe.perceptual * perceptual
            values["perceptual"] = perceptual
        if run.progress > recipe.adversarial_from:
            discriminator.requires_grad_(False)
            loss = loss - recipe.adversarial * discriminator(pixels).mean()
            discriminator.requires_grad_(True)
        loss.backward()

        if run.progress > recipe.adversarial_from - 0.05:  # it learns a little ahead
            real, made = discriminator(target), discriminator(pixels.detach())
            hinge = F.relu(1 - real).mean() + F.relu(1 + made).mean()
            hinge.backward()
            values["discriminator"] = hinge

        if run.logs:
            psnr = -10 * (pixels.clamp(0, 1) - target).square().mean((1, 2, 3)).log10()
            perplexity = codebook.perplexity()
            run.log(loss=loss, psnr=psnr.mean(), commit=commit, perplexity=perplexity, **values)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    recipe = config_from_flags(VQGANRecipe, argv)
    train(recipe, Pictures.load(recipe.photos))


if __name__ == "__main__":
    main()
