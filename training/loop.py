"""The one training loop: a recipe says what its loss is, a `Run` does the rest.

    device = prepare(recipe)
    model = ...
    run = Run(recipe, model, {"optimizer": optimizer}, model.config)
    for step in run.steps():
        loss = ...
        loss.backward()
        if run.logs:
            run.log(loss=loss)

Before each step `steps` sets the learning rates and clears the gradients. After it, it averages
the gradients over the workers, clips them, lets the optimizers step, updates the average of the
weights and saves now and then. Training ends after `steps` or `minutes`, whichever comes first, so
that one command suits two CPU cores and a GPU. Started again, a run goes on from its checkpoint.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from multimodal.models.checkpoints import CONFIG_FILE, StoredConfig

SAVE_SECONDS = 180.0  # between two checkpoints
Config = TypeVar("Config")


@dataclass(frozen=True)
class Recipe:
    """What every recipe lets one choose; each has choices of its own beside these."""

    out: str = "runs/run"  # the folder of the run
    photos: str = ""  # a folder of photographs with one folder a class; "" for none
    steps: int = 200_000
    minutes: float = 60.0
    batch: int = 64
    seed: int = 0
    device: str = "auto"
    threads: int = 1  # of a CPU

    @property
    def folder(self) -> Path:
        """`out` as a path."""
        return Path(self.out)


def config_from_flags(cls: type[Config], argv: list[str] | None = None) -> Config:
    """One `--flag` for each int, float, bool or string field of a frozen config dataclass."""
    parser = argparse.ArgumentParser(
        description=sys.modules[cls.__module__].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        flag = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=field.default)
        elif isinstance(field.default, int | float | str):
            parser.add_argument(flag, type=type(field.default), default=field.default)
    return cls(**vars(parser.parse_args(argv)))


def prepare(recipe: Recipe) -> torch.device:
    """Make the run's folder, set seed and threads, and give the device (`auto` is CUDA where there
    is one)."""
    recipe.folder.mkdir(parents=True, exist_ok=True)
    name = recipe.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    return torch.device(name)


class Run:
    """One training run: its schedule, optimizers, average of weights, checkpoint and log.

    Args:
        model: what is trained; the checkpoint holds its weights and their average (`ema`).
        optimizers: by the names that their states have in the checkpoint. Groups with a `peak` (see
            `groups`) follow the schedule, others keep their learning rate.
        config: the model's configuration, kept beside the checkpoint for the export.
        max_norm: longest gradient of the model; longer ones are scaled down to it.
        log_every: steps between two lines of the log.
        others: further modules that the checkpoint must hold.
    """

    def __init__(
        self,
        recipe: Recipe,
        model: nn.Module,
        optimizers: dict[str, torch.optim.Optimizer],
        config: StoredConfig,
        max_norm: float = 1.0,
        log_every: int = 50,
        others: dict[str, nn.Module] | None = None,
    ) -> None:
        self.recipe, self.model, self.optimizers = recipe, model, list(optimizers.values())
        self.max_norm, self.log_every = max_norm, log_every
        self.ema = EMA(model)
        self._state: dict[str, Any] = {"model": model, **optimizers, **(others or {})}
        self._state["ema"] = self.ema
        self.step, self.seconds = 0, 0.0
        self.worker, self.workers = join_workers()  # only worker 0 writes
        self.generator = torch.Generator().manual_seed(recipe.seed)
        (recipe.folder / CONFIG_FILE).write_text(json.dumps(config.to_dict(), indent=2))
        self._path = recipe.folder / "checkpoint.pt"
        if self._path.exists():
            self._load()
        self._tick = self._saved = time.monotonic()

    @property
    def progress(self) -> float:
        """How much of the schedule has passed, in [0, 1]."""
        minutes = self.seconds / (60 * self.recipe.minutes)
        return min(1.0, max(self.step / self.recipe.steps, minutes))

    @property
    def logs(self) -> bool:
        """Whether the present step gets a line in the log."""
        return self.step % self.log_every == 0

    def steps(self) -> Iterator[int]:
        """The numbers of the steps that are left; between two of them the weights move."""
        while self.progress < 1:
            for optimizer in self.optimizers:
                set_learning_rate(optimizer, schedule(self.progress))
                optimizer.zero_grad(set_to_none=True)
            yield self.step
            share_gradients(self.optimizers)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
            for optimizer in self.optimizers:
                optimizer.step()
            self.ema.update(self.model)
            self._advance()

    def log(self, **values: Tensor | float) -> None:
        """One JSON line to log.jsonl and to stdout."""
        if self.worker:
            return
        line = {"step": self.step, "minutes": round(self.seconds / 60, 2)}
        for name, value in values.items():
            number = value.item() if isinstance(value, Tensor) else value
            line[name] = round(number, 4)
        text = json.dumps(line)
        print(text, flush=True)
        with (self.recipe.folder / "log.jsonl").open("a") as file:
            file.write(text + "\n")

    def _advance(self) -> None:
        """Count a step and its time; save now and then, and at the end."""
        now = time.monotonic()
        self.seconds = _of_first_worker(self.seconds + now - self._tick)
        self._tick = now
        self.step += 1
        if self.progress >= 1 or now - self._saved > SAVE_SECONDS:
            self._save()

    def _save(self) -> None:
        """Write the checkpoint beside the old one, then swap them: a kill loses nothing."""
        self._saved = time.monotonic()
        if self.worker:
            return
        payload = {name: part.state_dict() for name, part in self._state.items()}
        payload["run"] = {
            "step": self.step,
            "seconds": self.seconds,
            "generator": self.generator.get_state(),
        }
        unfinished = self._path.with_suffix(".part")
        torch.save(payload, unfinished)
        os.replace(unfinished, self._path)

    def _load(self) -> None:
        payload = torch.load(self._path, map_location="cpu", weights_only=True)
        run = payload.pop("run")
        for name, part in self._state.items():
            part.load_state_dict(payload[name])
        self.step, self.seconds = run["step"], run["seconds"]
        self.generator.set_state(run["generator"])


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


def groups(
    modules: Iterable[tuple[nn.Module, float]], weight_decay: float, scheduled: bool = True
) -> list[dict[str, Any]]:
    """AdamW groups of (module, learning rate): matrices decay, vectors and scalars do not. Where
    they are `scheduled`, the rate is the `peak` of the schedule."""
    found: list[dict[str, Any]] = []
    for module, rate in modules:
        parameters = [p for p in module.parameters() if p.requires_grad]
        for decay, chosen in (
            (weight_decay, [p for p in parameters if p.ndim > 1]),
            (0.0, [p for p in parameters if p.ndim <= 1]),
        ):
            if chosen:
                peak = {"peak": rate} if scheduled else {}
                found.append({"params": chosen, "weight_decay": decay, "lr": rate, **peak})
    return found


def schedule(progress: float, warmup: float = 0.02, lowest: float = 0.02) -> float:
    """The learning rate as a share of its peak: a linear warm-up, then a cosine; Loshchilov &
    Hutter 2017, eq. 5."""
    if progress < warmup:
        return max(progress / warmup, 0.02)
    part = (progress - warmup) / (1 - warmup)
    return lowest + (1 - lowest) * 0.5 * (1 + math.cos(math.pi * part))


def set_learning_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Each group's learning rate becomes `share` of its `peak`, where it has one."""
    for group in optimizer.param_groups:
        if "peak" in group:
            group["lr"] = group["peak"] * share


def join_workers() -> tuple[int, int]:
    """This worker's number and how many there are; (0, 1) unless started by `torchrun`."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        dist.init_process_group("gloo")
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def share_gradients(optimizers: Iterable[torch.optim.Optimizer]) -> None:
    """Every worker's gradients become the mean over all workers."""
    if not dist.is_initialized():
        return
    parameters = [p for o in optimizers for group in o.param_groups for p in group["params"]]
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    parts = flat.split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def _of_first_worker(value: float) -> float:
    """Worker 0's value, so that all agree on the schedule and on its end."""
    if not dist.is_initialized():
        return value
    shared = torch.tensor(value, dtype=torch.double)
    dist.broadcast(shared, 0)
    return float(shared)


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
