"""Finding the one time grid that all series of a file share, or saying where it breaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gruforecast.data import aliases
from gruforecast.data.calendar import DAY, Frequency, IntArray, month_start
from gruforecast.errors import UsageError, escape

_FREQ_HINT = "if the gaps are missing rows, name the grid with --freq"
# A series whose steps are all several periods long is another frequency, not one with gaps, from this many steps on.
_MIXED_STEPS = 5
_ENOUGH_ROWS = 50_000
# Share of times that may be on another day of the month than all others; of last working days a quarter are.
OFF_DAY = 0.2
_BLOCK = 1 << 16


class Irregular(Exception):
    """Times that are on no common grid. ``position`` is the row that breaks it, -1 if there is no single one.

    ``off_grid`` are all rows that do, where they could be left out.
    """

    def __init__(self, position: int, message: str, hint: str = _FREQ_HINT, off_grid: IntArray | None = None) -> None:
        super().__init__(message)
        self.position, self.message, self.hint, self.off_grid = position, message, hint, off_grid


def infer_frequency(times: IntArray, indptr: IntArray, *, integer: bool = False) -> tuple[Frequency, IntArray]:
    """The grid of *times* [rows], seconds or integers, strictly increasing within each series of *indptr* [N+1].

    Also their ordinals [rows] on it.

    One grid for all series, robust to missing rows: most steps must be exactly one period.
    Raises Irregular where no grid fits or where series have different frequencies.
    """
    inside = np.ones(max(len(times) - 1, 0), dtype=bool)
    inside[indptr[1:-1] - 1] = False
    if not inside.any():
        raise Irregular(-1, "no series has two rows, so the frequency is unknown", "say --freq, for example D or MS")
    freq, ordinals = _grid(times, indptr, inside, integer)
    single = _single_steps(ordinals) & inside
    if 2 * np.count_nonzero(single) <= np.count_nonzero(inside):
        _check_steps(freq, ordinals, times, inside)
    # Few series, and in most files none, have no step of one period.
    longer = ~np.logical_or.reduceat(np.append(single, False), indptr[:-1]) & (np.diff(indptr) > _MIXED_STEPS)
    if longer.any():
        _check_mixed(freq, ordinals, indptr)
    return freq, ordinals


def _single_steps(ordinals: IntArray) -> np.ndarray:
    """[rows - 1] where the next row is one period later; looked at in pieces that stay in the cache."""
    single = np.empty(len(ordinals) - 1, dtype=bool)
    for at in range(0, len(single), _BLOCK):
        piece = ordinals[at : at + _BLOCK + 1]
        single[at : at + _BLOCK] = piece[1:] - piece[:-1] == 1
    return single


def _grid(times: IntArray, indptr: IntArray, inside: np.ndarray, integer: bool) -> tuple[Frequency, IntArray]:
    """The finest grid that all *times* are on, and their ordinals."""
    find = _integer_grid if integer else _time_grid
    stamps = times if integer else times.view("datetime64[s]")
    # In a large file the first series nearly always show the grid; that all rows are on it must be checked anyway.
    enough = int(indptr[min(int(np.searchsorted(indptr, _ENOUGH_ROWS)), len(indptr) - 1)])
    if enough < len(times) and inside[: enough - 1].any():
        freq = find(times[:enough], inside[: enough - 1])
        ordinals, fits = freq.count(stamps)
        if fits.all():
            return freq, ordinals
    freq = find(times, inside)
    return freq, freq.ordinals(stamps)


def fit_frequency(alias: str, times: IntArray, *, integer: bool = False) -> Frequency:
    """The grid named by *alias*, shifted to where *times* [rows] stand (phase, time of day).

    Raises UsageError for an alias that cannot fit this kind of time, Irregular at the first row off the grid.
    """
    named = Frequency.parse(alias)
    if integer != (named.unit == "integer"):
        kind = "plain integers" if integer else "dates"
        raise UsageError(f"--freq {escape(alias)} does not fit: the times are {kind}", hint="leave --freq out")
    if named.unit not in ("second", "integer"):
        named = replace(named, time=int(times[0] % DAY))
    if named.unit == "month" and aliases.is_bare(alias):
        named = replace(named, day=_day_of_month(times // DAY) or named.day)
    freq = _shift(named, alias, times)
    stamps = times if integer else times.view("datetime64[s]")
    off = np.flatnonzero(~freq.on_grid(stamps))
    if len(off):
        raise Irregular(int(off[0]), f"is not on the {freq.alias} grid", "correct the time or --freq", off)
    return freq


def _shift(named: Frequency, alias: str, times: IntArray) -> Frequency:
    """*named* with its phase taken from the first of *times*, as far as the alias leaves it open."""
    start = times[:1] if named.unit == "integer" else times[:1].astype("datetime64[s]")
    first = int(replace(named, step=1, anchor=0).count(start)[0][0])
    base = aliases.fixed_modulus(alias)
    anchor = first % named.step
    return replace(named, anchor=anchor) if (anchor - named.anchor) % base == 0 else named


def _integer_grid(times: IntArray, inside: np.ndarray) -> Frequency:
    step = _common_divisor(np.diff(times)[inside], times - times[0])
    if step > aliases.MAX_STEP:
        raise Irregular(-1, "steps are too long for a counter", "say which column is the time with --time-col")
    return Frequency("integer", step, int(times[0]) % step)


def _time_grid(times: IntArray, inside: np.ndarray) -> Frequency:
    days, clock = np.divmod(times, DAY)
    if (clock != clock[0]).any():
        step = _common_divisor(np.diff(times)[inside], times - times[0])
        return Frequency("second", step, int(times[0]) % step)
    time = int(clock[0])
    day = _day_of_month(days)
    if day is not None:
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        step = _common_divisor(np.diff(months)[inside], months - months[0])
        return Frequency("month", step, int(months[0]) % step, day=day, time=time)
    step = _common_divisor(np.diff(days)[inside], days - days[0])
    if step == 1 and _skips_weekends(days, inside):
        return Frequency("business", time=time)
    return Frequency("day", step, int(days[0]) % step, time=time)


def _common_divisor(steps: IntArray, phases: IntArray) -> int:
    """Greatest step that divides all *steps* and all *phases* (distances between series)."""
    divisor = int(np.gcd.reduce(steps[:1000]))
    for values in (steps, phases):
        rest = values % divisor
        if rest.any():
            divisor = int(np.gcd(divisor, np.gcd.reduce(np.unique(rest))))
    return divisor


def _day_of_month(days: IntArray) -> int | None:
    """The day of the month all of *days* (epoch days) fall on, 31 for month ends; None if there is none."""
    if len(days) > 1000 and _day_of_month(days[:1000]) is None:  # spares most files the work on all rows
        return None
    first, length = month_start(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))
    day = days - first + 1
    if (day == length).all():
        return aliases.MONTH_END
    latest = int(day.max())
    return latest if (day == np.minimum(latest, length)).all() else None


def _skips_weekends(days: IntArray, inside: np.ndarray) -> bool:
    """No row on a weekend although the rows run across some, Friday to Monday."""
    weekday = (days + aliases.EPOCH_WEEKDAY) % 7
    over = (np.diff(days) == 3) & (weekday[:-1] == 4) & inside
    return bool((weekday < 5).all() and over.any())


def _check_steps(freq: Frequency, ordinals: IntArray, times: IntArray, inside: np.ndarray) -> None:
    """Where most steps are not one period, the greatest common divisor may be an accident of irregular times."""
    steps = np.diff(ordinals)
    counts = np.bincount(np.minimum(steps[inside], 1000))
    usual = int(counts.argmax())
    if usual == 1:
        return
    usual = usual if usual < 1000 else int(np.median(steps[inside]))
    odd = np.flatnonzero(inside & (steps % usual != 0))
    if not len(odd):  # all steps fit, so whole series are shifted against each other
        raise Irregular(-1, "series are shifted against each other in time", _FREQ_HINT)
    if freq.unit == "day":
        _check_months(times)
    at = int(odd[0])
    gap, common = _span(freq, int(steps[at]), times), _span(freq, usual, times)
    raise Irregular(at + 1, f"comes {gap} after the row before it, where {common} is usual: irregular spacing")


def _check_months(times: IntArray) -> None:
    """Raise Irregular where most *times*, but not all, are on one day of the month: those are at fault."""
    first, length = month_start((times // DAY).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))
    day = times // DAY - first + 1
    common = int(np.bincount(day).argmax())
    for wanted, name in ((length, "the last day"), (np.minimum(common, length), f"day {common}")):
        off = np.flatnonzero(day != wanted)
        if len(off) <= OFF_DAY * len(day):
            raise Irregular(int(off[0]), f"is not {name} of its month, as most times are", "correct it", off)


def _check_mixed(freq: Frequency, ordinals: IntArray, indptr: IntArray) -> None:
    """Refuse a file in which a whole series moves in longer steps than the common grid."""
    rows = np.diff(indptr)
    steps = np.diff(ordinals, append=0)
    steps[indptr[1:] - 1] = np.iinfo(np.int64).max  # the last row of a series has no step
    shortest = np.minimum.reduceat(steps, indptr[:-1])
    regular = np.add.reduceat(steps == np.repeat(shortest, rows), indptr[:-1])
    other = np.flatnonzero((rows > _MIXED_STEPS) & (shortest > 1) & (regular >= 0.8 * (rows - 1)))
    if len(other):
        at = int(indptr[other[0]]) + 1
        step = shortest[other[0]]
        message = f"starts steps of {step} periods where other series have 1 ({freq.alias}): mixed frequencies"
        raise Irregular(at, message, "split the file by frequency, or name the grid with --freq")


def _span(freq: Frequency, periods: int, times: IntArray) -> str:
    """A distance in words: ``3 x D``."""
    return f"{periods} x {freq.alias}" if periods < 1000 and len(times) else f"{periods} periods"
