"""What comes with the day of the month in daily series: pay day, the first, the last.

Months are no whole number of weeks, so no window of weeks shows it to a network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gruforecast.data.calendar import Frequency, month_start
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel
from gruforecast.data.resolution import find_resolution
from gruforecast.data.scaling import mean_observed

SPAN = 1096  # newest days that are looked at
LEAST = 180
AROUND = 5  # weeks on either side, of which the same weekdays tell what is usual
FAR = 15.0  # mean deviations from that, beyond which they count no more
ROUNDING = 1e-9
TIMES = 4  # that a day must have been seen
EXPLAINED = 0.25  # share of the squared deviations that the other months have to foretell
RIVALS = (28, 29.5, 30, 30.2, 30.44, 30.7, 31)  # periods of as many days that may be what is seen
CHUNK = 1_000_000  # values that are looked at together
DAYS = 31


@dataclass(frozen=True)
class MonthDays:
    """The effects of the day of the month on K series of a panel.

    Attributes:
        rows: [K] the series.
        effect: [K, 2, DAYS] by the days since the first and by those until the last; one of the two is zero.
        relative: [K] whether it is an effect on the logarithm.
    """

    rows: IntArray
    effect: FloatArray
    relative: BoolArray

    def at(self, k: int, freq: Frequency, ordinals: IntArray) -> FloatArray:
        """[P] the effect on series number *k* of the K at *ordinals* [P]."""
        since, until = _codes(freq, ordinals)
        effect: FloatArray = self.effect[k, 0, since] + self.effect[k, 1, until]
        return effect

    def without(self, panel: Panel) -> Panel:
        """*panel* as if all days of a month were alike."""
        y = panel.y.copy()
        for k, row in enumerate(self.rows.tolist()):
            place = slice(panel.indptr[row], panel.indptr[row + 1])
            effect = self.at(k, panel.freq, panel.start[row] + np.arange(panel.lengths[row]))
            y[place] = y[place] * np.exp(-effect) if self.relative[k] else y[place] - effect
        return replace(panel, y=y)

    def put_back(self, forecast: Forecast, panel: Panel, *, allow_negative: bool = False) -> Forecast:
        """The *forecast* of :meth:`without` as one of *panel*: as fine as that, and below zero only if that was."""
        median, quantiles = forecast.median.copy(), forecast.quantiles.copy()
        for k, row in enumerate(self.rows.tolist()):
            effect = self.at(k, panel.freq, forecast.ordinals[row])
            y = panel.series(row)
            least = -np.inf if allow_negative or np.nanmin(y) < 0 else 0.0
            grid = find_resolution(y[None, -SPAN:])
            for made, change in ((median, effect), (quantiles, effect[:, None])):
                changed = made[row] * np.exp(change) if self.relative[k] else np.maximum(made[row] + change, least)
                made[row] = grid.nearest(changed[None])[0]
        return replace(forecast, median=median, quantiles=quantiles)


@np.errstate(over="ignore", invalid="ignore")
def find_month_days(panel: Panel) -> MonthDays | None:
    """The series in which the day of the month foretells a good part of what weekdays do not, if there are any."""
    if panel.freq.unit not in ("day", "business") or panel.freq.step != 1:
        return None
    week = 7 if panel.freq.unit == "day" else 5
    long = np.flatnonzero(panel.lengths >= LEAST)
    found = []
    for at in range(0, len(long), CHUNK // SPAN):
        rows = long[at : at + CHUNK // SPAN]
        y = panel.select(rows).tail(SPAN)
        relative = ~np.any(y <= 0, axis=1)
        deviation = _deviations(np.where(relative[:, None], np.log(np.where(y > 0, y, 1.0)), y) + 0 * y, week)
        ordinals = np.maximum(panel.cutoff[rows, None] + np.arange(1 - SPAN, 1), panel.start[rows, None])
        codes = _codes(panel.freq, ordinals)
        foretold, effect = zip(*(_by_code(deviation, code) for code in codes), strict=True)
        best, which = np.max(foretold, axis=0), np.argmax(foretold, axis=0)
        kept = np.flatnonzero(best > EXPLAINED)
        # A wave comes on much the same days of the months, too, but does not care how long they are.
        rivals = [_by_code(deviation[kept], (ordinals[kept] % period).astype(np.int64))[0] for period in RIVALS]
        kept = kept[best[kept] > np.max(rivals, axis=0)]
        chosen = np.zeros((len(kept), 2, DAYS))
        chosen[np.arange(len(kept)), which[kept]] = np.stack(effect, axis=1)[kept, which[kept]]
        found.append(MonthDays(rows[kept], chosen, relative[kept]))
    parts = [part for part in found if len(part.rows)]
    if not parts:
        return None
    columns = zip(*((part.rows, part.effect, part.relative) for part in parts), strict=True)
    return MonthDays(*(np.concatenate(column) for column in columns))


def _codes(freq: Frequency, ordinals: IntArray) -> tuple[IntArray, IntArray]:
    """Days since the first and until the last of the month, both in the shape of *ordinals*."""
    least = int(ordinals.min())
    times = freq.timestamps(np.arange(least, int(ordinals.max()) + 1)).astype("datetime64[D]")
    first, length = month_start(times.astype("datetime64[M]").astype(np.int64))
    since = times.astype(np.int64) - first
    return since[ordinals - least], (length - 1 - since)[ordinals - least]


def _deviations(z: FloatArray, week: int) -> FloatArray:
    """[B, L] differences from the mean of the same weekdays around, cut off where they are far."""
    total, count = np.zeros_like(z), np.zeros_like(z)
    for lag in range(week, AROUND * week + 1, week):
        for here, there in ((slice(lag, None), slice(None, -lag)), (slice(None, -lag), slice(lag, None))):
            seen = np.isfinite(z[:, there])
            total[:, here] += np.where(seen, z[:, there], 0.0)
            count[:, here] += seen
    usual = total / np.where(count, count, np.nan)
    deviation = np.where(np.isclose(z, usual, rtol=ROUNDING, atol=ROUNDING), 0.0, z - usual)
    size = FAR * mean_observed(np.abs(deviation), 0.0)[:, None]
    return np.clip(deviation, -size, size)


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
