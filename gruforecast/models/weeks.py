"""Days by their weeks: a year ago lies further back than a window of days reaches, but not than one of weeks does.

Forecasts of a series on two grids are made to agree, as in temporal hierarchies (Athanasopoulos et al., 2017).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray
from gruforecast.data.scaling import mean_observed
from gruforecast.data.windows import YEAR
from gruforecast.models.quantiles import expected

COMES_BACK = 0.85  # of the difference after half a year: where weeks differ by less after a whole one, years repeat
TRUST = 0.75  # how far days follow their weeks
FURTHEST = 10.0  # factor by which they do at most


def week_means(history: FloatArray, days: int) -> FloatArray:
    """[B, L] → [B, L // days] means of weeks of *days*, counted back from the cutoff; NaN where most of one is."""
    whole = history.shape[1] // days * days
    weeks = history[:, history.shape[1] - whole :].reshape(len(history), -1, days)
    return np.where(2 * np.isfinite(weeks).sum(axis=2) >= days, mean_observed(weeks), np.nan)


def comes_back(weeks: FloatArray) -> NDArray[np.bool_]:
    """[B] whether the weeks [B, W] of two years or more are closer after a year than after half of one."""
    year, half = (np.abs(weeks[:, lag:] - weeks[:, :-lag]) for lag in (YEAR, YEAR // 2))
    seen = np.isfinite(year).sum(axis=1) >= YEAR
    found: NDArray[np.bool_] = seen & (mean_observed(year, np.inf) < COMES_BACK * mean_observed(half, 0.0))
    return found


def follow_weeks(
    values: FloatArray, weeks: FloatArray, grid: Sequence[float], nonnegative: NDArray[np.bool_], *, soon: bool
) -> FloatArray:
    """Quantiles of days, moved so that each week of them comes closer to what is expected of it.

    Args:
        values: [B, H, Q] quantiles of whole weeks of days at *grid*.
        weeks: [B, W, Q] quantiles of the means of these weeks, NaN for windows that stay as they are.
        nonnegative: [B] where days are multiplied, so that what is zero stays so; elsewhere they are shifted.
        soon: whether the days follow what was seen, and not other forecasts: then those that are surer of themselves
            than their weeks are stay closer to where they were.
    """
    days = values.shape[1] // weeks.shape[1]

    def of_weeks(x: FloatArray) -> FloatArray:
        mean: FloatArray = x.reshape(len(x), -1, days).mean(axis=2)
        return mean

    mean, aim = of_weeks(expected(values, grid)), expected(weeks, grid)
    trust = np.full(mean.shape, TRUST)
    if soon:
        own, given = of_weeks(_spread(values, grid)), _spread(weeks, grid)
        trust *= np.minimum(own / np.where(given > 0, given, np.inf), 1.0) ** 2
    share = np.where((mean > 0) & (aim > 0), aim / np.where(mean > 0, mean, 1.0), 1.0)
    factor = np.clip(share, 1 / FURTHEST, FURTHEST) ** trust
    factor, shift = (np.repeat(x, days, axis=1)[..., None] for x in (factor, trust * (aim - mean)))
    moved = np.where(nonnegative[:, None, None], values * factor, values + shift)
    return np.where(np.isfinite(moved), moved, values)


def _spread(values: FloatArray, grid: Sequence[float]) -> FloatArray:
    """[..., Q] quantiles at *grid* → [...] their mean distance from the median."""
    spread: FloatArray = np.abs(values - values[..., [grid.index(0.5)]]).mean(axis=-1)
    return spread
