"""Times without a template: plain integers, and a format the user names."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import stamps
from gruforecast.data.calendar import DAY, IntArray, month_start
from gruforecast.data.digit_dates import NAMED, parse_digit_dates, parse_named
from gruforecast.data.month_names import parse_moment
from gruforecast.data.time_values import BadTime, Times
from gruforecast.errors import UsageError, escape

# Days since 1899-12-30, the day part of a day behind the point, as spreadsheets keep times in their cells.
SERIAL_FORMAT = "excel"
_SERIAL_FIRST, _SERIAL_LAST = -25_569 * DAY, 2_958_466
_EPOCH_FIRST, _EPOCH_LAST = 946_684_800, 4_102_444_800  # 2000 and 2100


def parse_integers(cells: NDArray[np.bytes_], *, only_count: bool = False) -> Times:
    """Integers, unless all of them are certainly dates without separators, years, or seconds since 1970.

    *only_count*: they are integers whatever they look like.
    """
    try:
        values = cells.astype(np.int64)
    except OverflowError:
        longest = int(np.char.str_len(cells).argmax())
        raise BadTime(longest, "is too long for a time", "correct it; plain integers have 18 digits at most") from None
    if only_count:
        return Times(values, integer=True)
    dates = parse_digit_dates(values)
    if dates is not None:
        return dates
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if low >= 1000 and high <= 3000:
        return Times((_days_of_years(values)) * DAY, style="%Y")
    for style in stamps.EPOCH_STYLES:
        unit = stamps.epoch_unit(style)
        # As plain integers these would be the same stamps in the forecast, but without their seasons.
        if low >= _EPOCH_FIRST * unit and high <= _EPOCH_LAST * unit and not (values % unit).any():
            return Times(values // unit, style=style)
    return Times(values, integer=True)


def _days_of_years(years: IntArray) -> IntArray:
    return month_start((years - 1970) * 12)[0]


def parse_format(texts: NDArray[np.object_], date_format: str) -> Times:
    """Stamps in the user's own strptime format. Raises UsageError for a format that cannot be used at all."""
    if date_format == SERIAL_FORMAT:
        return _parse_serials(texts)
    if date_format in NAMED:
        return parse_named(texts, date_format)
    try:
        probe = datetime.datetime(2000, 1, 31, tzinfo=datetime.UTC)
        datetime.datetime.strptime(probe.strftime(date_format), date_format)
    except (ValueError, re.error) as error:
        raise UsageError(f"--date-format {escape(date_format)} does not work ({error})") from error
    epoch = datetime.datetime(1970, 1, 1)
    seconds, offsets = [], []
    for i, cell in enumerate(texts.tolist()):
        try:
            moment = parse_moment(cell, date_format)
        except ValueError:
            raise BadTime(i, f"does not match --date-format {escape(date_format)}", "correct either") from None
        if moment.microsecond:
            raise BadTime(i, "has fractions of a second", "write whole seconds")
        shift = moment.utcoffset()
        offsets.append(None if shift is None else int(shift.total_seconds()))
        seconds.append((moment.replace(tzinfo=None) - epoch) // datetime.timedelta(seconds=1))
    style = date_format if date_format in stamps.STYLES else ""
    zoned: Any = None if None in offsets or not offsets else np.array(offsets, dtype=np.int64)
    return Times(np.array(seconds, dtype=np.int64), style=style, offsets=zoned)


def _parse_serials(texts: NDArray[np.object_]) -> Times:
    """Stamps of a spreadsheet's day numbers, to the second."""
    seconds = []
    for i, cell in enumerate(texts.tolist()):
        if not re.fullmatch(r"[0-9]{1,7}(?:[.,][0-9]+)?", cell) or float(cell.replace(",", ".")) >= _SERIAL_LAST:
            raise BadTime(i, "is no day number of a spreadsheet", "correct it, or leave out --date-format")
        seconds.append(round(float(cell.replace(",", ".")) * DAY) + _SERIAL_FIRST)
    return Times(np.array(seconds, dtype=np.int64))
