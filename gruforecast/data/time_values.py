"""Times as numbers: what reading a column of them gives, and seconds from the parts of a date. Nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gruforecast.data.aliases import EPOCH_WEEKDAY
from gruforecast.data.calendar import DAY, IntArray, month_start
from gruforecast.data.panel import BoolArray

FORMAT_HINT = "write ISO 8601 such as 2024-01-31, or say --date-format, for example %d.%m.%Y"
_CLOCK_HINT = "hours run from 00 to 23; midnight is 00:00 of the day that begins"


class BadTime(Exception):
    """A cell that is no time: its position among the texts, what is wrong, and the remedy.

    ``whole``: not the cell is at fault but that it does not go with the others.
    """

    def __init__(self, index: int, message: str, hint: str = FORMAT_HINT, *, whole: bool = False) -> None:
        super().__init__(message)
        self.index, self.message, self.hint, self.whole = index, message, hint, whole


@dataclass(frozen=True)
class Times:
    """Parsed stamps.

    Attributes:
        values: [n] seconds since 1970 on the wall clock as written, or the integers themselves.
        integer: whether the stamps are plain integers.
        style: how to write stamps of this column, one of :data:`stamps.STYLES`.
        offsets: [n] seconds east of UTC, or None for naive stamps.
        zone: IANA name where it is known (data frames); text only carries offsets.
    """

    values: IntArray
    integer: bool = False
    style: str = ""
    offsets: IntArray | None = None
    zone: str | None = None


def clock_seconds(numbers: dict[str, IntArray], rows: IntArray) -> IntArray:
    """Seconds after midnight. Raises BadTime at the first time of day that does not exist."""
    if "f" in numbers and numbers["f"].any():
        raise BadTime(int(rows[numbers["f"].argmax()]), "has fractions of a second", "write whole seconds")
    hour, minute, second = numbers["H"], numbers["M"], numbers.get("S", np.zeros_like(numbers["H"]))
    wrong = (hour > 23) | (minute > 59) | (second > 59)
    if wrong.any():
        raise BadTime(int(rows[wrong.argmax()]), "is no time of day", _CLOCK_HINT)
    return hour * 3600 + minute * 60 + second


def midnight(year: IntArray, month: IntArray, day: IntArray, rows: IntArray) -> IntArray:
    """Seconds since 1970 of dates. Raises BadTime at the first of *rows* whose date is in no calendar."""
    seconds, wrong = dates(year, month, day)
    if wrong.any():
        raise BadTime(int(rows[wrong.argmax()]), "is no date", "no calendar has this day: correct it")
    return seconds


def dates(year: IntArray, month: IntArray, day: IntArray) -> tuple[IntArray, BoolArray]:
    """Seconds since 1970 of dates, and which of them are in no calendar."""
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    low = int(months.min()) if len(months) else 0
    starts, lengths = month_start(np.arange(low, int(months.max(initial=low)) + 1))
    first, length = starts[months - low], lengths[months - low]
    wrong: BoolArray = (year < 1) | (month < 1) | (month > 12) | (day < 1) | (day > length)
    return (first + day - 1) * DAY, wrong


def week_start(year: IntArray, week: IntArray, rows: IntArray) -> IntArray:
    """Seconds since 1970 of the Mondays of ISO weeks. Raises BadTime at the first that is in no calendar."""
    seconds, wrong = weeks(year, week)
    if wrong.any():
        raise BadTime(int(rows[wrong.argmax()]), "is no week of its year", "years have 52 or 53 weeks: correct it")
    return seconds


def weeks(year: IntArray, week: IntArray) -> tuple[IntArray, BoolArray]:
    """Seconds since 1970 of the Mondays of ISO weeks, and which of them are in no calendar."""
    fourth = dates(year, np.ones_like(year), np.full_like(year, 4))[0] // DAY  # always in week 1
    monday = fourth - (fourth + EPOCH_WEEKDAY) % 7 + 7 * (week - 1)
    thursday = (monday + 3).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    wrong: BoolArray = (year < 1) | (week < 1) | (week > 53) | (thursday != year)
    return monday * DAY, wrong
