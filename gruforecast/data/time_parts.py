"""Columns that hold only a part of a time, or more than one, and how to make one time of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gruforecast.data.month_names import month_number
from gruforecast.data.remedies import edit, join, rearrange
from gruforecast.data.table import Table

_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?"
_SPANS = "hours from and to"
_FORMS = {
    "times of day": (re.compile(_CLOCK), " ", "2024-01-31 13:00"),
    _SPANS: (re.compile(rf"{_CLOCK} ?[-–] ?{_CLOCK}"), "", ""),
    "quarters": (re.compile(r"[QqTt] ?[1-4]"), "", "2024Q1"),
}
# In the order in which they are written.
_PARTS = {
    part: re.compile(names, re.IGNORECASE)
    for part, names in {
        "year": "years?|jahr|yyyy|yr|iso_?year",
        "quarter": "quarters?|quartal|qtr|q",
        "week": "weeks?|woche|kw|iso_?week|weeknum|week_?(?:no|number|of_?year)",
        "month": "months?|monat|mm|mon",
        "day": "days?|tag|dd",
        "hour": "hours?|stunde|hh",
    }.items()
}
_SPAN = re.compile(rf"(?P<start>.*{_CLOCK}) ?[-–] ?.*{_CLOCK}")


def part_of_time(cells: Sequence[str]) -> str:
    """What *cells* hold if that is a part of a time, such as ``times of day`` or ``months``; else nothing."""
    if cells and all(map(month_number, cells)):
        return "months"
    return next((what for what, (form, _, _) in _FORMS.items() if cells and all(map(form.fullmatch, cells))), "")


def part_hint(table: Table, time: str, part: str, what: str) -> str:
    """How to make the columns *time* and *part*, which holds *what*, one."""
    if what == _SPANS:
        return span_hint(table)
    _, mark, example = _FORMS.get(what, (None, " ", "2024 January"))
    columns = sorted([time, part], key=table.header.index)
    return f"put both into one column, such as {example}{_join(table, columns, mark if columns[0] == time else ' ')}"


def numbers_hint(table: Table, columns: Sequence[str]) -> str:
    """How to make columns of numbers, such as year, month and day, one."""
    parts = [next((part for part, names in _PARTS.items() if names.fullmatch(name)), "") for name in columns]
    example = {"quarter": "2024Q1", "week": "2024-W01"}.get(next(iter({*parts} & {"quarter", "week"}), ""), "2024-01")
    right = [part for part in _PARTS if part in parts]
    odd = "" in parts or len(right) < len(parts) or "year" not in parts
    if odd or (parts == right and not {*parts} & {"quarter", "week", "hour"}):
        command = _join(table, columns, "-")
    else:
        command = rearrange(table.name, getattr(table, "sep", ""), table.header, columns, _rule(parts, right))
    return f"put the time into one column, such as {example}{command}"


def _rule(parts: Sequence[str], right: Sequence[str]) -> tuple[str, str]:
    """What the cells of *parts* become: they in their *right* order, \\1 … by place, and what to do after that."""
    cells = [rf"\{parts.index(part) + 1}" for part in right]
    marks = ["", *({"quarter": "Q", "week": "-W", "hour": " "}.get(part, "-") for part in right[1:])]
    after = r";s/-W([0-9])([^0-9]|$)/-W0\1\2/" if "week" in right else ""
    return "".join(mark + cell for mark, cell in zip(marks, cells, strict=True)), after


def is_span(cell: str) -> bool:
    """Whether *cell* says when a period begins and when it ends."""
    return _SPAN.fullmatch(cell) is not None


def span_hint(table: Table) -> str:
    """What to do about a column of times from and to."""
    sep = {"\t": "\\t"}.get(getattr(table, "sep", ","), getattr(table, "sep", ","))
    command = edit(table.name, rf"""s/([0-9]:[0-9]{{2}}) ?[-–][^{sep}"]*/\1/""")
    return f"keep only when each period begins{command}"


def _join(table: Table, columns: Sequence[str], mark: str) -> str:
    return join(table.name, getattr(table, "sep", ""), table.header, columns, mark)
