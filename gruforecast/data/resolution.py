"""How finely a series is recorded: whole numbers, tenths, packs of twelve. What is to come will be recorded so, too.

The error of a forecast, absolute or of a quantile, is least where values can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gruforecast.data.panel import FloatArray, IntArray

MAX_DECIMALS = 6
DISTINCT = 10  # values that tell a coarser step than the decimals from chance
EXACT = 2.0**53  # whole numbers beyond are not all there


@dataclass(frozen=True)
class Resolution:
    """The grids that B series stand on: multiples of *step* / 10^*decimals*, both [B]; step 0: no grid."""

    decimals: IntArray
    step: IntArray

    @np.errstate(over="ignore", invalid="ignore")
    def nearest(self, values: FloatArray) -> FloatArray:
        """*values* [B, …] with each moved to the nearest point of its series' grid, as a reader of decimals has it."""
        if not self.step.any():
            return values
        shape = (-1,) + (1,) * (values.ndim - 1)
        power, step = (10.0**self.decimals).reshape(shape), np.maximum(self.step, 1).reshape(shape)
        # Whole numbers over a power of ten, so that the quotient is the very number that the decimals mean.
        found = np.rint(values * power / step) * step / power + 0.0  # not -0
        known = (self.step.reshape(shape) > 0) & (np.abs(values) * power < EXACT)
        return np.where(known, found, values)


@np.errstate(over="ignore", invalid="ignore")
def find_resolution(history: FloatArray) -> Resolution:
    """The coarsest grids that hold all values of *history* [B, L], NaN = missing.

    Up to MAX_DECIMALS decimals; coarser steps, such as dozens, where there are values enough.
    """
    decimals, step = np.zeros((2, len(history)), dtype=np.int64)
    known = np.isfinite(history)
    left = np.flatnonzero(known.any(axis=1))
    for places in range(MAX_DECIMALS + 1):
        values = history[left]
        fits = ((np.round(values, places) == values) | ~known[left]).all(axis=1)
        rows = left[fits]
        decimals[rows], step[rows] = places, _common_step(values[fits], places)
        left = left[~fits]
    return Resolution(decimals, step)


def _common_step(values: FloatArray, places: int) -> IntArray:
    """[B] the greatest common divisor of windows *values* [B, L] in units of the last of *places* decimals."""
    whole: FloatArray = np.rint(values * 10.0**places)
    huge = np.any(np.abs(whole) >= EXACT, axis=1)
    units = np.where(np.isnan(whole) | huge[:, None], 0, whole).astype(np.int64)
    step = np.gcd.reduce(units, axis=1)
    coarse = np.flatnonzero(step > 1)
    ordered = np.sort(units[coarse], axis=1)
    step[coarse[1 + (np.diff(ordered, axis=1) > 0).sum(axis=1) < DISTINCT]] = 1
    return np.where(huge, 0, np.maximum(step, 1))
