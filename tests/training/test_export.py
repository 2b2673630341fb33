"""Where a finished run goes: the judge beside the recipes, everything else into the product."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import TINY_VQGAN
from tokenizers import Tokenizer
from torch import nn

from multimodal.models.checkpoints import load_vqgan
from multimodal.models.patch_discriminator import PatchDiscriminator
from multimodal.models.presets import Preset
from multimodal.models.vqgan import VQGAN
from training import export
from training.evaluation import GROUPS
from training.evaluation.judge import JudgeCLIP, JudgeConfig, load_judge

HERE = Path(export.__file__).parent


def put_run(folder: Path, net: nn.Module, config: Any, **others: Any) -> Path:
    """What a recipe leaves."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    state = net.state_dict()
    run = {"step": 3, "seconds": 90.0}
    stored = {"model": state, "ema": {"shadow": dict(state)}, "run": run, **others}
    torch.save(stored, folder / "checkpoint.pt")
    return folder


@pytest.fixture
def judge_run(tmp_path: Path, tiny_tokenizer: Tokenizer) -> Path:
    config = JudgeConfig(embed_dim=16, vocab_size=300)
    run = put_run(tmp_path / "judge-run", JudgeCLIP(config, tiny_tokenizer), config)
    tiny_tokenizer.save(str(run / "tokenizer.json"))
    return run


@pytest.fixture
def vqgan_run(tmp_path: Path) -> Path:
    states = {"discriminator": PatchDiscriminator().state_dict()}
    return put_run(tmp_path / "vqgan-run", VQGAN(TINY_VQGAN), TINY_VQGAN, **states)


def test_the_judge_is_no_part_of_the_product() -> None:
    assert export.HOMES["judge"] == HERE / "weights"
    others = {home for kind, home in export.HOMES.items() if kind != "judge"}
    assert others == {HERE.parent / "multimodal" / "weights"}


def test_every_model_goes_to_its_home_with_a_manifest_there(
    tmp_path: Path, judge_run: Path, vqgan_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, training = tmp_path / "product", tmp_path / "training"
    homes = {kind: training if kind == "judge" else product for kind in export.HOMES}
    monkeypatch.setattr(export, "HOMES", homes)
    export.main(["--judge", str(judge_run), "--vqgan", str(vqgan_run), "--note", "a test"])
    assert {path.name for path in product.iterdir()} == {"vqgan", "manifest.json"}
    assert {path.name for path in training.iterdir()} == {"judge", "manifest.json"}
    load_judge(training / "judge")  # reads its hashes in the manifest beside it
    load_vqgan(product / "vqgan")
    stated = json.loads((training / "manifest.json").read_text())["judge"]
    assert stated["run"] == {"steps": 3, "minutes": 1.5, "note": "a test"}
    both = [
        "--judge",
        str(judge_run),
        "--vqgan",
        str(vqgan_run),
        "--weights",
        str(tmp_path / "all"),
    ]
    export.main(both)
    stated = json.loads((tmp_path / "all" / "manifest.json").read_text())
    assert set(stated) == {"judge", "vqgan"}


def test_a_figure_is_written_to_the_model_that_it_is_of(
    tmp_path: Path, tiny_preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, training = tmp_path / "product", tmp_path / "training"
    shutil.copytree(Path(tiny_preset.clip).parent, product)
    (training / "judge").mkdir(parents=True)
    empty: dict[str, Any] = {"metrics": {}}
    models = dict.fromkeys(("clip", "vqgan", "dalle"), empty)
    (product / "manifest.json").write_text(json.dumps(models))
    (training / "manifest.json").write_text(json.dumps({"judge": {"metrics": {"paint_top1": 0}}}))
    homes = {kind: training if kind == "judge" else product for kind in export.HOMES}
    monkeypatch.setattr(export, "HOMES", homes)
    asked: list[Any] = []

    def measured(lab: Any, names: list[str], say: Any, judge: Path) -> dict[str, int]:
        asked.append((names, judge))
        return {"clip_photos_top1": 1, "paint_top1": 2, "judge_photos_top1": 3}

    monkeypatch.setattr(export, "evaluate", measured)
    export.main(["--measure", "some"])
    assert asked == [(["some"], training / "judge")]
    written = json.loads((product / "manifest.json").read_text())
    assert written == {**models, "clip": {"metrics": {"clip_photos_top1": 1}}}
    written = json.loads((training / "manifest.json").read_text())
    assert written == {"judge": {"metrics": {"paint_top1": 2, "judge_photos_top1": 3}}}
    export.main(["--measure", "--weights", str(product)])  # has no judge of its own
    assert asked[-1] == ([], export.JUDGE)


def test_every_figure_has_an_owner_and_stands_in_its_entry() -> None:
    figures = {figure for group in GROUPS for figure in group.figures}
    assert {export.owner(figure) for figure in figures} == set(export.HOMES)
    for kind, home in export.HOMES.items():
        stated = json.loads((home / "manifest.json").read_text())[kind]["metrics"]
        assert set(stated) == {figure for figure in figures if export.owner(figure) == kind}
