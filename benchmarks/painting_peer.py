"""The loop of a github.com/nerdyrodent/VQGAN-CLIP checkout, driven from outside.

Its generate.py parses arguments and loads checkpoints when it is imported. So only the classes and
functions of a step are taken from its source, as they stand there, and run with nets of the
checkouts of taming-transformers and openai/CLIP. Needs torchvision, kornia, ftfy and regex.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: What a step is made of in generate.py.
PARTS = {
    "ReplaceGrad", "replace_grad", "ClampWithGrad", "clamp_with_grad", "vector_quantize", "Prompt",
    "MakeCutouts", "synth", "ascend_txt", "train",
}  # fmt: skip
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
#: Names of a decoder's parts in taming-transformers -> in diffusers.
NAMES = (
    ("mid.block_1.", "mid_block.resnets.0."), ("mid.block_2.", "mid_block.resnets.1."),
    ("mid.attn_1.", "mid_block.attentions.0."), (".block.", ".resnets."),
    (".attn.", ".attentions."), (".upsample.", ".upsamplers.0."),
    ("nin_shortcut", "conv_shortcut"),
    ("norm_out", "conv_norm_out"), (".q.", ".to_q."), (".k.", ".to_k."), (".v.", ".to_v."),
    ("proj_out", "to_out.0"),
)  # fmt: skip


@dataclass(frozen=True)
class Checkouts:
    """Folders of the three projects."""

    vqgan_clip: Path
    taming: Path
    clip: Path


def make_step(
    checkouts: Checkouts, net: Any, num_cutouts: int, size: int, seed: int
) -> tuple[Callable[[], None], Callable[[Tensor], Tensor]]:
    """A step of the peer's loop, and its way from z to a picture in [0, 1].

    Args:
        net: a diffusers VQModel in the f16 layout, whose decoder and codes the peer gets.
    """
    for folder in (checkouts.taming, checkouts.clip):
        sys.path.insert(0, str(folder))
    transforms = importlib.import_module("torchvision.transforms")
    clip = importlib.import_module("clip")
    clip_model = importlib.import_module("clip.model")
    taming = importlib.import_module("taming.modules.diffusionmodules.model")
    torch.manual_seed(seed)
    decoder = taming.Decoder(
        ch=128, out_ch=3, ch_mult=(1, 1, 2, 2, 4), num_res_blocks=2, attn_resolutions=[16],
        in_channels=3, resolution=256, z_channels=256,
    )  # fmt: skip
    decoder.load_state_dict(_renamed(decoder.state_dict(), net.decoder.state_dict()))
    decoder.eval().requires_grad_(False)
    perceptor = clip_model.CLIP(512, 224, 12, 768, 32, 77, 49408, 512, 8, 12)
    perceptor = perceptor.float().eval().requires_grad_(False)
    args = argparse.Namespace(augments=[["Af", "Pe", "Ji", "Er"]], init_weight=0.0)
    args.make_video, args.display_freq = False, sys.maxsize
    scope: dict[str, Any] = {
        "torch": torch, "nn": nn, "F": F, "math": math, "args": args, "gumbel": False, "i": 1,
        "K": importlib.import_module("kornia.augmentation"), "perceptor": perceptor,
        "normalize": transforms.Normalize(mean=MEAN, std=STD),
        "model": SimpleNamespace(
            decode=lambda z_q: decoder(net.post_quant_conv(z_q)), quantize=net.quantize
        ),
    }  # fmt: skip
    exec(_parts(checkouts.vqgan_clip / "generate.py"), scope)
    codebook = net.quantize.embedding.weight
    cells = size // 16
    z = codebook[torch.randint(len(codebook), (cells * cells,))]
    z = z.view(1, cells, cells, -1).permute(0, 3, 1, 2).clone().requires_grad_(True)
    embed = perceptor.encode_text(clip.tokenize("a")).float()
    scope |= {
        "z": z,
        "z_orig": z.detach().clone(),
        "z_min": codebook.min(0).values[None, :, None, None],
        "z_max": codebook.max(0).values[None, :, None, None],
        "opt": torch.optim.Adam([z], lr=0.1),
        "pMs": [scope["Prompt"](embed)],
        "make_cutouts": scope["MakeCutouts"](224, num_cutouts),
    }
    return lambda: scope["train"](1), lambda code: scope["synth"](code)


def _parts(source: Path) -> Any:
    """The code of PARTS alone."""

    def is_wanted(node: ast.stmt) -> bool:
        if isinstance(node, ast.Assign):
            return any(isinstance(name, ast.Name) and name.id in PARTS for name in node.targets)
        return isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in PARTS

    tree = ast.parse(source.read_text())
    tree.body = [node for node in tree.body if is_wanted(node)]
    return compile(tree, str(source), "exec")


def _renamed(wanted: dict[str, Tensor], stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """The stored weights of diffusers under the names and in the shapes of taming-transformers."""
    found = {}
    for name, value in wanted.items():
        other = name
        for theirs, ours in NAMES:
            other = other.replace(theirs, ours)
        if other.startswith("up."):  # counted from the finest there, from the coarsest here
            _, level, rest = other.split(".", 2)
            other = f"up_blocks.{4 - int(level)}.{rest}"
        if ".attentions." in other:
            other = other.replace(".norm.", ".group_norm.")
        found[name] = stored[other].view(value.shape)
    return found
