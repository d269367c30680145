"""The verb train: reads, trains, publishes whole, and leaves no trace when it fails."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gruforecast.config import DataConfig, ModelConfig, TrainConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.data.windows import Layout
from gruforecast.errors import DataError, Locked, NoInput, TrainingDiverged, UsageError
from gruforecast.jobs.saved_model import load_saved_model
from gruforecast.jobs.train import fitting_layout, starting_point, train, train_panel
from gruforecast.store.lock import locked
from gruforecast.training.events import PhaseStarted, Stepped

MODEL = ModelConfig(hidden=4)
CONFIG = TrainConfig(horizon=6, max_steps=2, batch_size=8, threads=1)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    rows = [
        f"{store},{2018 + i // 12}-{i % 12 + 1:02d}-01,{100 + 10 * math.sin(i * math.pi / 6) + i % 5}"
        for store in ("Oslo", "Rome")
        for i in range(48)
    ]
    path = tmp_path / "data" / "sales.csv"
    path.parent.mkdir()
    path.write_text("store,month,sales\n" + "\n".join(rows) + "\n")
    return path


def files(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def test_training_publishes_a_version_each_time(csv: Path, tmp_path: Path) -> None:
    read: list[Any] = []
    events: list[Any] = []
    done = train(
        csv, tmp_path / "m", model=MODEL, config=CONFIG, on_read=read.append, on_event=events.append, levels=(90.0,)
    )
    assert read == [done.loaded]
    assert next(e.phase for e in events if isinstance(e, PhaseStarted)) == "search"
    assert any(isinstance(e, Stepped) for e in events)
    assert train(csv, tmp_path / "m", model=MODEL, config=CONFIG).model.version == 2
    saved = load_saved_model(tmp_path / "m")
    assert (saved.horizon, saved.direct_horizon, saved.levels) == (6, 6, (80.0, 95.0))
    assert saved.columns.target == "sales" and saved.freq == Frequency.parse("MS")
    assert saved.data["origin"] == {"files": ["../data/sales.csv"]} and saved.data["ids"] == ["Oslo", "Rome"]
    assert saved.data_config.id_col == "store"
    assert saved.result["start"] == "random" and saved.result["validation_loss"] > 0


def test_a_frame_trains_the_same_weights_as_its_file(csv: Path, tmp_path: Path) -> None:
    train(csv, tmp_path / "file", model=MODEL, config=CONFIG)
    train(pd.read_csv(csv), tmp_path / "frame", model=MODEL, config=CONFIG)
    one, other = (load_saved_model(tmp_path / name) for name in ("file", "frame"))
    assert other.data["origin"] is None
    for name, array in one.members[0].items():
        np.testing.assert_array_equal(array, other.members[0][name])


def failing(kind: str, csv: Path, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train into *directory* in a way that fails."""
    if kind == "missing":
        train(csv.with_name("none.csv"), directory)
    elif kind == "columns":
        train(csv, directory, data=DataConfig(target_col="profit"))
    elif kind == "diverged":
        monkeypatch.setattr("gruforecast.training.loop._step", lambda *_: None)
        train(csv, directory, model=MODEL, config=CONFIG)
    else:

        def interrupt(_: object) -> None:
            raise KeyboardInterrupt

        train(csv, directory, model=MODEL, config=CONFIG, on_event=interrupt)


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("missing", NoInput),
        ("columns", (DataError, UsageError)),
        ("diverged", TrainingDiverged),
        ("interrupted", KeyboardInterrupt),
    ],
)
def test_a_training_that_fails_leaves_no_trace(
    kind: str, refusal: Any, csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(refusal):
        failing(kind, csv, tmp_path / "fresh", monkeypatch)
    assert not (tmp_path / "fresh").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(refusal):
        failing(kind, csv, tmp_path / "empty", monkeypatch)
    assert (tmp_path / "empty").exists()


def test_a_training_that_fails_leaves_the_old_model(csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(csv, tmp_path / "m", model=MODEL, config=CONFIG)
    before = files(tmp_path / "m")
    with pytest.raises(TrainingDiverged):
        failing("diverged", csv, tmp_path / "m", monkeypatch)
    assert files(tmp_path / "m") == before


def test_a_second_training_waits_only_if_told_to(csv: Path, tmp_path: Path) -> None:
    taken, free = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(tmp_path / "m"):
            taken.set()
            free.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(20)
    try:
        with pytest.raises(Locked):
            train(csv, tmp_path / "m", model=MODEL, config=CONFIG)
        free.set()
        assert train(csv, tmp_path / "m", model=MODEL, config=CONFIG, wait=20).model.version == 1
    finally:
        free.set()
        holder.join()


def panel_of(length: int, freq: str = "MS") -> Panel:
    y = np.arange(1.0, length + 1)
    return Panel(np.array(["a"], object), np.array([0]), np.array([0, length]), y, Frequency.parse(freq))


def test_a_layout_is_no_longer_than_the_series() -> None:
    assert fitting_layout(panel_of(30), None) == Layout(12, 3, 12, 0)
    assert fitting_layout(panel_of(2000), None) == Layout(12, 12, 12, 0)
    assert fitting_layout(panel_of(1), None).segments == 1
    assert fitting_layout(panel_of(30), 120) == Layout(12, 10, 12, 0)


def test_nothing_observed_is_refused() -> None:
    with pytest.raises(DataError, match="no series"):
        train_panel(panel_of(0), MODEL, CONFIG)


def test_only_a_network_that_they_fit_starts_from_the_bundled_weights() -> None:
    bundled = starting_point(ModelConfig(), TrainConfig())
    assert bundled is not None and bundled.members[0]["past.weight"].shape[0] == bundled.config.hidden
    assert starting_point(ModelConfig(), TrainConfig(from_scratch=True)) is None
    for other in (MODEL, ModelConfig(cell="lstm"), ModelConfig(layers=2), ModelConfig(head="point")):
        assert starting_point(other, TrainConfig()) is None
    assert train_panel(panel_of(40), MODEL, CONFIG).config == MODEL


def test_universal_weights_learn_the_steps_of_counters() -> None:
    steps = np.random.default_rng(0).gamma(2, 3, (5, 90))

    def losses(y: np.ndarray, **settings: Any) -> tuple[float, float]:
        ids, freq = np.array([str(i) for i in range(5)], dtype=object), Frequency.parse("D")
        indptr = y.shape[1] * np.arange(6, dtype=np.int64)
        panel = Panel(ids, np.zeros(5, dtype=np.int64), indptr, y.ravel(), freq)
        model = settings.pop("model", ModelConfig())
        found = train_panel(panel, model, TrainConfig(horizon=6, max_steps=4, batch_size=8, threads=1, **settings))
        return found.result["start_loss"], found.result["validation_loss"]

    meters = 1e5 + np.cumsum(steps, axis=1)
    np.testing.assert_allclose(losses(meters), losses(steps[:, 1:]), rtol=1e-4)
    # Weights of their own forecast a counter by its levels, as they always did.
    scratch = {"model": MODEL, "from_scratch": True}
    assert losses(meters, **scratch)[0] != pytest.approx(losses(steps[:, 1:], **scratch)[0], rel=0.01)


def test_no_more_is_answered_at_once_than_was_ever_asked() -> None:
    """A day of minutes: a network learns 240 of them in pre-training, and no more in seconds."""
    t = np.arange(4 * 1440)
    y = 200 + 100 * np.sin(2 * np.pi * t / 1440)
    ids, ends = np.array(["a"], dtype=object), np.array([0, len(y)], dtype=np.int64)
    panel = Panel(ids, np.zeros(1, dtype=np.int64), ends, y, Frequency.parse("min"))
    model = train_panel(panel, ModelConfig(), TrainConfig(horizon=1440, max_steps=1, threads=1, batch_size=8))
    assert (model.horizon, model.direct_horizon) == (1440, 240)


@pytest.mark.parametrize("levels", [(150.0,), (8.0, 0.0), tuple(range(1, 99)) * 2])
def test_levels_that_no_model_may_have_are_refused_before_training(levels: tuple[float, ...]) -> None:
    ids, ends = np.array(["a"], dtype=object), np.array([0, 40], dtype=np.int64)
    panel = Panel(ids, np.zeros(1, dtype=np.int64), ends, np.arange(40.0), Frequency.parse("MS"))
    with pytest.raises(UsageError, match="levels are at most 100 percentages"):
        train_panel(panel, ModelConfig(hidden=4), TrainConfig(max_steps=1), levels)
