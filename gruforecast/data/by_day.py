"""Series cut into days (weeks, where those are the periods), with the dates of the almanac that they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import zones
from gruforecast.data.almanac import DAYS, WEEKS, Almanac
from gruforecast.data.calendar import DAY, Frequency
from gruforecast.data.effects import by_date
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions

SPAN = 3653  # newest days that are looked at
MOST = 1_500_000  # newest values that are
CHUNK = 1_000_000  # values that are looked at together


@dataclass(frozen=True)
class Days:
    """The newest D days of B series, of which each has P values.

    Attributes:
        rows: [B] the series.
        values: [B, D, P], NaN = missing.
        codes: [B, D, S] the dates of the almanac.
        free: [B] whether a series was negative.
        positive: [B] whether it was never anything else.
    """

    rows: IntArray
    values: FloatArray
    codes: IntArray
    free: BoolArray
    positive: BoolArray

    def unlike(self, values: FloatArray, usual: FloatArray, series: IntArray | slice) -> FloatArray:
        """How *values* [N, …] of *series* [N] differ from the *usual* ones: in logs, shares, or their own units."""
        shape = (-1,) + (1,) * (values.ndim - 1)
        positive, free = (flag[series].reshape(shape) for flag in (self.positive, self.free))
        share = values / np.where(usual > 0, usual, np.nan)
        return np.where(positive, np.log(share), np.where(free, values - usual, share - 1))


def phases_of(freq: Frequency) -> int:
    """Values of a day; 0 where days are not looked at."""
    if freq.unit == "second":
        return DAY // freq.step if DAY % freq.step == 0 else 0
    return int((freq.unit, freq.step) in (("day", 1), ("business", 1), ("day", 7)))


def almanac_of(freq: Frequency) -> Almanac:
    return WEEKS if (freq.unit, freq.step) == ("day", 7) else DAYS


def dates_at(freq: Frequency, ordinals: IntArray) -> IntArray:
    """[*ordinals.shape, 2 + S] the day by the clock on the wall, which of its values, and its dates of the almanac."""

    def compute(stamps: NDArray[Any]) -> IntArray:
        if freq.tz is not None and freq.counts_utc:
            stamps = stamps + zones.utc_offsets(stamps, freq.tz, wall=False).astype("timedelta64[s]")
        days = stamps.astype("datetime64[D]")
        phase = (
            (stamps - days).astype(np.int64) // freq.step if freq.unit == "second" else np.zeros(len(days), np.int64)
        )
        when = np.stack([days.astype(np.int64), phase], axis=1)
        return np.concatenate([when, almanac_of(freq).numbers(days)], axis=1)

    return by_date(freq, ordinals, compute)


def by_day(panel: Panel, rows: IntArray, phases: int, almanac: Almanac) -> Iterator[Days]:
    """The series at *rows* cut into days, a bounded number of values at a time, those of like length together."""
    whole = -(-panel.lengths[rows] // phases) + 1
    size = np.frexp(whole)[1]  # of two lengths, one is at most twice the other
    for one in np.unique(size):
        alike = size == one
        span = min(SPAN, MOST // phases, int(whole[alike].max()))
        for some in portions(rows[alike], CHUNK // (span * phases)):
            yield _of_so_many_days(panel, some, span, phases, almanac)


def _of_so_many_days(panel: Panel, rows: IntArray, span: int, phases: int, almanac: Almanac) -> Days:
    """The newest *span* days of the series at *rows*."""
    part = panel.select(rows)
    y = part.tail(span * phases)
    free: BoolArray = np.asarray((y < 0).any(axis=1))
    positive: BoolArray = np.asarray(~(y <= 0).any(axis=1))
    when = dates_at(panel.freq, part.tail_ordinals(span * phases))
    if phases == 1:
        values, codes = y[..., None], when[..., 2:]
    else:
        place = when[..., 0] - when[:, -1:, 0] + span - 1
        series, inside = np.arange(len(y))[:, None], np.isfinite(y) & (place >= 0)
        series = np.broadcast_to(series, y.shape)[inside]
        values = np.full((len(y), span, phases), np.nan)
        codes = np.full((len(y), span, len(almanac.sizes)), almanac.none)
        values[series, place[inside], when[..., 1][inside]] = y[inside]
        codes[series, place[inside]] = when[..., 2:][inside]
    return Days(rows, values, codes, free, positive)
