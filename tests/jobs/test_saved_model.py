"""A model on disk: the same bytes for the same model, the same forecasts after reading, and no trust in a manifest."""

from __future__ import annotations

import copy
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import ColumnNames, Panel
from gruforecast.errors import ModelRefused, NoInput, TrainingDiverged
from gruforecast.jobs.predict_panel import predict_panel
from gruforecast.jobs.saved_model import SavedModel, load_saved_model, make_engine, save_model
from gruforecast.jobs.train import train_panel
from gruforecast.models.numpy_engine import NumpyEngine
from gruforecast.models.registry import Model
from gruforecast.store import model_store


@pytest.fixture(scope="module")
def panel() -> Panel:
    rng = np.random.default_rng(0)
    y = 100 + 20 * np.sin(np.arange(48) * np.pi / 6) + rng.normal(0, 3, (3, 48))
    return Panel(
        np.array(["007", "Zoë", "a,b"], object),
        np.array([0, 5, 9]),
        np.array([0, 48, 96, 144]),
        y.ravel(),
        Frequency.parse("MS"),
        ColumnNames("store", "month", "sales"),
    )


def train(panel: Panel, *, model: dict[str, Any] | None = None, **settings: Any) -> SavedModel:
    defaults = {"horizon": 6, "context_length": 24, "max_steps": 2, "batch_size": 8, "threads": 1}
    return train_panel(panel, ModelConfig(**{"hidden": 4, **(model or {})}), TrainConfig(**{**defaults, **settings}))


@pytest.fixture(scope="module")
def trained(panel: Panel) -> SavedModel:
    return train(panel)


KINDS: list[dict[str, Any]] = [
    {"model": {}},
    {"model": {"cell": "lstm", "layers": 2}},
    {"model": {"network": "pointwise", "cell": "rnn"}},
    {"model": {"head": "point"}},
    {"ensemble": 2, "scaler": "standard"},
    {"scaler": "robust"},
    {"scaler": "minmax"},
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(f"{k}={v}" for k, v in kind.items()))
def test_a_model_read_back_forecasts_the_same_bytes(kind: dict[str, Any], panel: Panel, tmp_path: Path) -> None:
    model = train(panel, **kind)
    version = save_model(model, tmp_path / "m")
    again = load_saved_model(tmp_path / "m")
    assert (again.version, again.path) == (version, tmp_path / "m")
    assert replace(again, members=model.members, path=None, version=None, manifest_sha256=None) == model
    levels = () if model.config.head == "point" else (80, 95)
    before, after = (predict_panel(m, panel, horizon=9, levels=levels).forecast for m in (model, again))
    assert before.median.tobytes() == after.median.tobytes()
    assert before.quantiles.tobytes() == after.quantiles.tobytes()


def test_the_same_training_gives_the_same_files(trained: SavedModel, panel: Panel, tmp_path: Path) -> None:
    for name, model in (("a", trained), ("b", train(panel))):
        save_model(model, tmp_path / name)
        time.sleep(0.01)
    files = ["CURRENT", "versions/000001/manifest.json", "versions/000001/model.safetensors"]
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_numpy_wherever_it_can_else_torch(trained: SavedModel, panel: Panel) -> None:
    assert isinstance(make_engine(trained.config, trained.members[0], 6), NumpyEngine)
    assert isinstance(make_engine(trained.config, trained.members[0], 6, "torch"), Model)
    lstm = train(panel, model={"cell": "lstm"})
    assert isinstance(make_engine(lstm.config, lstm.members[0], 6), Model)


def publish_with(model: SavedModel, directory: Path, path: str, value: Any) -> None:
    """Publish *model* with one entry of its manifest replaced."""
    manifest: dict[str, Any] = copy.deepcopy(model.to_manifest())
    *outer, last = path.split(".")
    part = manifest
    for name in outer:
        part = part[name]
    part[last] = value
    named = {f"{i}.{name}": array for i, member in enumerate(model.members) for name, array in member.items()}
    model_store.publish(directory, manifest, named)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model.hidden", 10**9),
        ("model.hidden", 2048),
        ("model.hidden", 4.0),
        ("model.hidden", True),
        ("model.hidden", "4"),
        ("model.layers", 8),
        ("model.layers", -1),
        ("model.cell", "lstm"),
        ("model.cell", ["gru"]),
        ("model.head", "point"),
        ("model.network", "__import__"),
        ("model.surprise", 1),
        ("model.quantile_grid", [0.1, 0.9]),
        ("model.quantile_grid", [0.5] * 10_000),
        ("model.quantile_grid", "0.5"),
        ("model.quantile_grid", [[0.1], [0.5], [0.9]]),
        ("model", []),
        ("model", None),
        ("members", 10**6),
        ("members", 64),
        ("members", 0),
        ("members", True),
        ("members", "1"),
        ("layout.width", 10**9),
        ("layout.segments", 10**9),
        ("layout.season", 10**9),
        ("layout.long_season", 10**9),
        ("layout.season", 4.5),
        ("layout.extra", 1),
        ("layout", {}),
        ("layout", None),
        ("horizon", 10**9),
        ("horizon", 0),
        ("direct_horizon", 10**9),
        ("direct_horizon", 1.5),
        ("levels", [100]),
        ("levels", [1] * 1000),
        ("levels", ["80"]),
        ("levels", None),
        ("freq", {"unit": "month", "step": 10**13}),
        ("freq", {"unit": "eon"}),
        ("freq", "MS"),
        ("freq", 5),
        ("columns", {"id": "a", "other": "b"}),
        ("columns", None),
        ("data_config.id_col", 5),
        ("data_config.encoding", ["utf-8"]),
        ("data_config.encoding", 7),
        ("data_config.season_length", 10**9),
        ("data_config.shell", "rm"),
        ("train.batch_size", 10**9),
        ("train.device", "tpu"),
        ("train", 5),
        ("scaler", {"kind": "standard", "centre": 0, "width": 0}),
        ("scaler", {"kind": "standard", "centre": "a", "width": 1}),
        ("scaler", {"kind": "standard"}),
        ("scaler", [1]),
        ("data", 5),
        ("data.rows", "many"),
        ("data.series", 1.5),
        ("result", "x"),
        ("result.steps", "\x1b[31m"),
    ],
)
def test_absurd_manifests_are_refused_before_anything_is_allocated(
    path: str, value: Any, trained: SavedModel, tmp_path: Path
) -> None:
    publish_with(trained, tmp_path, path, value)
    tracemalloc.start()
    try:
        with pytest.raises(ModelRefused) as refusal:
            load_saved_model(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    assert str(tmp_path) in refusal.value.message and "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 700


@pytest.mark.parametrize("key", ["model", "members", "layout", "horizon", "levels", "freq", "data", "scaler"])
def test_a_manifest_that_lacks_something_is_refused(key: str, trained: SavedModel, tmp_path: Path) -> None:
    manifest = trained.to_manifest()
    del manifest[key]
    model_store.publish(tmp_path, manifest, {f"0.{k}": v for k, v in trained.members[0].items()})
    with pytest.raises(ModelRefused, match=key):
        load_saved_model(tmp_path)


def test_weights_that_are_not_finite_are_never_published(trained: SavedModel, tmp_path: Path) -> None:
    save_model(trained, tmp_path)
    before = (tmp_path / "CURRENT").read_bytes()
    broken = {**trained.members[0], "output.bias": np.full_like(trained.members[0]["output.bias"], np.nan)}
    with pytest.raises(TrainingDiverged):
        save_model(replace(trained, members=[broken]), tmp_path)
    assert (tmp_path / "CURRENT").read_bytes() == before


def test_no_model_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(NoInput):
        load_saved_model(tmp_path / "none")
