"""The backtest: who is fitted on what, the unreachable future, refusals, and forecasts made earlier."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import Panel
from gruforecast.errors import GruforecastError, UsageError
from gruforecast.evaluation.backtest import Plan, run_backtest, score_forecasts, score_new
from gruforecast.evaluation.baselines import BASELINES, Naive, SeasonalNaive

MakePanel = Callable[..., Panel]
NAN = math.nan


@dataclass
class Spy:
    """Forecasts the last value plus what it was fitted on; notes what it was shown."""

    name: str = "GRU"
    fitted: list[Panel] = field(default_factory=list)
    shown: list[tuple[Panel, int]] = field(default_factory=list)

    def fit(self, panel: Panel) -> None:
        self.fitted.append(panel)

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float]) -> Forecast:
        self.shown.append((panel, horizon))
        return Naive().predict(panel, horizon, levels)


@pytest.fixture
def panel(make_panel: MakePanel) -> Panel:
    rng = np.random.default_rng(0)
    return make_panel([rng.normal(10, 2, n) for n in (40, 25, 9, 3, 0)], season=4)


def test_fit_once_before_the_first_cutoff(panel: Panel) -> None:
    spy = Spy()
    run_backtest(panel, [spy], Plan(horizon=4, n_windows=3))
    (fitted,) = spy.fitted
    assert fitted.ids.tolist() == ["a", "b"] and fitted.lengths.tolist() == [28, 13]
    assert [shown.lengths.tolist() for shown, _ in spy.shown] == [[28, 13], [32, 17, 1], [36, 21, 5]]
    assert {horizon for _, horizon in spy.shown} == {4}


def test_refit_fits_every_window_on_its_own_past(panel: Panel) -> None:
    spy = Spy()
    run_backtest(panel, [spy], Plan(horizon=4, n_windows=2, refit=True))
    assert [fitted.lengths[0] for fitted in spy.fitted] == [32, 36]


def test_the_future_changes_no_forecast(panel: Panel) -> None:
    plan = Plan(horizon=4, n_windows=3)
    models = [kind() for kind in BASELINES.values()]
    base = run_backtest(panel, models, plan)
    for w, window_cutoff in enumerate(base.cutoff):
        position = np.arange(len(panel.y)) - np.repeat(panel.indptr[:-1], panel.lengths)
        later = position + np.repeat(panel.start, panel.lengths) > np.repeat(window_cutoff, panel.lengths)
        spoilt = replace(panel, y=np.where(later, panel.y * -7 + 100, panel.y))
        other = run_backtest(spoilt, models, plan)
        for model in base.models:
            np.testing.assert_array_equal(other.median[model][w], base.median[model][w])
            np.testing.assert_array_equal(other.quantiles[model][w], base.quantiles[model][w])
        np.testing.assert_array_equal(other.scale[w], base.scale[w])


def test_a_gap_before_the_cutoff_is_forecast_across(make_panel: MakePanel) -> None:
    panel = make_panel([[1, 2, 3, 4, 5, NAN, NAN, 8, 9], range(9)], season=3)
    spy = Spy()
    found = run_backtest(panel, [spy, SeasonalNaive()], Plan(horizon=2, n_windows=1))
    # Together, as series may learn from one another.
    assert [(shown.ids.tolist(), horizon) for shown, horizon in spy.shown] == [(["a", "b"], 4)]
    # Known until period 4; periods 7 and 8 are 3 and 4 steps on: the phases of periods 4 and 2.
    np.testing.assert_array_equal(found.median["SeasonalNaive"][0, 0], [5, 3])
    np.testing.assert_array_equal(found.median["SeasonalNaive"][0, 1], [4, 5])
    assert found.cutoff[0].tolist() == [6, 6]


def test_score_new_does_not_fit(panel: Panel) -> None:
    spy = Spy()
    found = score_new(panel, panel.cutoff - 9, [spy], Plan(horizon=4, n_windows=None))
    assert not spy.fitted and len(found.cutoff) == 2
    assert found.cutoff[:, 0].tolist() == [30, 34]
    with pytest.raises(UsageError, match="4 new periods since the model was trained"):
        score_new(panel, panel.cutoff - 3, [spy], Plan(horizon=4))


class Broken(Spy):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float]) -> Forecast:
        good = super().predict(panel, horizon, levels)
        if self.kind == "missing":
            return Naive().predict(panel.select(np.array([0])), horizon, levels)
        if self.kind == "order":
            return replace(good, ids=good.ids[::-1])
        if self.kind == "short":
            return replace(good, median=good.median[:, 1:])
        array = good.median if self.kind == "nan" else good.quantiles[:, :, 2]
        array[1, 2] = math.inf
        return good


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("nan", "GRU has 1 forecasts that are not finite, first in series 'b'"),
        ("quantile", "not finite, first in series 'b'"),
        ("missing", "GRU made no forecast for series 'b'"),
        ("order", "shape or order"),
        ("short", "shape or order"),
    ],
)
def test_incomplete_forecasts_are_refused_by_name(panel: Panel, kind: str, message: str) -> None:
    with pytest.raises(GruforecastError, match=message):
        run_backtest(panel, [Broken(kind)], Plan(horizon=4))


def test_a_model_without_intervals_is_allowed(panel: Panel) -> None:
    class Point(Spy):
        def predict(self, panel: Panel, horizon: int, levels: Sequence[float]) -> Forecast:
            good = super().predict(panel, horizon, levels)
            return replace(good, quantiles=np.full_like(good.quantiles, NAN))

    found = run_backtest(panel, [Point(), Naive()], Plan(horizon=4))
    assert "GRU-lo-80" not in found.to_frame() and "Naive-lo-80" in found.to_frame()
    figures = found.metrics(["MASE", "WQL", "coverage-80"])
    assert figures["MASE"]["GRU"] == figures["MASE"]["Naive"]
    assert math.isnan(figures["WQL"]["GRU"]) and math.isnan(figures["coverage-80"]["GRU"])


def test_plans_that_cannot_work(panel: Panel) -> None:
    for wrong in ({"horizon": 0}, {"horizon": 1, "n_windows": 0}, {"horizon": 1, "step": 0}):
        with pytest.raises(UsageError, match="less than 1"):
            Plan(**wrong)
    with pytest.raises(UsageError, match="same name"):
        run_backtest(panel, [Naive(), Naive()], Plan(horizon=2))


def test_forecasts_made_earlier_score_as_in_a_backtest(panel: Panel) -> None:
    plan = Plan(horizon=4, n_windows=1)
    found = run_backtest(panel, [Naive()], plan)
    rows = np.flatnonzero(found.used[0])
    train = panel.drop_last(4).select(rows)
    forecast = Naive().predict(train, 4, plan.probabilities)
    actual = panel.select(rows[::-1])
    later = score_forecasts(actual, {"Naive": forecast}, train, levels=(80,))
    names = ["MASE", "sMAPE", "RMSE", "RMSSE", "WQL", "coverage-95", "MSIS"]
    for name, values in found.metrics(names).items():
        assert later.metrics([name])[name]["Naive"] == pytest.approx(values["Naive"])
    assert later.to_frame().columns.tolist() == [
        "unique_id", "ds", "cutoff", "Naive", "Naive-lo-80", "Naive-hi-80", "y"
    ]  # fmt: skip


def test_scoring_without_history_or_with_partial_truth(panel: Panel) -> None:
    train = panel.drop_last(4).select(np.array([0, 1]))
    forecast = Naive().predict(train, 6, ())
    found = score_forecasts(panel.select(np.array([0])), {"Naive": forecast})
    assert np.isfinite(found.actual).sum() == 4
    figures = found.metrics(["MASE", "MAE"])
    assert math.isnan(figures["MASE"]["Naive"]) and math.isfinite(figures["MAE"]["Naive"])


def test_scoring_refuses_what_does_not_match(panel: Panel, make_panel: MakePanel) -> None:
    forecast = Naive().predict(panel.select(np.array([0])), 4, ())
    with pytest.raises(UsageError, match="no series 'b'"):
        score_forecasts(panel, {"Naive": forecast})
    with pytest.raises(UsageError, match="the forecast is MS, the actual values are D"):
        score_forecasts(make_panel([range(50)], freq="D"), {"Naive": forecast})
