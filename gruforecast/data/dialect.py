"""The shape of a CSV file: its separator, its header, and the same number of fields on every line."""

from __future__ import annotations

import csv
import re

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import text
from gruforecast.errors import DataError, UsageError, escape

SEPARATORS = (",", ";", "\t", "|")
MAX_COLUMNS = 100_000
_SAMPLE_BYTES = 1 << 18
_SAMPLE_RECORDS = 100
_LF = 10
_DATE = re.compile(r"\d{4}-\d{1,2}(-\d{1,2}.*)?|\d{1,2}/\d{1,2}/\d{4}")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def find_separator(data: bytes, asked: str | None, name: str) -> str:
    """The separator: *asked* if given, else the only one that splits all sampled lines alike.

    Raises UsageError for an impossible one and DataError when several or none would do.
    """
    if asked is not None:
        asked = "\t" if asked == "\\t" else asked
        if len(asked) != 1 or not asked.isascii() or asked in '"\n\r\0':
            raise UsageError(f"--sep {escape(asked)} is not a single ASCII character")
        return asked
    if not data:
        return ","  # the header check refuses it
    head = data[:_SAMPLE_BYTES]
    counts = {sep: _counts(head, sep) for sep in SEPARATORS}
    even = [sep for sep, n in counts.items() if n[0] >= 1 and (n == n[0]).all()]
    if len(even) == 1:
        return even[0]
    if not even:
        # No separator splits all lines alike; if the header knows only one, the uneven line is reported later.
        even = [sep for sep, n in counts.items() if n[0] >= 1]
        if not even:
            return ","
    if len(even) == 1:
        return even[0]
    found = " and ".join(escape(sep) for sep in even)
    raise DataError(f"the separator could be {found}", file=name, line=1, hint="say which with --sep")


def _counts(head: bytes, sep: str) -> NDArray[np.int64]:
    """How often *sep* stands outside quotes in each of the first records; at least the header's count."""
    block = next(text.blocks(head, len(head)))
    ends = block.where(block.raw == _LF)[:_SAMPLE_RECORDS]
    hits = block.where(block.raw == ord(sep))
    if not len(ends):
        return np.array([len(hits)])
    return np.diff(np.searchsorted(hits, ends), prepend=0)


def read_header(data: bytes, sep: str, name: str) -> tuple[list[str], int]:
    """Column names and the offset of the first row.

    Raises DataError when the file or a name is empty, a name repeats, or line 1 already holds data.
    """
    if not data:
        raise DataError("the file is empty", file=name, hint="it needs a header and rows, such as unique_id,ds,y")
    end = text.record_start(data, 1)
    line = data[:end].decode("utf-8").removesuffix("\n")
    if line.count(sep) >= MAX_COLUMNS:
        raise DataError(f"more than {MAX_COLUMNS} columns", file=name, line=1)
    header = next(csv.reader([line], delimiter=sep, strict=True), [])
    found = f"found {', '.join(map(escape, header[:20]))}"
    if any(_DATE.fullmatch(cell) for cell in header) or all(_NUMBER.fullmatch(cell) for cell in header):
        hint = f"add a first line that names the columns, such as unique_id,ds,y; {found}"
        raise DataError("the header is missing: this line holds data", file=name, line=1, hint=hint)
    empty = [i for i, cell in enumerate(header, 1) if not cell.strip()]
    if empty:
        hint = f"name it, or leave it out (pandas: to_csv(index=False)); {found}"
        raise DataError(f"column {empty[0]} has no name", file=name, line=1, hint=hint)
    repeated = (
        [cell for i, cell in enumerate(header) if cell in set(header[:i])] if len(set(header)) < len(header) else []
    )
    if repeated:
        raise DataError(f"column {escape(repeated[0])} stands twice", file=name, line=1, hint=f"rename one; {found}")
    if end >= len(data):
        raise DataError("a header but no rows", file=name, line=1, hint=found)
    return header, end


def count_rows(data: bytes, sep: str, fields: int, name: str) -> int:
    """Rows below the header. Raises DataError naming the first line that has not exactly *fields* fields."""
    separator, seen, records = ord(sep), 0, 0
    for block in text.blocks(data):
        hits = block.where((block.raw == separator) | (block.raw == _LF))
        ends = block.raw[hits] == _LF
        # Every fields-th mark, and no other, must be a line end.
        expected = np.zeros(len(hits), dtype=bool)
        expected[(fields - 1 - seen) % fields :: fields] = True
        if not np.array_equal(ends, expected):
            first = int(np.flatnonzero(ends != expected)[0])
            raise _uneven(data, sep, fields, name, records + int(ends[:first].sum()))
        seen, records = (seen + len(hits)) % fields, records + int(ends.sum())
    return records - 1


def _uneven(data: bytes, sep: str, fields: int, name: str, record: int) -> DataError:
    start, end = text.record_start(data, record), text.record_start(data, record + 1)
    block = next(text.blocks(data[start:end], max(end - start, 1)))
    found = len(block.where(block.raw == ord(sep))) + 1
    line = text.line_number(data, start)
    if end - start <= 1:
        return DataError("an empty line", file=name, line=line, hint="delete it")
    hint = "quote fields that contain the separator, or name another with --sep"
    return DataError(f"{found} fields where the header has {fields}", file=name, line=line, hint=hint)
