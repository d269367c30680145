"""The shape of a CSV file: its separator, its header, and the same number of fields on every line."""

from __future__ import annotations

import csv
import json
import re
import shlex

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import text
from gruforecast.data.month_names import month_number
from gruforecast.data.records import Records, records
from gruforecast.data.remedies import edit, edited
from gruforecast.errors import DataError, NoRows, UsageError, escape

SEPARATORS = (",", ";", "\t", "|")
MAX_COLUMNS = 100_000
FEW_COLUMNS = 10
_SAMPLE_BYTES = 1 << 18
_SAMPLE_RECORDS = 100
_LF = 10
_DATE = re.compile(r"\d{4}-\d{1,2}(-\d{1,2}.*)?|\d{1,2}/\d{1,2}/\d{4}")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_MONTH = re.compile(r"[^\W\d]{3,9}[-./ ]?(\d\d|(19|20)\d\d)")
_YEAR = re.compile(r"(19|20)\d\d")
_NAMELESS = re.compile(r"Unnamed: \d+(_level_\d+)?")


def find_separator(data: bytes, asked: str | None, name: str) -> str:
    """The separator: *asked* if given, else the only one that splits all sampled lines alike.

    Raises UsageError for an impossible one and DataError when several or none would do.
    """
    if asked is not None:
        asked = "\t" if asked == "\\t" else asked
        if len(asked) != 1 or not asked.isascii() or asked in '"\n\r\0':
            raise UsageError(
                f"--sep {escape(asked)} is not a single ASCII character", hint="for example --sep ';' or --sep '\\t'"
            )
        return asked
    if not data:
        return ","  # the header check refuses it
    head = data[:_SAMPLE_BYTES]
    counts = {sep: _counts(head, sep) for sep in SEPARATORS}
    # If no separator splits all lines alike, one that splits most of them does, else one the first line has: what is
    # wrong with the other lines is found out later.
    even = [sep for sep, n in counts.items() if n[0] >= 1 and (n == n[0]).all()]
    even = even or [sep for sep, n in counts.items() if _mostly_even(n) and n[0] == np.bincount(n).argmax()]
    even = even or [sep for sep, n in counts.items() if _mostly_even(n)]
    even = even or [sep for sep, n in counts.items() if n[0] >= 1]
    if len(even) <= 1:
        return even[0] if even else ","
    found = " and ".join(escape(sep) for sep in even)
    raise DataError(f"the separator could be {found}", file=name, line=1, hint="say which with --sep")


def _mostly_even(counts: NDArray[np.int64]) -> bool:
    """Whether more than half of the lines, and at least three, are split into the same number of fields."""
    most = np.bincount(counts).argmax()
    return bool(most >= 1 and (counts == most).sum() >= max(3, len(counts) // 2 + 1))


def _counts(head: bytes, sep: str) -> NDArray[np.int64]:
    """How often *sep* stands outside quotes in each of the first lines that are not empty, but at least one."""
    block = next(text.blocks(head, len(head)))
    ends = block.where(block.raw == _LF)[:_SAMPLE_RECORDS]
    hits = block.where(block.raw == ord(sep))
    if not len(ends):
        return np.array([len(hits)])
    counts = np.diff(np.searchsorted(hits, ends), prepend=0)
    filled = np.diff(ends, prepend=-1) > 1
    return counts[filled] if filled.any() else counts


def nameless(place: int) -> str:
    """What a column without a name is called, as pandas would."""
    return f"Unnamed: {place}"


def is_nameless(name: str) -> bool:
    """Whether *name* is none of the user's: empty in the file, or made up by pandas for an empty one."""
    return _NAMELESS.fullmatch(name) is not None


def read_header(data: bytes, sep: str, name: str) -> list[str]:
    """Column names; those without one are called as :func:`nameless` says.

    Raises DataError when the file is empty, a name repeats, or line 1 already holds data.
    """
    if not data or data.isspace():
        raise DataError("the file is empty", file=name, hint="it needs a header and rows, such as unique_id,ds,y")
    end = text.record_start(data, 1)
    line = data[:end].decode("utf-8").removesuffix("\n")
    if line.count(sep) >= MAX_COLUMNS:
        raise DataError(f"more than {MAX_COLUMNS} columns", file=name, line=1)
    try:
        header = next(csv.reader([line], delimiter=sep, strict=True), [])
    except csv.Error as error:
        hint = "the first line must name the columns"
        raise DataError(f"the header cannot be read ({error})", file=name, line=1, hint=hint) from error
    found = f"found {', '.join(map(escape, header[:20]))}"
    times = [cell for cell in header if any(form.fullmatch(cell) for form in (_DATE, _YEAR, _MONTH))]
    times = times if len(times) >= 3 else [cell for cell in header if month_number(cell)]
    if len(times) >= 3 and (len(times) >= 6 or not month_number(times[0])):
        raise _times_in_header(name, sep, [cell for cell in header if cell not in times], bool(month_number(times[0])))
    if any(_DATE.fullmatch(cell) for cell in header) or all(_NUMBER.fullmatch(cell) for cell in header):
        hint = f"add a first line that names the columns, such as unique_id,ds,y; {found}"
        raise DataError("the header is missing: this line holds data", file=name, line=1, hint=hint)
    header = [cell if cell.strip() else nameless(i) for i, cell in enumerate(header)]
    repeated = (
        [cell for i, cell in enumerate(header) if cell in set(header[:i])] if len(set(header)) < len(header) else []
    )
    if repeated:
        raise DataError(f"column {escape(repeated[0])} stands twice", file=name, line=1, hint=f"rename one; {found}")
    if end >= len(data):
        raise NoRows("a header but no rows", file=name, line=1, hint=f"it needs rows below it; {found}")
    return header


def _times_in_header(name: str, sep: str, others: list[str], months: bool) -> DataError:
    """The refusal of a pivot table, with the command that makes it a long one."""
    keep, times = json.dumps(others, ensure_ascii=False), "month" if months else "ds"
    call = f'import pandas; t = pandas.read_csv("{name}", sep={json.dumps(sep)}, dtype=str); '
    call += f't.melt({keep}, var_name="{times}", value_name="y").to_csv("{edited(name)}", index=False)'
    command = f": python3 -c {shlex.quote(call)}" if edit(name, "") and len(call) < 250 else " (pandas: frame.melt())"
    hint = f"put one time on each line, with a column of times and one of values{command}"
    return DataError("the times stand in the header, one column each", file=name, line=1, hint=hint)


def find_rows(data: bytes, sep: str, fields: int) -> tuple[int, tuple[Records, ...]] | None:
    """How many records stand below the header, and where they are unless their cells are too many to remember.

    None when some record has not exactly *fields* fields.
    """
    found, kept = 0, []
    for block in records(data, sep, fields, text.record_start(data, 1)):
        if block is None:
            return None
        found += len(block)
        if fields <= FEW_COLUMNS:
            kept.append(block)
    return found, tuple(kept)
