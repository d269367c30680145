"""Irregular parts in log units: noise, fat tails, outliers, level shifts, changes of variance."""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.draws import Array, Generator, log_uniform, normal, some, uniform
from gruforecast.pretraining.recursions import random_walk, stationary_ar1


def noise(rng: Generator, n: int, length: int) -> Array:
    """[n, length] of unit size: white in about half, AR(1) of φ ∈ U(0, .9) in 30 %, fat-tailed in 30 %."""
    drawn = normal(rng, n, length)
    linked = some(rng, n, 0.3)
    drawn[linked] = stationary_ar1(rng, uniform(rng, len(linked), 0, 0.9), length)
    fat = some(rng, n, 0.3)
    drawn[fat] *= heavy(rng, len(fat), length)
    uneven = some(rng, n, 0.15)
    drawn[uneven] *= volatility(rng, len(uneven), length)
    return drawn


def heavy(rng: Generator, n: int, length: int) -> Array:
    """[n, length] log-normal factors of width U(.3, .9), which give normal noise fat tails."""
    width = uniform(rng, n, 0.3, 0.9)
    return np.exp(width * normal(rng, n, length) - width * width)


def volatility(rng: Generator, n: int, length: int) -> Array:
    """[n, length] positive factors that change slowly (a walk in logs) or at once (one step), half each."""
    drawn = random_walk(rng, log_uniform(rng, n, 0.2, 1.5) / np.float32(np.sqrt(length)), length)
    stepped = some(rng, n, 0.5)
    when = uniform(rng, len(stepped), 0.1, 0.9) * length
    drawn[stepped] = (np.arange(length) >= when) * normal(rng, len(stepped))
    return np.exp(np.clip(drawn, -2, 2))


def clustered(rng: Generator, n: int, length: int) -> Array:
    """[n, length] positive factors whose logs are AR(1), spread LU(.2, 1), memory LU(2, 60): stochastic volatility."""
    logs = stationary_ar1(rng, np.exp(-1 / log_uniform(rng, n, 2, 60)), length)
    factors: Array = np.exp(np.clip(log_uniform(rng, n, 0.2, 1) * logs, -2.5, 2.5))
    return factors


def sparse(rng: Generator, n: int, length: int, rate: Array) -> Array:
    """[n, length] that is N(0, 1) at *rate* [n, 1] of the points and 0 elsewhere."""
    drawn = np.zeros((n, length), dtype=np.float32)
    hit = rng.random((n, length), dtype=np.float32) < rate
    drawn[hit] = rng.standard_normal(int(hit.sum()), dtype=np.float32)
    return drawn


def outliers(rng: Generator, n: int, length: int) -> Array:
    """[n, length] single points off by a few units, in LU(.3 %, 4 %) of the points."""
    return sparse(rng, n, length, log_uniform(rng, n, 0.003, 0.04)) * log_uniform(rng, n, 2, 10)


def level_shifts(rng: Generator, n: int, length: int) -> Array:
    """[n, length] of unit steps at LU(.5, 4) random times a series."""
    return np.cumsum(sparse(rng, n, length, log_uniform(rng, n, 0.5, 4) / np.float32(length)), axis=1, dtype=np.float32)
