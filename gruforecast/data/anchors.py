"""Simple forecasts of a window, which the networks blend and correct, in normalised units.

Every window is [B, T], right-aligned, NaN where a value is missing or before the start; every forecast is [B, H].
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.data.scaling import last_observed, mean_observed

N_ANCHORS = 6  # last value; a season, a long season and a found cycle ago; usual value, and at today's level
SEASONS = 3  # that are looked back at; their mean is usual
FEW = 4  # steps whose mean goes on where there is no season


def anchor_forecasts(
    z: FloatArray, season: int, long_season: int, period: IntArray, horizon: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """All simple forecasts of windows *z*, and whether a long season was seen.

    What a window is too short for is replaced by the next shorter season, in the end by the last value.

    Args:
        season: points in the main season, 1 = none.
        long_season: points in the secondary one, 0 = none.
        period: [B] points in the cycle that was found, 0 = none.

    Returns:
        [B, H, N_ANCHORS], and [B] bool.
    """
    last = np.repeat(last_observed(z)[:, None], horizon, axis=1)
    if season > 1:
        short = either(seasonal_values(z, season, horizon), last)
        usual, moved = usual_values(z, season, season, horizon)
    else:
        short = last
        usual, moved = (last + step[:, None] * np.arange(1, horizon + 1) for step in last_steps(z))
    long, has_long = short, np.zeros(len(z), dtype=np.bool_)
    if long_season:
        found = seasonal_values(z, long_season, horizon)
        long, has_long = either(found, short), np.isfinite(found).mean(axis=1) > 0.5
        usual, moved = map(either, usual_values(z, long_season, season, horizon), (usual, moved))
    cycle = short.copy()
    rows = np.flatnonzero(period)
    cycle[rows] = either(cycle_values(z[rows], period[rows, None], horizon), short[rows])
    return np.stack([last, short, long, cycle, either(usual, short), either(moved, short)], axis=-1), has_long


def seasonal_values(z: FloatArray, season: int, horizon: int) -> FloatArray:
    """The most recent observed value at the same phase, looking back at most SEASONS; NaN if none."""
    return most_recent(same_phase(z, season, horizon))


def cycle_values(z: FloatArray, period: IntArray, horizon: int) -> FloatArray:
    """The value one *period* [B, 1] ago, or the mean of SEASONS values where that was nearer in the window itself.

    So it is where the cycle lasts under noise, of which the mean has less. NaN if no value is known.
    """
    values = list(same_phase(z, period, horizon))
    now = np.arange(z.shape[1])
    before = [points_at(z, now - past * period) for past in range(1, SEASONS + 1)]
    gain = np.abs(z - before[0]) - np.abs(z - sum(before) / SEASONS)
    known = np.isfinite(gain)
    steady = (known.sum(axis=1) >= period[:, 0]) & (np.where(known, gain, 0.0).sum(axis=1) > 0)
    return np.where(steady[:, None], mean_observed(np.stack(values, axis=-1)), most_recent(values))


def most_recent(values: Iterable[FloatArray]) -> FloatArray:
    """The first of *values*, newest first, that is finite; NaN if none."""
    return functools.reduce(either, values)


def usual_values(z: FloatArray, season: int, level: int, horizon: int) -> tuple[FloatArray, FloatArray]:
    """The mean of the last SEASONS values at the same phase, and of how far they were above their level; NaN if none.

    The level of a value is the mean of the *level* points up to one, two or three seasons before the cutoff. Today's is
    about 0 by normalisation, so the second is a forecast too, and one that knows growth.
    """
    values, risen = [], []
    for past, value in enumerate(same_phase(z, season, horizon), start=1):
        start = max(0, z.shape[1] - past * season)
        values.append(value)
        risen.append(value - mean_observed(z[:, max(0, start - level) : start])[:, None])
    usual, above = mean_observed(np.stack(values, axis=-1)), mean_observed(np.stack(risen, axis=-1))
    return usual, either(above, usual)


def same_phase(z: FloatArray, season: int | IntArray, horizon: int) -> Iterator[FloatArray]:
    """The values one, two … SEASONS seasons ago at the same phase, NaN before the start."""
    for past in range(1, SEASONS + 1):
        yield points_at(z, z.shape[1] - past * season + np.arange(horizon) % season)


def points_at(z: FloatArray, index: IntArray) -> FloatArray:
    """Points number *index* [n] or [B, n] of windows *z*; NaN before the start."""
    begun = np.concatenate([np.full((len(z), 1), np.nan), z], axis=1)
    first = np.arange(len(z))[:, None] * begun.shape[1]
    found: FloatArray = np.take(begun, first + np.maximum(index + 1, 0))
    return found


def last_steps(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two [B]: the last step, and the mean of the last FEW; NaN where an end is missing or before the start."""
    nothing = np.full(len(z), np.nan)
    step, steps = ((z[:, -1] - z[:, -1 - k]) / k if z.shape[1] > k else nothing for k in (1, FEW))
    return step, steps


def either(x: FloatArray, other: FloatArray) -> FloatArray:
    """*x*, and *other* where it is not finite."""
    return np.where(np.isfinite(x), x, other)
