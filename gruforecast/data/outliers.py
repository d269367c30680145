"""Single values far off all around them: slips of a decimal point, instruments out of order, days like no other."""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import BoolArray, FloatArray
from gruforecast.data.scaling import mean_observed, median_observed

# An outlier is so many usual distances (medians) from what is around it. Some may be: that share of what is observed,
# and that number in any case; what is less rare belongs to the series. Zeros are suspected soon, if all of them are far
# off and if they are not a season apart.
FAR, RARE, FEW = 15.0, 0.01, 1
ZERO_FAR, ZERO_RARE, ZERO_FEW = 6.0, 0.1, 2


def outliers(history: FloatArray, season: int, long_season: int = 0) -> BoolArray:
    """[B, L] which values of windows (NaN = missing) to read as missing; in most windows none.

    A network takes its units from a window, and its trust in simple forecasts from how they fared there. One freak
    changes both: on M3, M4 Hourly and public series, forecasts lost 10 to 50 % by one value in the history that was
    zero, or ten times what it is.

    Values are compared, as logarithms in positive windows, with the median of what is next to them and one or two
    seasons (two or three steps) away. Single ones only: what the next value confirms is a new level, if not an event,
    and what comes again after a season belongs to it. The last value has nothing after it that would tell, so it stays.

    Args:
        season: points in the main season, 1 = none.
        long_season: points in the secondary one, 0 = none.
    """
    zeros = _rare_zeros(history, season, long_season)
    rest = np.where(zeros, np.nan, history)
    positive = ~(rest <= 0).any(axis=1, keepdims=True)
    x = np.where(positive, np.log(np.where(positive, rest, 1.0)), rest)
    off = x - _around(x, season)
    far = np.abs(off) > FAR * _usual(off, rest)
    rows = np.flatnonzero(far.any(axis=1))
    if len(rows):
        x, off = x[rows], off[rows]
        spread = median_observed(np.abs(x - median_observed(x)[:, None]))[:, None]
        others = np.stack([y for lag in (1, season, long_season) for y in _shifted(x, lag)])
        alike = np.abs(others - x) < np.abs(off) / 2
        far[rows] &= (np.abs(off) > spread) & ~alike.any(axis=0)
    found: BoolArray = zeros | (far & _rare(far, history, RARE, FEW))
    return found


def _rare_zeros(history: FloatArray, season: int, long_season: int) -> BoolArray:
    """[B, L] zeros of windows that are positive otherwise, if few, all far below, and not at home in some season."""
    zero = history == 0
    found: BoolArray = np.zeros_like(zero)
    rare = _rare(zero, history, ZERO_RARE, ZERO_FEW)[:, 0]
    rows = np.flatnonzero(zero.any(axis=1) & rare & ~(history < 0).any(axis=1))
    if len(rows):
        y, some = history[rows], zero[rows]
        below = _around(y, season)
        near = some & ~(below > ZERO_FAR * _usual(y - below, y))
        found[rows] = some & ~(near.any(axis=1) | _seasonal(some, season, long_season))[:, None]
    return found


def _seasonal(found: BoolArray, season: int, long_season: int) -> BoolArray:
    """[B] whether more pairs of what is *found* [B, L] are a season apart than chance would put there (three sigma)."""
    lags = [lag for lag in (season, long_season) if 1 < lag < found.shape[1]]
    pairs = sum(((found[:, lag:] & found[:, :-lag]).sum(axis=1) for lag in lags), np.zeros(len(found)))
    by_chance = sum(found.shape[1] - lag for lag in lags) * found.mean(axis=1) ** 2
    seasonal: BoolArray = pairs > by_chance + 3 * np.sqrt(by_chance)
    return seasonal


def _rare(found: BoolArray, history: FloatArray, share: float, few: int) -> BoolArray:
    """[B, 1] whether at most *share* of a window, or *few* values, are *found*."""
    rare: BoolArray = found.sum(axis=1) <= np.maximum(few, share * np.isfinite(history).sum(axis=1))
    return rare[:, None]


def _usual(off: FloatArray, x: FloatArray) -> FloatArray:
    """[B, 1] the median distance *off* of values *x* from what is around them; the mean where most have none.

    Infinite for what rests at zero, as rain does and rare demand: there all that happens is far off.
    """
    distance = np.abs(off)
    median = median_observed(distance)
    steady = np.where(_rare(x == 0, x, ZERO_RARE, 0)[:, 0], mean_observed(distance), np.inf)
    usual: FloatArray = np.where(median > 0, median, steady)[:, None]
    return usual


def _around(x: FloatArray, season: int) -> FloatArray:
    """[B, L] medians of what is one step and one or two seasons (two or three steps) away; NaN where none follows."""
    lags = (1, season, 2 * season) if season > 1 else (1, 2, 3)
    pairs = [_shifted(x, lag) for lag in lags if lag < x.shape[1]]
    if not pairs:  # of a window of one value
        return np.full_like(x, np.nan)
    follows = np.any([np.isfinite(after) for _, after in pairs], axis=0)
    medians = median_observed(np.stack([y for pair in pairs for y in pair], axis=-1))
    return np.where(follows, medians, np.nan)


def _shifted(x: FloatArray, lag: int) -> tuple[FloatArray, FloatArray]:
    """What was *lag* points (0: never) before each point of *x* [B, L], and after; NaN beyond the ends."""
    before, after = np.full_like(x, np.nan), np.full_like(x, np.nan)
    if 0 < lag < x.shape[1]:
        before[:, lag:], after[:, :-lag] = x[:, :-lag], x[:, lag:]
    return before, after
