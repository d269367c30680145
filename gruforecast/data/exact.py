"""What has repeated exactly goes on exactly: straight lines, compound growth, timetables, clean rhythms.

A network continues them nearly; a person who sees 100, 101, 102 expects 103, and nothing in the past speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray, IntArray

FEWEST = 6  # steps that must be equal
RESTS = 3  # times that a phase must have been zero, and never anything else
CHANCE = 0.05  # that as many zeros fall on one phase by themselves, at most
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
    result, ahead = np.full((len(history), horizon), np.nan), np.arange(horizon)
    positive = ~(history <= 0).any(axis=1)
    for lag, mine in _rhythms(seasons, period):
        for logs in (False, True):
            rows = np.flatnonzero(mine & np.isnan(result[:, 0]) & (positive | (not logs)))
            newest = history[rows, -lag - FEWEST :]
            # Few windows get further than their newest steps; of the points that go on none may be missing.
            exact, _ = _steady(newest, lag, FEWEST, logs)
            rows = rows[exact & np.isfinite(newest[:, -lag:]).all(axis=1)]
            if len(rows):
                exact, step = _steady(history[rows], lag, lag, logs)
                last, grown = history[rows, -lag:][:, ahead % lag], step[:, None] * (ahead // lag + 1)
                result[rows] = np.where(exact[:, None], last * np.exp(grown) if logs else last + grown, np.nan)
    return result


def resting(history: FloatArray, seasons: Iterable[int], horizon: int) -> NDArray[np.bool_]:
    """[B, horizon] where windows were zero at the same phase of every season, more often than by chance.

    Nights without sunshine, Sundays in a shop: a network's answer is a little above zero there.

    Args:
        history: [B, L] values up to the cutoff, NaN = missing or before the start.
        seasons: as for :func:`exact_continuation`.
    """
    rest = np.zeros((len(history), horizon), dtype=np.bool_)
    rows = np.flatnonzero((history == 0).any(axis=1))
    for season in set(seasons) - {0, 1}:
        count = history.shape[1] // season
        if count >= RESTS and len(rows):
            phases = history[rows, history.shape[1] - count * season :].reshape(len(rows), count, season)
            zeros, seen = (phases == 0).sum(axis=1), np.isfinite(phases).sum(axis=1)
            share = zeros.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
            always = (zeros == seen) & (zeros >= RESTS) & (share[:, None] ** zeros < CHANCE)
            rest[rows] |= always[:, np.arange(horizon) % season]
    return rest


def _rhythms(seasons: Iterable[int], period: IntArray) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Points of a rhythm, and the windows [B] to look for it in."""
    everywhere = np.ones(len(period), dtype=np.bool_)
    for lag in sorted({1, *seasons} - {0}):
        yield lag, everywhere
    for lag in np.unique(period[period > 0]).tolist():
        yield lag, period == lag


def _steady(values: FloatArray, lag: int, least: int, logs: bool) -> tuple[NDArray[np.bool_], FloatArray]:
    """Whether the steps at *lag* of windows [B, L], *least* of them or more, are all equal, and the step; both [B]."""
    size = 1.0 if logs else np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1, initial=0)
    x = np.log(values) if logs else values
    steps = x[:, lag:] - x[:, :-lag]
    seen = np.isfinite(steps)
    low = np.where(seen, steps, np.inf).min(axis=1, initial=np.inf)
    high = np.where(seen, steps, -np.inf).max(axis=1, initial=-np.inf)
    return (seen.sum(axis=1) >= least) & (high - low <= ROUNDING * size), (low + high) / 2
