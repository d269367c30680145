"""Accuracy measures in plain numpy.

Shapes throughout: ``actual`` and ``median`` [N, H], ``quantiles`` [N, H, Q] at the probabilities ``levels``
[Q], ``scale`` [N] (or [N, H] where the scale differs between windows). NaN in ``actual`` means: not scored.
Every measure returns [N], one value per series, NaN where nothing could be scored.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray, IntArray, Panel


def _lagged_mean(panel: Panel, lag: int, power: int) -> FloatArray:
    """[N] mean of ``|y_t − y_{t−lag}| ** power`` over pairs that are both observed, NaN without a pair."""
    owner, n = _owner(panel), len(panel)
    before = max(len(owner) - lag, 0)
    step = np.abs(panel.y[lag:] - panel.y[:before]) ** power
    use = (owner[lag:] == owner[:before]) & np.isfinite(step)
    total = np.bincount(owner[lag:][use], weights=step[use], minlength=n).astype(np.float64)
    return divide(total, np.bincount(owner[lag:][use], minlength=n).astype(np.int64))


def _owner(panel: Panel) -> IntArray:
    """[T] the series each value belongs to."""
    return np.repeat(np.arange(len(panel)), panel.lengths)


def in_sample_scale(panel: Panel, power: int = 1) -> FloatArray:
    """[N] what MASE (``power=1``) and RMSSE (``power=2``) divide by: seasonal naive's in-sample error.

    Mean of ``|y_t − y_{t−m}| ** power`` with m the season length of *panel*, and m = 1 for a history that is not
    longer than m. NaN where the scale is zero or nothing can be compared: such a series has no scaled error.
    Source: Hyndman & Koehler (2006), "Another look at measures of forecast accuracy".
    """
    m = panel.freq.season_length
    scale = _lagged_mean(panel, 1, power)
    if m > 1:
        seasonal = _lagged_mean(panel, m, power)
        scale = np.where((panel.observed > m) & np.isfinite(seasonal), seasonal, scale)
    return np.where(scale > 0, scale, np.nan)


def divide(total: FloatArray, count: FloatArray | IntArray) -> FloatArray:
    """Element-wise quotient, NaN where *count* is zero."""
    out = np.full(np.shape(total), np.nan)
    np.divide(total, count, out=out, where=np.asarray(count) != 0)
    return out


def row_mean(values: FloatArray, use: NDArray[np.bool_]) -> FloatArray:
    """[N] mean of *values* [N, H] where *use* holds. A non-finite value in use shows: it is never skipped."""
    return divide(np.where(use, values, 0.0).sum(axis=1), use.sum(axis=1))


def _per_row(scale: FloatArray) -> FloatArray:
    return scale[:, None] if scale.ndim == 1 else scale


def mae(actual: FloatArray, median: FloatArray) -> FloatArray:
    """[N] mean absolute error."""
    return row_mean(np.abs(actual - median), np.isfinite(actual))


def mse(actual: FloatArray, median: FloatArray) -> FloatArray:
    """[N] mean squared error."""
    return row_mean((actual - median) ** 2, np.isfinite(actual))


def rmse(actual: FloatArray, median: FloatArray) -> FloatArray:
    """[N] root mean squared error."""
    return np.sqrt(mse(actual, median))


def smape(actual: FloatArray, median: FloatArray) -> FloatArray:
    """[N] symmetric percentage error, mean of ``200·|y − f| / (|y| + |f|)`` with 0/0 = 0 (M competitions)."""
    error, size = np.abs(actual - median), np.abs(actual) + np.abs(median)
    return row_mean(200 * error / np.where(size == 0, 1.0, size), np.isfinite(actual))


def mape(actual: FloatArray, median: FloatArray) -> FloatArray:
    """[N] percentage error, mean of ``100·|y − f| / |y|``; points where y = 0 are not scored."""
    return row_mean(100 * divide(np.abs(actual - median), np.abs(actual)), np.isfinite(actual) & (actual != 0))


def mase(actual: FloatArray, median: FloatArray, scale: FloatArray) -> FloatArray:
    """[N] absolute error over :func:`in_sample_scale` (Hyndman & Koehler, 2006)."""
    scale = _per_row(scale)
    return row_mean(np.abs(actual - median) / scale, np.isfinite(actual) & np.isfinite(scale))


def rmsse(actual: FloatArray, median: FloatArray, square_scale: FloatArray) -> FloatArray:
    """[N] root of the squared error over ``in_sample_scale(power=2)`` (M5 competition)."""
    scale = _per_row(square_scale)
    return np.sqrt(row_mean((actual - median) ** 2 / scale, np.isfinite(actual) & np.isfinite(scale)))


def _pinball_points(actual: FloatArray, quantiles: FloatArray, levels: Sequence[float]) -> FloatArray:
    """[N, H] pinball loss, averaged over the levels."""
    error, q = actual[:, :, None] - quantiles, np.asarray(levels, dtype=np.float64)
    loss: FloatArray = np.maximum(error * q, error * (q - 1)).mean(axis=2)
    return loss


def pinball(actual: FloatArray, quantiles: FloatArray, levels: Sequence[float]) -> FloatArray:
    """[N] pinball (quantile) loss, averaged over points and levels (Koenker & Bassett, 1978)."""
    return row_mean(_pinball_points(actual, quantiles, levels), np.isfinite(actual))


def wql_parts(actual: FloatArray, quantiles: FloatArray, levels: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """[N] twice the summed pinball loss (mean over levels), and [N] the summed size of the actual values."""
    use = np.isfinite(actual)
    loss = np.where(use, 2 * _pinball_points(actual, quantiles, levels), 0.0)
    return loss.sum(axis=1), np.where(use, np.abs(actual), 0.0).sum(axis=1)


def wql(actual: FloatArray, quantiles: FloatArray, levels: Sequence[float]) -> FloatArray:
    """[N] weighted quantile loss: mean over the levels of 2·Σ pinball / Σ|y|, NaN where all y are zero."""
    return divide(*wql_parts(actual, quantiles, levels))


def coverage(actual: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """[N] share (0 … 1) of the points inside the closed interval *low* … *high* [N, H]."""
    inside = np.where(np.isfinite(low + high), (actual >= low) & (actual <= high), np.nan)
    return row_mean(inside, np.isfinite(actual))


def msis(actual: FloatArray, low: FloatArray, high: FloatArray, level: float, scale: FloatArray) -> FloatArray:
    """[N] mean scaled interval score of the central *level* % interval (Gneiting & Raftery, 2007; M4)."""
    scale, penalty = _per_row(scale), 2 / (1 - level / 100)
    missed = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    score = (high - low + penalty * missed) / scale
    return row_mean(score, np.isfinite(actual) & np.isfinite(scale))
