"""How good are these forecasters on data they have not seen? Rolling-origin evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast, Forecaster, interval_quantiles
from gruforecast.data.panel import FloatArray, IntArray, Panel
from gruforecast.errors import DataError, GruforecastError, UsageError, escape
from gruforecast.evaluation.metrics import in_sample_scale
from gruforecast.evaluation.registry import DECILES
from gruforecast.evaluation.result import Backtest
from gruforecast.evaluation.rolling import BacktestWindow, values_at, windows, windows_after

__all__ = ["Backtest", "BacktestWindow", "Plan", "before", "run_backtest", "score_forecasts", "score_new", "windows"]


@dataclass(frozen=True)
class Plan:
    """What to ask of every forecaster.

    Attributes:
        horizon: periods per window.
        n_windows: at most so many windows, the last ones; None: as many as there are, for :func:`score_new` alone.
        step: periods between cutoffs; None means one horizon.
        refit: fit anew for every window instead of once before the first.
        levels: prediction intervals in percent.
        quantiles: further probabilities, such as the deciles of WQL.
    """

    horizon: int
    n_windows: int | None = 3
    step: int | None = None
    refit: bool = False
    levels: tuple[float, ...] = (80, 95)
    quantiles: tuple[float, ...] = DECILES

    def __post_init__(self) -> None:
        for name in ("horizon", "n_windows", "step"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} = {value} is less than 1")

    @property
    def probabilities(self) -> tuple[float, ...]:
        """Increasing, each once."""
        return tuple(sorted({*interval_quantiles(self.levels), *(round(float(q), 10) for q in self.quantiles)}))


def run_backtest(panel: Panel, forecasters: Sequence[Forecaster], plan: Plan) -> Backtest:
    """Fit each forecaster on what lies before the first cutoff only, then forecast every window.

    With ``plan.refit`` each window's own past is fitted. Raises UsageError when no series is long enough, and
    GruforecastError when a forecaster leaves a scored point without a finite forecast.
    """
    if plan.n_windows is None:
        raise UsageError("a backtest needs a number of windows")
    found = windows(panel, plan.horizon, plan.n_windows, plan.step)
    return _run(panel, forecasters, plan, found, fit=True)


def score_new(panel: Panel, trained_until: IntArray, forecasters: Sequence[Forecaster], plan: Plan) -> Backtest:
    """Forecasters as they stand on data that came after *trained_until* [N], the cutoff of their training.

    Raises UsageError when no series has grown by a horizon since then.
    """
    found = windows_after(panel, trained_until, plan.horizon, plan.step, plan.n_windows)
    if not found:
        raise UsageError(
            f"no series has {plan.horizon} new periods since the model was trained",
            hint="wait for more data, or give a shorter horizon (-H)",
        )
    return _run(panel, forecasters, plan, found, fit=False)


def _run(
    panel: Panel,
    forecasters: Sequence[Forecaster],
    plan: Plan,
    found: Sequence[BacktestWindow],
    fit: bool,
) -> Backtest:
    names = [forecaster.name for forecaster in forecasters]
    if len(set(names)) < len(names):
        raise UsageError(f"two forecasters have the same name: {', '.join(names)}")
    forecasts: dict[str, list[Forecast]] = {name: [] for name in names}
    for i, window in enumerate(found):
        past = window.train.select(np.flatnonzero(window.train.lengths))
        for forecaster in forecasters:
            if fit and (plan.refit or i == 0):
                forecaster.fit(past)
            forecasts[forecaster.name].append(forecast_window(forecaster, window, plan.probabilities))
    scales = [[in_sample_scale(w.train, power) for w in found] for power in (1, 2)]
    return Backtest(
        ids=panel.ids,
        freq=panel.freq,
        names=panel.names,
        cutoff=np.stack([window.cutoff for window in found]),
        actual=np.stack([window.actual for window in found]),
        median={name: np.stack([f.median for f in each]) for name, each in forecasts.items()},
        quantiles={name: np.stack([f.quantiles for f in each]) for name, each in forecasts.items()},
        probabilities=plan.probabilities,
        levels=plan.levels,
        scale=np.stack(scales[0]),
        square_scale=np.stack(scales[1]),
    )


def forecast_window(forecaster: Forecaster, window: BacktestWindow, probabilities: tuple[float, ...]) -> Forecast:
    """Forecasts of the window's periods, [N, H], NaN for the series left out of it.

    Raises GruforecastError, by the series' name, when a scored point has no finite forecast.
    """
    n, horizon = window.actual.shape
    median, quantiles = np.full((n, horizon), np.nan), np.full((n, horizon, len(probabilities)), np.nan)
    # A series whose last values before the cutoff are missing needs a longer reach. All are forecast together, scored
    # or not, as predict does: they may share a season or feasts.
    known, gap = np.flatnonzero(window.train.lengths), window.cutoff - window.train.cutoff
    past, reach = window.train.select(known), horizon + int(gap[window.scored].max())
    forecast = forecaster.predict(past, reach, probabilities)
    _check_shape(forecaster.name, forecast, past, reach, probabilities)
    rows = np.flatnonzero(window.scored)
    found, columns = np.searchsorted(known, rows)[:, None], gap[rows, None] + np.arange(horizon)
    median[rows], quantiles[rows] = forecast.median[found, columns], forecast.quantiles[found, columns]
    _check_finite(forecaster.name, window, median, quantiles)
    train = window.train
    return Forecast(train.ids, window.cutoff, train.freq, median, quantiles, probabilities)


def _check_shape(name: str, forecast: Forecast, past: Panel, horizon: int, probabilities: tuple[float, ...]) -> None:
    if tuple(forecast.ids) != tuple(past.ids):
        made = set(forecast.ids)
        for uid in (uid for uid in past.ids if uid not in made):
            raise GruforecastError(f"{name} made no forecast for series {escape(uid)}")
    n = len(past)
    shapes = forecast.median.shape, forecast.quantiles.shape, tuple(forecast.ids)
    if shapes != ((n, horizon), (n, horizon, len(probabilities)), tuple(past.ids)):
        raise GruforecastError(f"{name}'s forecast does not have the shape or order that was asked for")


def _check_finite(name: str, window: BacktestWindow, median: FloatArray, quantiles: FloatArray) -> None:
    scored = np.isfinite(window.actual)
    missing = scored & ~np.isfinite(median)
    # A forecaster may have no intervals at all (a point forecast), but not some.
    if np.isfinite(quantiles[scored]).any():
        missing |= scored & ~np.isfinite(quantiles).all(axis=2)
    if missing.any():
        uid = window.train.ids[missing.any(axis=1)][0]
        raise GruforecastError(
            f"{name} has {missing.sum()} forecasts that are not finite, first in series {escape(uid)}"
        )


def score_forecasts(
    actual: Panel, forecasts: Mapping[str, Forecast], train: Panel | None = None, levels: Sequence[float] = ()
) -> Backtest:
    """Forecasts made earlier, beside what came true.

    Args:
        actual: values; only periods that every model forecasts are scored, and every series needs a forecast.
        forecasts: by model name, all over the same series, cutoffs, horizon and probabilities.
        train: the history, in the ids of *actual* or fewer, for scaled errors; without it they are NaN. Its season
            counts, and what it holds of the periods that are forecast does not.
        levels: intervals to show, in percent.

    Raises:
        UsageError: no forecast covers a series of *actual*, or the time grids differ.
        DataError: a model has a quantile for some of the points that are scored, but not for all.
    """
    first = next(iter(forecasts.values()))
    _same_grid("the forecast is", first.freq, actual)
    place = {uid: i for i, uid in enumerate(first.ids)}
    for uid in actual.ids:
        if uid not in place:
            raise UsageError(f"the forecast has no series {escape(uid)}")
    rows = np.array([place[uid] for uid in actual.ids], dtype=np.int64)
    cutoff, truth = first.cutoff[rows], values_at(actual, first.ordinals[rows])
    for forecast in forecasts.values():
        truth[~np.isfinite(forecast.median[rows])] = np.nan
    for name, forecast in forecasts.items():
        _check_whole(name, actual, truth, forecast, forecast.quantiles[rows])
    scales = _matched_scales(actual, before(train, first)) if train is not None else np.full((2, len(actual)), np.nan)
    return Backtest(
        ids=actual.ids,
        freq=actual.freq,
        names=actual.names,
        cutoff=cutoff[None],
        actual=truth[None],
        median={name: forecast.median[rows][None] for name, forecast in forecasts.items()},
        quantiles={name: forecast.quantiles[rows][None] for name, forecast in forecasts.items()},
        probabilities=first.levels,
        levels=tuple(levels),
        scale=scales[0][None],
        square_scale=scales[1][None],
    )


def before(panel: Panel, forecast: Forecast) -> Panel:
    """What of *panel* was known when *forecast* was made; series that it does not have stay whole."""
    cutoff = dict(zip(forecast.ids, forecast.cutoff, strict=True))
    ends = zip(panel.ids, panel.cutoff, strict=True)
    return panel.until(np.array([cutoff.get(uid, last) for uid, last in ends], dtype=np.int64))


def _same_grid(what: str, freq: Frequency, actual: Panel) -> None:
    if (actual.freq.alias, actual.freq.anchor) != (freq.alias, freq.anchor):
        raise UsageError(f"{what} {freq.alias}, the actual values are {actual.freq.alias}")


def _check_whole(name: str, actual: Panel, truth: FloatArray, forecast: Forecast, quantiles: FloatArray) -> None:
    """Raise DataError where *quantiles* [N, H, Q] of a probability are known for some scored points only."""
    scored = np.isfinite(truth)
    for at, probability in enumerate(forecast.levels):
        known = np.isfinite(quantiles[..., at])
        lacking = (scored & ~known).any(axis=1)
        if lacking.any() and (scored & known).any():
            uid = actual.ids[lacking][0]
            raise DataError(f"{name} lacks the quantile {probability:g} of some periods, first in series {escape(uid)}")


def _matched_scales(actual: Panel, train: Panel) -> FloatArray:
    """[2, N] scales of the series of *actual*, NaN where *train* does not have them."""
    _same_grid("the history is", train.freq, actual)
    out = np.full((2, len(actual)), np.nan)
    place = {uid: i for i, uid in enumerate(train.ids)}
    known = np.array([uid in place for uid in actual.ids], dtype=bool)
    rows = np.array([place[uid] for uid in actual.ids[known]], dtype=np.int64)
    for i, power in enumerate((1, 2)):
        out[i, known] = in_sample_scale(train, power=power)[rows]
    return out
