"""Time stamps as text: ISO 8601, quarters, years, plain integers, or a format the user names. Nothing is guessed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import stamps
from gruforecast.data.aliases import EPOCH_WEEKDAY
from gruforecast.data.calendar import DAY, IntArray, month_start
from gruforecast.errors import UsageError, escape

_CLOCK = (
    r"(?:(?P<t>[ T])(?P<H>dd):(?P<M>dd)(?::(?P<S>dd)(?:[.,](?P<f>d+))?)?"
    r"(?: ?(?P<z>Z)| ?(?P<zs>[+-])(?P<zh>dd):?(?P<zm>dd)?)?)?"
)
# Templates are texts whose digits have all become "d"; a match gives the columns each part stands in.
_TEMPLATES = {
    "iso": re.compile(r"(?P<y>dddd)(?P<s>[-/])(?P<m>dd?)(?P=s)(?P<d>dd?)" + _CLOCK),
    "basic": re.compile(r"(?P<y>dddd)(?P<m>dd)(?P<d>dd)(?P<t>T)(?P<H>dd)(?P<M>dd)(?P<S>dd)?(?P<z>Z)?"),
    "week": re.compile(r"(?P<y>dddd)(?P<dash>-?)W(?P<w>dd)"),
    "month": re.compile(r"(?P<y>dddd)-(?P<m>dd)"),
    "quarter": re.compile(r"(?P<y>dddd)(?P<dash>-?)[Qq](?P<q>d)"),
    "either": re.compile(r"(?P<a>dd?)(?P<s>[-/.])(?P<b>dd?)(?P=s)(?P<y>dddd)" + _CLOCK),
    "integer": re.compile(r"[+-]?d{1,18}"),
}
_PARTS = ("y", "w", "m", "d", "a", "b", "q", "H", "M", "S", "zh", "zm")
_MAX_TEMPLATES = 64
_BLOCK = 1 << 16
FORMAT_HINT = "write ISO 8601 such as 2024-01-31, or say --date-format, for example %d.%m.%Y"
_ALIKE_HINT = "write all times of a column alike"
_CLOCK_HINT = "hours run from 00 to 23; midnight is 00:00 of the day that begins"
_ZONES_DIFFER = "differs from the rows above in having a time zone"
_ZONES_HINT = "write all times in UTC, such as 2024-01-31T13:00Z"
_EPOCH_FIRST, _EPOCH_LAST = 946_684_800, 4_102_444_800  # 2000 and 2100
Group = tuple[str, re.Match[str], IntArray]


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


def kind_of(form: str) -> str:
    """The kind of time that a text is whose digits have all become "d"; empty for none."""
    return next((kind for kind, pattern in _TEMPLATES.items() if pattern.fullmatch(form)), "")


def looks_like_time(cells: list[str]) -> bool:
    """Whether most of *cells* have the form of a date (not a plain integer), valid or not.

    One damaged cell must not hide the time column: it is refused later, by its line.
    """
    forms = [re.sub("[0-9]", "d", cell) for cell in cells]
    dates = [pattern for kind, pattern in _TEMPLATES.items() if kind != "integer"]
    return 2 * sum(any(p.fullmatch(form) for p in dates) for form in forms) > len(forms)


def parse_times(texts: NDArray[Any], date_format: str | None = None) -> Times:
    """Stamps of *texts*, all of one kind. Raises BadTime at the first cell that does not fit.

    *texts* is [n] strings or, where all are equally long, their bytes [n, width].
    """
    if date_format is not None:
        return _parse_format(texts, date_format)
    matrix = texts if texts.ndim == 2 else _matrix(texts)
    groups = list(_groups(matrix))
    kinds = {kind for kind, _, _ in groups}
    if kinds == {"integer"}:
        return _parse_integers(matrix)
    if "integer" in kinds or (kinds & {"either", "week"} and len(kinds) > 1):
        odd = next(rows for kind, _, rows in groups if kind != groups[0][0])
        raise BadTime(int(odd[0]), "is written unlike the times above it", _ALIKE_HINT, whole=True)
    order = _day_first(matrix, groups) if kinds == {"either"} else None
    zoned = _zoned(groups)
    values = np.empty(len(matrix), dtype=np.int64)
    offsets = np.empty(len(matrix), dtype=np.int64) if zoned else None
    for kind, match, rows in groups:
        for at in range(0, len(rows), _BLOCK):
            piece = rows[at : at + _BLOCK]
            where = piece if len(rows) < len(matrix) else slice(at, at + _BLOCK)
            values[where], shift = _instants(_read(matrix[where], match), piece, kind, order)
            if offsets is not None:
                offsets[where] = shift
    return Times(values, style=_style(groups), offsets=offsets)


def _zoned(groups: list[Group]) -> bool:
    """Whether the stamps carry a time zone. Raises BadTime where only some do."""
    zoned = [bool(match.groupdict().get("z") or match.groupdict().get("zh")) for _, match, _ in groups]
    if any(zoned) and not all(zoned):
        odd = zoned.index(not zoned[0])
        raise BadTime(int(groups[odd][2][0]), _ZONES_DIFFER, _ZONES_HINT, whole=True)
    return all(zoned) and bool(zoned)


def _matrix(texts: NDArray[np.object_]) -> NDArray[np.uint8]:
    """[n, width] bytes of ASCII *texts*, zero padded."""
    try:
        fixed = texts.astype(np.bytes_)
    except UnicodeEncodeError:
        bad = next(i for i, cell in enumerate(texts.tolist()) if not cell.isascii())
        raise BadTime(bad, "is no time") from None
    if fixed.dtype.itemsize > 64:
        raise BadTime(int(np.char.str_len(fixed).argmax()), "is no time")
    width = max(fixed.dtype.itemsize, 1)
    return np.ascontiguousarray(fixed).view(np.uint8).reshape(len(texts), width)


def _groups(matrix: NDArray[np.uint8]) -> Iterator[Group]:
    """Rows that share a template: its kind, the match that locates its parts, the row numbers."""
    rest = np.arange(len(matrix))
    for _ in range(_MAX_TEMPLATES):
        if not len(rest):
            return
        first = matrix[rest[0]]
        digits = (first >= 48) & (first <= 57)
        # A literal "d" in the text must not pass for a digit, nor a byte that is not ASCII for anything.
        form = np.where(digits, ord("d"), np.where((first == ord("d")) | (first > 127), 1, first))
        text = bytes(form.astype(np.uint8)).rstrip(b"\0").decode("ascii")
        found = ((kind, pattern.fullmatch(text)) for kind, pattern in _TEMPLATES.items())
        kind, match = next(((kind, m) for kind, m in found if m), ("", None))
        if match is None:
            raise BadTime(int(rest[0]), "is no time" if text else "is empty where a time is needed")
        whole = len(rest) == len(matrix)
        same = _same_form(matrix if whole else matrix[rest], first, digits)
        if same.all():
            yield kind, match, rest
            return
        yield kind, match, rest[same]
        rest = rest[~same]
    if len(rest):
        raise BadTime(int(rest[0]), "is written unlike the times above it", _ALIKE_HINT)


def _same_form(matrix: NDArray[np.uint8], first: NDArray[np.uint8], digits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[n] which rows have digits where *first* has, and its very bytes elsewhere."""
    same = np.empty(len(matrix), dtype=bool)
    fixed = ~digits
    for at in range(0, len(matrix), _BLOCK):
        rows = matrix[at : at + _BLOCK]
        right = ((rows - np.uint8(48)) < 10) & digits
        right |= (rows == first) & fixed
        same[at : at + _BLOCK] = right.all(axis=1)
    return same


def _read(cells: NDArray[np.uint8], match: re.Match[str]) -> dict[str, IntArray]:
    """The numbers [n] that the named parts of a template hold; ``sign`` and ``f`` where it has them."""
    present = {part: match.span(part) for part, found in match.groupdict().items() if found and part in _PARTS}
    weights = np.zeros((cells.shape[1], len(present)), dtype=np.float32)
    for i, (start, end) in enumerate(present.values()):
        weights[start:end, i] = 10.0 ** np.arange(end - start - 1, -1, -1)
    # At most four digits a part: exact in single precision, and one matrix product reads all parts at once.
    numbers = ((cells.astype(np.float32) - 48) @ weights).T.astype(np.int64)
    result = dict(zip(present, numbers, strict=True))
    if match.groupdict().get("f"):
        result["f"] = (cells[:, slice(*match.span("f"))] != 48).any(axis=1).astype(np.int64)
    if match.groupdict().get("zs"):
        result["sign"] = np.where(cells[:, match.start("zs")] == ord("-"), -1, 1)
    return result


def _day_first(matrix: NDArray[np.uint8], groups: list[Group]) -> bool:
    """Whether the first part of dates like 01/02/2020 is the day. Raises BadTime unless some row settles it."""
    first = second = False
    for _, match, rows in groups:
        numbers = _read(matrix[rows], match)
        first |= bool((numbers["a"] > 12).any())
        second |= bool((numbers["b"] > 12).any())
    if not first and not second and all(match["s"] == "." for _, match, _ in groups):
        return True  # nobody writes the month first with dots
    if first == second:
        what = "could be day or month first" if not first else "is in a column that mixes day first and month first"
        raise BadTime(int(groups[0][2][0]), what, _order_hint(groups[0][1]), whole=True)
    return first


def _order_hint(match: re.Match[str]) -> str:
    """Both ways to read dates like 01/02/2020, as the flag to type."""
    part = match.groupdict()
    clock = f"{part['t']}%H:%M{':%S' if part['S'] else ''}" if part.get("t") else ""
    one, other = (f"'{part['s'].join(order)}{clock}'" for order in (("%d", "%m", "%Y"), ("%m", "%d", "%Y")))
    return f"say --date-format {one} or {other}, or write ISO 8601"


def _instants(
    numbers: dict[str, IntArray], rows: IntArray, kind: str, day_first: bool | None
) -> tuple[IntArray, IntArray | int]:
    """Wall clock seconds [n] and offsets from UTC [n] of the numbers of some rows of one template."""
    year, one = numbers["y"], np.ones_like(numbers["y"])
    if kind == "either":
        month, day = (numbers["b"], numbers["a"]) if day_first else (numbers["a"], numbers["b"])
    elif kind == "quarter":
        quarter = numbers["q"]
        month, day = np.where((quarter >= 1) & (quarter <= 4), quarter * 3 - 2, 0), one
    elif kind == "week":
        return _weeks(year, numbers["w"], rows), 0
    else:
        month, day = numbers["m"], numbers.get("d", one)
    seconds = _midnight(year, month, day, rows)
    if "H" in numbers:
        seconds += _clock(numbers, rows)
    if "sign" not in numbers:
        return seconds, 0
    return seconds, numbers["sign"] * (numbers["zh"] * 3600 + numbers.get("zm", 0 * one) * 60)


def _clock(numbers: dict[str, IntArray], rows: IntArray) -> IntArray:
    """Seconds after midnight. Raises BadTime at the first time of day that does not exist."""
    if "f" in numbers and numbers["f"].any():
        raise BadTime(int(rows[numbers["f"].argmax()]), "has fractions of a second", "write whole seconds")
    hour, minute, second = numbers["H"], numbers["M"], numbers.get("S", np.zeros_like(numbers["H"]))
    wrong = (hour > 23) | (minute > 59) | (second > 59)
    if wrong.any():
        raise BadTime(int(rows[wrong.argmax()]), "is no time of day", _CLOCK_HINT)
    return hour * 3600 + minute * 60 + second


def _midnight(year: IntArray, month: IntArray, day: IntArray, rows: IntArray) -> IntArray:
    """Seconds since 1970 of dates. Raises BadTime at the first of *rows* whose date is in no calendar."""
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    low = int(months.min()) if len(months) else 0
    starts, lengths = month_start(np.arange(low, int(months.max(initial=low)) + 1))
    first, length = starts[months - low], lengths[months - low]
    wrong = (year < 1) | (month < 1) | (month > 12) | (day < 1) | (day > length)
    if wrong.any():
        raise BadTime(int(rows[wrong.argmax()]), "is no date", "no calendar has this day: correct it")
    return np.asarray((first + day - 1) * DAY)


def _weeks(year: IntArray, week: IntArray, rows: IntArray) -> IntArray:
    """Seconds since 1970 of the Mondays of ISO weeks. Raises BadTime at the first that is in no calendar."""
    fourth = _midnight(year, np.ones_like(year), np.full_like(year, 4), rows) // DAY  # always in week 1
    monday = fourth - (fourth + EPOCH_WEEKDAY) % 7 + 7 * (week - 1)
    thursday = (monday + 3).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    wrong = (week < 1) | (week > 53) | (thursday != year)
    if wrong.any():
        raise BadTime(int(rows[wrong.argmax()]), "is no week of its year", "years have 52 or 53 weeks: correct it")
    return np.asarray(monday * DAY)


def _style(groups: list[Group]) -> str:
    """The style all templates share, the natural one where they differ or are not ISO 8601."""
    styles = set()
    for kind, match, _ in groups:
        part = match.groupdict()
        if kind == "iso" and part.get("t"):
            seconds = ":%S" if part["S"] else ""
            styles.add(f"%Y-%m-%d{part['t']}%H:%M{seconds}{part['z'] or ''}")
        elif kind == "month":
            styles.add("%Y-%m")
        elif kind == "week":
            styles.add(f"%G{part['dash']}W%V")
        elif kind == "quarter":
            styles.add(f"%Y{part['dash']}Q%q")
        else:
            styles.add("")
    return styles.pop() if len(styles) == 1 else ""


def _parse_integers(matrix: NDArray[np.uint8]) -> Times:
    """Integers, unless all of them are certainly dates written without separators."""
    values = np.ascontiguousarray(matrix).view(f"S{matrix.shape[1]}")[:, 0].astype(np.int64)
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if low >= 19000101 and high <= 21001231:
        dates = _compact(values // 10000, values // 100 % 100, values % 100)
        if dates is not None:
            return Times(dates, style="%Y%m%d")
    if low >= 190001 and high <= 210012:
        months = _compact(values // 100, values % 100, np.ones_like(values))
        if months is not None:
            # 202001 … 202012 may be months or plain numbers.
            hint = "say --date-format %Y%m, or write 2020-01"
            if not _months_for_sure(values):
                raise BadTime(0, "could be a month or a plain number", hint, whole=True)
            return Times(months, style="%Y%m")
    if low >= 1000 and high <= 3000:
        return Times((_days_of_years(values)) * DAY, style="%Y")
    for style, unit in (("%s", 1), ("%s000", 1000)):
        # As plain integers these would be the same stamps in the forecast, but without their seasons.
        if low >= _EPOCH_FIRST * unit and high <= _EPOCH_LAST * unit and not (values % unit).any():
            return Times(values // unit, style=style)
    return Times(values, integer=True)


def _months_for_sure(values: IntArray) -> bool:
    """Whether numbers that all could be months cannot be anything else: three years without a 13 to 99 among them."""
    distinct = np.unique(values)
    return len(distinct) >= 24 and len(np.unique(distinct // 100)) >= 3


def _compact(year: IntArray, month: IntArray, day: IntArray) -> IntArray | None:
    try:
        return _midnight(year, month, day, year)
    except BadTime:
        return None


def _days_of_years(years: IntArray) -> IntArray:
    return month_start((years - 1970) * 12)[0]


def _parse_format(texts: NDArray[np.object_], date_format: str) -> Times:
    """Stamps in the user's own strptime format. Raises UsageError for a format that cannot be used at all."""
    try:
        probe = datetime.datetime(2000, 1, 31, tzinfo=datetime.UTC)
        datetime.datetime.strptime(probe.strftime(date_format), date_format)
    except (ValueError, re.error) as error:
        raise UsageError(f"--date-format {escape(date_format)} does not work ({error})") from error
    epoch = datetime.datetime(1970, 1, 1)
    seconds, offsets = [], []
    for i, cell in enumerate(texts.tolist()):
        try:
            moment = datetime.datetime.strptime(cell, date_format)
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
