"""The form of CSV content: header, rows, and the harmless oddities that can be put right with certainty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gruforecast.data import text
from gruforecast.data.dialect import find_rows, is_nameless, read_header
from gruforecast.data.numbers import is_missing
from gruforecast.data.records import Records
from gruforecast.data.survey import Survey
from gruforecast.data.times import looks_like_time
from gruforecast.errors import DataError, escape

_HEAD = 100
_TIME_NAME = "ds"


@dataclass(frozen=True)
class Form:
    """Content whose lines all have as many fields as its header.

    *blocks* are the rows, where they are remembered; *survey* is there where lines of the file were left out.
    """

    data: bytes = field(repr=False)
    header: list[str]
    rows: int
    blocks: tuple[Records, ...] = field(repr=False)
    survey: Survey | None
    notes: tuple[str, ...] = ()


def find_form(content: bytes, sep: str, name: str, torn: bool, survey: Survey | None = None) -> Form:
    """The form of *content*, or of the records of *survey* in it; empty lines are skipped.

    Raises DataError for a header or lines that do not fit.
    """
    data = content if survey is None else survey.content()
    refusal, header = None, []
    try:
        header = read_header(data, sep, name)
        _check_preamble(header, data, sep, name, survey)
        found = find_rows(data, sep, len(header))
        if found is not None:
            return Form(data, header, *found, survey)
    except DataError as error:
        refusal = error
    if not data:
        raise refusal or DataError("the file is empty", file=name)
    if survey is None:
        survey = Survey.of(content, sep)
        if survey.blank.any():
            form = find_form(content, sep, name, torn, survey.without(survey.numbers[survey.blank]))
            return replace(form, notes=(*empty_lines(survey), *form.notes))
    above = survey.above_header()
    if above:
        raise survey.preamble(name, above)
    if refusal is not None:
        raise refusal
    if survey.ends_with_separator(header):
        end = text.record_start(data, 1) - 1
        form = find_form(data[:end] + sep.encode() + data[end:], sep, name, torn)
        return replace(form, survey=survey, notes=(*form.notes, f"every row ends with a {escape(sep)} too many"))
    raise survey.uneven(name, header, torn)


def _check_preamble(header: list[str], data: bytes, sep: str, name: str, survey: Survey | None) -> None:
    """Refuse a title that is padded with separators to the width of the table below it."""
    if not any(map(is_nameless, header)):
        return
    head = survey or Survey.of(data[: text.record_start(data, _HEAD) or None], sep)
    above = head.above_header()
    if above:
        raise head.preamble(name, above)


def empty_lines(survey: Survey) -> tuple[str, ...]:
    """What to tell the user about lines that hold nothing, if there are any."""
    lines = survey.lines[survey.blank].tolist()
    if len(lines) > 1:
        return (f"{len(lines):,} lines are empty: skipped (the first is line {lines[0]})",)
    return (f"line {lines[0]} is empty: skipped",) if lines else ()


def name_columns(header: list[str], sample: Mapping[str, Sequence[str]]) -> tuple[list[str], tuple[str, ...]]:
    """*header* with a name for a nameless column of times, as pandas writes its index; and what to tell the user."""
    nameless = [name for name in header if is_nameless(name)]
    times = [name for name in nameless if _holds_times(sample[name])]
    notes = []
    others = any(_holds_times(sample[name]) for name in header if name not in times)
    if len(times) == 1 and _TIME_NAME not in header and not others:
        header = [_TIME_NAME if name == times[0] else name for name in header]
        notes.append(f"column {header.index(_TIME_NAME) + 1} has no name and holds times: called {_TIME_NAME}")
    for name in nameless:
        if name in header and is_row_counter(sample[name]):
            notes.append(f"column {header.index(name) + 1} has no name and only numbers the rows: not used")
    return header, tuple(notes)


def is_row_counter(cells: Sequence[str]) -> bool:
    """Whether *cells* are whole numbers, none twice: what numbers the rows when its column has no name."""
    return len(set(cells)) == len(cells) and all(re.fullmatch("[0-9]+", cell) for cell in cells)


def is_unused(name: str, cells: Sequence[str]) -> bool:
    """Whether a column can be left aside for certain: it has no name and holds nothing, or only numbers the rows."""
    return is_nameless(name) and (all(is_missing(cell) for cell in cells) or is_row_counter(cells))


def _holds_times(cells: Sequence[str]) -> bool:
    known = [cell for cell in cells if not is_missing(cell)][:20]
    return bool(known) and looks_like_time(known)
