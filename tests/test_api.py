"""The Python interface: frames in, frames out."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gruforecast
from gruforecast import api
from gruforecast.errors import ModelRefused, NoInput, UsageError

TINY = {"max_steps": 3, "hidden": 8, "batch_size": 16, "threads": 1}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    month = pd.date_range("2018-01-01", periods=48, freq="MS")
    parts = [
        pd.DataFrame({"shop": s, "month": month, "sales": k + np.sin(np.arange(48) / 2)}) for k, s in enumerate("ab")
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> api.Model:
    return gruforecast.train(frame, horizon=4, **TINY)


def test_examples_in_the_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert doctest.testmod(api).failed == 0


def test_exports() -> None:
    assert {"train", "predict", "evaluate", "load_model", "__version__"} <= set(dir(gruforecast))
    with pytest.raises(AttributeError):
        _ = gruforecast.nothing


def test_frame_in_frame_out(frame: pd.DataFrame, model: api.Model) -> None:
    forecast = model.predict()
    assert list(forecast) == ["shop", "month", "GRU", "GRU-lo-95", "GRU-lo-80", "GRU-hi-80", "GRU-hi-95"]
    assert forecast["month"].tolist()[:4] == pd.date_range("2022-01-01", periods=4, freq="MS").tolist()
    pd.testing.assert_frame_equal(model.predict(frame), forecast)
    pd.testing.assert_frame_equal(gruforecast.predict(frame, model), forecast)
    shuffled = frame.sample(frac=1, random_state=1)[["sales", "shop", "month"]]
    pd.testing.assert_frame_equal(model.predict(shuffled), forecast)


def test_save_and_load(frame: pd.DataFrame, model: api.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = model.save(tmp_path / "gruforecast-model")
    again = gruforecast.load_model(directory)
    pd.testing.assert_frame_equal(again.predict(frame), model.predict())
    assert again.info["horizon"] == 4 and again.info["version"] == 1
    monkeypatch.chdir(tmp_path)
    pd.testing.assert_frame_equal(gruforecast.predict(frame), model.predict())
    with pytest.raises(UsageError):
        again.predict()


def test_a_model_trained_on_a_file_remembers_it(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_csv(tmp_path / "sales.csv", index=False)
    model = gruforecast.train(tmp_path / "sales.csv", horizon=2, **TINY)
    loaded = gruforecast.load_model(model.save(tmp_path / "m"))
    assert len(loaded.predict()) == 4


def test_evaluate(frame: pd.DataFrame, model: api.Model) -> None:
    metrics = gruforecast.evaluate(frame, model, windows=1, metrics=["MAE"], baselines=["naive"])
    assert list(metrics) == ["metric", "GRU", "Naive"] and metrics["metric"].tolist() == ["MAE"]
    assert len(model.evaluate(windows=1, metrics=["MAE"], by="series")) == 2


def test_refusals(frame: pd.DataFrame, model: api.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="did you mean hidden"):
        gruforecast.train(frame, hiden=3)
    days = frame.assign(month=pd.date_range("2020-01-01", periods=48).append(pd.date_range("2020-01-01", periods=48)))
    with pytest.raises(ModelRefused, match="MS"):
        model.predict(days)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoInput):
        gruforecast.predict()


def test_without_a_model_the_bundled_one_predicts(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(gruforecast.predict(frame)) == 2 * 18
    assert list(gruforecast.evaluate(frame, windows=1, metrics=["MAE"])) == [
        "metric", "GRU", "Naive", "SeasonalNaive", "Drift",
    ]  # fmt: skip
