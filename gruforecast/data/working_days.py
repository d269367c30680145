"""What the working days of a month do to monthly series: the more of them, the more is made, sold and paid.

Source: Findley et al. (1998), "New capabilities and methods of the X-12-ARIMA seasonal-adjustment program": one
coefficient for the number of weekdays less five halves of that of Saturdays and Sundays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import Frequency
from gruforecast.data.effects import WORKING_DAYS, CalendarEffects, by_date, cut_off, newest
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions

SPAN = 180  # newest months that are looked at
YEAR = 12
LEAST = 4 * YEAR
FEWEST = 24  # months that are compared
FAR = 6.0  # mean deviations, beyond which they count no more
CHUNK = 1_000_000  # values that are looked at together
EXPLAINED = 0.02  # share of the squared deviations that all other months have to foretell


def find_working_days(panel: Panel) -> CalendarEffects | None:
    """The monthly series that are larger in months of more working days, if there are any."""
    long = np.flatnonzero(panel.lengths >= LEAST)
    if (panel.freq.unit, panel.freq.step) != ("month", 1) or not len(long):
        return None
    span = min(SPAN, int(panel.lengths[long].max()))
    parts = (_slopes(panel, rows, span) for rows in portions(long, CHUNK // span))
    slope, relative = map(np.concatenate, zip(*parts, strict=True))
    kept = np.flatnonzero(slope)
    if not len(kept):
        return None

    def at(k: IntArray, ordinals: IntArray) -> FloatArray:
        return np.asarray(slope[kept[k]] * working_days(panel.freq, ordinals))

    return CalendarEffects(long[kept], relative[kept], at, WORKING_DAYS)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _slopes(panel: Panel, rows: IntArray, span: int) -> tuple[FloatArray, BoolArray]:
    """What a working day adds to the series at *rows* in their newest *span* months, 0 where nothing is sure.

    And whether it adds to the logarithm; both [B].
    """
    z, relative, ordinals = newest(panel, rows, span)
    days = _from_the_years_around(working_days(panel.freq, ordinals))
    deviation = cut_off(_from_the_years_around(z), FAR)
    seen = np.isfinite(deviation)
    days, deviation = np.where(seen, days, 0.0), np.where(seen, deviation, 0.0)
    room = (days**2).sum(axis=1)
    slope = (days * deviation).sum(axis=1) / room
    # What a line through all other months leaves of each, in closed form.
    left = (deviation - slope[:, None] * days) / (1 - days**2 / room[:, None])
    squares, count = (left**2).sum(axis=1), seen.sum(axis=1)
    foretold = 1 - squares / (deviation**2).sum(axis=1)
    error = squares / np.maximum(count, 1) / room
    sure = (foretold > EXPLAINED) & (slope > 0) & (count >= FEWEST)
    return np.where(sure, slope * np.maximum(0.0, 1 - 2 * error / slope**2), 0.0), relative


def working_days(freq: Frequency, ordinals: IntArray) -> FloatArray:
    """Weekdays less five halves of the other days of the months at *ordinals*, in their shape."""

    def count(stamps: NDArray[Any]) -> FloatArray:
        months = stamps.astype("datetime64[M]")
        begin, end = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
        weekdays = np.busday_count(begin, end)
        others = (end - begin).astype(np.int64) - weekdays
        return np.asarray(weekdays - 2.5 * others, dtype=np.float64)

    return by_date(freq, ordinals, count)


def _from_the_years_around(z: FloatArray) -> FloatArray:
    """[B, L] → [B, L - 24] differences from the mean of the same months a year before and after."""
    return z[:, YEAR:-YEAR] - (z[:, : -2 * YEAR] + z[:, 2 * YEAR :]) / 2
