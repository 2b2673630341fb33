"""What every recipe shares: flags from its config, the schedule, EMA, checkpoints, the log.

A recipe's schedule runs over `steps` or `minutes` of training time, whichever ends first, so
the same command suits two CPU cores and a GPU.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import sys
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

Config = TypeVar("Config")


def config_from_flags(cls: type[Config], argv: list[str] | None = None) -> Config:
    """One `--flag` for each int, float, bool or string field of a frozen config dataclass."""
    parser = argparse.ArgumentParser(description=sys.modules[cls.__module__].__doc__)
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        flag = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=field.default)
        elif isinstance(field.default, int | float | str):
            parser.add_argument(flag, type=type(field.default), default=field.default)
    return cls(**vars(parser.parse_args(argv)))


def join_workers() -> tuple[int, int]:
    """This worker's number and how many there are; (0, 1) unless started by `torchrun`."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        dist.init_process_group("gloo")
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def share_gradients(module: nn.Module) -> None:
    """Every worker's gradients become the mean over all workers."""
    if not dist.is_initialized():
        return
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    parts = flat.split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def prepare(device: str, threads: int, seed: int) -> torch.device:
    """The device of a run (`auto` is CUDA where there is one), its CPU threads and its seed."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        torch.set_num_threads(threads)
    torch.manual_seed(seed)
    return torch.device(device)


class Run:
    """Progress, schedule, checkpoint and log of one training run.

    Args:
        folder: holds `checkpoint.pt` and `log.jsonl`; a run that finds a checkpoint goes on.
        state: everything that must survive: modules, optimisers, EMA (all with state_dict).
        config: the model's configuration, kept beside the checkpoint for the export.
    """

    def __init__(
        self,
        folder: Path,
        state: dict[str, Any],
        steps: int,
        minutes: float,
        seed: int,
        config: dict[str, Any],
        save_every: float = 180.0,
    ) -> None:
        self.folder, self.state = folder, state
        self.steps, self.minutes, self.save_every = steps, minutes, save_every
        self.step, self.seconds = 0, 0.0
        self.worker, _ = join_workers()  # only the first one, 0, writes
        self.generator = torch.Generator().manual_seed(seed)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=2))
        self._path = folder / "checkpoint.pt"
        if self._path.exists():
            self._load()
        self._tick = self._saved = time.monotonic()

    @property
    def progress(self) -> float:
        """How much of the schedule has passed, in [0, 1]."""
        return min(1.0, max(self.step / self.steps, self.seconds / (60 * self.minutes)))

    def rate(self, peak: float, warmup: float = 0.02, floor: float = 0.02) -> float:
        """Cosine learning rate with a linear warm-up; Loshchilov & Hutter 2017, eq. 5."""
        if self.progress < warmup:
            return peak * max(self.progress / warmup, 0.02)
        part = (self.progress - warmup) / (1 - warmup)
        return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * part)))

    def advance(self) -> bool:
        """Count a step; saves now and then; False when the schedule has ended."""
        now = time.monotonic()
        self.seconds = _of_first_worker(self.seconds + now - self._tick)
        self._tick = now
        self.step += 1
        done = self.progress >= 1.0
        if done or now - self._saved > self.save_every:
            self.save()
        return not done

    def save(self) -> None:
        """Write the checkpoint beside the old one, then swap: a kill loses nothing."""
        self._saved = time.monotonic()
        if self.worker:
            return
        payload = {name: part.state_dict() for name, part in self.state.items()}
        payload["run"] = {
            "step": self.step,
            "seconds": self.seconds,
            "generator": self.generator.get_state(),
        }
        part = self._path.with_suffix(".part")
        torch.save(payload, part)
        os.replace(part, self._path)

    def _load(self) -> None:
        payload = torch.load(self._path, map_location="cpu", weights_only=True)
        run = payload.pop("run")
        for name, part in self.state.items():
            part.load_state_dict(payload[name])
        self.step, self.seconds = run["step"], run["seconds"]
        self.generator.set_state(run["generator"])

    def log(self, **values: Tensor | float) -> None:
        """One JSON line to log.jsonl and to stdout."""
        if self.worker:
            return
        line = {"step": self.step, "minutes": round(self.seconds / 60, 2)}
        line.update({name: round(float(value), 4) for name, value in values.items()})
        text = json.dumps(line)
        print(text, flush=True)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(text + "\n")


def _of_first_worker(value: float) -> float:
    """Worker 0's value, so that all agree on the schedule and on its end."""
    if not dist.is_initialized():
        return value
    shared = torch.tensor(value, dtype=torch.double)
    dist.broadcast(shared, 0)
    return float(shared)


class EMA:
    """Exponential moving average of a module's weights (Polyak averaging), warmed up."""

    def __init__(self, module: nn.Module, decay: float = 0.998) -> None:
        self.decay, self.updates = decay, 0
        self.shadow = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Blend the module's present weights in; integer buffers are copied."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for key, value in module.state_dict().items():
            if value.is_floating_point():
                self.shadow[key].lerp_(value, 1 - decay)
            else:
                self.shadow[key].copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"updates": self.updates, "shadow": self.shadow}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.updates = state["updates"]
        for key, value in state["shadow"].items():
            self.shadow[key].copy_(value)


def set_rate(optimizer: torch.optim.Optimizer, scale: float) -> None:
    """Every group's learning rate becomes its own `peak` times `scale`."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * scale


def groups(modules: Iterable[tuple[nn.Module, float]], weight_decay: float) -> list[dict[str, Any]]:
    """AdamW groups: matrices decay, vectors and scalars do not; `peak` rides along."""
    found = []
    for module, peak in modules:
        parameters = [p for p in module.parameters() if p.requires_grad]
        for decay, chosen in (
            (weight_decay, [p for p in parameters if p.ndim > 1]),
            (0.0, [p for p in parameters if p.ndim <= 1]),
        ):
            if chosen:
                found.append({"params": chosen, "weight_decay": decay, "lr": peak, "peak": peak})
    return found


def descend(
    loss: Tensor, model: nn.Module, optimizer: torch.optim.Optimizer, longest: float
) -> None:
    """One step of the optimiser, the gradient's norm cut to `longest`."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), longest)
    optimizer.step()


def autocast(device: torch.device, transformer: bool = False) -> torch.autocast:
    """bf16 on CUDA. On a CPU only for transformers, and only where its matrix products are fast;
    convolutions gained nothing there."""
    enabled = device.type == "cuda" or (transformer and bf16_is_fast())
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)


@cache
def bf16_is_fast() -> bool:
    """Whether this CPU multiplies bf16 matrices clearly faster than fp32 ones; without its own
    instructions for them it is ten times slower."""
    left, right = torch.rand(1024, 256), torch.rand(256, 512)

    def seconds(dtype: torch.dtype) -> float:
        a, b = left.to(dtype), right.to(dtype)
        times = []
        for _ in range(5):
            began = time.perf_counter()
            a @ b
            times.append(time.perf_counter() - began)
        return min(times)

    return seconds(torch.bfloat16) < seconds(torch.float32) / 1.5
