"""Gaps within a window, bridged before it is read: a network that misses points knows less than their neighbours do."""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import BoolArray, FloatArray, IntArray
from gruforecast.data.scaling import mean_observed

MOSTLY_ZERO = 0.2  # share of zeros from which what lies between two values is no mean of them


def bridged(history: FloatArray, season: int) -> FloatArray:
    """[B, L] windows with what is missing between two observed values put in, a season at most; NaN elsewhere.

    A gap is bridged by a line in time, or by one from season to season, corrected by a line through what the observed
    values are above theirs: by what says more of the values that are known. Windows with many zeros stay.
    """
    seen = np.isfinite(history)
    before, after = _before(seen), _after(seen)
    gap = after - before - 1  # within one, its points
    short = ~seen & (before >= 0) & (after < history.shape[1]) & (gap <= season)
    zeros = (history == 0).sum(axis=1) > MOSTLY_ZERO * seen.sum(axis=1)
    rows = np.flatnonzero(short.any(axis=1) & ~zeros)
    if not len(rows):
        return history
    y = history[rows]
    usual = _neighbours(y, season) if season > 1 else np.full_like(y, np.nan)
    straight, seasonal = line(y), usual + line(y - usual)
    by_line, by_season = (mean_observed(np.abs(_bend(x)), np.inf) for x in (y, y - usual))
    fill = np.where((by_season < by_line)[:, None] & np.isfinite(seasonal), seasonal, straight)
    result = history.copy()
    result[rows] = np.where(short[rows], fill, y)
    return result


def line(y: FloatArray) -> FloatArray:
    """[B, L] straight lines between observed values, the nearest of them beyond; NaN where there is none."""
    seen = np.isfinite(y)
    return _between(y, _before(seen), _after(seen))


def _bend(y: FloatArray) -> FloatArray:
    """How far values are off the line between their neighbours."""
    return y[:, 1:-1] - (y[:, 2:] + y[:, :-2]) / 2


def _neighbours(y: FloatArray, season: int) -> FloatArray:
    """[B, L] what the nearest values of the same phase, before and after each point, say of it; NaN where none are."""
    ahead = -y.shape[1] % season
    seasons = np.pad(y, ((0, 0), (ahead, 0)), constant_values=np.nan).reshape(len(y), -1, season)
    phases = np.moveaxis(seasons, 2, 1).reshape(len(y) * season, -1)
    seen = np.isfinite(phases)
    before = np.pad(_before(seen)[:, :-1], ((0, 0), (1, 0)), constant_values=-1)
    after = np.pad(_after(seen)[:, 1:], ((0, 0), (0, 1)), constant_values=seen.shape[1])
    found = _between(phases, before, after).reshape(len(y), season, -1)
    flat: FloatArray = np.moveaxis(found, 1, 2).reshape(len(y), -1)[:, ahead:]
    return flat


def _between(y: FloatArray, before: IntArray, after: IntArray) -> FloatArray:
    """[B, L] on the lines from the points at *before* (-1: none) to those at *after* (L: none)."""
    length = y.shape[1]
    ends = [np.take_along_axis(y, np.clip(i, 0, length - 1), axis=1) for i in (before, after)]
    lower, upper = np.where(before >= 0, ends[0], ends[1]), np.where(after < length, ends[1], ends[0])
    share = np.clip((np.arange(length) - before) / np.maximum(after - before, 1), 0.0, 1.0)
    values: FloatArray = lower + share * (upper - lower)
    return values


def _before(seen: BoolArray) -> IntArray:
    """[B, L] where the last observed value up to each point stands, -1 before the first."""
    place: IntArray = np.maximum.accumulate(np.where(seen, np.arange(seen.shape[1]), -1), axis=1)
    return place


def _after(seen: BoolArray) -> IntArray:
    """[B, L] where the next observed value from each point on stands, L after the last."""
    place: IntArray = seen.shape[1] - 1 - _before(seen[:, ::-1])[:, ::-1]
    return place
