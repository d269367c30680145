"""The dates of a year that feasts fall on, as numbers.

A date may be fixed, count from Easter, or be the nth or the last such weekday of a month: one day has a number of each
of these sorts. A week has its distance from Easter, Thanksgiving and Christmas, which move against the weeks of a year.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import month_start
from gruforecast.data.panel import BoolArray, IntArray

BEFORE_EASTER, AFTER_EASTER = 50, 64  # days that are told by their distance from it
FIFTH = 5  # the most such weekdays that a month has


@dataclass(frozen=True)
class Almanac:
    """Sorts of dates, numbered one after the other.

    Attributes:
        sizes: [S] how many dates of each sort there are.
        places: of days [P] (datetime64[D]) the place in each of the S sorts, [P] each; beyond its size: no such date.
        well_known: numbers of those that many keep.
    """

    sizes: tuple[int, ...]
    places: Callable[[NDArray[Any]], Sequence[IntArray]]
    well_known: tuple[int, ...] = ()

    @cached_property
    def first(self) -> IntArray:
        """[S + 1] the first number of each sort, and that of no date."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @property
    def none(self) -> int:
        """The number of no date, one past the last."""
        return int(self.first[-1])

    @cached_property
    def known(self) -> BoolArray:
        """[none] whether many keep a date."""
        return np.isin(np.arange(self.none), self.well_known)

    def numbers(self, days: NDArray[Any]) -> IntArray:
        """[P, S] the dates that *days* [P] are, of each sort one."""
        columns = []
        for place, size, first in zip(self.places(days), self.sizes, self.first.tolist(), strict=False):
            columns.append(np.where((place >= 0) & (place < size), place + first, self.none))
        return np.stack(columns, axis=-1)


def _days(days: NDArray[Any]) -> Sequence[IntArray]:
    since, until = since_and_until(days)
    month, weekday = days.astype("datetime64[M]").astype(np.int64) % 12, (days.astype(np.int64) + 3) % 7
    return (
        fixed(month, since),
        _from_easter(days) + BEFORE_EASTER,
        nth_weekday(month, since // 7, weekday),
        np.where(until < 7, last_weekday(month, weekday), -1),
    )


def since_and_until(days: NDArray[Any]) -> tuple[IntArray, IntArray]:
    """How many days it is since the first of the month and until its last, [P] each, of *days* [P] (datetime64[D])."""
    first, length = month_start(days.astype("datetime64[M]").astype(np.int64))
    since = days.astype(np.int64) - first
    return since, length - 1 - since


def fixed(month: Any, day: Any) -> Any:
    """Place of a date, both counted from 0."""
    return month * 31 + day


def nth_weekday(month: Any, nth: Any, weekday: Any) -> Any:
    """Place of the *nth* of a *weekday* (Monday is 0) in a *month*, all counted from 0."""
    return (month * 7 + weekday) * FIFTH + nth


def last_weekday(month: Any, weekday: Any) -> Any:
    """Place of the last of a *weekday* in a *month*, both counted from 0."""
    return month * 7 + weekday


def _weeks(days: NDArray[Any]) -> Sequence[IntArray]:
    november = (days.astype("datetime64[Y]").astype("datetime64[M]") + 10).astype("datetime64[D]")
    thanksgiving = november + (3 - (november.astype(np.int64) + 3) % 7) % 7 + 21
    # The first months of a year count from the Christmas before.
    christmas = ((days - 100).astype("datetime64[Y]").astype("datetime64[M]") + 11).astype("datetime64[D]") + 24
    since = (_from_easter(days), *((days - feast).astype(np.int64) for feast in (thanksgiving, christmas)))
    return tuple(days // 7 + before for days, (before, _) in zip(since, _AROUND, strict=True))


def _from_easter(days: NDArray[Any]) -> IntArray:
    """[P] days since Easter of the same year."""
    from dateutil.easter import easter

    years, which = np.unique(days.astype("datetime64[Y]").astype(np.int64) + 1970, return_inverse=True)
    sundays = np.array([easter(int(year)) for year in years.clip(1583, 4099)], dtype="datetime64[D]")
    return np.asarray((days - sundays[which]).astype(np.int64))


_SIZES = (12 * 31, BEFORE_EASTER + 1 + AFTER_EASTER, 12 * 7 * FIFTH, 12 * 7)
_EASTER, _NTH, _LAST = np.cumsum(_SIZES)[:-1].tolist()
# New Year, Epiphany, 1 May, 4 July, 15 August, 1 November, 24 to 26 and 31 December; Good Friday, Easter and its
# Monday, Ascension, Whit Monday; the holidays of the United States that fall on Mondays, and Thanksgiving.
_FIXED = ((1, 1), (1, 6), (5, 1), (7, 4), (8, 15), (11, 1), (12, 24), (12, 25), (12, 26), (12, 31))
DAYS = Almanac(
    _SIZES,
    _days,
    (
        *(fixed(month - 1, day - 1) for month, day in _FIXED),
        *(_EASTER + BEFORE_EASTER + days for days in (-2, 0, 1, 39, 50)),
        *(_NTH + nth_weekday(*place) for place in ((0, 2, 0), (1, 2, 0), (8, 0, 0), (10, 3, 3))),
        _LAST + last_weekday(4, 0),
    ),
)
# Weeks before and after Easter, Thanksgiving and Christmas.
_AROUND = ((8, 11), (3, 4), (3, 3))
WEEKS = Almanac(tuple(before + 1 + after for before, after in _AROUND), _weeks)
