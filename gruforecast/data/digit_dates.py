"""Dates written as digits alone: 20240131, 2024013113, 202401, the week 202453, the day of the year 2024031, 20241."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import DAY, IntArray
from gruforecast.data.panel import BoolArray
from gruforecast.data.stamps import DIGIT_STYLES
from gruforecast.data.time_values import BadTime, Times, dates, weeks

# One damaged cell must not turn dates into numbers: so few wrong ones among so many are refused.
_FEW, _MANY = 0.05, 20
_DISTINCT = 24  # in two years or more: numbers that count would have shown what is no month, week or day
_PLAIN = "--freq int if they only count"
_WEEK = "say --date-format %G%V, or write 2020-W01"
NAMED = ("%G%V", "%Y%q")
Parts = Callable[[IntArray], tuple[IntArray, BoolArray]]


@dataclass(frozen=True)
class Form:
    """One way to write a date.

    Attributes:
        style: as a strptime format.
        rest: by what the year is multiplied, such as 10,000 where four digits follow it.
        name: what one of them is called.
        parts: [n] numbers to seconds since 1970, and which of them are none.
        sure: whether distinct numbers [n], all of which can be read so, are such dates; None if they are plain numbers.
        remedy: how to write or name them so that nobody can doubt.
        first, last: years that may be written.
    """

    style: str
    rest: int
    name: str
    parts: Parts
    sure: Callable[[IntArray], bool | None]
    remedy: str = ""
    first: int = 1900
    last: int = 2100


def parse_digit_dates(values: IntArray) -> Times | None:
    """Stamps of numbers [n] that are dates; None if they are plain numbers.

    Raises BadTime where they could be either, and where a few among many are no dates.
    """
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for form in FORMS:
        if low < form.first * form.rest or high >= (form.last + 1) * form.rest:
            continue
        distinct = np.unique(values)
        wrong = form.parts(distinct)[1]
        if not wrong.any():
            sure = form.sure(distinct)
            if sure:
                return Times(form.parts(values)[0], style=form.style)
            if sure is not None:
                hint = f"{form.remedy}; {_PLAIN}"
                raise BadTime(0, f"could be a {form.name} or a plain number", hint, whole=True)
        elif len(distinct) >= _MANY and wrong.mean() <= _FEW:
            first = int(form.parts(values)[1].argmax())
            raise BadTime(first, f"is no {form.name}, as the others are", f"correct it; {_PLAIN}")
    return None


def parse_named(texts: NDArray[np.object_], style: str) -> Times:
    """Stamps of *texts* in a *style* of NAMED, which strptime cannot read. Raises BadTime at the first that is none."""
    form = next(form for form in FORMS if form.style == style)
    digits = len(str(form.first * form.rest))
    right = [len(cell) == digits and cell.isascii() and cell.isdigit() for cell in texts.tolist()]
    values = np.where(right, texts, "0").astype(np.int64)
    seconds, wrong = form.parts(values)
    wrong |= ~np.array(right, dtype=np.bool_)
    if wrong.any():
        raise BadTime(int(wrong.argmax()), f"is no {form.name} as --date-format {style} has it", "correct either")
    return Times(seconds, style=style)


def _days(values: IntArray) -> tuple[IntArray, BoolArray]:
    return dates(values // 10000, values // 100 % 100, values % 100)


def _clock(digits: int) -> Parts:
    """Dates of eight digits with *digits* of hours, minutes and seconds behind them."""

    def parts(values: IntArray) -> tuple[IntArray, BoolArray]:
        seconds, wrong = _days(values // 10**digits)
        for place, unit, most in ((digits - 2, 3600, 23), (digits - 4, 60, 59), (digits - 6, 1, 59)):
            if place >= 0:
                number = values // 10**place % 100
                seconds, wrong = seconds + unit * number, wrong | (number > most)
        return seconds, wrong

    return parts


def _days_of_year(values: IntArray) -> tuple[IntArray, BoolArray]:
    year, day, one = values // 1000, values % 1000, np.ones_like(values)
    begin, end = (dates(year + past, one, one)[0] for past in (0, 1))
    seconds = begin + (day - 1) * DAY
    return seconds, (day < 1) | (seconds >= end)


def _months(values: IntArray) -> tuple[IntArray, BoolArray]:
    return dates(values // 100, values % 100, np.ones_like(values))


def _short_days(values: IntArray) -> tuple[IntArray, BoolArray]:
    return _days(values + 20_000_000)


def _short_months(values: IntArray) -> tuple[IntArray, BoolArray]:
    return _months(values + 200_000)


def _quarters(values: IntArray) -> tuple[IntArray, BoolArray]:
    quarter = values % 10
    seconds, wrong = dates(values // 10, np.clip(quarter, 1, 4) * 3 - 2, np.ones_like(values))
    return seconds, wrong | (quarter < 1) | (quarter > 4)


def _over(rest: int, years: int) -> Callable[[IntArray], bool]:
    """Sure are many distinct numbers that begin with so many years or more."""
    return lambda distinct: len(distinct) >= _DISTINCT and len(np.unique(distinct // rest)) >= years


def _four_a_year(distinct: IntArray) -> bool | None:
    """Sure are all four quarters, of two years; what always ends in the same digit is none."""
    endings = len(np.unique(distinct % 10))
    return None if endings == 1 else endings == 4 and len(distinct) >= 8


def _never_sure(most: int) -> Callable[[IntArray], bool | None]:
    """More distinct numbers than *most* could be dates, fewer are not."""
    return lambda distinct: False if len(distinct) > most else None


def _always(_: IntArray) -> bool:
    return True


FORMS = (
    Form("%Y%m%d%H%M%S", 10**10, "time", _clock(6), _always),
    Form("%Y%m%d%H%M", 10**8, "time", _clock(4), _always),
    # One or two of them may be seconds since 1970.
    Form("%Y%m%d%H", 10**6, "hour", _clock(2), lambda distinct: len(distinct) > 2 or None),
    Form("%Y%m%d", 10**4, "date", _days, _always),
    Form("%Y%j", 1000, "day of a year", _days_of_year, _over(1000, 2), "say --date-format %Y%j, or write 2024-01-31"),
    Form("%Y%m", 100, "month", _months, _over(100, 3), "say --date-format %Y%m, or write 2020-01"),
    Form("%G%V", 100, "week", lambda values: weeks(values // 100, values % 100), _over(100, 2), _WEEK),
    Form("%Y%q", 10, "quarter", _quarters, _four_a_year, "say --date-format %Y%q, or write 2020Q1"),
    Form("%y%m%d", 10**4, "date", _short_days, _never_sure(31), "say --date-format %y%m%d", 0, 99),
    Form("%y%m", 100, "month", _short_months, _never_sure(12), "say --date-format %y%m", 0, 99),
)

# Styles of which a few do not tell that they are no plain numbers.
DOUBTFUL = tuple(form.style for form in FORMS if form.remedy and form.style in DIGIT_STYLES)
