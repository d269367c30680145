"""What the calendar does to a series beyond its seasons, as something that is taken out and put back.

Networks read seasons of equal length; days of a month and working days of a month are none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions
from gruforecast.data.resolution import find_resolution
from gruforecast.data.scaling import mean_observed

NEWEST = 1096  # values that tell how finely a series is recorded
PORTION = 1_000_000  # values that are looked at together


@dataclass(frozen=True)
class CalendarEffects:
    """Effects of the calendar on K series of a panel.

    Attributes:
        rows: [K] the series, in rising order.
        relative: [K] whether the effect is one on the logarithm.
        at: the effects on series number k of the K, any shape, at ordinals of a shape that goes with it.
        shared: whether the effect is that on other series.
    """

    rows: IntArray
    relative: BoolArray
    at: Callable[[IntArray, IntArray], FloatArray]
    shared: bool = False

    def select(self, index: IntArray) -> CalendarEffects:
        """The effects on ``panel.select(index)``."""
        place = np.searchsorted(self.rows, index).clip(max=len(self.rows) - 1)
        rows = np.flatnonzero(self.rows[place] == index)
        k = place[rows]
        return replace(self, rows=rows, relative=self.relative[k], at=lambda n, ordinals: self.at(k[n], ordinals))

    def without(self, panel: Panel) -> Panel:
        """*panel* as if the calendar did nothing to it."""
        y, lengths = panel.y.copy(), panel.lengths
        for k in portions(np.arange(len(self.rows)), PORTION // max(1, int(lengths[self.rows].max(initial=0)))):
            rows = self.rows[k]
            count = lengths[rows]
            n = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            series, k = np.repeat(rows, count), np.repeat(k, count)
            place = panel.indptr[series] + n
            effect = self.at(k, panel.start[series] + n)
            y[place] = np.where(self.relative[k], y[place] * np.exp(-effect), y[place] - effect)
        return replace(panel, y=y)

    def put_back(self, forecast: Forecast, panel: Panel, *, allow_negative: bool = False) -> Forecast:
        """The *forecast* of :meth:`without` as one of *panel*: as fine as that, and below zero only if that was."""
        median, quantiles = forecast.median.copy(), forecast.quantiles.copy()
        span = min(NEWEST, int(panel.lengths[self.rows].max(initial=1)))
        for k in portions(np.arange(len(self.rows)), PORTION // (span + quantiles[0].size)):
            rows, relative = self.rows[k], self.relative[k]
            effect = self.at(k[:, None], forecast.ordinals[rows])
            history = panel.select(rows)
            free = allow_negative | (np.fmin.reduceat(history.y, history.indptr[:-1]) < 0)
            least = np.where(free, -np.inf, 0.0)
            grid = find_resolution(history.tail(span))
            for made, change in ((median, effect), (quantiles, effect[..., None])):
                shape = (-1,) + (1,) * (made.ndim - 1)
                added = np.maximum(made[rows] + change, least.reshape(shape))
                made[rows] = grid.nearest(np.where(relative.reshape(shape), made[rows] * np.exp(change), added))
        return replace(forecast, median=median, quantiles=quantiles)


def newest(panel: Panel, rows: IntArray, span: int) -> tuple[FloatArray, BoolArray, IntArray]:
    """The last *span* values [B, span] of the series at *rows*, in logarithms where they are positive throughout.

    And whether they are, [B], and their ordinals, those before the start of a series replaced by its first.
    """
    y = panel.select(rows).tail(span)
    relative: BoolArray = np.asarray(~np.any(y <= 0, axis=1))
    ordinals = np.maximum(panel.cutoff[rows, None] + np.arange(1 - span, 1), panel.start[rows, None])
    return np.where(relative[:, None], np.log(np.where(y > 0, y, np.nan)), y), relative, ordinals


def by_date(freq: Frequency, ordinals: IntArray, compute: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
    """What *compute* makes of the stamps at *ordinals*, of every stamp once however many series share it.

    A value or more [P, …] for each stamp [P], so [*ordinals.shape, …].
    """
    least = int(ordinals.min())
    return compute(freq.timestamps(np.arange(least, int(ordinals.max()) + 1)))[ordinals - least]


def cut_off(deviation: FloatArray, far: float) -> FloatArray:
    """Deviations [B, L] with those beyond *far* times their mean size cut off."""
    limit = far * mean_observed(np.abs(deviation), 0.0)[:, None]
    return np.clip(deviation, -limit, limit)
