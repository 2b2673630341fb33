"""Turn finished runs into the shipped weights and measure them.

    python -m training.export --clip RUN --vqgan RUN --dalle RUN --judge RUN --guide RUN

Only the models named are written; manifest.json then states every file's sha256, where the
weights come from and what `python -m multimodal evaluate` says of them.
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
from training.evaluation.judge import JudgeConfig

RECIPES = {
    "clip": "training.clip.text, training.clip (image, then joint), training.clip.soup, "
    "training.clip.align",
    "vqgan": "training.vqgan",
    "dalle": "training.tokens",
    "judge": "training.clip.judge",
}
#: The configuration of each.
CONFIGS: dict[str, type] = {**KINDS, "judge": JudgeConfig}
#: Where a figure is written whose first word names no model.
OWNERS = {"paint": "judge"}
DATA = (
    "emoji artwork in six styles (CLIP: eleven, outlined ones and pictograms) and CLDR names in "
    "fourteen languages (npm), WordNet nouns (npm), plain words written for CLIP, 14,225 "
    "photographs in 141 classes; OpenMoji and a tenth of the photographs held out"
)


def export(kind: str, run: Path, weights: Path, note: str) -> None:
    """Write one model's folder and its entry in the manifest; `run` is a finished run, or for a
    CLIP the folder that `training.clip.soup` wrote."""
    stored = _stored(kind, run)
    states = {WEIGHTS_FILE: stored["ema"]["shadow"]}
    folder, tokenizer = weights / kind, None
    config: Any = config_from(json.loads((run / CONFIG_FILE).read_text()), CONFIGS[kind])
    if kind == "vqgan":
        states[WEIGHTS_FILE]["net.quantize.embedding.weight"] = stored["model"][
            "net.quantize.embedding.weight"
        ]
        states[DISCRIMINATOR_FILE] = stored["judge"]
    else:
        tokenizer = Tokenizer.from_file(str(run / TOKENIZER_FILE))
    save_checkpoint(folder, kind, config, states, tokenizer)
    path = weights / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
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
    folder, path = weights / "clip", weights / "manifest.json"
    save_states(folder, {GUIDE_FILE: state})
    manifest = json.loads(path.read_text())
    manifest["clip"]["guide"] = {
        "recipe": "training.clip.guide",
        "run": _run_of(stored, note),
        "commit": _commit(),
    }
    _rehash(manifest, weights, "clip")


def measure_guide(weights: Path) -> None:
    """Record how good a guide is, and what real pictures score with it, where runs may end."""
    from multimodal.lab import Lab
    from training.evaluation import evaluate

    folder = weights / "clip"
    manifest = json.loads((weights / "manifest.json").read_text())
    folders = [str(weights / kind) for kind in ("clip", "vqgan", "dalle")]
    figures = evaluate(
        Lab.load(Preset("exported", "Just exported", *folders), "cpu"), ["clip_guide"]
    )
    config = json.loads((folder / CONFIG_FILE).read_text())
    config["guide_score"] = figures["clip_guide_score"]["value"]
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n")
    manifest["clip"]["metrics"].update(figures)
    _rehash(manifest, weights, "clip")


def _rehash(manifest: dict[str, Any], weights: Path, kind: str) -> None:
    """State the hashes of a folder's files as they are now."""
    files = sorted(file for file in (weights / kind).iterdir() if file.is_file())
    manifest[kind]["sha256"] = {file.name: file_hash(file) for file in files}
    (weights / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _run_of(stored: dict[str, Any], note: str) -> dict[str, Any]:
    minutes = round(stored["run"]["seconds"] / 60, 1)
    return {"steps": stored["run"]["step"], "minutes": minutes, "note": note}


def record_metrics(weights: Path, names: Sequence[str] = ()) -> None:
    """Measure the figures whose name starts with one of `names`, or everything, and write them
    into the manifest."""
    from multimodal.lab import Lab
    from training.evaluation import evaluate

    path = weights / "manifest.json"
    manifest = json.loads(path.read_text())
    folders = [str(weights / kind) for kind in ("clip", "vqgan", "dalle")]
    lab = Lab.load(Preset("exported", "Just exported", *folders), "cpu")
    for name, figure in evaluate(lab, names, say=print, judge=weights / "judge").items():
        kind = name.split("_")[0]
        manifest[OWNERS.get(kind, kind)]["metrics"][name] = figure
    path.write_text(json.dumps(manifest, indent=2) + "\n")


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
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument(
        "--measure", nargs="*", metavar="FIGURE",
        help="evaluate and record the figures whose name starts so; all of them without a name",
    )  # fmt: skip
    arguments = parser.parse_args(argv)
    for kind in RECIPES:
        run = getattr(arguments, kind)
        if run is not None:
            export(kind, run, arguments.weights, arguments.note)
    if arguments.guide is not None:
        write_guide(arguments.guide, arguments.weights, arguments.note)
    new_texts = arguments.clip is not None and (arguments.weights / "clip" / GUIDE_FILE).exists()
    if arguments.guide is not None or new_texts:  # the guide looks for where the texts are
        measure_guide(arguments.weights)
    if arguments.measure is not None:
        record_metrics(arguments.weights, arguments.measure)


if __name__ == "__main__":
    main()
