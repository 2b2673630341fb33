"""Turn finished runs into the shipped weights and measure them.

    python -m training.export --clip RUN --vqgan RUN --dalle RUN --judge RUN --guide RUN

Only the models named are written: the judge to training/weights, the others to multimodal/weights,
or all to --weights FOLDER. The manifest.json there then states every file's sha256, where the
weights come from and, with --measure, what `python -m training.evaluate` says of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from multimodal.lab import Lab
from multimodal.models.checkpoints import (
    CONFIG_FILE,
    DISCRIMINATOR_FILE,
    GUIDE_FILE,
    GUIDE_PARTS,
    KINDS,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    config_from,
    file_hash,
    load_clip,
    save_checkpoint,
    save_states,
)
from multimodal.models.presets import WEIGHTS, Preset
from training.evaluation import evaluate
from training.evaluation.eval_data import JUDGE
from training.evaluation.judge import JudgeConfig

MANIFEST_FILE = "manifest.json"

RECIPES = {
    "clip": "training.clip.text, training.clip (image, then joint), training.clip.soup, "
    "training.clip.align",
    "vqgan": "training.vqgan",
    "dalle": "training.tokens",
    "judge": "training.clip.judge",
}
#: The configuration of each.
CONFIGS: dict[str, type] = {**KINDS, "judge": JudgeConfig}
#: Where each model's folder lies; the judge only measures and is no part of the product.
HOMES = {"clip": WEIGHTS, "vqgan": WEIGHTS, "dalle": WEIGHTS, "judge": JUDGE.parent}
#: In whose entry a figure is written whose first word names no model: the judge measures paintings.
OWNERS = {"paint": "judge"}
DATA = (
    "emoji artwork in six styles (CLIP: eleven, outlined ones and pictograms) and CLDR names in "
    "fourteen languages (npm), WordNet nouns (npm), plain words written for CLIP, 14,225 "
    "photographs in 141 classes; OpenMoji and a tenth of the photographs held out"
)


def export(kind: str, run: Path, weights: Path, note: str) -> None:
    """Write one model's folder in `weights` and its entry in the manifest there; `run` is a
    finished run, or for a CLIP the folder that `training.clip.soup` wrote."""
    stored = _stored(kind, run)
    states = {WEIGHTS_FILE: stored["ema"]["shadow"]}
    folder, tokenizer = weights / kind, None
    config: Any = config_from(json.loads((run / CONFIG_FILE).read_text()), CONFIGS[kind])
    if kind == "vqgan":
        states[WEIGHTS_FILE]["net.quantize.embedding.weight"] = stored["model"][
            "net.quantize.embedding.weight"
        ]
        states[DISCRIMINATOR_FILE] = stored["discriminator"]
    else:
        tokenizer = Tokenizer.from_file(str(run / TOKENIZER_FILE))
    save_checkpoint(folder, kind, config, states, tokenizer)
    manifest = _manifest(weights)
    guide = manifest.get(kind, {}).get("guide")  # stays where it is, and so does its entry
    manifest[kind] = {
        "sha256": {},
        "recipe": RECIPES[kind],
        "run": _run_of(stored, note),
        "commit": _commit(),
        "data": DATA,
        "metrics": {},
    }
    if guide and (folder / GUIDE_FILE).exists():
        manifest[kind]["guide"] = guide
    _rehash(manifest, weights, kind)


def _stored(kind: str, run: Path) -> dict[str, Any]:
    """What a run left; an average of CLIPs has no steps of its own."""
    path = run / "checkpoint.pt"
    if kind == "clip" and not path.exists() and (run / CONFIG_FILE).exists():
        shadow = load_clip(run).state_dict()
        return {"ema": {"shadow": shadow}, "run": {"step": 0, "seconds": 0.0}}
    stored: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return stored


def write_guide(run: Path, weights: Path, note: str) -> None:
    """Put a guide beside the CLIP whose texts it was trained on."""
    stored = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    own = tuple(f"{part}." for part in GUIDE_PARTS)
    state = {key: value for key, value in stored["ema"]["shadow"].items() if key.startswith(own)}
    save_states(weights / "clip", {GUIDE_FILE: state})
    manifest = _manifest(weights)
    manifest["clip"]["guide"] = {
        "recipe": "training.clip.guide",
        "run": _run_of(stored, note),
        "commit": _commit(),
    }
    _rehash(manifest, weights, "clip")


def measure_guide(weights: Path) -> None:
    """Record how good a guide is, and what real pictures score with it, where runs may end."""
    figures = evaluate(_lab(dict.fromkeys(HOMES, weights)), ["clip_guide"])
    path, manifest = weights / "clip" / CONFIG_FILE, _manifest(weights)
    config = json.loads(path.read_text())
    config["guide_score"] = figures["clip_guide_score"]["value"]
    path.write_text(json.dumps(config, indent=2) + "\n")
    manifest["clip"]["metrics"].update(figures)
    _rehash(manifest, weights, "clip")


def record_metrics(weights: Path | None, names: Sequence[str] = ()) -> None:
    """Measure the figures whose name starts with one of `names`, or everything, and write each into
    its model's entry. The models are those of a folder, or the shipped ones; a folder without a
    judge is measured by the shipped one, whose figures are then written nowhere."""
    homes = {kind: weights or home for kind, home in HOMES.items()}
    judge = homes["judge"] / "judge"
    if not judge.is_dir():
        judge = JUDGE
    measured = evaluate(_lab(homes), names, say=print, judge=judge)
    for kind, home in homes.items():
        manifest = _manifest(home)
        own = {name: figure for name, figure in measured.items() if owner(name) == kind}
        if own and kind in manifest:
            manifest[kind]["metrics"].update(own)
            _write(manifest, home)


def owner(figure: str) -> str:
    """The model in whose entry a figure is written."""
    first = figure.split("_")[0]
    return OWNERS.get(first, first)


def _lab(homes: dict[str, Path]) -> Lab:
    folders = [str(homes[kind] / kind) for kind in ("clip", "vqgan", "dalle")]
    return Lab.load(Preset("exported", "Just exported", *folders), "cpu")


def _manifest(weights: Path) -> dict[str, Any]:
    """What the manifest beside the models' folders states; nothing where there is none."""
    path = weights / MANIFEST_FILE
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _write(manifest: dict[str, Any], weights: Path) -> None:
    (weights / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")


def _rehash(manifest: dict[str, Any], weights: Path, kind: str) -> None:
    """Write the manifest with the hashes of a folder's files as they are now."""
    files = sorted(file for file in (weights / kind).iterdir() if file.is_file())
    manifest[kind]["sha256"] = {file.name: file_hash(file) for file in files}
    _write(manifest, weights)


def _run_of(stored: dict[str, Any], note: str) -> dict[str, Any]:
    minutes = round(stored["run"]["seconds"] / 60, 1)
    return {"steps": stored["run"]["step"], "minutes": minutes, "note": note}


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    for kind in RECIPES:
        parser.add_argument(f"--{kind}", type=Path, help=f"the finished run of the {kind}")
    parser.add_argument("--guide", type=Path, help="the finished run of the CLIP's guide")
    parser.add_argument("--note", default="", help="hardware and anything worth knowing")
    parser.add_argument("--weights", type=Path, help="a folder for all of it, instead of the homes")
    parser.add_argument(
        "--measure", nargs="*", metavar="FIGURE",
        help="evaluate and record the figures whose name starts so; all of them without a name",
    )  # fmt: skip
    arguments = parser.parse_args(argv)
    weights: Path | None = arguments.weights
    home = weights or WEIGHTS  # of the CLIP
    for kind in RECIPES:
        run = getattr(arguments, kind)
        if run is not None:
            export(kind, run, weights or HOMES[kind], arguments.note)
    if arguments.guide is not None:
        write_guide(arguments.guide, home, arguments.note)
    new_texts = arguments.clip is not None and (home / "clip" / GUIDE_FILE).exists()
    if arguments.guide is not None or new_texts:  # the guide looks for where the texts are
        measure_guide(home)
    if arguments.measure is not None:
        record_metrics(weights, arguments.measure)


if __name__ == "__main__":
    main()
