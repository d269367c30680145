"""Series by the means of their seasons: days by their weeks, hours by their days.

A year ago lies further back than a window of days reaches, but not than one of weeks does; and what is far ahead is
nearer on a coarser grid. Forecasts on two grids are made to agree, as in temporal hierarchies (Athanasopoulos et al.,
2017).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray
from gruforecast.data.scaling import mean_observed
from gruforecast.data.windows import Layout
from gruforecast.models.quantiles import expected

COMES_BACK = 0.85  # of the difference after half a long season: what differs by less after a whole one repeats it
UNSEEN, SEEN = 0.75, 0.5  # how far means are followed, by whether the window of the finer grid holds a long season
FURTHEST = 10.0  # factor by which they are at most


def season_means(history: FloatArray, season: int) -> FloatArray:
    """[B, L] → [B, L // season] means of seasons counted back from the cutoff; NaN where most of one is missing."""
    whole = history.shape[1] // season * season
    seasons = history[:, history.shape[1] - whole :].reshape(len(history), -1, season)
    return np.where(2 * np.isfinite(seasons).sum(axis=2) >= season, mean_observed(seasons), np.nan)


def nearest_guided(layout: Layout) -> int:
    """Periods after which means of seasons are followed: what a network can know from a window, it knows better."""
    return layout.reach if layout.sees_long_season else 0


def guides(means: FloatArray, layout: Layout) -> NDArray[np.bool_]:
    """[B] whether forecasts of the season *means* [B, N] guide those of windows of *layout*.

    They need two long seasons, and where one lies beyond the window to be closer after a long season than after half.
    """
    long = layout.long_season // layout.season
    after, halfway = (np.abs(means[:, lag:] - means[:, :-lag]) for lag in (long, long // 2))
    enough: NDArray[np.bool_] = np.isfinite(after).sum(axis=1) >= long
    if not layout.sees_long_season:
        enough &= mean_observed(after, np.inf) < COMES_BACK * mean_observed(halfway, 0.0)
    return enough


def follow_means(
    values: FloatArray, means: FloatArray, grid: Sequence[float], nonnegative: NDArray[np.bool_], trust: FloatArray
) -> FloatArray:
    """Quantiles of the points of seasons, moved so that each season's mean comes closer to what is expected of it.

    Args:
        values: [B, H, Q] quantiles of whole seasons of points at *grid*.
        means: [B, S, Q] quantiles of the means of these seasons, NaN for windows that stay as they are.
        nonnegative: [B] where points are multiplied, so that what is zero stays so; elsewhere they are shifted.
        trust: [B, S] share of the way to go.
    """
    season = values.shape[1] // means.shape[1]
    own, aim = _of_seasons(expected(values, grid), season), expected(means, grid)
    share = np.where((own > 0) & (aim > 0), aim / np.where(own > 0, own, 1.0), 1.0)
    factor = np.clip(share, 1 / FURTHEST, FURTHEST) ** trust
    factor, shift = (np.repeat(x, season, axis=1)[..., None] for x in (factor, trust * (aim - own)))
    moved = np.where(nonnegative[:, None, None], values * factor, values + shift)
    return np.where(np.isfinite(moved), moved, values)


def trust_in_means(
    values: FloatArray, means: FloatArray, grid: Sequence[float], layout: Layout, done: int
) -> FloatArray:
    """[B, S] how far points follow the means of their seasons, after *done* ones that were forecast before them.

    The first points of all that are surer of themselves than the means are follow in the ratio of the variances; what
    feeds on other forecasts has lost its own uncertainty. For *values*, *means* and *grid* see :func:`follow_means`.
    """
    trust = np.full(means.shape[:2], SEEN if layout.sees_long_season else UNSEEN)
    if done == 0:
        own, given = _of_seasons(_spread(values, grid), values.shape[1] // means.shape[1]), _spread(means, grid)
        trust *= np.minimum(own / np.where(given > 0, given, np.inf), 1.0) ** 2
    return trust


def _of_seasons(x: FloatArray, season: int) -> FloatArray:
    mean: FloatArray = x.reshape(len(x), -1, season).mean(axis=2)
    return mean


def _spread(values: FloatArray, grid: Sequence[float]) -> FloatArray:
    """[..., Q] quantiles at *grid* → [...] their mean distance from the median."""
    spread: FloatArray = np.abs(values - values[..., [grid.index(0.5)]]).mean(axis=-1)
    return spread
