"""The training loop that all recipes share: its schedule, its steps, and going on after a stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from training import loop
from training.loop import EMA, Recipe, Run, config_from_flags, groups, prepare, schedule


@dataclass(frozen=True)
class Width:
    """A configuration of the tiny net."""

    width: int = 3

    def to_dict(self) -> dict[str, Any]:
        return {"width": self.width}


def run_of(recipe: Recipe, scheduled: bool = True, **options: Any) -> Run:
    prepare(recipe)
    net = nn.Linear(3, 1)
    optimizer = torch.optim.AdamW(groups([(net, 0.1)], 0.02, scheduled))
    return Run(recipe, net, {"optimizer": optimizer}, Width(), **options)


def descend(run: Run, most: int = 100) -> list[int]:
    """Fit noise for some steps; says which."""
    seen = []
    for step in run.steps():
        seen.append(step)
        inputs = torch.randn(4, 3, generator=run.generator)
        loss = (run.model(inputs) - inputs.sum(1, keepdim=True)).square().mean()
        loss.backward()
        if run.logs:
            run.log(loss=loss, double=2.0)
        if len(seen) > most:
            break
    return seen


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return Recipe(out=str(tmp_path / "run"), steps=6, device="cpu")


def test_steps_count_up_to_the_end_of_the_schedule(recipe: Recipe) -> None:
    assert descend(run_of(recipe)) == [0, 1, 2, 3, 4, 5]
    assert descend(run_of(recipe)) == []  # it has ended
    assert json.loads((recipe.folder / "config.json").read_text()) == {"width": 3}


def test_minutes_end_a_run_as_well(recipe: Recipe) -> None:
    assert descend(run_of(replace(recipe, minutes=1e-9))) == [0]


def test_a_run_that_is_started_again_ends_as_if_it_had_not_stopped(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)  # after every step
    whole = run_of(recipe)
    descend(whole)
    other = replace(recipe, out=str(tmp_path / "other"))
    assert descend(run_of(other), most=3) == [0, 1, 2, 3]  # the last one is never finished
    goes_on = run_of(other)
    assert descend(goes_on) == [3, 4, 5]
    for name, value in whole.ema.shadow.items():
        assert torch.equal(value, goes_on.ema.shadow[name])
        assert torch.equal(whole.model.state_dict()[name], goes_on.model.state_dict()[name])


def test_a_step_of_no_gradient_moves_nothing_and_long_ones_are_shortened(recipe: Recipe) -> None:
    run = run_of(recipe, max_norm=0.5)
    before = [p.clone() for p in run.model.parameters()]
    steps = run.steps()
    next(steps)
    next(steps)
    assert all(torch.equal(*pair) for pair in zip(before, run.model.parameters(), strict=True))
    (1e4 * run.model(torch.ones(1, 3)).sum()).backward()
    gradients = [p.grad for p in run.model.parameters()]
    next(steps)
    norm = torch.cat([g.flatten() for g in gradients if g is not None]).norm()
    assert norm == pytest.approx(0.5, rel=1e-4)
    assert all(p.grad is None for p in run.model.parameters())  # cleared for the step to come


def test_the_learning_rate_rises_to_its_peak_and_falls_to_a_fiftieth(recipe: Recipe) -> None:
    assert schedule(0.01) == pytest.approx(0.5) and schedule(0.02) == pytest.approx(1)
    shares = [schedule(0.02 + part / 50) for part in range(50)]
    assert shares == sorted(shares, reverse=True) and schedule(1.0) == pytest.approx(0.02)
    for scheduled, expected in ((True, 0.1 * schedule(0)), (False, 0.1)):
        run = run_of(recipe, scheduled)
        next(run.steps())
        assert {group["lr"] for group in run.optimizers[0].param_groups} == {expected}


def test_the_log_has_a_line_every_so_many_steps(recipe: Recipe) -> None:
    descend(run_of(recipe, log_every=4))
    lines = [json.loads(line) for line in (recipe.folder / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 4]
    assert all(line["double"] == 2.0 and line["loss"] > 0 for line in lines)


def test_an_average_of_weights_follows_them_slowly() -> None:
    net = nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(0.0)
    ema = EMA(net, decay=0.9)
    net.weight.data.fill_(1.0)
    ema.update(net)
    assert ema.shadow["weight"].item() == pytest.approx(9 / 11)  # warmed up: decay is 2 / 11
    for _ in range(200):
        ema.update(net)
    assert ema.shadow["weight"].item() == pytest.approx(1, abs=1e-4)


def test_every_choice_of_a_recipe_is_a_flag() -> None:
    found = config_from_flags(Recipe, ["--steps", "7", "--photos", "x", "--minutes", "0.5"])
    assert (found.steps, found.photos, found.minutes, found.seed) == (7, "x", 0.5, 0)


WORKER = """
import torch
from test_loop import Width
from training.loop import Recipe, Run, prepare

recipe = Recipe(out="run", steps=2, device="cpu")
prepare(recipe)
net = torch.nn.Linear(1, 1, bias=False)
net.weight.data.zero_()
run = Run(recipe, net, {"optimizer": torch.optim.SGD(net.parameters(), lr=1.0)}, Width(), 10.0)
for _ in run.steps():
    (net(torch.ones(1, 1)).sum() * (1 + run.worker)).backward()  # gradients of 1 and of 2
open(f"weight-{run.worker}", "w").write(f"{run.workers} {net.weight.item()}")
"""


def test_workers_step_by_the_mean_of_their_gradients_and_the_first_one_writes(
    tmp_path: Path,
) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    here = Path(__file__).resolve()
    paths = os.pathsep.join(map(str, (here.parent, here.parents[2])))
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, "worker.py"], cwd=tmp_path, env=environment, check=True, timeout=120)
    assert [(tmp_path / f"weight-{n}").read_text() for n in (0, 1)] == ["2 -3.0", "2 -3.0"]
    assert torch.load(tmp_path / "run" / "checkpoint.pt")["run"]["step"] == 2
