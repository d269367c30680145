"""What the column finder and the panel builder need to know of any input: a table whose columns are read on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import numbers
from gruforecast.data.faults import LineFault, Places
from gruforecast.data.panel import FloatArray, IntArray

SAMPLE_ROWS = 1000


@dataclass(frozen=True)
class Factor:
    """A text column: row r holds ``values[codes[r]]``. *values* may repeat; datetimes stay datetimes.

    Texts are str, or their UTF-8 bytes zero-padded to one width: of many, the bytes take far less memory.
    """

    codes: IntArray
    values: NDArray[Any]

    def decoded(self) -> Factor:
        """The same column with texts as str."""
        if self.values.dtype.kind != "S":
            return self
        return Factor(self.codes, np.array([cell.decode("utf-8") for cell in self.values.tolist()], dtype=object))

    def merged(self) -> Factor:
        """The same column with unique values, as str and in text order."""
        values = self.decoded().values.astype(object)
        unique, inverse = np.unique(values, return_inverse=True)
        if np.array_equal(inverse, np.arange(len(values))):
            return Factor(self.codes, values)
        return Factor(inverse.astype(np.int64)[self.codes], unique)

    def expand(self) -> NDArray[Any]:
        """[rows] the plain column."""
        return self.decoded().values[self.codes]


@dataclass(frozen=True)
class Columns:
    """What :meth:`Table.load` read: text columns and number columns by name."""

    texts: dict[str, Factor]
    numbers: dict[str, FloatArray]


class Table(Protocol):
    """What the column finder and the panel builder need to know of any input."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def header(self) -> list[str]: ...
    @property
    def rows(self) -> int: ...
    @property
    def decimal(self) -> str: ...
    @property
    def thousands(self) -> str: ...

    def sample(self) -> dict[str, list[str]]:
        """The first cells of each column as text."""

    def load(self, texts: Sequence[str], values: Sequence[str]) -> Columns:
        """Read the named columns. Raises DataError naming the first lines of a value column that hold no number."""

    def zone(self, name: str) -> str | None:
        """IANA name or offset of a column of zone-aware datetimes (held in UTC), None for any other."""

    def unnamed(self, target: str) -> Factor:
        """The series of each row where no column names it."""

    def places(self, rows: IntArray) -> Places:
        """Where the user finds *rows*, or of rows in several files those in the file of the first."""


def one_series(name: str, rows: int) -> Factor:
    """All rows of a table as one series."""
    return Factor(np.zeros(rows, dtype=np.int64), np.array([name], dtype=object))


def as_text(values: NDArray[Any]) -> list[str]:
    """Cells as the text a CSV file would hold."""
    if values.dtype.kind == "M":
        return ["" if np.isnat(v) else str(v.astype("datetime64[s]")) for v in values]
    return [str(value) for value in values]


def bad_numbers(table: Table, name: str, column: Factor, rows: IntArray) -> LineFault:
    """The refusal of *rows* of a column whose cells are no numbers."""
    cells = [str(cell) for cell in column.values[column.codes[rows[:1000]]]]
    # In a column of several units, or where some numbers have none, taking them away would change what is meant.
    units = {numbers.unit_of(cell) for cell in cells} - {"$", "€", "£", ""}
    alike = not units or (len(units) == 1 and 2 * len(rows) > table.rows)
    file, sep = table.name if alike else "", getattr(table, "sep", ",")
    hints = Counter(numbers.number_hint(cell, file, sep) for cell in cells)
    return LineFault(
        "is no finite number",
        table.places(rows),
        column=name,
        value=cells[0],
        hint=hints.most_common(1)[0][0],
        cells=True,
        choice=any(map(numbers.is_almost_number, cells)),
    )
