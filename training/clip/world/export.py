"""Write the CLIP of a run as it ships.

python -m training.clip.world.export --run RUN --out FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

from multimodal.models.checkpoints import load_clip
from multimodal.models.presets import WEIGHTS
from multimodal.models.world.files import WORDS_FILE, save_world_clip
from training.clip.world.assemble import load_run


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args(argv)
    text = load_clip(WEIGHTS / "clip").config
    words = arguments.run.parent / WORDS_FILE
    save_world_clip(load_run(arguments.run), arguments.out, text, words)
    for path in sorted(arguments.out.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.2f} MB  {path.name}")


if __name__ == "__main__":
    main()
