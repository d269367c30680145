"""Cycles that no calendar explains: tides, machines, populations, pay days, a sine in somebody's first file."""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.days import profile
from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, normal, some, uniform
from gruforecast.pretraining.recursions import stationary_ar1
from gruforecast.pretraining.seasons import harmonic_pattern

TABLE = 64  # points at which a pattern is tabulated; between them it is a straight line


def cycle(rng: Generator, n: int, length: int) -> Array:
    """[n, length] of unit size: waves or bumps that come again after LU(2.5, T / 2.2) points, a whole number in 40 %.

    In 35 % the phase walks, by up to a tenth of a turn a turn; in 25 % every turn has a size of its own.
    """
    period = log_uniform(rng, n, 2.5, max(length / 2.2, 5))
    period = np.where(rng.random((n, 1)) < 0.4, np.round(period), period)
    drift = chance(rng, n, 0.35) * log_uniform(rng, n, 0.002, 0.1) / np.sqrt(period)
    turns = uniform(rng, n, 0, 1) + np.arange(length) / period + np.cumsum(drift * normal(rng, n, length), axis=1)
    drawn = looked_up(patterns(rng, n), turns - turns.min(axis=1, keepdims=True))
    uneven = some(rng, n, 0.25)
    swell = stationary_ar1(rng, np.exp(-1 / period[uneven]).astype(np.float32), length)
    drawn[uneven] *= np.exp(log_uniform(rng, len(uneven), 0.05, 0.5) * swell)
    return drawn


def patterns(rng: Generator, n: int) -> Array:
    """[n, TABLE] one turn: waves of 1 … 8 harmonics in 65 %, bumps else."""
    drawn = profile(rng, n, TABLE)
    rows = some(rng, n, 0.65)
    drawn[rows] = harmonic_pattern(rng, len(rows), TABLE, int(rng.integers(1, 9)))
    return drawn


def looked_up(table: Array, turns: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Array:
    """[n, T] of *table* [n, TABLE] at *turns* [n, T], whole numbers being its first point."""
    at = (turns % 1) * TABLE
    left = at.astype(np.intp) % TABLE
    part = (at - np.floor(at)).astype(np.float32)
    low, high = np.take_along_axis(table, left, axis=1), np.take_along_axis(table, (left + 1) % TABLE, axis=1)
    between: Array = low + part * (high - low)
    return between
