"""What comes back with the date in daily series: feasts, the days around them, and the sales after.

No window of weeks shows a network the last Christmas. A date may be fixed, count from Easter, or be the nth or the last
such weekday of a month; which of them matter is seen in each series, so that no country needs to be named. Of feasts
that many keep less is asked, and once is enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import Frequency
from gruforecast.data.effects import CalendarEffects, by_date
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel, portions
from gruforecast.data.scaling import median_observed

SPAN = 3653  # newest days that are looked at
LEAST = 50  # weeks
AROUND = 4  # weeks on either side, of which the same weekdays tell what is usual
# Log-likelihood that a date must win that came once, twice, and more often; of well-known ones less.
SURE, SURE_OF_KNOWN = np.array([np.inf, np.inf, 14.0, 10.0]), np.array([np.inf, 8.0, 11.0, 7.0])
FREEDOM = 3.0  # degrees of, of Student's distribution, which has many outliers
MEDIAN = 0.765  # of its absolute values
FAR = 60.0  # noises, beyond which a deviation counts no more
STEPS = 4  # of the iteration for its location
CLOSED = 1e-3  # the least factor of a day
CHUNK = 1_000_000  # values that are looked at together
# How many dates of each sort there are: fixed, from 50 days before Easter to 64 after, nth weekdays, last weekdays.
DATES = (12 * 31, 50 + 65, 12 * 35, 12 * 7)
FIRST = np.concatenate([[0], np.cumsum(DATES)])  # code of the first of each; the last is that of none
NONE = int(FIRST[-1])
# Well-known ones: New Year, Epiphany, 1 May, 4 July, 15 August, 1 November, 24 to 26 and 31 December; Good Friday,
# Easter and its Monday, Ascension, Whit Monday; the holidays of the United States on Mondays, and Thanksgiving.
KNOWN = np.zeros(NONE, dtype=np.bool_)
for month, day in ((1, 1), (1, 6), (5, 1), (7, 4), (8, 15), (11, 1), (12, 24), (12, 25), (12, 26), (12, 31)):
    KNOWN[(month - 1) * 31 + day - 1] = True
KNOWN[FIRST[1] + 50 + np.array([-2, 0, 1, 39, 50])] = True
for month, nth, weekday in ((1, 3, 0), (2, 3, 0), (9, 1, 0), (11, 4, 3)):
    KNOWN[FIRST[2] + (month - 1) * 35 + weekday * 5 + nth - 1] = True
KNOWN[FIRST[3] + 4 * 7] = True  # the last Monday of May


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def find_feasts(panel: Panel) -> CalendarEffects | None:
    """The series in which some dates were unlike the same weekdays around them again and again, if there are any."""
    if panel.freq.unit not in ("day", "business") or panel.freq.step != 1:
        return None
    week = 7 if panel.freq.unit == "day" else 5
    long = np.flatnonzero(panel.lengths >= LEAST * week)
    span = min(SPAN, int(panel.lengths.max(initial=1)))
    found = [_dates(panel, rows, span, week) for rows in portions(long, CHUNK // span)]
    if not sum(len(series) for series, *_ in found):
        return None
    series, code, effect, relative = (np.concatenate(part) for part in zip(*found, strict=True))
    rows, first, count = np.unique(series, return_index=True, return_counts=True)

    def at(k: IntArray, ordinals: IntArray) -> FloatArray:
        which, place = np.unique(k, return_inverse=True)
        # Most series have few of the many dates: a table of those at hand only.
        line = np.repeat(np.arange(len(which)), count[which])
        those = np.repeat(first[which], count[which]) + np.arange(len(line)) - np.searchsorted(line, line)
        table = np.zeros((len(which), NONE + 1))
        table[line, code[those]] = effect[those]
        return np.asarray(table[place.reshape(k.shape)[..., None], _codes(panel.freq, ordinals)].sum(axis=-1))

    return CalendarEffects(rows, relative[first], at)


def _dates(panel: Panel, rows: IntArray, span: int, week: int) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    """The dates that matter: series, code, effect, and whether that is one on the logarithm, all [K], by series."""
    y = panel.select(rows).tail(span)
    codes = _codes(panel.freq, panel.cutoff[rows, None] + np.arange(1 - span, 1))
    free: BoolArray = np.asarray((y < 0).any(axis=1))
    positive: BoolArray = np.asarray(~(y <= 0).any(axis=1))
    z = np.where(positive[:, None], np.log(np.where(y > 0, y, np.nan)), y)
    usual = _usual(z, week)
    deviation = np.where((positive | free)[:, None], z - usual, z / np.where(usual > 0, usual, np.nan) - 1)
    noise = median_observed(np.abs(deviation)) / MEDIAN
    x = np.clip(deviation / np.where(noise > 0, noise, np.nan)[:, None], -FAR, FAR)
    found = []
    for sort, count in enumerate(DATES):
        code = codes[..., sort] - FIRST[sort]
        location = _locations(x, code, KNOWN[FIRST[sort] : FIRST[sort + 1]])
        x = x - np.where(code < count, np.take_along_axis(location, code.clip(max=count - 1), axis=1), 0.0)
        series, which = np.nonzero(location)
        found.append((series, which + FIRST[sort], location[series, which] * noise[series]))
    series, code, effect = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(series, kind="stable")
    series, code, effect = series[order], code[order], effect[order]
    factor = ~(positive | free)[series]
    effect = np.where(factor, np.log(np.maximum(1 + effect, CLOSED)), effect)
    return rows[series], code, effect, ~free[series]


def _locations(x: FloatArray, code: IntArray, known: BoolArray) -> FloatArray:
    """[B, N] where the deviations *x* [B, L] in noises lie by *code* [B, L], 0 where that is not sure.

    *known* [N] are the dates of which less is asked.
    """
    count, size = len(known), len(known) * len(x)
    cell = code + count * np.arange(len(x))[:, None]
    seen = np.isfinite(x) & (code < count)
    cell, value = cell[seen], x[seen]
    times = np.bincount(cell, minlength=size)
    needed = np.where(np.tile(known, len(x)), SURE_OF_KNOWN[times.clip(max=3)], SURE[times.clip(max=3)])
    location = np.bincount(cell, value, size) / np.maximum(times, 1)
    # Few dates get further than their means.
    kept = ((np.abs(location) > 1) & np.isfinite(needed))[cell]
    cell, value = cell[kept], value[kept]
    for _ in range(STEPS):
        weight = 1 / (FREEDOM + (value - location[cell]) ** 2)
        total = np.bincount(cell, weight, size)
        location = np.bincount(cell, weight * value, size) / np.where(total > 0, total, 1.0)
    gain = np.log1p(value**2 / FREEDOM) - np.log1p((value - location[cell]) ** 2 / FREEDOM)
    sure = (FREEDOM + 1) / 2 * np.bincount(cell, gain, size) > needed
    shrunk = location * times / (times + 1 / np.where(sure, location, 1.0) ** 2)
    return np.where(sure, shrunk, 0.0).reshape(-1, count)


def _usual(z: FloatArray, week: int) -> FloatArray:
    """[B, L] medians of the same weekdays around each day; NaN where fewer than two are known."""
    around = np.full((2 * AROUND, *z.shape), np.nan)
    for weeks in range(1, AROUND + 1):
        around[2 * weeks - 2, :, weeks * week :] = z[:, : -weeks * week]
        around[2 * weeks - 1, :, : -weeks * week] = z[:, weeks * week :]
    around.sort(axis=0)  # what is missing last
    count = np.isfinite(around).sum(axis=0)
    low, high = ((count - 1).clip(min=0) // 2, count // 2)
    middle = [np.take_along_axis(around, at.clip(max=2 * AROUND - 1)[None], axis=0)[0] for at in (low, high)]
    return np.where(count > 1, (middle[0] + middle[1]) / 2, np.nan)


def _codes(freq: Frequency, ordinals: IntArray) -> IntArray:
    """Of each sort the date that a day is, [*ordinals.shape, 4]."""
    return by_date(freq, ordinals, dates)


def dates(stamps: NDArray[Any]) -> IntArray:
    """[P] stamps → [P, 4] codes: of the fixed date, of the day from Easter, of the nth and of the last weekday."""
    days = stamps.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    since = (days - months.astype("datetime64[D]")).astype(np.int64)
    until = ((months + 1).astype("datetime64[D]") - days).astype(np.int64) - 1
    month, weekday = months.astype(np.int64) % 12, (days.astype(np.int64) + 3) % 7
    from_easter = _from_easter(days) + 50
    codes = (
        month * 31 + since,
        np.where((from_easter >= 0) & (from_easter < DATES[1]), from_easter, NONE),
        month * 35 + weekday * 5 + since // 7,
        np.where(until < 7, month * 7 + weekday, NONE),
    )
    return np.asarray(np.minimum(np.stack(codes, axis=-1) + FIRST[:-1], NONE))


def _from_easter(days: NDArray[Any]) -> IntArray:
    """[P] days since Easter of the same year."""
    from dateutil.easter import easter

    years, which = np.unique(days.astype("datetime64[Y]").astype(np.int64) + 1970, return_inverse=True)
    sundays = np.array([easter(int(year)) for year in years.clip(1583, 4099)], dtype="datetime64[D]")
    return np.asarray((days - sundays[which]).astype(np.int64))
