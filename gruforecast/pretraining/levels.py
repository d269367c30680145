"""Stochastic levels in log units: walks, local trends, mean reversion, business cycles."""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, normal, signs, some, uniform
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.noise import clustered, heavy
from gruforecast.pretraining.recursions import stationary_ar1, stationary_cycle

# Link of one step to the last in the period means of a random walk (Working, 1960): MA(1) of autocorrelation 1/4.
WORKING = np.float32(2 - 3**0.5)


def walk(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] random walk of step kind.level × LU(*kind.walk), absent in 12 %.

    Steps are fat-tailed in 30 %, of clustered size in half. In 70 % a point is the mean of a period throughout which
    the walk went on, as totals of months and years are: the next step then repeats a part of the last one.
    """
    sigma = kind.level * log_uniform(rng, n, *kind.walk) * chance(rng, n, 0.88)
    steps = sigma * normal(rng, n, length + 1)
    fat = some(rng, n, 0.3)
    steps[fat] *= heavy(rng, len(fat), length + 1)
    uneven = some(rng, n, 0.5)
    steps[uneven] *= clustered(rng, len(uneven), length + 1)
    link = WORKING * chance(rng, n, 0.7)
    linked = (steps[:, 1:] + link * steps[:, :-1]) / np.sqrt(1 + link * link)
    return np.cumsum(linked, axis=1, dtype=np.float32)


def local_trend(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] integrated slope: a drift, plus a deviation from it that is forgotten over τ points.

    One form holds the straight line (no deviation), ARIMA(1,1,0) with drift (short τ), the damped trend
    (no drift) and the local linear trend (long τ). The deviation starts in its stationary state, so that a
    window says as much about trends wherever it is cut. Drift kind.trend × LU(.2, 1.4), absent in 10 %,
    kind.upward of them upward; the deviation may be larger, so fast growth mostly fades, in six years at most.
    Growth is never certain: every step also moves by LU(.1, 1) of the usual slope, for good.
    """
    drift = kind.trend * log_uniform(rng, n, 0.2, 1.4) * signs(rng, n, kind.upward) * chance(rng, n, 0.9)
    deviation = kind.trend * log_uniform(rng, n, 0.1, 2.5) * chance(rng, n, 0.6)
    tau = log_uniform(rng, n, 0.5, 6.0 * kind.year if kind.year else max(40.0, 10.0 * kind.season))
    slope = drift + deviation * stationary_ar1(rng, np.exp(-1 / tau), length)
    usual = np.sqrt(np.mean(slope * slope, axis=1, keepdims=True))
    slope += usual * log_uniform(rng, n, 0.1, 1) * normal(rng, n, length)
    return np.cumsum(slope, axis=1, dtype=np.float32)


def damped_line(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] trend that fades from its first slope, φ ∈ U(.75, .98) a step of a segment (Gardner, 1985)."""
    slope = kind.trend * log_uniform(rng, n, 0.3, 5) * signs(rng, n, kind.leaning)
    phi = uniform(rng, n, 0.75, 0.98) ** (1 / kind.segment)
    return np.cumsum(slope * phi ** np.arange(length, dtype=np.float32), axis=1, dtype=np.float32)


def mean_reverting(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] Ornstein-Uhlenbeck level of memory LU(2, 8 segments), spread kind.level × LU(.5, 10)."""
    tau = log_uniform(rng, n, 2, 8.0 * max(kind.segment, 6))
    return kind.level * log_uniform(rng, n, 0.5, 10) * stationary_ar1(rng, np.exp(-1 / tau), length)


def business_cycle(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] stochastic cycle of 4 … 20 years (of 12 … 60 points where a year is out of sight)."""
    low, high = (4.0 * kind.year, 20.0 * kind.year) if kind.year else (12.0, 60.0)
    period = log_uniform(rng, n, low, high)
    radius = np.exp(-1 / (period * log_uniform(rng, n, 0.3, 4)))
    return log_uniform(rng, n, 0.01, 0.3) * stationary_cycle(rng, radius, period, length)
