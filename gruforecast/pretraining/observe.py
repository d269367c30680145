"""What recording does to a series: missing points, rounding, dead instruments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.pretraining.draws import Generator, log_uniform, some, uniform

Series = NDArray[np.float64]


def observed(rng: Generator, y: Series) -> Series:
    """*y* [n, T] as recorded: 18 % rounded, 0.6 % constant or zero, 10 % with missing points (NaN), 3 % with zeros."""
    n = len(y)
    rows = some(rng, n, 0.18)
    y[rows] = rounded(rng, y[rows])
    rows = some(rng, n, 0.004)
    y[rows] = y[rows, :1]
    y[some(rng, n, 0.002)] = 0.0
    rows = some(rng, n, 0.03)
    y[rows] = np.nan_to_num(holed(rng, y[rows]))  # closed, sold out, out of order: recorded as nothing at all
    rows = some(rng, n, 0.1)
    y[rows] = holed(rng, y[rows])
    return y


def rounded(rng: Generator, y: Series) -> Series:
    """*y* to a power of ten, a thousandth to a third of the median size; in half to whole units."""
    size = np.median(np.abs(y), axis=1, keepdims=True) + 1e-9
    step = 10.0 ** np.floor(np.log10(size * log_uniform(rng, len(y), 0.001, 0.3)))
    whole = some(rng, len(y), 0.5)
    step[whole] = np.where(size[whole] > 3, np.minimum(step[whole], 1.0), step[whole])
    # Powers of 0.1 are not exact in binary, their inverses are: 0.3 must come out as 0.3.
    coarse, inverse = np.maximum(step, 1), np.round(1 / np.minimum(step, 1))
    return np.round(y * inverse / coarse) * coarse / inverse


def holed(rng: Generator, y: Series) -> Series:
    """*y* [n, T] with LU(.5 %, 20 %) single points missing in half of the rows, up to three runs else."""
    n, length = y.shape
    single = rng.random((n, 1)) < 0.5
    missing = single & (rng.random((n, length)) < log_uniform(rng, n, 0.005, 0.2))
    time = np.arange(length)
    for _ in range(3):
        begin = uniform(rng, n, 0, 1) * length
        wide = log_uniform(rng, n, 1, max(length / 8, 2))
        missing |= ~single & (time >= begin) & (time < begin + wide) & (rng.random((n, 1)) < 0.6)
    # A series without any value says nothing: its first point always stays.
    missing[:, 0] = False
    return np.where(missing, np.nan, y)
