"""Read and write the lab's own checkpoints: config.json, safetensors, tokenizer.json.

A folder whose parent holds a manifest.json is only loaded when every file has the hash that the
manifest states. Weights are stored as float16 and computed with as float32.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from huggingface_hub import split_torch_state_dict_into_shards
from jaxtyping import Shaped
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from multimodal.errors import CheckpointError, Message
from multimodal.models.clip import CLIPConfig, EmbeddedCLIP
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.presets import CONFIG_FILE, stored_config
from multimodal.models.token_transformer import TokenConfig, TokenTransformer
from multimodal.models.vqgan import VQGAN, VQGANConfig

Net = TypeVar("Net", bound=nn.Module)
C = TypeVar("C")
Decode = Callable[[dict[str, Tensor]], dict[str, Tensor]]

WEIGHTS_FILE = "model.safetensors"
DISCRIMINATOR_FILE = "discriminator.safetensors"
GUIDE_FILE = "guide.safetensors"
TOKENIZER_FILE = "tokenizer.json"
#: What the guide has of its own; by its text projection it stays where it learned its texts.
GUIDE_PARTS = ("image_tower", "image_projection", "text_projection")
MAX_FILE_BYTES = 9_500_000  # a file over 10 MB needs LFS on the hub
KINDS: dict[str, type] = {"clip": CLIPConfig, "vqgan": VQGANConfig, "dalle": TokenConfig}


@runtime_checkable
class StoredConfig(Protocol):
    """A net's configuration, as config.json holds it."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""


def load_clip(folder: Path) -> EmbeddedCLIP:
    """The embedded CLIP of a folder. Raises CheckpointError."""
    config = load_config(folder, "clip", CLIPConfig)
    return load_weights(EmbeddedCLIP(config, load_tokenizer(folder)), folder)


def has_guide(folder: Path) -> bool:
    """Whether a guide of VQGAN+CLIP lies beside a CLIP."""
    return bool(weight_files(folder, GUIDE_FILE))


def load_guide(folder: Path) -> EmbeddedCLIP:
    """The CLIP of a folder with the image tower and the projections of its guide. Raises
    CheckpointError."""
    guide = load_clip(folder)
    images = nn.ModuleDict({name: getattr(guide, name) for name in GUIDE_PARTS})
    load_weights(images, folder, GUIDE_FILE)
    guide.real_score = guide.config.guide_score or None
    return guide


def load_vqgan(folder: Path) -> VQGAN:
    """The VQGAN of a folder. Raises CheckpointError."""
    return load_weights(VQGAN(load_config(folder, "vqgan", VQGANConfig)), folder)


def load_discriminator(folder: Path) -> PatchDiscriminator:
    """The patch discriminator beside a VQGAN. Raises CheckpointError."""
    verify(folder)
    return load_weights(PatchDiscriminator(), folder, DISCRIMINATOR_FILE)


def load_token_transformer(folder: Path) -> TokenTransformer:
    """The token model of a folder. Raises CheckpointError."""
    config = load_config(folder, "dalle", TokenConfig)
    return load_weights(TokenTransformer(config, load_tokenizer(folder)), folder)


def save_checkpoint(
    folder: Path,
    kind: str,
    config: StoredConfig,
    states: dict[str, dict[str, Tensor]],
    tokenizer: Tokenizer | None = None,
) -> None:
    """Write a checkpoint; `states` maps a file name to its tensors, floats become float16."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"kind": kind, **config.to_dict()}, indent=2)
    (folder / CONFIG_FILE).write_text(text + "\n")
    save_states(folder, states)
    if tokenizer is not None:
        tokenizer.save(str(folder / TOKENIZER_FILE))


def save_states(folder: Path, states: dict[str, dict[str, Tensor]]) -> None:
    """Write tensors beside a checkpoint, floats as float16, in files of at most MAX_FILE_BYTES."""
    for name, state in states.items():
        halves = {
            key: (value.half() if value.is_floating_point() else value).contiguous()
            for key, value in state.items()
        }
        for old in folder.glob(name.replace(".", "*.")):
            old.unlink()
        shards = split_torch_state_dict_into_shards(
            halves,
            filename_pattern=name.replace(".", "{suffix}."),
            max_shard_size=MAX_FILE_BYTES,
        )
        for file, keys in shards.filename_to_tensors.items():
            save_file({key: halves[key] for key in keys}, folder / file)
    for path in folder.iterdir():  # the tensor files come out readable by their owner alone
        path.chmod(0o644)


def config_from(stored: dict[str, Any], cls: type[C]) -> C:
    """The configuration, a dataclass, of what a config.json holds."""
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in stored.items()}
    values.pop("kind", None)
    return cls(**values)


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
            raise CheckpointError("{path} is missing; restore it from the repository.", path=path)
        if file_hash(path) != expected:
            raise CheckpointError(
                "{path} is not the file that manifest.json names (its sha256 differs); restore it "
                "from the repository.",
                path=path,
            )


def is_embedded(folder: Path) -> bool:
    """Whether a folder holds a checkpoint of this project rather than one of the hub's."""
    return stored_config(folder).get("kind") in KINDS


def unreadable(what: str, source: str) -> CheckpointError:
    """The error of a folder or repository of the hub from which nothing can be read."""
    here = Path(source).exists()
    return CheckpointError(
        "No {what} checkpoint {source} can be read {where}; check the name and, for a first "
        "download, the connection.",
        what=what,
        source=source,
        where=Message("in this folder") if here else Message("on the hub or in its cache"),
    )


def load_config(folder: Path, kind: str, cls: type[C]) -> C:
    """The verified configuration of a folder. Raises CheckpointError for another kind of net."""
    verify(folder)
    path = folder / CONFIG_FILE
    if not path.is_file():
        raise CheckpointError(
            "{folder} holds no {kind} checkpoint ({file} is missing).",
            folder=folder,
            kind=kind,
            file=CONFIG_FILE,
        )
    stored = json.loads(path.read_text())
    if stored.get("kind") != kind:
        raise CheckpointError(
            "{folder} does not hold a {kind} checkpoint.", folder=folder, kind=kind
        )
    return config_from(stored, cls)


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a folder."""
    return Tokenizer.from_file(str(folder / TOKENIZER_FILE))


def load_weights(
    net: Net, folder: Path, name: str = WEIGHTS_FILE, decode: Decode | None = None
) -> Net:
    """The net with the weights of a folder's file, for use. Raises CheckpointError.

    `decode` makes floats of what was stored otherwise than as floats.
    """
    try:
        state: dict[str, Tensor] = {}
        for path in weight_files(folder, name):
            state.update(load_file(path))
        state = decode(state) if decode else state
        net.load_state_dict({key: widened(value) for key, value in state.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            "{path} cannot be loaded: {reason}", path=folder / name, reason=reason
        ) from error
    return net.eval().requires_grad_(False)


def weight_files(folder: Path, name: str = WEIGHTS_FILE) -> list[Path]:
    """The shards of a weights file; itself alone when it was small enough."""
    return sorted(folder.glob(name.replace(".", "*.")))


def widened(value: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "*shape"]:
    """float16 storage -> float32 for computing."""
    return value.float() if value.dtype == torch.float16 else value
