"""A second, simple reading of CSV with the standard library alone, for what the package's own reader accepted.

It knows nothing of the package's rules but which columns were chosen, and shares no code with them: rows come from
``csv``, numbers from ``float``, times from ``datetime``.
"""

from __future__ import annotations

import csv
import io
import math
from datetime import datetime

# What the documentation calls missing.
MARKS = {",": ",", ".": ".", "'": "'’", " ": " \u00a0\u2009\u202f"}
MISSING = {"", "NaN", "nan", "NA", "null"}
Series = dict[str, list[tuple[str, float]]]


def rows_of(content: bytes, encoding: str, sep: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows; rows that hold nothing are left out, and so is a last field after a trailing separator."""
    text = content.decode(encoding).removeprefix("\ufeff").removesuffix("\x1a")
    records = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=sep, strict=True) if any_in(row)]
    header, rows = records[0] if records else [], records[1:]
    if all(len(row) == len(header) + 1 and row[-1] == "" for row in rows):
        header = [*header, ""]
    return header, rows


def any_in(row: list[str]) -> bool:
    """Whether some field of *row* holds more than space."""
    return any(field.strip(" \t\n") for field in row)


def number(cell: str, decimal: str, thousands: str | None = None) -> float:
    """Value of *cell*, NaN if missing."""
    plain = cell.strip(" ")
    for mark in MARKS.get(thousands or "", ""):
        plain = plain.replace(mark, "")
    return math.nan if plain in MISSING else float(plain.replace(",", ".") if decimal == "," else plain)


def series_of(
    rows: list[list[str]],
    id_at: int | None,
    time_at: int,
    targets: dict[str, int],
    marks: tuple[str, str | None],
    wide: bool,
) -> Series:
    """(time, value) of each series, in the order of the file; missing values are left out."""
    found: Series = {}
    for name, at in targets.items():
        for row in rows:
            owner = row[id_at] if id_at is not None and not wide else name
            series, value = found.setdefault(owner, []), number(row[at], *marks)
            if not math.isnan(value):
                series.append((row[time_at], value))
    return found


def moment(cell: str) -> datetime | int | None:
    """*cell* as a time, where nothing about it needs a rule of the package; None elsewhere."""
    if cell.isascii() and cell.lstrip("+-").isdigit() and len(cell) < 4:
        return int(cell)
    if len(cell) >= 10 and cell[4] + cell[7] == "--" and cell[:4].isdigit():
        try:
            found = datetime.fromisoformat(cell)
        except ValueError:
            return None
        return found if found.tzinfo is None else None
    return None
