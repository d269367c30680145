"""The time grid: whole numbers that count periods, and the stamps they stand for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gruforecast.data import aliases, stamps, zones
from gruforecast.data.pages import zeros
from gruforecast.errors import DataError, UsageError, escape

IntArray = NDArray[np.int64]

UNITS = ("month", "day", "business", "second", "integer")
DAY = 86_400
_BLOCK = 1 << 16
_LAST_SECOND = int(np.datetime64("9999-12-31T23:59:59", "s").astype(np.int64))
_FIRST_SECOND = int(np.datetime64("0001-01-01T00:00:00", "s").astype(np.int64))
_HORIZONS = {("month", 12): 6, ("month", 3): 8, ("month", 1): 18, ("day", 7): 13, ("day", 1): 14}
_HORIZONS |= {("business", 1): 10, ("second", 3600): 48}


@dataclass(frozen=True)
class Frequency:
    """A regular grid of time stamps.

    Clock: a grid with a time zone and steps below a day counts UTC seconds, every other grid wall dates.
    ``ordinals`` and ``timestamps`` speak that clock; ``format`` writes what the user reads.

    Attributes:
        unit: what ``step`` counts: month, day, business (Monday to Friday), second or integer.
        step: units per period: a year is 12 months, a week 7 days, an hour 3600 seconds.
        anchor: which of the ``step`` shifted grids: month, epoch day, second or integer modulo ``step``.
        day: day of the month for months; one past a month's end means its last day, so 31 is "month end".
        time: seconds after midnight of every stamp, for grids of days and longer.
        tz: IANA name, ``UTC`` or ``+HH:MM``; None for naive stamps.
        style: how stamps are written, see :data:`gruforecast.data.stamps.STYLES`; empty for the natural one.
        season: overrides the primary season when set.
    """

    unit: str
    step: int = 1
    anchor: int = 0
    day: int = 1
    time: int = 0
    tz: str | None = None
    style: str = ""
    season: int | None = None

    def __post_init__(self) -> None:
        ranges = {"step": (1, 10**12), "anchor": (0, 10**12), "day": (1, 31), "time": (0, DAY - 1)}
        ranges |= {"season": (1, 10_000)} if self.season is not None else {}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise UsageError(f"frequency: {name} = {escape(value)} is not a whole number in {low} … {high}")
        if self.anchor >= self.step:
            raise UsageError(f"frequency: anchor = {self.anchor} is not below step = {self.step}")
        if self.unit not in UNITS or self.style not in stamps.STYLES:
            raise UsageError(f"frequency: unit {escape(self.unit)} or style {escape(self.style)} is not known")
        if self.tz is not None:
            zones.fixed_offset(self.tz)

    # ---- names

    @classmethod
    def parse(cls, alias: str) -> Frequency:
        """The grid a pandas-like alias names, old or new (``M`` is ``ME``). Raises UsageError if unknown."""
        return cls(**aliases.parse_alias(alias))

    @property
    def alias(self) -> str:
        """Canonical modern alias such as ``MS``, ``W-SUN``, ``15min``; ``int`` for plain integers."""
        return aliases.format_alias(self.unit, self.step, self.anchor, self.day)

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, fit for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Frequency:
        """Inverse of :meth:`to_dict`. Raises UsageError on unknown keys or values out of range."""
        known = {f.name for f in dataclasses.fields(cls)}
        unknown = [key for key in values if key not in known]
        if unknown or "unit" not in values:
            raise UsageError(f"frequency: unknown or missing key {escape(unknown[0] if unknown else 'unit')}")
        texts = [values.get(k) for k in ("unit", "style")]
        if not all(text is None or isinstance(text, str) for text in [*texts, values.get("tz")]):
            raise UsageError("frequency: unit, style and tz must be text")
        return cls(**values)

    # ---- seasons

    @property
    def seasons(self) -> tuple[int, ...]:
        """Season lengths in periods: the primary one, then a longer one where there is one."""
        natural = self._natural_seasons()
        if self.season is None:
            return natural
        if self.unit == "integer":
            return _COUNTED.get(self.season, (self.season,))
        return (self.season, *(s for s in natural if s > self.season > 1 and s % self.season == 0))

    @property
    def season_length(self) -> int:
        """Periods of the primary season; 1 when there is none."""
        return self.seasons[0]

    def _natural_seasons(self) -> tuple[int, ...]:
        step = self.step
        if self.unit == "month":
            return (12 // step if 12 % step == 0 else 1,)
        if self.unit == "day":
            return (7, 364) if step == 1 else (max(1, 364 // step) if step % 7 == 0 else 1,)
        if self.unit == "business":
            return (5, 260) if step == 1 else (52 if step == 5 else 1,)
        if self.unit == "integer":
            return (1,)
        # Below five minutes the hour is the season that fits a window, below ten seconds the minute.
        cycles = (60, 3600) if step < 10 else (3600, DAY) if step < 300 else (DAY, 7 * DAY)
        found = tuple(cycle // step for cycle in cycles if cycle % step == 0 and cycle > step)
        return found or (1,)

    @property
    def default_horizon(self) -> int:
        """Periods to forecast when nobody says: as in the M4 competition, else two seasons."""
        fixed = _HORIZONS.get((self.unit, self.step))
        if fixed is not None:
            return fixed
        return min(2 * self.season_length, 200) if self.season_length > 1 else 8

    # ---- counting

    @property
    def counts_utc(self) -> bool:
        """True when times on this grid are UTC instants and not wall clock times."""
        return self.tz is not None and self.unit == "second"

    def on_grid(self, times: ArrayLike) -> NDArray[np.bool_]:
        """Which of *times* (datetime64[s] or integers, any shape) are stamps of this grid."""
        return self.count(times)[1]

    def ordinals(self, times: ArrayLike) -> IntArray:
        """Period counts of *times* (datetime64[s] on this grid's clock, or integers), any shape.

        Raises DataError when one of them is not on the grid.
        """
        ordinals, fits = self.count(times)
        if not fits.all():
            bad = np.asarray(times)[~fits].ravel()[0]
            raise DataError(f"is not on the {self.alias} grid", value=bad)
        return ordinals

    def timestamps(self, ordinals: ArrayLike) -> NDArray[Any]:
        """Stamps of *ordinals*, same shape: datetime64[s], or int64 on an integer grid.

        Inverse of :meth:`ordinals`. Raises DataError beyond year 9999 (or 64 bits).
        """
        n = np.asarray(ordinals, dtype=np.int64)
        limit = 2**62 if self.unit == "integer" else 4 * 10**11
        if n.size and max(int(n.max()), -int(n.min())) > limit // self.step:
            raise DataError(f"{self.alias} periods run past year 9999", hint="ask for a shorter horizon")
        if self.unit == "integer":
            return n * self.step + self.anchor
        seconds = n * self.step + self.anchor if self.unit == "second" else self._days(n) * DAY + self.time
        if n.size and (int(seconds.max()) > _LAST_SECOND or int(seconds.min()) < _FIRST_SECOND):
            raise DataError(f"{self.alias} periods run past year 9999", hint="ask for a shorter horizon")
        return seconds.astype("datetime64[s]")

    def _days(self, n: IntArray) -> IntArray:
        """Epoch days of the periods of a grid of whole days."""
        if self.unit == "month":
            months = n * self.step + self.anchor
            # Clip before numpy's calendar sees it; the caller refuses what lies outside.
            first, length = month_start(np.clip(months, -30_000, 100_000))
            return np.where(np.abs(months) < 100_000, first + np.minimum(self.day, length) - 1, 10**8)
        if self.unit == "business":
            weeks, weekday = np.divmod(n * self.step + self.anchor, 5)
            return np.asarray(weeks * 7 + weekday - aliases.EPOCH_WEEKDAY)
        return n * self.step + self.anchor

    def count(self, times: ArrayLike) -> tuple[IntArray, NDArray[np.bool_]]:
        """Ordinals of the periods *times* fall into, and which of *times* are exactly their stamps."""
        stamps_ = np.asarray(times)
        values = (
            stamps_.astype(np.int64, copy=False)
            if self.unit == "integer"
            else stamps_.astype("datetime64[s]", copy=False)
        )
        flat = np.ascontiguousarray(values).view(np.int64).ravel()
        ordinals, fits = zeros(len(flat), np.int64), zeros(len(flat), np.bool_)
        for at in range(0, len(flat), _BLOCK):  # in pieces that stay in the processor's cache
            part = slice(at, at + _BLOCK)
            count, clock = self._units(flat[part])
            count -= self.anchor
            ordinals[part] = count // self.step
            fits[part] = clock & (ordinals[part] * self.step == count)
        return ordinals.reshape(stamps_.shape), fits.reshape(stamps_.shape)

    def _units(self, seconds: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        """Units since the epoch that *seconds* (or integers) fall into, and which of them sit exactly on one."""
        if self.unit in ("second", "integer"):
            return seconds.copy(), np.ones(len(seconds), dtype=bool)
        days = seconds // DAY
        fits = seconds - days * DAY == self.time
        if self.unit == "day":
            return days, fits
        if self.unit == "business":
            weeks, weekday = np.divmod(days + aliases.EPOCH_WEEKDAY, 7)
            return weeks * 5 + np.minimum(weekday, 4), fits & (weekday < 5)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        first, length = month_start(months)
        return months, fits & (days - first + 1 == np.minimum(self.day, length))

    # ---- text

    def format(self, ordinals: ArrayLike) -> NDArray[np.object_]:
        """ISO 8601 text of each period, same shape, in the style the input had (str objects)."""
        n = np.asarray(ordinals, dtype=np.int64)
        # A forecast repeats the same few stamps for every series: write each once.
        unique, index = np.unique(n, return_inverse=True)
        times = self.timestamps(unique)
        if self.unit == "integer":
            text = times.astype(np.str_).astype(object)
        else:
            text = stamps.write(times, self._style(), self.tz, utc=self.counts_utc)
        return np.asarray(text, dtype=object)[index.reshape(n.shape)]

    def _style(self) -> str:
        plain_dates = self.unit != "second" and self.time == 0
        if self.style in stamps.EPOCH_STYLES or (self.style and (plain_dates or "%H" in self.style)):
            return self.style
        return "%Y-%m-%d" if plain_dates and self.tz is None else "%Y-%m-%d %H:%M:%S"

    def with_season(self, season: int | None) -> Frequency:
        """The same grid with its primary season overridden."""
        return replace(self, season=season)


# What only counts has the seasons of the calendar's grid with its primary one: a week of days, a day of hours or less.
_COUNTED = {
    grid.season_length: grid.seasons
    for grid in (
        Frequency("business"),
        Frequency("day"),
        *(Frequency("second", DAY // periods) for periods in (24, 48, 72, 96, 144, 288)),
    )
}


def month_start(months: IntArray) -> tuple[IntArray, IntArray]:
    """Epoch day of the first of each month (months since 1970-01) and the number of its days."""
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first, after - first
