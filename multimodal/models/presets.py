"""Named sets of checkpoints: what each model of the lab is loaded from.

A source is a folder, or `hub:owner/name` or `hub:owner/name/subfolder` for a repository of the
Hugging Face hub.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multimodal.errors import SettingError

WEIGHTS = Path(__file__).parents[1] / "weights"
KINDS = ("clip", "vqgan", "dalle")
CONFIG_FILE = "config.json"


@dataclass(frozen=True)
class Preset:
    """Where each model comes from; `token_vqgan` is the VQGAN whose codes `dalle` knows, ""
    where that is `vqgan`."""

    name: str
    title: str
    clip: str
    vqgan: str
    dalle: str
    token_vqgan: str = ""


EMBEDDED = Preset(
    "embedded",
    "Embedded (small, trained for this project, offline)",
    str(WEIGHTS / "clip"),
    str(WEIGHTS / "vqgan"),
    str(WEIGHTS / "dalle"),
)

CLIP_BASE = "hub:openai/clip-vit-base-patch32"

PRESETS = {
    preset.name: preset
    for preset in (
        EMBEDDED,
        Preset(
            "clip-base",
            "OpenAI CLIP ViT-B/32 with the embedded generators (605 MB download)",
            CLIP_BASE,
            EMBEDDED.vqgan,
            EMBEDDED.dalle,
        ),
        Preset(
            "full",
            "OpenAI CLIP ViT-B/32, aMUSEd's VQGAN f16, the embedded token model (download)",
            CLIP_BASE,
            "hub:amused/amused-256/vqvae",
            EMBEDDED.dalle,
            EMBEDDED.vqgan,
        ),
    )
}


def find_preset(name: str) -> Preset:
    """The preset of that name, or one of a folder of your own: a CLIP in the hub's layout, a
    VQModel of diffusers, or a folder whose subfolders `clip`, `vqgan` and `dalle`, or some of
    them, hold such checkpoints or ones that the recipes made. The embedded models stand in for
    what it does not hold.

    Raises SettingError for anything else.
    """
    if name in PRESETS:
        return PRESETS[name]
    folder = Path(name)
    if _is_checkpoint(folder):
        kind = "vqgan" if _is_vqgan(folder) else "clip"
        return _own(name, f"{'VQGAN' if kind == 'vqgan' else 'CLIP'} of {name}", {kind: name})
    parts = {part: str(folder / part) for part in KINDS if _is_checkpoint(folder / part)}
    if parts:
        return _own(name, f"{', '.join(parts)} of {name}", parts)
    raise SettingError(
        "Preset {name!r} is unknown; choose one of {known}, or a folder that holds a CLIP "
        "checkpoint in the hub's layout, a VQModel of diffusers, or folders clip, vqgan, dalle.",
        name=name,
        known=tuple(PRESETS),
    )


def stored_config(folder: Path) -> dict[str, Any]:
    """What a checkpoint's config.json holds; {} where it cannot be read, which loading it will
    say."""
    try:
        stored = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def clip_of(name: str) -> str:
    """Where the CLIP of a preset or of a folder of your own comes from.

    Raises SettingError where there is none.
    """
    preset = find_preset(name)
    if preset.clip == EMBEDDED.clip and preset is not EMBEDDED:
        raise SettingError("{name} holds no CLIP; name a preset or a folder that does.", name=name)
    return preset.clip


def _own(name: str, title: str, parts: dict[str, str]) -> Preset:
    found = {kind: parts.get(kind, getattr(EMBEDDED, kind)) for kind in KINDS}
    own_pair = "dalle" in parts and "vqgan" in parts
    return Preset(name, title, **found, token_vqgan="" if own_pair else EMBEDDED.vqgan)


def _is_checkpoint(folder: Path) -> bool:
    return (folder / CONFIG_FILE).is_file()


def _is_vqgan(folder: Path) -> bool:
    stored = stored_config(folder)
    return stored.get("kind") == "vqgan" or stored.get("_class_name") == "VQModel"
