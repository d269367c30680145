"""A look at every line of a file that has not the form it should have: what stands where, and what it may be."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import text
from gruforecast.data.faults import MAX_LINES, LineFault, Places
from gruforecast.data.numbers import is_number
from gruforecast.data.panel import IntArray
from gruforecast.data.times import looks_like_time
from gruforecast.errors import escape

_QUOTED_SEPARATOR = "quote fields that contain the separator, or name another with --sep"
_MAX_PREAMBLE = 50


@dataclass(frozen=True)
class Survey:
    """The records of a file [R]: number, first byte, the byte after the last, line, fields, whether it is blank."""

    data: bytes
    sep: str
    numbers: IntArray
    starts: IntArray
    stops: IntArray
    lines: IntArray
    fields: IntArray
    blank: NDArray[np.bool_]

    @classmethod
    def of(cls, data: bytes, sep: str) -> Survey:
        """Look at *data*, whose quotes have been checked."""
        raw = np.frombuffer(data, dtype=np.uint8)
        block = next(text.blocks(data, len(data)))
        ends, seps = block.where(raw == ord("\n")), block.where(raw == ord(sep))
        starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)
        feeds = np.flatnonzero(raw == ord("\n"))
        solid = ~np.isin(raw, np.frombuffer(b' \t"\n', np.uint8))
        solid[seps] = False  # within quotes it is a value
        filled = np.flatnonzero(solid)
        return cls(
            data,
            sep,
            np.arange(len(starts)),
            starts,
            (ends + 1).astype(np.int64),
            np.searchsorted(feeds, starts) + 1,
            np.diff(np.searchsorted(seps, ends), prepend=0) + 1,
            np.diff(np.searchsorted(filled, ends), prepend=0) == 0,
        )

    def without(self, records: IntArray) -> Survey:
        """The same without some records; the others keep their numbers and lines."""
        keep = ~np.isin(self.numbers, records)
        columns = (self.numbers, self.starts, self.stops, self.lines, self.fields, self.blank)
        return Survey(self.data, self.sep, *(column[keep] for column in columns))  # type: ignore[arg-type]

    def content(self) -> bytes:
        """The bytes of these records."""
        marks = np.zeros(len(self.data) + 1, dtype=np.int8)
        marks[self.starts] += 1
        marks[self.stops] -= 1
        keep = np.cumsum(marks[:-1], dtype=np.int8).astype(bool)
        return bytes(np.frombuffer(self.data, dtype=np.uint8)[keep].tobytes())

    def cells(self, place: int) -> list[str]:
        """The fields of the record at *place*."""
        record = self.data[int(self.starts[place]) : int(self.stops[place])]
        line = record.decode("utf-8", "replace").removesuffix("\n")
        try:
            return next(csv.reader([line], delimiter=self.sep), [])
        except csv.Error:  # a field longer than any name or number
            return [line]

    def above_header(self) -> int:
        """How many records stand above the one that evidently is the header; 0 where none is."""
        filled = self.fields[~self.blank]
        if len(filled) < 3:
            return 0
        usual = int(np.bincount(filled).argmax())
        if usual < 2 or 2 * (filled == usual).sum() <= len(filled) or self._names(0, usual):
            return 0
        return next((i for i in range(1, min(_MAX_PREAMBLE, len(self.fields) - 1)) if self._names(i, usual)), 0)

    def _names(self, place: int, fields: int) -> bool:
        """Whether the record at *place* could name so many columns."""
        if self.fields[place] != fields:
            return False
        cells = self.cells(place)
        data = any(is_number(cell) or is_number(cell, ",") or looks_like_time([cell]) for cell in cells)
        return not data and all(cell.strip() for cell in cells[1:])

    def preamble(self, name: str, count: int) -> LineFault:
        """The refusal of *count* records above the header."""
        line = int(self.lines[count])
        delete = "delete the line above it" if line == 2 else f"delete lines 1 to {line - 1}"
        hint = f"the header seems to be line {line}, {escape(self.sep.join(self.cells(count)))}: {delete}"
        above = Places(name, self.numbers[:count], (int(self.lines[0]),), int(self.numbers[-1]))
        return LineFault("is not a header", above, value=self.sep.join(self.cells(0)), hint=hint)

    def uneven(self, name: str, header: list[str], torn: bool) -> LineFault:
        """The refusal of the lines that have not as many fields as *header*."""
        odd = np.flatnonzero(self.fields != len(header))
        odd = odd[odd > 0]
        found, wanted, rows = int(self.fields[odd[0]]), len(header), len(self.fields) - 1
        problem = f"{found} field{'s' if found > 1 else ''} where the header has {wanted}"
        places = Places(name, self.numbers[odd], tuple(self.lines[odd[:MAX_LINES]].tolist()), int(self.numbers[-1]))
        hint = places.hint() or ("complete the line, or delete it" if found < wanted else _QUOTED_SEPARATOR)
        if torn and odd[0] == rows and found < wanted:
            hint = "the file ends within this line: copy it again, or delete the line"
        elif len(odd) == rows and rows > 1 and (self.fields[1:] == wanted + 1).all():
            hint = "every line has one more field than the header: name that column"
            if self.sep == ",":
                hint += "; if the numbers have decimal commas, quote them or separate the fields by ;"
        elif self.sep == "," and found > wanted:
            hint = f"numbers with commas in them must be quoted; {_QUOTED_SEPARATOR}"
        return LineFault(problem, places, hint=hint)

    def ends_with_separator(self, header: list[str]) -> bool:
        """Whether every row, but not the header, ends with a separator that closes nothing."""
        if (self.fields[1:] != len(header) + 1).any() or len(self.fields) < 2:
            return False
        raw = np.frombuffer(self.data, dtype=np.uint8)
        return bool((raw[self.stops[1:] - 2] == ord(self.sep)).all())
