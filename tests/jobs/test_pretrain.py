"""Pre-training: every step follows from the seed and its number alone, and a run goes on bit for bit."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest
import torch

from gruforecast.config import ModelConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.data.windows import Batch
from gruforecast.errors import NoInput, ResourceError
from gruforecast.jobs import pretrain as job
from gruforecast.jobs.bundled import CARD, WEIGHTS, bundled_model, model_card
from gruforecast.jobs.pretrain import Measured, PretrainConfig, export_bundled, held_out_batches, pretrain
from gruforecast.models.spec import weight_spec
from gruforecast.pretraining import stream
from gruforecast.pretraining.batches import draw_batches
from gruforecast.pretraining.kinds import KINDS
from gruforecast.pretraining.stream import BatchStream
from gruforecast.store.tensors import read_tensors
from gruforecast.training.events import Stepped
from gruforecast.training.snapshot import Snapshot

TINY = ModelConfig(hidden=4)


def config(steps: int) -> PretrainConfig:
    return PretrainConfig(steps=steps, decay=1, batch_size=16, groups=2, threads=1, snapshot_every=4)


class HereAndNow:
    """Stands in for BatchStream: the same batches, made in this process."""

    def __init__(self, make: Callable[[int], list[Batch]], *_: int) -> None:
        self.make = make

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __call__(self, step: int) -> list[Batch]:
        return self.make(step)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few held-out windows, and torch's threads left as they were found."""
    monkeypatch.setattr(job, "HELD_OUT_WINDOWS", 4)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def run(directory: Path, steps: int) -> tuple[Snapshot, list[Any]]:
    events: list[Any] = []
    return pretrain(directory, TINY, config(steps), {}, events.append), events


def contents(batches: list[Batch]) -> list[bytes]:
    arrays = [getattr(batch, field.name) for batch in batches for field in fields(Batch)]
    return [array.tobytes() for array in arrays if isinstance(array, np.ndarray)]


def test_batches_depend_on_seed_and_step_alone() -> None:
    np.random.seed(0)  # a global state that must not matter
    first = contents(draw_batches(7, 3, 16, 2))
    np.random.seed(1)
    draw_batches(7, 2, 16, 2)
    assert contents(draw_batches(7, 3, 16, 2)) == first
    assert contents(draw_batches(7, 4, 16, 2)) != first != contents(draw_batches(8, 3, 16, 2))


def test_batches_have_the_size_and_a_target_to_learn_from() -> None:
    for step in range(5):
        batches = draw_batches(0, step, 24, 3)
        assert [len(batch) for batch in batches] == [8, 8, 8]
        for batch in batches:
            assert batch.target is not None and batch.target.shape == (8, batch.horizon)
            assert batch.target_observed is not None and batch.target_observed.any()


def check_resuming(tmp_path: Path) -> None:
    """Eight steps in two runs are those of one run."""
    whole, _ = run(tmp_path / "whole", 8)
    half, _ = run(tmp_path / "halves", 4)
    torch.manual_seed(99)
    resumed, events = run(tmp_path / "halves", 8)
    assert (half.step, resumed.step) == (4, 8)
    assert [event.step for event in events if isinstance(event, Stepped)] == [5, 6, 7, 8]
    assert resumed.running_loss == whole.running_loss
    assert {k: v.tobytes() for k, v in resumed.tensors.items()} == {k: v.tobytes() for k, v in whole.tensors.items()}


def test_a_run_goes_on_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BatchStream", HereAndNow)
    check_resuming(tmp_path)


@pytest.mark.slow
def test_a_run_goes_on_bit_for_bit_with_worker_processes(tmp_path: Path) -> None:
    check_resuming(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_a_stream_gives_the_steps_in_order(workers: int) -> None:
    make = functools.partial(draw_batches, 7, size=16, groups=2)
    with BatchStream(make, 5, workers) as batches:
        for step in range(5, 12):
            assert contents(batches(step)) == contents(make(step))
    for process in batches.processes:
        process.join(10)
        assert not process.is_alive()


@pytest.mark.slow
def test_a_dead_worker_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    make = functools.partial(draw_batches, 7, size=16, groups=2)
    with BatchStream(make, 0, 1) as batches:
        batches(0)
        monkeypatch.setattr(stream, "PATIENCE", 1.0)
        batches.processes[0].kill()
        with pytest.raises(ResourceError, match="worker process 1 gave nothing"):
            for step in range(1, 20):
                batches(step)


@pytest.mark.slow
def test_a_run_may_start_from_the_bundled_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BatchStream", HereAndNow)
    bundled, events = bundled_model(), list[Any]()
    from_box = replace(config(4), lr=1e-6, from_bundled=True)
    last = pretrain(tmp_path / "run", bundled.config, from_box, {}, events.append)
    for name, array in last.averaged().items():
        np.testing.assert_allclose(array, bundled.members[0][name], atol=1e-5)
    # Resumed, it goes on from its own checkpoint, and still knows where it came from.
    pretrain(tmp_path / "run", bundled.config, replace(from_box, steps=6), {}, events.append)
    assert [event.step for event in events if isinstance(event, Stepped)] == [1, 2, 3, 4, 5, 6]
    export_bundled(tmp_path / "run", tmp_path / "out")
    made, before = json.loads((tmp_path / "out" / CARD).read_text())["pretraining"], model_card()
    assert made["origin"]["sha256"] == before["sha256"]
    assert made["windows"] == before["pretraining"]["windows"] + 6 * 16


@pytest.mark.gpu
def test_a_gpu_trains_as_the_cpu_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, events = run(tmp_path / "gpu", 8)
    resumed, _ = run(tmp_path / "gpu", 12)
    monkeypatch.setattr(job, "choose_device", lambda _: torch.device("cpu"))
    here, expected = run(tmp_path / "cpu", 8)
    assert (there.step, resumed.step) == (8, 12)
    losses = [[e.loss for e in run if isinstance(e, Stepped)] for run in (events, expected)]
    np.testing.assert_allclose(*losses, rtol=1e-3)
    for name, array in here.averaged().items():
        np.testing.assert_allclose(there.averaged()[name], array, atol=1e-3, err_msg=name)


def test_a_run_that_is_complete_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BatchStream", HereAndNow)
    first, events = run(tmp_path, 4)
    measured = [event for event in events if isinstance(event, Measured)]
    assert [event.step for event in measured] == [4]
    assert set(measured[0].losses) == set(KINDS) and all(np.isfinite([*measured[0].losses.values()]))
    again, events = run(tmp_path, 4)
    assert not any(isinstance(event, Stepped | Measured) for event in events)
    assert again.tensors["average.past.weight"].tobytes() == first.tensors["average.past.weight"].tobytes()


def test_real_series_are_looked_at_by_their_last_window() -> None:
    y = np.arange(1.0, 101)
    panel = Panel(np.array(["a"], object), np.array([0]), np.array([0, 100]), y, Frequency.parse("MS"))
    short = Panel(panel.ids, panel.start, np.array([0, 3]), y[:3], panel.freq)
    batches = held_out_batches({"sales": panel, "short": short})
    assert set(batches) == {*KINDS, "sales"}
    assert batches["sales"].horizon == 18 and len(batches["sales"]) == 1


def test_weights_are_exported_in_half_precision_with_a_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BatchStream", HereAndNow)
    with pytest.raises(NoInput):
        export_bundled(tmp_path / "run", tmp_path / "out")
    last, _ = run(tmp_path / "run", 4)
    export_bundled(tmp_path / "run", tmp_path / "out")
    weights = read_tensors((tmp_path / "out" / WEIGHTS).read_bytes(), weight_spec(TINY, 1), dtype="F16")
    for name, array in last.averaged().items():
        np.testing.assert_allclose(weights[name], array, atol=1e-3)
    assert b'"hidden": 4' in (tmp_path / "out" / CARD).read_bytes()
