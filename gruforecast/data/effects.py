"""What the calendar does to a series beyond its seasons, as something that is taken out and put back.

Networks read seasons of equal length, each series by itself: what comes with months, feasts and sisters is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions
from gruforecast.data.resolution import find_resolution
from gruforecast.data.scaling import mean_observed

SHARED_SEASON, MONTH_DAYS, WORKING_DAYS, FEASTS = KINDS = ("shared season", "month days", "working days", "feasts")
NEWEST = 1096  # values that tell how finely a series is recorded
PORTION = 1_000_000  # values that are looked at together


@dataclass(frozen=True)
class CalendarEffects:
    """Effects of the calendar on K series of a panel.

    Attributes:
        rows: [K] the series, in rising order, at least one.
        relative: [K] whether the effect is one on the logarithm.
        at: the effects on series number k of the K, any shape, at ordinals of a shape that goes with it.
        kind: what has the effect, one of KINDS.
        doubt: standard deviation of an effect that comes again, as a share of it.
    """

    rows: IntArray
    relative: BoolArray
    at: Callable[[IntArray, IntArray], FloatArray]
    kind: str
    doubt: float = 0.0

    def select(self, index: IntArray) -> CalendarEffects:
        """The effects on ``panel.select(index)``, which may be on none."""
        place = np.searchsorted(self.rows, index).clip(max=len(self.rows) - 1)
        rows = np.flatnonzero(self.rows[place] == index)
        k = place[rows]
        return replace(self, rows=rows, relative=self.relative[k], at=lambda n, ordinals: self.at(k[n], ordinals))

    @np.errstate(over="ignore", invalid="ignore")
    def without(self, panel: Panel) -> Panel:
        """*panel* as if the calendar did nothing to it."""
        y, count = panel.y.copy(), panel.lengths[self.rows]
        ends = np.cumsum(count)
        for flat in portions(np.arange(count.sum()), PORTION):
            k = np.searchsorted(ends, flat, side="right")
            n = flat - ends[k] + count[k]
            place = panel.indptr[self.rows[k]] + n
            effect = self.at(k, panel.start[self.rows[k]] + n)
            y[place] = np.where(self.relative[k], y[place] * np.exp(-effect), y[place] - effect)
        return replace(panel, y=y)

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")
    def on(self, values: FloatArray, ordinals: IntArray, deviates: FloatArray) -> FloatArray:
        """Quantiles *values* [K, H, Q] with the effects at *ordinals* [K, H] on them, wider by what is in doubt.

        *deviates* [Q] are the same quantiles of a standard normal distribution; the first is the median, 0.
        """
        effect, relative = self.at(np.arange(len(values))[:, None], ordinals)[..., None], self.relative[:, None, None]
        if self.doubt:
            middle = values[..., :1]
            logs = relative & (values > 0) & (middle > 0)
            apart = np.where(logs, np.log(values / middle), values - middle)
            wider = self.doubt * deviates
            apart = np.copysign(np.hypot(apart, effect * wider), np.where(apart == 0, wider, apart))
            widened = np.where(logs, middle * np.exp(apart), middle + apart)
            values = np.where(relative & ~logs, values, widened)
        return np.where(relative, values * np.exp(effect), values + effect)


def put_back(
    effects: Sequence[CalendarEffects], forecast: Forecast, panel: Panel, *, allow_negative: bool = False
) -> Forecast:
    """The *forecast* of a panel without *effects*, taken out one after the other, as one of *panel*.

    As fine as that, and below zero only if that was.
    """
    if not effects:
        return forecast
    median, quantiles = forecast.median.copy(), forecast.quantiles.copy()
    deviates = np.array([0.0, *(NormalDist().inv_cdf(level) for level in forecast.levels)])
    touched = np.unique(np.concatenate([effect.rows for effect in effects]))
    span = min(NEWEST, int(panel.lengths[touched].max()))
    for rows in portions(touched, PORTION // (span + median.shape[1] * len(deviates))):
        values = np.concatenate([median[rows, :, None], quantiles[rows]], axis=2)
        for effect in reversed(effects):
            here = effect.select(rows)
            if len(here.rows):
                values[here.rows] = here.on(values[here.rows], forecast.ordinals[rows[here.rows]], deviates)
        history = panel.select(rows)
        free = allow_negative | (np.fmin.reduceat(history.y, history.indptr[:-1]) < 0)
        least = np.where(free, -np.inf, 0.0)[:, None, None]
        values = find_resolution(history.tail(span)).nearest(np.maximum(values, least))
        median[rows], quantiles[rows] = values[..., 0], values[..., 1:]
    return replace(forecast, median=median, quantiles=quantiles)


def newest(panel: Panel, rows: IntArray, span: int) -> tuple[FloatArray, BoolArray, IntArray]:
    """The last *span* values [B, span] of the series at *rows*, in logarithms where they are positive throughout.

    And whether they are, [B], and their ordinals, those before the start of a series replaced by its first.
    """
    part = panel.select(rows)
    y = part.tail(span)
    relative: BoolArray = np.asarray(~np.any(y <= 0, axis=1))
    return np.where(relative[:, None], np.log(np.where(y > 0, y, np.nan)), y), relative, part.tail_ordinals(span)


def by_date(freq: Frequency, ordinals: IntArray, compute: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
    """What *compute* makes of the stamps at *ordinals*, of every stamp once however many series share it.

    A value or more [P, …] for each stamp [P], so [*ordinals.shape, …].
    """
    least, most = int(ordinals.min()), int(ordinals.max())
    if most - least < ordinals.size:
        return compute(freq.timestamps(np.arange(least, most + 1)))[ordinals - least]
    distinct, place = np.unique(ordinals, return_inverse=True)
    return compute(freq.timestamps(distinct))[place.reshape(ordinals.shape)]


def cut_off(deviation: FloatArray, far: float) -> FloatArray:
    """Deviations [B, L] with those beyond *far* times their mean size cut off."""
    limit = far * mean_observed(np.abs(deviation), 0.0)[:, None]
    return np.clip(deviation, -limit, limit)
