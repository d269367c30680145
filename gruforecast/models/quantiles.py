"""From the fixed grid of levels a network is trained on to any level a user asks for."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from gruforecast.data.panel import FloatArray


def interpolate_quantiles(values: FloatArray, grid: Sequence[float], levels: Sequence[float]) -> FloatArray:
    """Quantiles at *levels* from those at *grid*.

    Linear in the normal deviate of the level, which is exact for a Gaussian and keeps the tails' shape; beyond the
    grid the outermost slope continues.

    Args:
        values: [..., Q] non-decreasing along the last axis.
        grid: [Q] increasing probabilities.
        levels: [K] probabilities in (0, 1).

    Returns:
        [..., K], non-decreasing along the last axis when *levels* increase.
    """
    deviate = NormalDist().inv_cdf
    known = np.array([deviate(q) for q in grid])
    wanted = np.array([deviate(q) for q in levels])
    right = np.clip(np.searchsorted(known, wanted), 1, len(known) - 1)
    share = (wanted - known[right - 1]) / (known[right] - known[right - 1])
    # On a grid point the value itself, not a rounded blend of its neighbours.
    low, high = values[..., right - 1], values[..., right]
    blend = low + share * (high - low)
    return np.where(share == 0, low, np.where(share == 1, high, blend))


def expected(values: FloatArray, grid: Sequence[float]) -> FloatArray:
    """[..., Q] quantiles at *grid* → [...] their mean, each standing for what is nearest to it."""
    edges = np.concatenate([[0.0], (np.array(grid[1:]) + np.array(grid[:-1])) / 2, [1.0]])
    mean: FloatArray = (values * np.diff(edges)).sum(axis=-1)
    return mean
