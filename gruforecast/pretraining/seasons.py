"""Seasonal patterns of one season and their slow change, of unit size: callers multiply an amplitude."""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.draws import (
    Array,
    Generator,
    log_uniform,
    normal,
    signs,
    some,
    standardised,
    uniform,
)
from gruforecast.pretraining.recursions import random_walk


def harmonic_pattern(rng: Generator, n: int, season: int, harmonics: int) -> Array:
    """[n, season] sum of harmonics k with weights N(0, 1) / k^U(.2, 1.6), standardised."""
    count = min(harmonics, season // 2)
    order = np.arange(1, count + 1, dtype=np.float32)
    angle = 2 * np.pi * order[:, None] * np.arange(season) / season
    fade = order ** -uniform(rng, n, 0.2, 1.6)
    waves = (normal(rng, n, count) * fade) @ np.cos(angle).astype(np.float32)
    waves += (normal(rng, n, count) * fade) @ np.sin(angle).astype(np.float32)
    return standardised(waves)


def free_pattern(rng: Generator, n: int, season: int) -> Array:
    """[n, season] independent points, some of them heavy: Christmas peaks, summer holes."""
    points = normal(rng, n, season)
    return standardised(points * np.exp(uniform(rng, n, 0, 1) * normal(rng, n, season)))


def smoothed_pattern(rng: Generator, n: int, season: int) -> Array:
    """[n, season] independent points, smoothed over LU(1, a tenth of the season) of them: the many dates of a year."""
    width = 2 * np.pi * log_uniform(rng, n, 1, season / 10)
    waves = np.fft.rfft(normal(rng, n, season), axis=1)
    waves *= np.exp(-0.5 * (width * np.arange(waves.shape[1]) / season) ** 2)
    return standardised(np.fft.irfft(waves, n=season, axis=1).astype(np.float32))


def weekend_pattern(rng: Generator, n: int) -> Array:
    """[n, 7] five days much alike and two neighbours that differ from them, each in its own way."""
    days = 0.15 * normal(rng, n, 7)
    days[:, 5:] += signs(rng, n, 0.3) * (1 + 0.5 * normal(rng, n, 2))
    return standardised(np.take_along_axis(days, (np.arange(7) + rng.integers(7, size=(n, 1))) % 7, axis=1))


def pattern(rng: Generator, n: int, season: int, harmonics: int) -> Array:
    """[n, season] of unit size: harmonic; free in 25 % of short seasons (recipe), smoothed in 25 % of long ones.

    Half weekends at 7. A free pattern of a season that a window holds only a few times looks like noise.
    """
    drawn = harmonic_pattern(rng, n, season, harmonics)
    free = some(rng, n, 0.25 if season <= 24 else 0.08 if season <= 60 else 0.0)
    drawn[free] = free_pattern(rng, len(free), season)
    if season > 60:
        rows = some(rng, n, 0.25)
        drawn[rows] = smoothed_pattern(rng, len(rows), season)
    if season == 7:
        rows = some(rng, n, 0.5)
        drawn[rows] = weekend_pattern(rng, len(rows))
    return drawn


def repeated(table: Array, start: int, length: int) -> Array:
    """[n, length] of *table* [n, m] repeated over time, beginning at its point *start*."""
    cycles = -(-(start + length) // table.shape[1])
    return np.tile(table, (1, cycles))[:, start : start + length]


def season(rng: Generator, n: int, length: int, period: int, harmonics: int) -> Array:
    """[n, length] season of unit size; in 40 % it changes: shape, amplitude, or every phase on its own."""
    drawn = repeated(pattern(rng, n, period, harmonics), 0, length)
    cycles = max(length / period, 1.0)
    morph = some(rng, n, 0.2)
    other = repeated(pattern(rng, len(morph), period, harmonics), 0, length)
    step = log_uniform(rng, len(morph), 0.02, 0.6) / np.float32(np.sqrt(cycles * period))
    drawn[morph] += other * random_walk(rng, step, length)
    swell = some(rng, n, 0.2)
    step = log_uniform(rng, len(swell), 0.05, 0.8) / np.float32(np.sqrt(cycles * period))
    drawn[swell] *= np.exp(random_walk(rng, step, length))
    wander = some(rng, n, 0.1)
    drawn[wander] += wandering(rng, len(wander), length, period)
    return drawn


def wandering(rng: Generator, n: int, length: int, period: int) -> Array:
    """[n, length] where every phase walks on its own, by LU(.02, .4) of the season's size a cycle."""
    cycles = -(-length // period)
    steps = rng.standard_normal((n, cycles, period), dtype=np.float32)
    steps *= log_uniform(rng, n, 0.02, 0.4)[:, None]
    return np.cumsum(steps, axis=1, dtype=np.float32).reshape(n, cycles * period)[:, :length]
