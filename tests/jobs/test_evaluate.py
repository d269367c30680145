"""The backtest of the GRU never sees what it is scored on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.errors import UsageError
from gruforecast.jobs.bundled import bundled_model, on_grid
from gruforecast.jobs.evaluate import EvaluateRequest, Learner, evaluate_panel
from gruforecast.jobs.saved_model import SavedModel
from gruforecast.jobs.train import train_panel

SMALL = ModelConfig(hidden=8)
QUICK = TrainConfig(horizon=6, max_steps=3, batch_size=16, threads=1)
REQUEST = EvaluateRequest(horizon=6, windows=2, baselines=("naive",), metrics=("MAE",))


@pytest.fixture(scope="module")
def panel() -> Panel:
    indptr = np.array([0, 60, 120], dtype=np.int64)
    y = 10 + np.sin(np.arange(120) / 2)
    return Panel(np.array(["a", "b"], dtype=object), np.zeros(2, dtype=np.int64), indptr, y, Frequency("month", 1))


def test_no_value_after_a_cutoff_changes_its_forecast(panel: Panel) -> None:
    model = train_panel(panel, SMALL, QUICK)
    clean = evaluate_panel(panel, model, REQUEST).backtest
    y = panel.y.copy()
    y[54:60] *= -1000  # the second window of the first series
    poisoned = evaluate_panel(replace(panel, y=y), model, REQUEST).backtest
    np.testing.assert_array_equal(poisoned.median["GRU"], clean.median["GRU"])
    np.testing.assert_array_equal(poisoned.quantiles["GRU"], clean.quantiles["GRU"])
    assert not np.array_equal(poisoned.actual, clean.actual)


def test_grown_data_is_scored_with_the_saved_weights(panel: Panel) -> None:
    past = panel.until(50)
    model = replace(train_panel(past, SMALL, QUICK), data={"last_ordinal": 50})
    done = evaluate_panel(panel, model, REQUEST)
    assert "saved model itself" in done.notes[0] and done.backtest.cutoff.min() == 50
    assert not evaluate_panel(past, model, REQUEST).notes


def test_data_of_before_1970_have_not_grown(panel: Panel) -> None:
    """Periods are counted from 1970, so theirs are negative."""
    old = replace(panel, start=panel.start - 120)
    model = replace(train_panel(old, SMALL, QUICK), data={"last_ordinal": int(old.cutoff.max())})
    assert not evaluate_panel(old, model, REQUEST).notes


def test_a_series_that_misses_its_last_value_still_has_company() -> None:
    rng, t = np.random.default_rng(0), np.arange(96)
    shape = np.where(t % 12 == 11, 3.0, 1.0)
    rows = [100 * shape[start:] * np.exp(rng.normal(0, 0.05, 96 - start)) for start in [0] * 9 + [66]]
    rows[9][-13] = np.nan  # just before the cutoff
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    ids = np.array([f"s{i}" for i in range(10)], dtype=object)
    panel = Panel(ids, np.array([0] * 9 + [66]), indptr, np.concatenate(rows), Frequency("month", 1))
    model = on_grid(bundled_model(), panel.freq)
    request = EvaluateRequest(horizon=12, windows=1, baselines=("naive",), metrics=("MAE",))
    found = evaluate_panel(panel, model, request).backtest
    # It has not seen two Decembers; its sisters have seen seven.
    assert np.abs(found.median["GRU"][0, 9] / found.actual[0, 9] - 1).max() < 0.25


def test_learner_must_be_trained_first(panel: Panel) -> None:
    with pytest.raises(UsageError):
        Learner(SMALL, QUICK, lambda _: None).predict(panel, 6, ())


@pytest.mark.parametrize(
    "asked", [{"overrides": {"max_steps": 2}}, {"overrides": {"time_limit": 9.0}}, {"refit": True}]
)
@pytest.mark.parametrize("grown", [False, True])
def test_a_training_that_is_asked_for_takes_place(
    panel: Panel, asked: dict[str, Any], grown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[TrainConfig] = []
    small = train_panel(panel.until(50), SMALL, QUICK)

    def noting(part: Panel, config: ModelConfig, train_config: TrainConfig, **_: Any) -> SavedModel:
        trained.append(train_config)
        return small

    monkeypatch.setattr("gruforecast.jobs.evaluate.train_panel", noting)
    model = replace(small, data={"last_ordinal": 50}) if grown else on_grid(bundled_model(), panel.freq)
    assert "as it is" in evaluate_panel(panel, model, REQUEST).notes[0] or grown
    assert trained == []
    done = evaluate_panel(panel, model, replace(REQUEST, **asked))
    assert done.notes == () and len(trained) == (2 if "refit" in asked else 1)
    for name, value in asked.get("overrides", {}).items():
        assert getattr(trained[0], name) == value


def test_other_settings_ask_for_no_training(panel: Panel) -> None:
    request = replace(REQUEST, overrides={"threads": 1, "seed": 3, "device": "cpu"})
    assert "as it is" in evaluate_panel(panel, on_grid(bundled_model(), panel.freq), request).notes[0]


@pytest.mark.parametrize("asked", [{"overrides": {"max_steps": 2}}, {"refit": True}])
def test_zero_shot_means_no_training(panel: Panel, asked: dict[str, Any]) -> None:
    request = replace(REQUEST, zero_shot=True, **asked)
    assert "as it is" in evaluate_panel(panel, on_grid(bundled_model(), panel.freq), request).notes[0]
