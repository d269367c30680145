"""What has repeated exactly goes on exactly: straight lines, compound growth, timetables, clean rhythms.

A network continues them nearly; a person who sees 100, 101, 102 expects 103, and nothing in the past speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray, IntArray

FEWEST = 6  # steps that must be equal
ROUNDING = 1e-9  # of the largest value, or of 1 in logs


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def exact_continuation(history: FloatArray, seasons: Iterable[int], period: IntArray, horizon: int) -> FloatArray:
    """[B, horizon] the continuation of windows that never broke the rhythm they have, NaN for all others.

    A window has a rhythm of p points when all its differences at lag p are equal (0 in a timetable), or all its ratios;
    every point of it must have come back once. A straight line has one of a single point. The first rhythm that fits
    counts.

    Args:
        history: [B, L] values up to the cutoff, NaN = missing or before the start.
        seasons: points of the rhythms that the calendar names; 0 and 1 may be among them.
        period: [B] points of the cycle that each window shows (see :mod:`gruforecast.data.cycles`), 0 = none.
    """
    result = np.full((len(history), horizon), np.nan)
    positive = ~(history <= 0).any(axis=1)
    for lag, mine in _rhythms(seasons, period):
        for logs in (False, True):
            rows = np.flatnonzero(mine & np.isnan(result[:, 0]) & (positive | (not logs)))
            rows = rows[_looks_exact(history[rows, -lag - FEWEST :], lag, logs)]
            if len(rows):
                values = np.log(history[rows]) if logs else history[rows]
                found = _continued(values, lag, horizon, 1.0 if logs else None)
                result[rows] = np.exp(found) if logs else found
    return result


def _rhythms(seasons: Iterable[int], period: IntArray) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Points of a rhythm, and the windows [B] to look for it in."""
    everywhere = np.ones(len(period), dtype=np.bool_)
    for lag in sorted({1, *seasons} - {0}):
        yield lag, everywhere
    for lag in np.unique(period[period > 0]).tolist():
        yield lag, period == lag


def _looks_exact(newest: FloatArray, lag: int, logs: bool) -> NDArray[np.bool_]:
    """[B] whether the last FEWEST steps at *lag* are equal, in windows [B, lag + FEWEST]: few get further."""
    if newest.shape[1] < lag + FEWEST:
        return np.zeros(len(newest), dtype=np.bool_)
    now, before = newest[:, lag:], newest[:, :FEWEST]
    steps = now / before if logs else now - before
    size = 1.0 if logs else np.abs(newest).max(axis=1)
    equal: NDArray[np.bool_] = np.ptp(steps, axis=1) <= ROUNDING * size
    return equal


def _continued(values: FloatArray, lag: int, horizon: int, size: float | None) -> FloatArray:
    """[B, horizon] *values* [B, L] continued by their step at *lag*, NaN where it changes; *size* None: as they are."""
    steps = values[:, lag:] - values[:, :-lag]
    seen = np.isfinite(steps)
    low = np.where(seen, steps, np.inf).min(axis=1)
    high = np.where(seen, steps, -np.inf).max(axis=1)
    largest = size or np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1)
    exact = (high - low <= ROUNDING * largest) & (seen.sum(axis=1) >= lag)
    ahead = np.arange(horizon)
    last = values[:, -lag:][:, ahead % lag]
    return np.where(exact[:, None], last + ((low + high) / 2)[:, None] * (ahead // lag + 1), np.nan)
