"""Named sets of checkpoints: what each model of the lab is loaded from.

A source is a folder, or `hub:owner/name` for a repository of the Hugging Face hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from multimodal.errors import SettingError

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Preset:
    """Where each model comes from."""

    name: str
    title: str
    clip: str
    vqgan: str
    dalle: str


EMBEDDED = Preset(
    "embedded",
    "Embedded (small, trained for this project, offline)",
    str(WEIGHTS / "clip"),
    str(WEIGHTS / "vqgan"),
    str(WEIGHTS / "dalle"),
)

PRESETS = {
    preset.name: preset
    for preset in (
        EMBEDDED,
        Preset(
            "clip-base",
            "OpenAI CLIP ViT-B/32 with the embedded generators (605 MB download)",
            "hub:openai/clip-vit-base-patch32",
            EMBEDDED.vqgan,
            EMBEDDED.dalle,
        ),
    )
}


def find_preset(name: str) -> Preset:
    """The preset of that name; a folder in the hub's layout is a CLIP of your own.

    Raises SettingError for anything else.
    """
    if name in PRESETS:
        return PRESETS[name]
    if (Path(name) / "config.json").is_file():
        return Preset(name, f"CLIP of {name}", name, EMBEDDED.vqgan, EMBEDDED.dalle)
    raise SettingError(
        f"Preset {name!r} is unknown; choose one of {', '.join(PRESETS)}, or a folder that holds "
        "a CLIP checkpoint in the hub's layout."
    )
