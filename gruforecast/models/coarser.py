"""Series by the means of their points on coarser grids: weeks of days, days of hours, four hours of hours.

A year ago lies further back than a window of days reaches, but not than one of weeks does; what is far ahead is
nearer on a coarser grid; and two readings of a series err differently. Forecasts on several grids are made to agree,
as in temporal hierarchies (Athanasopoulos et al., 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.panel import FloatArray
from gruforecast.data.scaling import mean_observed
from gruforecast.data.windows import Layout, make_layout
from gruforecast.models.quantiles import expected

# Long seasons, in short ones → seasons of the means of short ones.
LONG_SEASONS = {7: (7, 364), 24: (24, 168), 52: (52,), 60: (60, 1440)}
FOUR, LONG_ENOUGH = 4, 24  # points that are read as one, too, where a season has enough of them
# How far points follow: what repeats a year that their window does not hold; a day or another long season that it does
# not hold; seasons beyond one answer; fours.
UNSEEN, UNKNOWN, FAR, FINE = 0.75, 1.0, 0.5, 0.4
COMES_BACK = 0.85  # of the difference after half a long season: what differs by less after a whole one repeats it
MANY = 12  # seasons in a long one, from which their means are read whatever the calendar
CALENDAR = ((7, 364), (52,))  # seasons of which the longer ones are years
FURTHEST = 10.0  # factor by which points follow at most


@dataclass(frozen=True)
class Coarser:
    """A coarser grid, and how its forecasts guide those of a finer one.

    Attributes:
        layout: of the coarser grid.
        factor: points of the finer grid whose mean is one of the coarser.
        trust: share of the way that the finer ones follow.
        is_season: whether *factor* is a season: its means guide from *nearest* on, others only the first answer.
        nearest: points ahead that go alone, whole means: what a network can know from its window, it knows better.
        must_return: whether only series that repeat the season of the coarser grid are guided.
    """

    layout: Layout
    factor: int
    trust: float
    is_season: bool = False
    nearest: int = 0
    must_return: bool = False

    def guides(self, periods: range) -> bool:
        """Whether an answer of *periods* is guided."""
        return periods.stop > self.nearest if self.is_season else periods.start == 0

    def of(self, periods: range) -> slice:
        """The means of *periods*."""
        return slice(periods.start // self.factor, periods.stop // self.factor)

    def means(self, history: FloatArray) -> FloatArray:
        """[B, L] → [B, layout.history or more] means counted back from the cutoff; NaN where most of one is missing."""
        whole = history.shape[1] // self.factor * self.factor
        points = history[:, history.shape[1] - whole :].reshape(len(history), -1, self.factor)
        means = np.where(2 * np.isfinite(points).sum(axis=2) >= self.factor, mean_observed(points), np.nan)
        missing = max(0, self.layout.history - means.shape[1])
        return np.pad(means, ((0, 0), (missing, 0)), constant_values=np.nan)

    def may_guide(self, means: FloatArray) -> NDArray[np.bool_]:
        """[B] which windows are guided, from their *means* [B, N] of two seasons or more."""
        season = self.layout.season
        after, halfway = (np.abs(means[:, lag:] - means[:, :-lag]) for lag in (season, season // 2))
        enough: NDArray[np.bool_] = np.isfinite(after).sum(axis=1) >= season
        if self.must_return:
            enough &= mean_observed(after, np.inf) < COMES_BACK * mean_observed(halfway, 0.0)
        return enough


def coarser_grids(layout: Layout) -> tuple[Coarser, ...]:
    """The grids that guide windows of *layout*, finer ones first."""
    season, long = layout.season, layout.long_season
    grids = []
    if season >= LONG_ENOUGH and season % FOUR == 0 and long % FOUR == 0:
        seasons = (season // FOUR, long // FOUR) if long else (season // FOUR,)
        grids.append(Coarser(make_layout(seasons), FOUR, FINE))
    parts = long // season if long % season == 0 else 0
    means = LONG_SEASONS.get(parts, (parts,) if parts >= MANY else None)
    # Answers have to be whole seasons.
    if means and layout.reach % season == 0:
        seen = long <= layout.context_length
        unseen = (UNSEEN, 0) if means in CALENDAR else (UNKNOWN, season)
        trust, nearest = (FAR, layout.reach) if seen else unseen
        grids.append(Coarser(make_layout(means), season, trust, True, nearest, must_return=not seen))
    return tuple(grids)


def follow_means(
    values: FloatArray,
    means: FloatArray,
    grid: Sequence[float],
    nonnegative: NDArray[np.bool_],
    trust: FloatArray,
    mean: FloatArray | None = None,
) -> FloatArray:
    """Quantiles of points, moved so that their means come closer to what is expected of those.

    Args:
        values: [B, H, Q] quantiles of the points at *grid*.
        means: [B, S, Q] quantiles of the means of each H / S of them, NaN for windows that stay as they are.
        nonnegative: [B] where points are multiplied, so that what is zero stays so; elsewhere they are shifted.
        trust: [B, S] share of the way to go.
        mean: [B, H] what is expected of the points; None: the mean of their quantiles.
    """
    points = values.shape[1] // means.shape[1]
    own = _means(expected(values, grid) if mean is None else mean, points)
    aim = expected(means, grid)
    share = np.where((own > 0) & (aim > 0), aim / np.where(own > 0, own, 1.0), 1.0)
    factor = np.clip(share, 1 / FURTHEST, FURTHEST) ** trust
    factor, shift = (np.repeat(x, points, axis=1)[..., None] for x in (factor, trust * (aim - own)))
    moved = np.where(nonnegative[:, None, None], values * factor, values + shift)
    return np.where(np.isfinite(moved), moved, values)


def trust_in_means(
    values: FloatArray, means: FloatArray, grid: Sequence[float], coarser: Coarser, periods: range
) -> FloatArray:
    """[B, S] share of the way to go, that of *coarser* or less, at *periods*.

    The first points after the cutoff that are surer of themselves than the means are follow in the ratio of the
    variances; what feeds on other forecasts has lost its own uncertainty. For the others see :func:`follow_means`.
    """
    trust = np.full(means.shape[:2], coarser.trust)
    trust[:, : max(0, coarser.nearest - periods.start) // coarser.factor] = 0.0
    if not periods.start:
        own, given = _means(_spread(values, grid), values.shape[1] // means.shape[1]), _spread(means, grid)
        trust *= np.minimum(own / np.where(given > 0, given, np.inf), 1.0) ** 2
    return trust


def _means(x: FloatArray, factor: int) -> FloatArray:
    mean: FloatArray = x.reshape(len(x), -1, factor).mean(axis=2)
    return mean


def _spread(values: FloatArray, grid: Sequence[float]) -> FloatArray:
    """[..., Q] quantiles at *grid* → [...] their mean distance from the median."""
    spread: FloatArray = np.abs(values - values[..., [grid.index(0.5)]]).mean(axis=-1)
    return spread
