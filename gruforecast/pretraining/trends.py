"""Deterministic trends in log units: change points, saturation, acceleration, switching regimes."""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.draws import Array, Generator, log_uniform, normal, signs, uniform
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.noise import sparse


def piecewise_line(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] line whose slope is redrawn at LU(.5, 5) random times (Taylor & Letham, 2018)."""
    scale = np.float32(kind.trend) * log_uniform(rng, n, 0.3, 2)
    rate = log_uniform(rng, n, 0.5, 5) / np.float32(length)
    slope = np.cumsum(sparse(rng, n, length, rate), axis=1, dtype=np.float32) + normal(rng, n)
    return np.cumsum(scale * slope, axis=1, dtype=np.float32)


def spells(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] booms that end: a slope kind.trend × LU(.5, 3) × N(m, 1), redrawn after LU(.7, 5) segments.

    m is kind.upward - .5. Unlike a piecewise line's, the next slope owes nothing to the last, so the fastest growth
    seldom goes on.
    """
    ends = rng.random((n, length), dtype=np.float32) < 1 / (max(kind.segment, 4) * log_uniform(rng, n, 0.7, 5))
    spell = np.cumsum(ends, axis=1, dtype=np.intp)
    slopes = np.float32(kind.upward - 0.5) + normal(rng, n, int(spell.max(initial=0)) + 1)
    slope = np.take_along_axis(slopes, spell, axis=1)
    return np.cumsum(kind.trend * log_uniform(rng, n, 0.5, 3) * slope, axis=1, dtype=np.float32)


def saturation(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] logistic rise or fall of LU(.1, 3) in all, its middle before, in or after the window."""
    middle = uniform(rng, n, -0.3, 1.3) * length
    width = log_uniform(rng, n, 0.03, 0.5) * length
    curve = 1 / (1 + np.exp(np.clip((middle - np.arange(length, dtype=np.float32)) / width, -30, 30)))
    return log_uniform(rng, n, 0.1, 3) * signs(rng, n, kind.leaning) * curve.astype(np.float32)


def acceleration(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] power curve (t / T)^U(1.2, 3) of size LU(.1, 2): growth that gains speed, or loses it."""
    time = np.linspace(0, 1, length, dtype=np.float32)
    curve = time ** uniform(rng, n, 1.2, 3)
    backwards = signs(rng, n) < 0
    curve = np.where(backwards, -curve[:, ::-1], curve)
    return log_uniform(rng, n, 0.1, 2) * signs(rng, n, kind.leaning) * curve


def regimes(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] two levels LU(.02, .6) apart, left at random after LU(2, 30) segments (Hamilton, 1989)."""
    leave = 1 / (kind.segment * log_uniform(rng, n, 2, 30))
    left = rng.random((n, length), dtype=np.float32) < leave
    state = (np.cumsum(left, axis=1, dtype=np.int32) & 1).astype(np.float32)
    return log_uniform(rng, n, 0.02, 0.6) * signs(rng, n) * state
