"""What comes with the day of the month in daily series: pay day, the first, the last.

Months are no whole number of weeks, so no window of weeks shows it to a network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.almanac import since_and_until
from gruforecast.data.calendar import Frequency
from gruforecast.data.effects import MONTH_DAYS, CalendarEffects, by_date, cut_off, newest
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions

SPAN = 1096  # newest days that are looked at
LEAST = 180
AROUND = 5  # weeks on either side, of which the same weekdays tell what is usual
FAR = 15.0  # mean deviations from that, beyond which they count no more
ROUNDING = 1e-9
TIMES = 4  # that a day must have been seen
EXPLAINED = 0.25  # share of the squared deviations that the other months have to foretell
RIVALS = (28, 29.5, 30, 30.2, 30.44, 30.7, 31)  # periods of as many days of the calendar that may be what is seen
CHUNK = 1_000_000  # values that are looked at together
DAYS = 31


@np.errstate(over="ignore", invalid="ignore")
def find_month_days(panel: Panel) -> CalendarEffects | None:
    """The series in which the day of the month foretells a good part of what weekdays do not, if there are any."""
    if panel.freq.unit not in ("day", "business") or panel.freq.step != 1:
        return None
    week = 7 if panel.freq.unit == "day" else 5
    long = np.flatnonzero(panel.lengths >= LEAST)
    span = min(SPAN, int(panel.lengths.max(initial=1)))
    found: list[tuple[IntArray, FloatArray, BoolArray]] = []
    for rows in portions(long, CHUNK // span):
        z, relative, ordinals = newest(panel, rows, span)
        deviation = _deviations(z, week)
        foretold, effect = zip(*(_by_code(deviation, code) for code in _codes(panel.freq, ordinals)), strict=True)
        best, which = np.max(foretold, axis=0), np.argmax(foretold, axis=0)
        kept = np.flatnonzero(best > EXPLAINED)
        # A wave comes on much the same days of the months, too, but does not care how long they are.
        periods = [days * week / 7 for days in RIVALS]
        rivals = [_by_code(deviation[kept], (ordinals[kept] % period).astype(np.int64))[0] for period in periods]
        kept = kept[best[kept] > np.max(rivals, axis=0)]
        chosen = np.zeros((len(kept), 2, DAYS))
        chosen[np.arange(len(kept)), which[kept]] = np.stack(effect, axis=1)[kept, which[kept]]
        found.append((rows[kept], chosen, relative[kept]))
    if not any(len(part[0]) for part in found):
        return None
    series, effects, logs = (np.concatenate(parts) for parts in zip(*found, strict=True))

    def effect_at(k: IntArray, ordinals: IntArray) -> FloatArray:
        since, until = _codes(panel.freq, ordinals)
        return np.asarray(effects[k, 0, since] + effects[k, 1, until])

    return CalendarEffects(series, logs, effect_at, MONTH_DAYS)


def _codes(freq: Frequency, ordinals: IntArray) -> tuple[IntArray, IntArray]:
    """Days since the first and until the last of the month, both in the shape of *ordinals*."""

    def both(stamps: NDArray[Any]) -> IntArray:
        return np.stack(since_and_until(stamps.astype("datetime64[D]")), axis=-1)

    codes = by_date(freq, ordinals, both)
    return codes[..., 0], codes[..., 1]


def _deviations(z: FloatArray, week: int) -> FloatArray:
    """[B, L] differences from the mean of the same weekdays around, cut off where they are far."""
    total, count = np.zeros_like(z), np.zeros_like(z)
    for lag in range(week, AROUND * week + 1, week):
        for here, there in ((slice(lag, None), slice(None, -lag)), (slice(None, -lag), slice(lag, None))):
            seen = np.isfinite(z[:, there])
            total[:, here] += np.where(seen, z[:, there], 0.0)
            count[:, here] += seen
    usual = total / np.where(count, count, np.nan)
    deviation, size = z - usual, np.where(np.isfinite(z), np.abs(z), 0.0).max(axis=1, keepdims=True)
    return cut_off(np.where(np.abs(deviation) <= ROUNDING * size, 0.0, deviation), FAR)


def _by_code(deviation: FloatArray, code: IntArray) -> tuple[FloatArray, FloatArray]:
    """How much of *deviation* [B, L] other months' means by *code* [B, L] foretell, share [B]; and the means [B, DAYS].

    The means are shrunk by their errors (positive-part James & Stein, 1961).
    """
    seen = np.isfinite(deviation)
    cell = code + DAYS * np.arange(len(code))[:, None]
    shape, flat = (len(code), DAYS), cell[seen]
    values = deviation[seen]
    count, total, squares = (
        np.bincount(flat, weights, DAYS * len(code)).reshape(shape) for weights in (None, values, values**2)
    )
    often = count >= TIMES
    mean = np.where(often, total / np.maximum(count, 1), 0.0)
    others = (total.ravel()[flat] - values) / np.maximum(count.ravel()[flat] - 1, 1)
    left = np.where(often.ravel()[flat], (values - others) ** 2, values**2)
    row = flat // DAYS
    whole, rest = (np.bincount(row, x, len(code)) for x in (values**2, left))
    error = (squares / np.maximum(count, 1) - mean**2) / np.maximum(count - 1, 1)
    effect = mean * np.maximum(0.0, 1 - 2 * error / np.where(mean**2 > 0, mean**2, 1.0))
    return np.where(whole > 0, 1 - rest / np.where(whole > 0, whole, 1.0), 0.0), effect
