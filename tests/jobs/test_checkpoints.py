"""An interrupted training: what it leaves, and that going on ends where an unbroken one does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.errors import ModelRefused, UsageError, WriteError
from gruforecast.jobs import checkpoints
from gruforecast.jobs.source import Loaded
from gruforecast.jobs.train import TrainResult, train
from gruforecast.store import state
from gruforecast.training.events import Event, PhaseStarted, Snapshotted

MODEL = ModelConfig(hidden=4)
CONFIG = TrainConfig(horizon=6, max_steps=6, batch_size=8, threads=1, lr=1e-2, ensemble=2)


def sales(length: int = 48) -> str:
    rows = [
        f"{store},{2018 + i // 12}-{i % 12 + 1:02d}-01,{100 + 10 * math.sin(i * math.pi / 6) + i % 5}"
        for store in ("Oslo", "Rome")
        for i in range(length)
    ]
    return "store,month,sales\n" + "\n".join(rows) + "\n"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(sales())
    return path


def go(csv: Path, directory: Path, config: TrainConfig = CONFIG, **more: Any) -> TrainResult:
    return train(csv, directory, model=MODEL, config=config, **more)


class Stop(BaseException):
    """What a signal raises."""


def stopped_at(number: int) -> Callable[[Event], None]:
    """Stop at snapshot *number*, from 1."""
    seen = 0

    def follow(event: Event) -> None:
        nonlocal seen
        seen += isinstance(event, Snapshotted)
        if seen == number:
            raise Stop

    return follow


def interrupted(csv: Path, directory: Path, number: int = 1, config: TrainConfig = CONFIG, **more: Any) -> None:
    with pytest.raises(Stop):
        go(csv, directory, config, on_event=stopped_at(number), stopping=lambda: True, **more)


def weights(directory: Path) -> bytes:
    return max(directory.glob("versions/*/model.safetensors")).read_bytes()


@pytest.mark.parametrize("number", [1, 4, 6, 7, 9, 14])
def test_going_on_ends_where_an_unbroken_training_does(csv: Path, tmp_path: Path, number: int) -> None:
    go(csv, tmp_path / "whole")
    interrupted(csv, tmp_path / "m", number)
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["LOCK", "runs"]
    begun: list[PhaseStarted] = []
    done = go(
        csv,
        tmp_path / "m",
        resume=True,
        on_event=lambda event: begun.append(event) if isinstance(event, PhaseStarted) else None,
    )
    assert done.resumed and begun[0].done > 0
    assert weights(tmp_path / "m") == weights(tmp_path / "whole")
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["CURRENT", "LOCK", "versions"]


def test_going_on_can_be_interrupted_again(csv: Path, tmp_path: Path) -> None:
    go(csv, tmp_path / "whole")
    interrupted(csv, tmp_path / "m", 2)
    for _ in range(4):
        interrupted(csv, tmp_path / "m", 3, resume=True)
    go(csv, tmp_path / "m", resume=True)
    assert weights(tmp_path / "m") == weights(tmp_path / "whole")


def test_nothing_to_resume_means_from_the_start(csv: Path, tmp_path: Path) -> None:
    assert not go(csv, tmp_path / "m", resume=True).resumed
    assert not go(csv, tmp_path / "m", resume=True).resumed  # a model is published, so nothing is left


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"max_steps": 7}, "max_steps"),
        ({"seed": 1, "lr": 2e-2}, "lr, seed"),
        ({"threads": 2}, "threads"),
        ({}, "data"),
    ],
)
def test_another_training_is_not_gone_on_with(csv: Path, tmp_path: Path, changed: dict[str, Any], named: str) -> None:
    interrupted(csv, tmp_path / "m")
    if not changed:
        csv.write_text(sales(49))
    with pytest.raises(UsageError, match=f"differs in {named}") as refusal:
        go(csv, tmp_path / "m", replace(CONFIG, **changed), resume=True)
    assert "--resume" in str(refusal.value.hint)
    assert state.latest_state(tmp_path / "m" / "runs" / "train") is not None
    go(csv, tmp_path / "m", replace(CONFIG, **changed))
    assert not (tmp_path / "m" / "runs").exists()


def test_rows_in_another_order_are_the_same_data(csv: Path, tmp_path: Path) -> None:
    interrupted(csv, tmp_path / "m")
    header, *rows = csv.read_text().splitlines()
    # Ids keep the order they come in, so both stores have to.
    csv.write_text("\n".join([header, *sorted(rows[:48], reverse=True), *sorted(rows[48:], reverse=True)]) + "\n")
    assert go(csv, tmp_path / "m", resume=True).resumed


def test_a_new_training_takes_the_place_of_an_interrupted_one(csv: Path, tmp_path: Path) -> None:
    interrupted(csv, tmp_path / "m", 5)
    other = replace(CONFIG, seed=3)
    said: list[Loaded] = []
    interrupted(csv, tmp_path / "m", 1, other, on_read=said.append)
    assert [p.name for p in (tmp_path / "m" / "runs" / "train").iterdir()] == ["ckpt-1"]
    assert go(csv, tmp_path / "m", other, resume=True, on_read=said.append).resumed
    assert go(csv, tmp_path / "m", other, on_read=said.append).loaded is said[-1]
    warnings = ["; ".join(loaded.report.warnings) for loaded in said]
    assert "interrupted at step 5" in warnings[0] and warnings[1:] == ["", ""]


def test_an_interrupted_training_leaves_the_model_as_it_was(csv: Path, tmp_path: Path) -> None:
    go(csv, tmp_path / "m")
    before = {p: p.read_bytes() for p in (tmp_path / "m").rglob("*") if p.is_file()}
    interrupted(csv, tmp_path / "m", config=replace(CONFIG, seed=1))
    assert {p: p.read_bytes() for p in before} == before
    assert go(csv, tmp_path / "m", replace(CONFIG, seed=1), resume=True).model.version == 2


def test_once_in_a_while_all_is_saved(csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def look(event: Event) -> None:
        if isinstance(event, Snapshotted):
            found = state.latest_state(tmp_path / "m" / "runs" / "train")
            assert found is not None and found.step == event.snapshot.step
            seen.append(found.step)

    go(csv, tmp_path / "m", on_event=look)
    assert seen == []  # over before a minute has passed
    monkeypatch.setattr(checkpoints, "PAUSE", 0.0)
    monkeypatch.setattr(checkpoints, "SHARE", 0.0)
    go(csv, tmp_path / "m", on_event=look)
    assert seen[:6] == [1, 2, 3, 4, 5, 6] and len(seen) > 6


def test_damaged_checkpoints_are_passed_over(csv: Path, tmp_path: Path) -> None:
    interrupted(csv, tmp_path / "m", 2)
    newest = tmp_path / "m" / "runs" / "train" / "ckpt-2" / "state.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1] + b"\x01")
    begun: list[Any] = []
    assert go(csv, tmp_path / "m", resume=True, on_event=begun.append).resumed
    assert begun[0].done == 1


@pytest.mark.parametrize("damage", ["lacks", "shape", "type", "numbers"])
def test_a_state_that_is_none_of_this_network_is_refused(csv: Path, tmp_path: Path, damage: str) -> None:
    interrupted(csv, tmp_path / "m")
    run = tmp_path / "m" / "runs" / "train"
    found = state.latest_state(run)
    assert found is not None
    tensors, meta = dict(found.tensors), dict(found.meta)
    if damage == "lacks":
        del tensors["exp_avg.gates.bias"]
    elif damage == "shape":
        tensors["average.gates.bias"] = np.zeros(3, np.float32)
    elif damage == "type":
        tensors["network.gates.bias"] = tensors["network.gates.bias"].astype(np.float64)
    else:
        meta["best"] = {"step": "many"}
    state.save_state(run, 1, meta, tensors)
    with pytest.raises(ModelRefused, match="damaged"):
        go(csv, tmp_path / "m", resume=True)


def test_a_full_disk_stops_the_training_and_leaves_the_checkpoint_before(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, calls = checkpoints.save_state, []

    def failing(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) > 2:
            raise WriteError("no space left on device")
        save(*arguments)

    monkeypatch.setattr(checkpoints, "save_state", failing)
    with pytest.raises(WriteError):
        go(csv, tmp_path / "m", stopping=lambda: True)
    monkeypatch.undo()
    go(csv, tmp_path / "whole")
    assert go(csv, tmp_path / "m", resume=True).resumed
    assert weights(tmp_path / "m") == weights(tmp_path / "whole")
