"""Tables of a backtest: columns, order, groups, and agreement with figures computed row by row."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gruforecast.data.panel import ColumnNames, Panel
from gruforecast.errors import UsageError
from gruforecast.evaluation.backtest import Backtest, Plan, run_backtest
from gruforecast.evaluation.baselines import Drift, Naive
from gruforecast.evaluation.registry import METRICS

MakePanel = Callable[..., Panel]


@pytest.fixture(scope="module")
def found(make_panel: MakePanel) -> Backtest:
    rng = np.random.default_rng(0)
    rows = [rng.normal(10, 2, n) for n in (40, 25, 9)]
    rows[0][-2] = math.nan
    panel = make_panel(rows, season=4, start=[0, 15, 20])
    return run_backtest(panel, [Naive(), Drift()], Plan(horizon=4, n_windows=2))


def test_the_table_of_forecasts(found: Backtest) -> None:
    frame = found.to_frame()
    expected = ["unique_id", "ds", "cutoff"]
    for model in ("Naive", "Drift"):
        expected += [model, *(f"{model}-{end}" for end in ("lo-95", "lo-80", "hi-80", "hi-95"))]
    assert frame.columns.tolist() == [*expected, "y"]
    # Two windows of the longer series, one of the short one.
    assert frame.groupby("unique_id").size().to_dict() == {"a": 8, "b": 8, "c": 4}
    assert frame.equals(frame.sort_values(["unique_id", "cutoff", "ds"]))
    first = frame.iloc[0]
    assert first.cutoff == pd.Timestamp("1972-08-01") and first.ds == pd.Timestamp("1972-09-01")
    assert frame.y.isna().sum() == 1 and (frame.ds > frame.cutoff).all()


def test_the_users_column_names(found: Backtest) -> None:
    named = replace(found, names=ColumnNames("shop", "month", "sales"))
    frame = named.to_frame()
    assert frame.columns[:3].tolist() == ["shop", "month", "cutoff"] and frame.columns[-1] == "sales"
    assert named.metrics_frame(["MAE"], "series").columns[0] == "shop"


def test_csv_holds_the_same_numbers(found: Backtest) -> None:
    read = pd.read_csv(io.BytesIO(found.to_csv()), parse_dates=["ds", "cutoff"])
    # Older versions of pandas read the last digit otherwise.
    pd.testing.assert_frame_equal(read, found.to_frame(), check_dtype=False, rtol=1e-15, atol=0)
    assert found.to_csv().startswith(b"unique_id,ds,cutoff,Naive,Naive-lo-95")
    assert b"\na,1972-09-01,1972-08-01," in found.to_csv()


def test_overall(found: Backtest) -> None:
    frame, long = found.metrics_frame(["mae", "MASE", "WQL"]), found.to_frame()
    assert frame.columns.tolist() == ["metric", "Naive", "Drift"]
    assert frame.metric.tolist() == ["MAE", "MASE", "WQL"]
    errors = (long.y - long.Naive).abs().groupby([long.unique_id, long.cutoff]).mean()
    assert frame.Naive[0] == pytest.approx(errors.mean())
    assert found.metrics(["MAE"])["MAE"]["Naive"] == pytest.approx(errors.mean())


def test_by_series(found: Backtest) -> None:
    frame, long = found.metrics_frame(["RMSE", "MASE"], by="series"), found.to_frame()
    assert frame.columns.tolist() == ["unique_id", "metric", "Naive", "Drift"]
    assert frame.unique_id.tolist() == [*"abc"] * 2
    squares = ((long.y - long.Naive) ** 2).groupby(long.unique_id).mean()
    np.testing.assert_allclose(frame.Naive[:3], np.sqrt(squares))
    scaled = np.abs(found.actual - found.median["Naive"]) / found.scale[:, :, None]
    np.testing.assert_allclose(frame.Naive[3:], np.nanmean(scaled, axis=(0, 2)))


def test_by_horizon(found: Backtest) -> None:
    frame, long = found.metrics_frame(["RMSE"], by="horizon"), found.to_frame()
    step = (long.groupby(["unique_id", "cutoff"]).cumcount() + 1).to_numpy()
    squares = ((long.y - long.Drift) ** 2).groupby(step).mean()
    assert frame.horizon.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(frame.Drift, np.sqrt(squares))


def test_by_cutoff(found: Backtest) -> None:
    frame, long = found.metrics_frame(["MAE"], by="cutoff"), found.to_frame()
    errors = (long.y - long.Drift).abs().groupby([long.unique_id, long.cutoff]).mean().groupby("cutoff").mean()
    np.testing.assert_array_equal(frame.cutoff, errors.index)
    np.testing.assert_allclose(frame.Drift, errors)


@pytest.mark.parametrize("by", ["overall", "series", "horizon", "cutoff"])
def test_every_metric_can_be_grouped(found: Backtest, by: str) -> None:
    frame = found.metrics_frame([*METRICS, "coverage-80"], by=by)
    assert np.isfinite(frame[["Naive", "Drift"]]).all().all()
    assert frame.metric.nunique() == len(METRICS) + 1


def test_refusals(found: Backtest) -> None:
    with pytest.raises(UsageError, match="known: overall, series, horizon, cutoff"):
        found.metrics_frame(["MAE"], by="week")
    with pytest.raises(UsageError, match="unknown metric"):
        found.metrics(["nope"])
    assert found.metrics_frame([]).columns.tolist()[0] == "metric"


def test_integer_time(make_panel: MakePanel) -> None:
    panel = make_panel([range(12)], freq="int")
    frame = run_backtest(panel, [Naive()], Plan(horizon=2, n_windows=1)).to_frame()
    assert frame.ds.tolist() == [10, 11] and frame.cutoff.tolist() == [9, 9]
