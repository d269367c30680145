"""What holds its value for a while, and then moves to another: prices, tariffs, rates, people in a team.

A network expects a little of the next move in every period; but where a value was still there after so many periods
more often than not, the median is that value, and so are all quantiles that its staying covers.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gruforecast.data.panel import BoolArray, FloatArray
from gruforecast.data.scaling import mean_observed

NEWEST = 200  # points that are looked at
FEWEST = 10  # steps that tell
HELD = 0.65  # share of steps that hold, beyond those by coincidence, in all that could
NEARER = 0.7  # distance to the value a season ago, over that to the one half a season ago, of what comes back
FEW = 3  # pairs of points that tell how often a value is still there after a while


def follow_holds(
    values: FloatArray, history: FloatArray, grid: tuple[float, ...], seasons: Iterable[int] = ()
) -> FloatArray:
    """Quantiles *values* [B, H, Q] at *grid*, those of windows that hold moved to the last value.

    Args:
        history: [B, L] values up to the cutoff, NaN = missing or before the start.
        seasons: points after which values may come back; 0 and 1 may be among them.
    """
    newest = history[:, -NEWEST:]
    rows = np.flatnonzero(holding(newest))
    rows = rows[~_come_back(history[rows], seasons)]
    if not len(rows):
        return values
    newest, last = newest[rows], newest[rows, -1, None]
    # Where the last value was left before, such as a reduced price, what counts is how long it stayed.
    here = newest == last
    left = (here[:, :-1] & (np.abs(np.diff(newest, axis=1)) > 0)).any(axis=1, keepdims=True)
    start = np.where(here | ~left, newest, np.nan)
    level, moved = np.array(grid), values.copy()
    for period in range(values.shape[1]):
        if newest.shape[1] > period + FEW:
            step = newest[:, period + 1 :] - start[:, : -period - 1]
            known = np.isfinite(step).sum(axis=1, keepdims=True)
            # Half a pair on either side: what never happened may yet do so.
            below, above = (((x > 0).sum(axis=1, keepdims=True) + 0.5) / (known + 1) for x in (-step, step))
        found = values[rows, period]
        found = np.where(level <= below, np.minimum(found, last), np.maximum(found, last))
        moved[rows, period] = np.where((level > below) & (level < 1 - above), last, found)
    return moved


def holding(newest: FloatArray) -> BoolArray:
    """[B] whether windows [B, L] hold their values: far more often than equal values meet by chance.

    So does what moves seldom; what is mostly zero, or one of a few counts, is equal by chance.
    """
    step = np.diff(newest, axis=1)
    known, same = np.isfinite(step).sum(axis=1), (step == 0).sum(axis=1)
    result: BoolArray = (known >= FEWEST) & (same >= HELD * known) & (same < known) & np.isfinite(newest[:, -1])
    rows = np.flatnonzero(result)
    chance, share = _coincidence(newest[rows]), same[rows] / known[rows]
    result[rows] = share - chance >= HELD * (1 - chance)
    return result


def _come_back(history: FloatArray, seasons: Iterable[int]) -> BoolArray:
    """[B] whether values of windows [B, L] are clearly nearer to those a season ago than to those half a season ago."""
    result = np.zeros(len(history), dtype=np.bool_)
    for season in set(seasons) - {0, 1}:
        whole, half = (np.abs(history[:, lag:] - history[:, :-lag]) for lag in (season, season // 2))
        result |= mean_observed(whole, np.inf) < NEARER * mean_observed(half, 0.0)
    return result


def _coincidence(newest: FloatArray) -> FloatArray:
    """[B] the share of pairs of values of windows [B, L] that are equal, each value paired with itself as well."""
    ordered = np.sort(newest, axis=1)  # NaN last
    runs = np.zeros(newest.shape, dtype=np.int64)
    runs[:, 1:] = np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1)
    runs += newest.shape[1] * np.arange(len(newest))[:, None]
    known = np.isfinite(ordered)
    sizes = np.bincount(runs[known], minlength=runs.size).reshape(runs.shape)
    share: FloatArray = (sizes**2).sum(axis=1) / known.sum(axis=1) ** 2
    return share
