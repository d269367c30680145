"""What comes back with the date in series of weeks and less: feasts, the days around them, the sales after.

No window of weeks shows a network the last Christmas. Which dates of the almanac matter is seen in each series, so that
no country needs to be named. Of feasts that many keep less is asked, and once is enough; those of half of a panel's
series are taken over by its others, where their own days do not speak against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from gruforecast.data.almanac import WEEKS, Almanac
from gruforecast.data.by_day import Days, almanac_of, by_day, dates_at, phases_of
from gruforecast.data.effects import FEASTS, CalendarEffects
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel
from gruforecast.data.scaling import median_observed

LEAST = 50  # weeks
AROUND = 4  # weeks on either side, of which the same weekdays tell what is usual
# Log-likelihood that a date must win that came once, twice, and more often; of well-known ones less.
SURE, SURE_OF_KNOWN = np.array([np.inf, np.inf, 14.0, 12.0]), np.array([np.inf, 8.0, 11.0, 9.0])
FREEDOM = 3.0  # degrees of, of Student's distribution, which has many outliers
MEDIAN = 0.765  # of its absolute values
FAR = 60.0  # noises, beyond which a deviation counts no more
STEPS = 4  # of the iteration for its location
CLOSED = 1e-3  # the least factor of a day
SEEN = 0.7  # share of a day's hours that must be known
OF_A_DAY = 1.0  # hours of a feast that the mean of all its hours counts as
FEWEST, SHARE = 5, 0.5  # series, and share of all that are long enough, whose feasts others take over
DOUBT = 0.2  # standard deviation of a feast's effect, as a share of it


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def find_feasts(panel: Panel) -> CalendarEffects | None:
    """The series in which some dates were unlike the same weekdays around them again and again, if there are any."""
    freq, phases = panel.freq, phases_of(panel.freq)
    if not phases:
        return None
    almanac = almanac_of(freq)
    week = 1 if almanac is WEEKS else 5 if freq.unit == "business" else 7
    long = np.flatnonzero(panel.lengths >= LEAST * week * phases)
    cut = partial(by_day, panel, phases=phases, almanac=almanac)
    found = _together([_dates(days, week, almanac) for days in cut(long)], phases)
    kept = _kept_by_most(found, len(long))
    if len(kept.code):
        has = np.bincount(found.series, np.isin(found.code, kept.code), len(panel))
        others = np.flatnonzero((panel.lengths > 0) & (has < len(kept.code)))
        taken = [_taken_over(days, week, kept, found) for days in cut(others)]
        found = _together([found, *taken], phases)
    if not len(found.series):
        return None
    rows, first, count = np.unique(found.series, return_index=True, return_counts=True)
    dates, date = np.unique(found.code, return_inverse=True)
    number = np.full(almanac.none + 1, len(dates))
    number[dates] = np.arange(len(dates))
    effects = np.concatenate([found.effect, np.zeros((1, phases))])

    def at(k: IntArray, ordinals: IntArray) -> FloatArray:
        which, place = np.unique(k, return_inverse=True)
        # Most series have few of the dates: a table of those at hand only, which says where their effects are.
        line = np.repeat(np.arange(len(which)), count[which])
        those = np.repeat(first[which], count[which]) + np.arange(len(line)) - np.searchsorted(line, line)
        table = np.full((len(which), len(dates) + 1), len(found.code), dtype=np.int32)
        table[line, date[those]] = those
        when = dates_at(freq, ordinals)
        here = table[place.reshape(k.shape)[..., None], number[when[..., 2:]]]
        return np.asarray(effects[here, when[..., 1:2]].sum(axis=-1))

    return CalendarEffects(rows, found.relative[first], at, FEASTS, DOUBT)


@dataclass(frozen=True)
class _Found:
    """Dates that matter to series.

    Attributes:
        series: [K] in rising order.
        code: [K] the date in the almanac.
        whole: [K] its effect on the day as a whole.
        effect: [K, P] that on each value of the day.
        relative: [K] whether the effect is one on the logarithm.
    """

    series: IntArray
    code: IntArray
    whole: FloatArray
    effect: FloatArray
    relative: BoolArray


def _together(parts: Sequence[_Found], phases: int) -> _Found:
    """All of *parts*, by series."""
    none = np.empty(0, np.int64)
    parts = [_Found(none, none, np.empty(0), np.empty((0, phases)), np.empty(0, np.bool_)), *parts]
    order = np.argsort(np.concatenate([part.series for part in parts]), kind="stable")
    return _Found(*(np.concatenate([getattr(part, f.name) for part in parts])[order] for f in fields(_Found)))


@dataclass(frozen=True)
class _Kept:
    """C dates that most series of a panel keep.

    Attributes:
        code: [C] the date in the almanac.
        whole, effect: [C], [C, P] medians of its effects on logarithms.
        odds: [C] logarithm of the odds that a series keeps it.
    """

    code: IntArray
    whole: FloatArray
    effect: FloatArray
    odds: FloatArray


def _kept_by_most(found: _Found, series: int) -> _Kept:
    """What most of so many *series* that are long enough have in common."""
    code, count = np.unique(found.code[found.relative], return_counts=True)
    most = (count >= FEWEST) & (count >= SHARE * series)
    code, count = code[most], count[most]
    who = [found.relative & (found.code == one) for one in code]
    whole = np.array([np.median(found.whole[rows]) for rows in who])
    effect = [np.median(found.effect[rows], axis=0) for rows in who]
    odds = np.log((count + 0.5) / (series - count + 0.5))
    return _Kept(code, whole, np.array(effect).reshape(-1, found.effect.shape[1]), odds)


def _taken_over(days: Days, week: int, kept: _Kept, found: _Found) -> _Found:
    """The dates that most keep and these series do not show, if their own days do not make that unlikely."""
    x, noise = _in_noises(days, week)
    own = np.zeros((len(x), len(kept.code)), dtype=np.bool_)
    here = np.isin(found.series, days.rows) & np.isin(found.code, kept.code)
    own[np.searchsorted(days.rows, found.series[here]), np.searchsorted(kept.code, found.code[here])] = True
    taken = ~own & ~days.free[:, None] & (noise != 0)[:, None]
    for c, code in enumerate(kept.code):
        expected = np.where(days.positive, kept.whole[c], np.expm1(kept.whole[c])) / noise
        gain = np.log1p(x**2 / FREEDOM) - np.log1p((x - expected[:, None]) ** 2 / FREEDOM)
        on = (days.codes == code).any(axis=2) & np.isfinite(gain)
        taken[:, c] &= (FREEDOM + 1) / 2 * np.where(on, gain, 0.0).sum(axis=1) + kept.odds[c] >= 0
    series, which = np.nonzero(taken)
    relative = np.ones(len(series), dtype=np.bool_)
    return _Found(days.rows[series], kept.code[which], kept.whole[which], kept.effect[which], relative)


def _dates(days: Days, week: int, almanac: Almanac) -> _Found:
    """The dates that matter, seen by the means of days."""
    x, noise = _in_noises(days, week)
    found = []
    for sort, count in enumerate(almanac.sizes):
        first = almanac.first[sort]
        code = days.codes[..., sort] - first
        location = _locations(x, code, almanac.known[first : first + count])
        x = x - np.where(code < count, np.take_along_axis(location, code.clip(max=count - 1), axis=1), 0.0)
        series, which = np.nonzero(location)
        found.append((series, which + first, location[series, which] * noise[series]))
    series, code, effect = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(series, kind="stable")
    series, code, effect = series[order], code[order], effect[order]
    effects = _by_phase(days, week, series, code, effect)
    factor = ~(days.positive | days.free)[series]
    whole, effects = (
        np.where(factor[:, None], np.log(np.maximum(1 + made, CLOSED)), made) for made in (effect[:, None], effects)
    )
    return _Found(days.rows[series], code, whole[:, 0], effects, ~days.free[series])


def _in_noises(days: Days, week: int) -> tuple[FloatArray, FloatArray]:
    """How the means of days differ from those of the same weekdays around, in their usual size [B, D]; and that [B]."""
    known = np.isfinite(days.values)
    total = np.where(known, days.values, 0.0).sum(axis=2)
    mean = np.where(known.mean(axis=2) >= SEEN, total / np.maximum(known.sum(axis=2), 1), np.nan)
    deviation = days.unlike(mean, _usual(mean, week), slice(None))
    noise = median_observed(np.abs(deviation)) / MEDIAN
    return np.clip(deviation / np.where(noise > 0, noise, np.nan)[:, None], -FAR, FAR), noise


def _by_phase(days: Days, week: int, series: IntArray, code: IntArray, effect: FloatArray) -> FloatArray:
    """[K] *effect* of a day as a whole → [K, P] of its hours, as far as they were seen."""
    span, phases = days.values.shape[1:]
    if phases == 1:
        return effect[:, None]
    total, count = np.zeros((2, len(series), phases))
    for k in range(len(series)):
        at = np.flatnonzero((days.codes[series[k]] == code[k]).any(axis=1))
        weeks = at + week * np.array([n for n in range(-AROUND, AROUND + 1) if n])[:, None]
        around = days.values[series[k], weeks.clip(0, span - 1)]
        around[(weeks < 0) | (weeks >= span)] = np.nan
        usual = _median(around)
        unlike = days.unlike(days.values[series[k], at], usual, np.full(len(at), series[k]))
        seen = np.isfinite(unlike)
        total[k], count[k] = np.where(seen, unlike, 0.0).sum(axis=0), seen.sum(axis=0)
    return (total + OF_A_DAY * effect[:, None]) / (count + OF_A_DAY)


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
    return _median(around)


def _median(around: FloatArray) -> FloatArray:
    """[N, …] → […] the median of what is known, NaN where that is less than two."""
    return np.where(np.isfinite(around).sum(axis=0) > 1, median_observed(around, axis=0), np.nan)
