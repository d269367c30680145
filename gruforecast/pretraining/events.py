"""Calendar effects and events in log units: month lengths and trading days, holidays, promotions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.pretraining.days import cut
from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, normal, uniform
from gruforecast.pretraining.noise import sparse
from gruforecast.pretraining.recursions import ar1

_CALENDAR_YEARS = 28  # after which weekdays and leap years repeat


def weekday_counts(years: int) -> NDArray[np.float32]:
    """[12 · years, 7] how often every weekday falls into each month, from January 1980 on."""
    first = np.arange("1980-01", f"{1980 + years}-01", dtype="datetime64[M]")
    start = first.astype("datetime64[D]").astype(np.int64)
    days = np.append(start[1:], np.datetime64(f"{1980 + years}-01-01").astype(np.int64)) - start
    weekday = (start[:, None] + np.arange(7)) % 7
    extra = np.arange(7) < (days - 28)[:, None]
    counts = np.zeros((len(first), 7), dtype=np.float32)
    np.put_along_axis(counts, weekday, 4 + extra.astype(np.float32), axis=1)
    return counts


def trading_days(rng: Generator, n: int, length: int) -> Array:
    """[n, length] monthly log effect on a flow: length of the month, weekdays of unequal weight."""
    table = weekday_counts(_CALENDAR_YEARS + length // 12 + 1)
    uneven = uniform(rng, n, 0, 1.5) * chance(rng, n, 0.6)
    weights = np.exp(uneven * normal(rng, n, 7))
    start = rng.integers(12 * _CALENDAR_YEARS, size=(n, 1))
    return np.log(cut(weights @ table.T / (weights.sum(axis=1, keepdims=True) * np.float32(4.348)), start, length))


def holidays(rng: Generator, n: int, length: int, year: int) -> Array:
    """[n, length] 1 … 6 feasts a year of 1 … 4 points each, their size varying by 20 % from year to year."""
    table = np.zeros((n, year), dtype=np.float32)
    rows = np.arange(n)
    for feast in range(6):
        size = normal(rng, n)[:, 0] * (1 if feast == 0 else chance(rng, n, 0.4)[:, 0])
        day = rng.integers(year, size=n)
        for later in range(4):
            table[rows, (day + later) % year] += size
            size = size * (chance(rng, n, 0.4)[:, 0])
    cycles = -(-length // year) + 1
    years = table[:, None] * (1 + 0.2 * normal(rng, n, cycles)[:, :, None])
    drawn = cut(years.reshape(n, cycles * year), rng.integers(year, size=(n, 1)), length)
    return log_uniform(rng, n, 0.05, 1) * drawn


def promotions(rng: Generator, n: int, length: int) -> Array:
    """[n, length] jumps upward at LU(1 %, 10 %) of the points that fade by U(0, .8) a point."""
    starts = np.abs(sparse(rng, n, length, log_uniform(rng, n, 0.01, 0.1)))
    return log_uniform(rng, n, 0.1, 0.8) * ar1(starts, uniform(rng, n, 0, 0.8))
