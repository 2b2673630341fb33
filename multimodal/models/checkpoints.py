"""Read and write the lab's own checkpoints: config.json, safetensors, tokenizer.json.

A folder whose parent holds a manifest.json is only loaded when every file has the hash that the
manifest states. Weights are stored as float16 and computed with as float32.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from multimodal.errors import CheckpointError
from multimodal.models.clip import CLIPConfig, EmbeddedCLIP
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.token_transformer import TokenConfig, TokenTransformer
from multimodal.models.vqgan import VQGAN, VQGANConfig

Net = TypeVar("Net", bound=nn.Module)

WEIGHTS_FILE = "model.safetensors"
JUDGE_FILE = "discriminator.safetensors"
TOKENIZER_FILE = "tokenizer.json"
KINDS = {"clip": CLIPConfig, "vqgan": VQGANConfig, "dalle": TokenConfig}


def load_clip(folder: Path) -> EmbeddedCLIP:
    """The embedded CLIP of a folder. Raises CheckpointError."""
    config = _config(folder, "clip")
    return _filled(EmbeddedCLIP(config, _tokenizer(folder)), folder)


def load_vqgan(folder: Path) -> VQGAN:
    """The VQGAN of a folder. Raises CheckpointError."""
    return _filled(VQGAN(_config(folder, "vqgan")), folder)


def load_discriminator(folder: Path) -> PatchDiscriminator:
    """The patch discriminator beside a VQGAN. Raises CheckpointError."""
    verify(folder)
    return _filled(PatchDiscriminator(), folder, JUDGE_FILE)


def load_token_transformer(folder: Path) -> TokenTransformer:
    """The token model of a folder. Raises CheckpointError."""
    config = _config(folder, "dalle")
    return _filled(TokenTransformer(config, _tokenizer(folder)), folder)


def save_checkpoint(
    folder: Path,
    kind: str,
    config: CLIPConfig | VQGANConfig | TokenConfig,
    states: dict[str, dict[str, Tensor]],
    tokenizer: Tokenizer | None = None,
) -> None:
    """Write a checkpoint; `states` maps a file name to its tensors, floats become float16."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"kind": kind, **config.to_dict()}, indent=2)
    (folder / "config.json").write_text(text + "\n")
    for name, state in states.items():
        halves = {
            key: (value.half() if value.is_floating_point() else value).contiguous()
            for key, value in state.items()
        }
        save_file(halves, folder / name)
    if tokenizer is not None:
        tokenizer.save(str(folder / TOKENIZER_FILE))


def file_hash(path: Path) -> str:
    """sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path) -> None:
    """Raise CheckpointError unless the folder's files are those its manifest names."""
    manifest = folder.parent / "manifest.json"
    if not manifest.is_file():
        return
    entry = json.loads(manifest.read_text()).get(folder.name, {})
    for name, expected in entry.get("sha256", {}).items():
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{path} is missing; restore it from the repository.")
        if file_hash(path) != expected:
            raise CheckpointError(
                f"{path} is not the file that manifest.json names (its sha256 differs); "
                "restore it from the repository."
            )


def is_embedded(folder: Path) -> bool:
    """Whether a folder holds a checkpoint of this project rather than one of the hub's."""
    path = folder / "config.json"
    return path.is_file() and json.loads(path.read_text()).get("kind") in KINDS


def _config(folder: Path, kind: str) -> Any:
    verify(folder)
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(f"{folder} holds no {kind} checkpoint (config.json is missing).")
    stored = json.loads(path.read_text())
    if stored.pop("kind", None) != kind:
        raise CheckpointError(f"{folder} does not hold a {kind} checkpoint.")
    lists = {key: tuple(value) for key, value in stored.items() if isinstance(value, list)}
    return KINDS[kind](**{**stored, **lists})


def _tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / TOKENIZER_FILE))


def _filled(net: Net, folder: Path, name: str = WEIGHTS_FILE) -> Net:
    try:
        state = load_file(folder / name)
        net.load_state_dict({key: widened(value) for key, value in state.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"{folder / name} cannot be loaded: {reason}") from error
    return net.eval().requires_grad_(False)


def widened(value: Tensor) -> Tensor:
    """float16 storage -> float32 for computing."""
    return value.float() if value.dtype == torch.float16 else value
