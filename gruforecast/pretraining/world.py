"""The synthetic world: any number of diverse series of one kind, from one seeded generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.pretraining.draws import Generator, log_uniform
from gruforecast.pretraining.families import OWN_UNITS, shares
from gruforecast.pretraining.kinds import KINDS, Kind
from gruforecast.pretraining.observe import observed


def sample_series(rng: Generator, kind: Kind | str, n: int, length: int) -> NDArray[np.float64]:
    """[n, length] series of *kind* in raw units, NaN where a point is missing; equal seeds give equal bytes.

    Scale is log-uniform over 1e-2 … 1e6, but for counts and shares. Every observed value is finite, the first
    point is always observed, and the rows are in random order. A few series are constant or all zero.
    """
    kind = KINDS[kind] if isinstance(kind, str) else kind
    if kind.base:
        return sums(sample_series(rng, kind.base, n, length * kind.step), kind.step)
    return observed(rng, clean_series(rng, kind, n, length))


def sums(y: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """[n, T] of *y* [n, T * step]: totals of *step* points; missing ones count as the mean of the others."""
    blocks = y.reshape(len(y), -1, step)
    known = np.isfinite(blocks).sum(axis=2)
    total = np.nansum(blocks, axis=2) * (step / np.maximum(known, 1))
    return np.where(known, total, np.nan)


def clean_series(rng: Generator, kind: Kind, n: int, length: int) -> NDArray[np.float64]:
    """[n, length] as :func:`sample_series`, before missing points and rounding."""
    mix = shares(kind)
    sizes = rng.multinomial(n, list(mix.values()))
    y = np.empty((n, length))
    order = np.split(rng.permutation(n), np.cumsum(sizes)[:-1])
    for family, rows in zip(mix, order, strict=True):
        if len(rows):
            unit = 1 if family in OWN_UNITS else log_uniform(rng, len(rows), 1e-2, 1e6)
            y[rows] = family(rng, kind, len(rows), length).astype(np.float64) * unit
    return y
