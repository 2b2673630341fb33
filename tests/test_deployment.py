"""What a Space, a clone and a reader of the README rely on."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from multimodal import __version__
from multimodal.models.checkpoints import file_hash
from multimodal.models.presets import WEIGHTS
from multimodal.settings.limits import Limits
from training.evaluation.eval_data import JUDGE

ROOT = Path(__file__).resolve().parents[1]


def front_matter() -> dict[str, object]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---\n", text, flags=re.S)
    assert match, "README.md must open with the Space's front matter"
    return dict(yaml.safe_load(match[1]))


def test_the_readmes_front_matter_equals_spaces_config() -> None:
    config = yaml.safe_load((ROOT / "spaces_config.yaml").read_text(encoding="utf-8"))
    config.pop("limits")
    assert front_matter() == config


def test_the_front_matter_is_what_the_hub_accepts() -> None:
    front = front_matter()
    assert front["sdk"] == "gradio" and (ROOT / str(front["app_file"])).is_file()
    assert len(str(front["short_description"])) <= 60
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {front["colorFrom"], front["colorTo"]} <= colours
    pinned = (ROOT / "requirements.txt").read_text()
    assert f"gradio=={front['sdk_version']}\n" in pinned


def test_hosted_limits_are_no_wider_than_local_ones() -> None:
    hosted, local = Limits.hosted(ROOT / "spaces_config.yaml"), Limits.local()
    assert all(getattr(hosted, name) <= getattr(local, name) for name in vars(local))
    assert hosted != local


def test_every_requirement_is_pinned_and_justified() -> None:
    for path in ROOT.glob("requirements*.txt"):
        previous = ""
        for line in path.read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"[A-Za-z0-9_.\-\[\]]+==[0-9][\w.]*(\s+#.*)?", line), line
                assert previous.startswith("#") or "#" in line, f"{line} has no reason"
            previous = line


def test_a_space_on_a_cpu_gets_torch_without_cuda() -> None:
    """It installs pre-requirements.txt first, so requirements.txt then finds torch in place."""
    lines = (ROOT / "pre-requirements.txt").read_text().splitlines()
    index, torch = [line for line in lines if not line.startswith("#")]
    assert index == "--extra-index-url https://download.pytorch.org/whl/cpu"
    assert torch in (ROOT / "requirements.txt").read_text().splitlines()
    assert front_matter()["suggested_hardware"] == "cpu-basic"


@pytest.mark.parametrize(
    ("system", "has_gpu", "is_reached", "said", "installs"),
    [
        ("Linux", False, True, "the CPU build", True),
        ("Linux", True, True, "the CUDA build", False),
        ("Linux", False, False, "cannot be reached", False),
        ("Darwin", False, True, "the usual build for Darwin", False),
    ],
)
def test_setup_chooses_the_build_of_torch_and_says_so(
    tmp_path: Path, system: str, has_gpu: bool, is_reached: bool, said: str, installs: bool
) -> None:
    """With stand-ins for the machine: uname, nvidia-smi, and a Python that installs nothing."""
    installed = tmp_path / "installed"
    answers = {
        "uname": f"echo {system}",
        "nvidia-smi": f"exit {0 if has_gpu else 9}",
        "python": f'[ "$1" = -c ] && exit {0 if is_reached else 1}; echo "$@" > {installed}',
    }
    for name, body in answers.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    run = ["bash", ROOT / "tools/install_torch.sh", tmp_path / "python"]
    done = subprocess.run(run, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said in done.stdout and len(done.stdout.splitlines()) == 1
    assert installed.exists() is installs
    assert not installs or "pre-requirements.txt" in installed.read_text()


def test_the_manifest_names_every_shipped_file_and_all_are_small() -> None:
    manifests = {
        (folder, kind): entry
        for folder in (WEIGHTS, JUDGE.parent)
        for kind, entry in json.loads((folder / "manifest.json").read_text()).items()
    }
    assert {kind for _, kind in manifests} == {"clip", "vqgan", "dalle", "judge"}
    total = 0
    for (folder, kind), entry in manifests.items():
        files = {path.name: path for path in (folder / kind).iterdir()}
        assert set(files) == set(entry["sha256"])
        for name, path in files.items():
            assert file_hash(path) == entry["sha256"][name]
            assert path.stat().st_size < 10_000_000
            total += path.stat().st_size
        assert entry["metrics"] and entry["recipe"] and entry["data"]
    assert total < 60_000_000


def test_version_and_changelog_agree() -> None:
    newest = re.search(r"## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text())
    assert newest and newest[1] == __version__
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_the_readme_links_to_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / target).exists(), target
