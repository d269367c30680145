"""The Theta method, winner of the M3 competition, computed for many series at once.

Sources: Assimakopoulos & Nikolopoulos (2000), "The theta model: a decomposition approach to forecasting";
Hyndman & Billah (2003), "Unmasking the Theta method": the mean of a straight line and of simple exponential
smoothing of the theta-2 line, which is smoothing with half the line's slope as drift.

Every array below is right-aligned, [N, L] with a series' last value in the last column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gruforecast.data.forecast import Forecast
from gruforecast.data.gaps import line
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel
from gruforecast.evaluation.gaussian import gaussian_forecast

ALPHAS = np.linspace(0.02, 1.0, 50)
# Fewer observations than this tell nothing about a slope.
MIN_TREND = 4
MAX_HISTORY = 1_000
# Bounds on one group of series: values of history, and rows (each holds a state for every alpha).
CHUNK_VALUES, CHUNK_ROWS = 1_000_000, 10_000


class Theta:
    """Standard Theta with classical seasonal adjustment where the season is significant.

    Gaps inside a series are interpolated linearly. Only the last ``max(1000, 5 seasons)`` periods are looked
    at: what lies further back no longer moves the level, and a straight line over it is no local trend.
    """

    name = "Theta"

    def fit(self, panel: Panel) -> None:
        """Nothing to learn beforehand: each series' smoothing is fitted when it is forecast."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float] = ()) -> Forecast:
        """See :class:`~gruforecast.data.forecast.Forecaster`."""
        m = panel.freq.season_length
        median, sigma = np.full((2, len(panel), horizon), np.nan)
        for index in _chunks(panel, max(MAX_HISTORY, 5 * m)):
            part = panel.select(index)
            length = min(int(part.lengths.max()), max(MAX_HISTORY, 5 * m))
            median[index], sigma[index] = forecast_rows(part.tail(length), m, horizon)
        return gaussian_forecast(panel, median, sigma, levels)


def _chunks(panel: Panel, longest: int) -> Iterator[IntArray]:
    """Indices of the non-empty series, similar lengths together, each group small enough for memory."""
    order = np.argsort(panel.lengths, kind="stable")
    order = order[panel.observed[order] > 0]
    while len(order):
        width = np.minimum(panel.lengths[order], longest)
        size = max(1, int(np.searchsorted(width * np.arange(1, len(order) + 1), CHUNK_VALUES)))
        size = min(size, CHUNK_ROWS)
        yield order[:size]
        order = order[size:]


def forecast_rows(rows: FloatArray, season_length: int, horizon: int) -> tuple[FloatArray, FloatArray]:
    """Median and standard deviation, both [N, H], for *rows* [N, L], NaN where nothing was observed."""
    y, inside = interpolate(rows)
    additive: BoolArray = np.any(inside & (y <= 0), axis=1, keepdims=True)
    season = seasonal_index(y, inside, season_length, additive)
    offset, factor = np.where(additive, season, 0.0), np.where(additive, 1.0, season)
    back = np.arange(y.shape[1])[::-1] % season_length
    adjusted = (y - offset[:, back]) / factor[:, back]
    level, slope, alpha, sigma = _fit(np.where(inside, adjusted, 0.0), inside)
    h = np.arange(1, horizon + 1)
    median = level[:, None] + slope[:, None] * h
    spread = sigma[:, None] * np.sqrt(1 + (h - 1) * alpha[:, None] ** 2)
    offset, factor = offset[:, -h % season_length], factor[:, -h % season_length]
    return median * factor + offset, spread * factor


def interpolate(rows: FloatArray) -> tuple[FloatArray, BoolArray]:
    """*rows* with gaps filled linearly, 0 before the first value; and True from there on. Both [N, L]."""
    inside = np.logical_or.accumulate(np.isfinite(rows), axis=1)
    return np.where(inside, line(rows), 0.0), inside


def is_seasonal(y: FloatArray, inside: BoolArray, season_length: int) -> BoolArray:
    """[N] whether the autocorrelation at the season leaves its 90 % band (the test of the M competitions)."""
    n = inside.sum(axis=1)
    x = np.where(inside, y - (np.where(inside, y, 0).sum(axis=1) / np.maximum(n, 1))[:, None], 0.0)
    energy = np.einsum("nl,nl->n", x, x)
    lags = range(1, season_length + 1)
    acf = np.stack([np.einsum("nl,nl->n", x[:, k:], x[:, :-k]) for k in lags], axis=1)
    acf = acf / np.where(energy > 0, energy, np.inf)[:, None]
    band = 1.645 * np.sqrt((1 + 2 * (acf[:, :-1] ** 2).sum(axis=1)) / np.maximum(n, 1))
    significant: BoolArray = (np.abs(acf[:, -1]) > band) & (n >= 3 * season_length)
    return significant


def seasonal_index(y: FloatArray, inside: BoolArray, season_length: int, additive: BoolArray) -> FloatArray:
    """[N, m] classical seasonal index by phase, counted back from the end; neutral where there is no season.

    *additive* [N, 1] rows get differences from the centred moving average, the others ratios to it.
    """
    m, length = season_length, y.shape[1]
    index = np.where(additive, 0.0, np.ones((len(y), m)))
    if m == 1 or length < 3 * m:
        return index
    rows = np.flatnonzero(is_seasonal(y, inside, m))
    trend, whole = _moving_average(y[rows], inside[rows], m)
    edge = (length - trend.shape[1]) // 2
    centre = y[rows, edge : length - edge]
    add = additive[rows]
    effect = np.where(add, centre - trend, centre / np.where(add | ~whole, 1.0, trend))
    for phase in range(m):
        columns = (length - 1 - np.arange(edge, length - edge)) % m == phase
        use = whole[:, columns]
        index[rows, phase] = np.where(use, effect[:, columns], 0).sum(axis=1) / use.sum(axis=1)
    mean = index[rows].mean(axis=1, keepdims=True)
    index[rows] = (index[rows] - np.where(add, mean, 0.0)) / np.where(add, 1.0, mean)
    return index


def _moving_average(y: FloatArray, inside: BoolArray, m: int) -> tuple[FloatArray, BoolArray]:
    """Centred average over one season and whether its whole window is inside, both [N, L − 2·(m // 2)].

    For even m the window has m + 1 periods and the outer two weigh half (the classical 2×m average).
    """
    edge, length = m // 2, y.shape[1]
    weights = np.ones(2 * edge + 1)
    if m % 2 == 0:
        weights[[0, -1]] = 0.5
    total = np.zeros((len(y), length - 2 * edge))
    for k, weight in enumerate(weights):
        total += weight * y[:, k : k + total.shape[1]]
    return total / m, inside[:, : total.shape[1]]


def _fit(y: FloatArray, inside: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Final level, drift a period, alpha and one-step residual deviation of deseasonalised *y*, each [N]."""
    n = inside.sum(axis=1)
    t = np.where(inside, np.arange(y.shape[1]) - (y.shape[1] - 1), 0.0)
    t_mean, y_mean = (t.sum(axis=1) / n), (y.sum(axis=1) / n)
    centred = np.where(inside, t - t_mean[:, None], 0.0)
    slope = (centred * y).sum(axis=1) / np.maximum((centred**2).sum(axis=1), 1.0)
    slope = np.where(n >= MIN_TREND, slope, 0.0)
    # Time is counted back from the end, so the line's value there is its intercept.
    line = (y_mean - slope * t_mean)[:, None] + slope[:, None] * t
    level, alpha, squares = _smooth(2 * y - line, inside)
    # Residuals of the mean of both lines are half those of the theta-2 line.
    sigma = 0.5 * np.sqrt(squares / np.maximum(n - 2, 1))
    return 0.5 * (line[:, -1] + level), 0.5 * slope, alpha, sigma


def _smooth(z: FloatArray, inside: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Simple exponential smoothing of *z* [N, L]: final level, alpha and squared one-step errors, each [N].

    Alpha is the best of a grid. The first level is the best one for each alpha, in closed form: errors are
    linear in it, with weight (1 − alpha)^(t − 1).
    """
    first = np.take_along_axis(z, inside.argmax(axis=1)[:, None], 1)
    shape = (len(z), len(ALPHAS))
    level, weight = np.zeros(shape), np.ones(shape)
    ee, ew, ww = np.zeros((3, *shape))
    for column in range(z.shape[1]):
        on = inside[:, column, None]
        error = np.where(on, z[:, column, None] - first - level, 0.0)
        ee += error**2
        ew += error * weight
        ww += np.where(on, weight**2, 0.0)
        level += ALPHAS * error
        weight = np.where(on, weight * (1 - ALPHAS), weight)
    start = ew / ww
    squares = np.maximum(ee - ew * start, 0.0)
    best = squares.argmin(axis=1)[:, None]
    final = np.take_along_axis(level + weight * start, best, 1) + first
    return final[:, 0], ALPHAS[best[:, 0]], np.take_along_axis(squares, best, 1)[:, 0]
