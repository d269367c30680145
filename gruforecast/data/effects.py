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
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel
from gruforecast.data.resolution import find_resolution
from gruforecast.data.scaling import mean_observed

NEWEST = 1096  # values that tell how finely a series is recorded


@dataclass(frozen=True)
class CalendarEffects:
    """Effects of the calendar on K series of a panel.

    Attributes:
        rows: [K] the series.
        relative: [K] whether the effect is one on the logarithm.
        at: the effect on series number k of the K at ordinals [P], [P].
    """

    rows: IntArray
    relative: BoolArray
    at: Callable[[int, IntArray], FloatArray]

    def without(self, panel: Panel) -> Panel:
        """*panel* as if the calendar did nothing to it."""
        y = panel.y.copy()
        for k, row in enumerate(self.rows.tolist()):
            place = slice(panel.indptr[row], panel.indptr[row + 1])
            effect = self.at(k, panel.start[row] + np.arange(panel.lengths[row]))
            y[place] = y[place] * np.exp(-effect) if self.relative[k] else y[place] - effect
        return replace(panel, y=y)

    def put_back(self, forecast: Forecast, panel: Panel, *, allow_negative: bool = False) -> Forecast:
        """The *forecast* of :meth:`without` as one of *panel*: as fine as that, and below zero only if that was."""
        median, quantiles = forecast.median.copy(), forecast.quantiles.copy()
        for k, row in enumerate(self.rows.tolist()):
            effect, y = self.at(k, forecast.ordinals[row]), panel.series(row)
            least = -np.inf if allow_negative or np.nanmin(y) < 0 else 0.0
            grid = find_resolution(y[None, -NEWEST:])
            for made, change in ((median, effect), (quantiles, effect[:, None])):
                changed = made[row] * np.exp(change) if self.relative[k] else np.maximum(made[row] + change, least)
                made[row] = grid.nearest(changed[None])[0]
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
