"""All cells of a time column that cannot be read, and how to say what they mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import IntArray
from gruforecast.data.month_names import follows
from gruforecast.data.remedies import edit
from gruforecast.data.time_values import FORMAT_HINT, BadTime
from gruforecast.data.times import kind_of, parse_times

_QUARTER = re.compile(r"(?P<quarter>[1-4])[QqTt]?[ /-]?(?P<year>[0-9]{4})")
_WEEK = re.compile(r"(?:KW|CW|W|[Ww](?:ee)?k) ?(?P<week>[0-9]{1,2}) ?[ /.-] ?(?P<year>[0-9]{4})")
_WEEKDAY = re.compile(r"[^\W\d]{2,9}\.?,? (?P<rest>[0-9].*)")
_FISCAL = re.compile(r"0(?:0[1-9]|1[0-2])[./][0-9]{4}")
_NAMED_ZONE = re.compile(r".*[0-9] ?[A-Z]{3,4}")
_DIGITS = str.maketrans("0123456789", "d" * 10)
_DATES = (
    *("%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%y", "%d-%m-%Y", "%Y.%m.%d"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%Y-%b-%d"),
    "%d. %b %Y",
    *(
        "%b %Y",
        "%b-%Y",
        "%b-%y",
        "%b %y",
        "%Y %b",
        "%Y-%b",
        "%m/%Y",
        "%m.%Y",
        "%Y/%m",
        "%Y.%m",
        "%Y%m",
        "%YM%m",
    ),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%a %b %d %Y", "%a %d %b %Y", "%a, %d %b %Y", "%Y%m%d%H%M%S", "%Y%m%d%H%M"),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", " %H.%M", ", %H:%M", "T%H:%M:%S", " %H")


def bad_times(texts: NDArray[Any], date_format: str | None) -> IntArray:
    """Positions of *texts* that are no times whatever stands in the others; none where only the whole is at fault."""
    if date_format is not None:
        return np.array(_unreadable(np.arange(len(texts)), texts, date_format), dtype=np.int64)
    kinds: dict[str, str] = {}
    own = []
    for cell in texts.tolist():
        form = cell.replace("d", "\1").translate(_DIGITS)
        if form not in kinds:
            kinds[form] = kind_of(form)
        own.append(kinds[form])
    counts = Counter(kind for kind in own if kind)
    if not counts:
        return np.arange(len(own))
    usual = counts.most_common(1)[0][0]
    right = np.array([kind == usual for kind in own])
    if sum(counts.values()) > 2 and 2 * counts[usual] <= sum(counts.values()):
        right = np.array([bool(kind) for kind in own])  # no form is the usual one: all of them together are at fault
        return np.flatnonzero(~right)
    wrong = _unreadable(np.flatnonzero(right), texts, None)
    return np.sort(np.concatenate([np.flatnonzero(~right), np.array(wrong, dtype=np.int64)]))


def _unreadable(places: IntArray, texts: NDArray[Any], date_format: str | None) -> list[int]:
    """Those of *places* that cannot be read, found by halving."""
    found, open_ = [], [places] if len(places) else []
    while open_:
        part = open_.pop()
        try:
            parse_times(texts[part], date_format)
        except BadTime as error:
            if error.whole:
                continue
            if len(part) == 1:
                found.append(int(part[0]))
            else:
                open_ += [part[: len(part) // 2], part[len(part) // 2 :]]
    return sorted(found)


def time_hint(cell: str, hint: str, name: str = "") -> str:
    """*hint*, or a better one where *cell* of the file *name* has a form that can be put right or be named."""
    cell = cell.strip()
    if hint != FORMAT_HINT:
        return hint
    if not cell:
        return "give the line a time; if it holds a total, delete it"
    if re.fullmatch(r"[0-9]+[.]0+", cell):
        return "write whole numbers without a point" + edit(name, r"s/([0-9])[.]0+([^0-9]|$)/\1\2/g")
    quarter = _QUARTER.fullmatch(cell)
    if quarter:
        return f"write {quarter['year']}Q{quarter['quarter']}"
    week = _WEEK.fullmatch(cell)
    if week:
        script = r"s#(KW|CW|W|[Ww]e?e?k) ?([0-9]{1,2}) ?[ /.-] ?([0-9]{4})#\3-W\2#"
        return f"write {week['year']}-W{week['week']:>02}{edit(name, script)}"
    if _FISCAL.fullmatch(cell):
        return f"write {cell[4:]}-{cell[1:3]}" + edit(name, r"s/0([01][0-9])[.\/]([0-9]{4})/\2-\1/")
    if _NAMED_ZONE.fullmatch(cell):
        return "write the offset from UTC, such as +01:00, instead of the name of the zone"
    found, weekday = list(_formats(cell)), _WEEKDAY.fullmatch(cell)
    if not found and weekday and (kind_of(weekday["rest"].translate(_DIGITS)) or any(_formats(weekday["rest"]))):
        return "leave the weekday out" + edit(name, r"""s/[^0-9,;"]{2,9},? ([0-9]{1,4}[-.\/ ])/\1/""")
    if not found:
        return hint
    return f"say --date-format {' or '.join(repr(name) for name in found[:2])}, or write ISO 8601 such as 2024-01-31"


def common_formats(cells: Sequence[str]) -> list[str]:
    """Formats in which all of the first of *cells* are times."""
    found = list(_formats(cells[0].strip())) if cells else []
    return [form for form in found if all(follows(cell, form) for cell in cells[1:])]


def _formats(cell: str) -> Iterable[str]:
    """Formats in which *cell* is a time."""
    for date in _DATES:
        for clock in _CLOCKS if "%H" not in date else ("",):
            if follows(cell, date + clock):
                yield date + clock
