"""The forecasters every model has to beat: Naive, SeasonalNaive and Drift, with Theta from its own file.

Formulas and intervals: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice" (3rd ed.), sections
5.2 and 5.5. Intervals come from in-sample residuals; a series too short to have any gets intervals of no
width, a series without observations gets NaN.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gruforecast.data.forecast import Forecast, Forecaster
from gruforecast.data.panel import FloatArray, IntArray, Panel
from gruforecast.errors import UsageError, escape
from gruforecast.evaluation.gaussian import gaussian_forecast
from gruforecast.evaluation.theta import Theta


@dataclass(frozen=True)
class Observed:
    """The observed values of a panel, flat [K], in series and time order.

    Attributes:
        owner: [K] the series each belongs to.
        position: [K] periods after the start of its series.
        value: [K].
    """

    owner: IntArray
    position: IntArray
    value: FloatArray

    @classmethod
    def of(cls, panel: Panel) -> Observed:
        index = np.flatnonzero(np.isfinite(panel.y))
        owner = np.repeat(np.arange(len(panel)), panel.lengths)[index]
        return cls(owner, index - panel.indptr[owner], panel.y[index])

    def per_series(self, n: int, first: bool = False) -> tuple[FloatArray, IntArray]:
        """[n] last (or first) value of each series and its position; NaN and 0 where there is none."""
        value, position = np.full(n, np.nan), np.zeros(n, dtype=np.int64)
        order = slice(None, None, -1 if first else 1)
        # Of repeated indices the last assignment stands.
        value[self.owner[order]] = self.value[order]
        position[self.owner[order]] = self.position[order]
        return value, position

    def steps(self, lag: int = 1) -> tuple[IntArray, FloatArray, FloatArray]:
        """[S] owner, change and gap (in multiples of *lag*) between neighbours of one phase modulo *lag*."""
        phase = self.position % lag
        order = np.lexsort((self.position, phase, self.owner))
        owner, phase = self.owner[order], phase[order]
        same = (owner[1:] == owner[:-1]) & (phase[1:] == phase[:-1])
        gap = np.diff(self.position[order])[same] // lag
        return owner[1:][same], np.diff(self.value[order])[same], gap.astype(np.float64)


def _sigma(owner: IntArray, residual: FloatArray, n: int, parameters: int = 0) -> FloatArray:
    """[n] residual standard deviation of each series, NaN where there is no residual to spare."""
    spare = np.bincount(owner, minlength=n) - parameters
    largest = np.zeros(n)
    np.maximum.at(largest, owner, np.abs(residual))
    unit = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)  # squares of huge residuals overflow
    total = np.bincount(owner, weights=(residual / unit[owner]) ** 2, minlength=n)
    return unit * np.sqrt(np.where(spare > 0, total / np.maximum(spare, 1), np.nan))


def _naive_sigma(observed: Observed, n: int, lag: int = 1) -> FloatArray:
    # A change across a gap of k periods of a random walk has k times the variance of one step.
    owner, change, gap = observed.steps(lag)
    return _sigma(owner, change / np.sqrt(gap), n)


class Naive:
    """The last observed value, for ever. Interval: σ√h, as for a random walk."""

    name = "Naive"

    def fit(self, panel: Panel) -> None:
        """Nothing to learn."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float] = ()) -> Forecast:
        """See :class:`~gruforecast.data.forecast.Forecaster`."""
        observed, h = Observed.of(panel), np.arange(1, horizon + 1)
        last, _ = observed.per_series(len(panel))
        sigma = np.nan_to_num(_naive_sigma(observed, len(panel)))
        median = np.repeat(last[:, None], horizon, axis=1)
        return gaussian_forecast(panel, median, sigma[:, None] * np.sqrt(h), levels)


class SeasonalNaive:
    """The last value of the same phase of the season, else the last value. Interval: σ√(seasons ahead)."""

    name = "SeasonalNaive"

    def fit(self, panel: Panel) -> None:
        """Nothing to learn."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float] = ()) -> Forecast:
        """See :class:`~gruforecast.data.forecast.Forecaster`."""
        n, m = len(panel), panel.freq.season_length
        observed, h = Observed.of(panel), np.arange(1, horizon + 1)
        median = self._same_phase(panel, observed, m)[:, -h % m]
        sigma = _naive_sigma(observed, n, m)
        sigma = np.nan_to_num(np.where(np.isfinite(sigma), sigma, _naive_sigma(observed, n)))
        return gaussian_forecast(panel, median, sigma[:, None] * np.sqrt((h - 1) // m + 1), levels)

    @staticmethod
    def _same_phase(panel: Panel, observed: Observed, m: int) -> FloatArray:
        """[N, m] last value of each phase, counted in periods back from the end modulo m."""
        last, _ = observed.per_series(len(panel))
        phases = np.repeat(last[:, None], m, axis=1)
        back = (panel.lengths[observed.owner] - 1 - observed.position) % m
        phases[observed.owner, back] = observed.value
        return phases


class Drift:
    """A straight line through the first and the last observation. Interval: σ√(h(1 + h/(T − 1)))."""

    name = "Drift"

    def fit(self, panel: Panel) -> None:
        """Nothing to learn."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float] = ()) -> Forecast:
        """See :class:`~gruforecast.data.forecast.Forecaster`."""
        n, observed, h = len(panel), Observed.of(panel), np.arange(1, horizon + 1)
        (last, end), (first, begin) = observed.per_series(n), observed.per_series(n, first=True)
        span = np.maximum(end - begin, 1)
        slope = (last - first) / span
        owner, change, gap = observed.steps()
        residual = (change - slope[owner] * gap) / np.sqrt(gap)
        sigma = np.nan_to_num(_sigma(owner, residual, n, parameters=1))
        growth = np.sqrt(h * (1 + h / span[:, None]))
        return gaussian_forecast(panel, last[:, None] + slope[:, None] * h, sigma[:, None] * growth, levels)


# What a user types → class; a class's ``name`` is its column in outputs.
BASELINES: dict[str, type[Naive] | type[SeasonalNaive] | type[Drift] | type[Theta]] = {
    "naive": Naive,
    "seasonal-naive": SeasonalNaive,
    "drift": Drift,
    "theta": Theta,
}
DEFAULT_BASELINES = ("naive", "seasonal-naive", "drift")


def make_baseline(name: str) -> Forecaster:
    """The baseline a user asked for as *name*.

    Raises UsageError on an unknown name, with the nearest known one.
    """
    spelt = {key.replace("-", ""): key for key in BASELINES}
    key = name.lower().replace("-", "").replace("_", "")
    if key not in spelt:
        near = difflib.get_close_matches(key, spelt, n=1)
        hint = f"did you mean {spelt[near[0]]}?" if near else f"known: {', '.join(BASELINES)}"
        raise UsageError(f"unknown baseline {escape(name)}", hint=hint)
    return BASELINES[spelt[key]]()
