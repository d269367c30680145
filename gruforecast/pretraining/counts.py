"""Whole-number series: seasonal counts, over-dispersed counts, intermittent demand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, normal, some, uniform
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.structural import signal

LARGEST_RATE = 1e6


def counts(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] Poisson around a structural rate of LU(.3, 300); negative binomial in half."""
    rate = log_uniform(rng, n, 0.3, 300) * np.exp(np.clip(signal(rng, kind, n, length), -6, 6))
    spread = some(rng, n, 0.5)
    shape = log_uniform(rng, len(spread), 0.5, 20)
    rate[spread] *= rng.standard_gamma(shape.repeat(length, axis=1)).astype(np.float32) / shape
    return rng.poisson(np.minimum(rate, LARGEST_RATE)).astype(np.float32)


def intermittent(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] mostly zero: demand at LU(3 %, 70 %) of the points, of sizes 1 and up (Croston, 1972).

    In 40 % the chance of demand follows season and trend; in 25 % it comes every LU(2, T / 3) points, as deliveries do;
    in 20 % the series starts late or dies out.
    """
    odds = np.log(log_uniform(rng, n, 0.03, 2.3))
    moving = some(rng, n, 0.4)
    odds = odds.repeat(length, axis=1)
    odds[moving] += 2 * np.clip(signal(rng, kind, len(moving), length), -2, 2)
    demand = rng.random((n, length), dtype=np.float32) < 1 / (1 + np.exp(-odds))
    regular = some(rng, n, 0.25)
    demand[regular] = every_so_often(rng, len(regular), length)
    size = np.exp(uniform(rng, n, 0, 1.2) * normal(rng, n, length)) * log_uniform(rng, n, 0.5, 30)
    drawn: Array = np.where(demand, np.ceil(size), 0).astype(np.float32)
    living(rng, drawn)
    return drawn


def every_so_often(rng: Generator, n: int, length: int) -> NDArray[np.bool_]:
    """[n, length] true at one point in LU(2, T / 3), always the same one."""
    period = np.round(log_uniform(rng, n, 2, max(length / 3, 3))).astype(np.int64)
    hit: NDArray[np.bool_] = (np.arange(length) + rng.integers(period)) % period == 0
    return hit


def living(rng: Generator, x: Array) -> None:
    """Sets *x* [n, T] to zero before a random launch in 10 % of the rows and after a random end in 10 %."""
    n, length = x.shape
    time = np.arange(length)
    launch = uniform(rng, n, 0, 0.8) * chance(rng, n, 0.1) * length
    end = length * (1 - uniform(rng, n, 0, 0.5) * chance(rng, n, 0.1))
    x *= (time >= launch) & (time < end)
