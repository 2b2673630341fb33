"""Any `VQModel` of diffusers, a folder or a repository of the hub, as the lab's VQGAN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diffusers.models.autoencoders.vq_model import VQModel
from torch import nn

from multimodal.errors import CheckpointError
from multimodal.models.checkpoints import unreadable
from multimodal.models.vqgan import VQGAN, VQGANConfig

#: Cells a side that a picture has at the least where a checkpoint states a smaller size: many
#: leave `sample_size` at a default that says nothing.
LEAST_CELLS = 16


def load_hub_vqgan(source: str) -> VQGAN:
    """The VQGAN of a folder, or of "owner/name" or "owner/name/subfolder" on the hub.

    Only safetensors are read. Raises CheckpointError when it cannot be had or is no VQGAN that
    decodes from codes alone.
    """
    name, folder = source, None
    if not Path(source).is_dir() and source.count("/") > 1:
        owner, repository, folder = source.split("/", 2)
        name = f"{owner}/{repository}"
    try:
        net = VQModel.from_pretrained(
            name, subfolder=folder, use_safetensors=True, low_cpu_mem_usage=False
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise unreadable("VQGAN", source) from error
    return wrapped(net, source)


def wrapped(net: VQModel, source: str) -> VQGAN:
    """A VQModel of 3 channels behind the lab's interface. Raises CheckpointError."""
    config: Any = net.config
    if config.norm_type != "group" or config.in_channels != 3 or config.out_channels != 3:
        raise CheckpointError(
            "{source} is a VQModel of another kind (its norms are {norms}, its channels "
            "{channels}); choose one with group norms and 3 channels.",
            source=source,
            norms=config.norm_type,
            channels=config.in_channels,
        )
    factor = 2 ** (len(config.block_out_channels) - 1)
    found = VQGANConfig(
        image_size=max(config.sample_size, LEAST_CELLS * factor),
        patch=1,
        channels=tuple(config.block_out_channels),
        layers_per_block=config.layers_per_block,
        latent_channels=config.latent_channels,
        num_codes=config.num_vq_embeddings,
        code_dim=config.vq_embed_dim or config.latent_channels,
        norm_groups=config.norm_num_groups,
        # aMUSEd, for which diffusers got this option, is the one family that reads [0, 1].
        black=0.0 if config.lookup_from_codebook else -1.0,
    )
    frozen: nn.Module = net.float().eval().requires_grad_(False)
    return VQGAN(found, frozen)
