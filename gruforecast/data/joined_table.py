"""Several tables with the same columns seen as one, rows below each other; refusals name the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.faults import Places
from gruforecast.data.numbers import is_number
from gruforecast.data.panel import IntArray
from gruforecast.data.table import SAMPLE_ROWS, Columns, Factor, Table, as_text
from gruforecast.errors import DataError, escape

_ENDINGS = (".gz", ".zst", ".csv", ".tsv", ".txt", ".parquet", ".pq")


@dataclass(frozen=True)
class JoinedTable:
    """*parts* one below the other. What is wrong with all of them is said of the first."""

    parts: tuple[Table, ...]

    decimal = "."
    thousands = ""

    def __post_init__(self) -> None:
        first = self.parts[0]
        for part in self.parts[1:]:
            if set(part.header) != set(first.header):
                raise _other_columns(part, first)

    @property
    def name(self) -> str:
        return self.parts[0].name

    @property
    def header(self) -> list[str]:
        return self.parts[0].header

    @property
    def rows(self) -> int:
        return int(self.starts[-1])

    @property
    def sha256(self) -> str:
        """Hash of the parts' hashes, in order."""
        return sha256("".join(part.sha256 for part in self.parts).encode()).hexdigest()

    @cached_property
    def starts(self) -> IntArray:
        """[parts + 1] the first row of each part, and the number of rows."""
        return np.cumsum([0, *(part.rows for part in self.parts)])

    def sample(self) -> dict[str, list[str]]:
        cells: dict[str, list[str]] = {name: [] for name in self.header}
        for part in self.parts:
            for name, more in part.sample().items():
                cells[name] += more if part.decimal == "." and not part.thousands else [_plain(c, part) for c in more]
            if len(cells[self.header[0]]) >= SAMPLE_ROWS:
                break
        return cells

    def load(self, texts: Sequence[str], values: Sequence[str]) -> Columns:
        loaded = [part.load(texts, values) for part in self.parts]
        return Columns(
            {name: self._joined(name, [columns.texts[name] for columns in loaded]) for name in texts},
            {name: np.concatenate([columns.numbers[name] for columns in loaded]) for name in values},
        )

    def zone(self, name: str) -> str | None:
        return self.parts[0].zone(name)

    def places(self, rows: IntArray) -> Places:
        """Those of *rows* that stand in the same part as the first of them."""
        part = int(np.searchsorted(self.starts, rows[0], "right")) - 1
        own = rows[(rows >= self.starts[part]) & (rows < self.starts[part + 1])]
        return self.parts[part].places(own - self.starts[part])

    def unnamed(self, target: str) -> Factor:  # noqa: ARG002 - the name of the file says more
        """A series a file, called by its name without directory and ending. Raises DataError for two alike."""
        called: dict[str, str] = {}
        for part in self.parts:
            stem = _stem(part.name)
            if stem in called:
                problem = f"{escape(called[stem], 200)} is called {escape(stem)} too, and no column names the series"
                raise DataError(problem, file=part.name, hint="rename one file, or add a column that names the series")
            called[stem] = part.name
        codes = np.repeat(np.arange(len(self.parts)), np.diff(self.starts))
        return Factor(codes, np.array(list(called), dtype=object)).merged()

    def _joined(self, name: str, factors: list[Factor]) -> Factor:
        """One column; datetimes beside text become text."""
        values: list[NDArray[Any]] = [factor.values for factor in factors]
        zones = [part.zone(name) for part in self.parts]
        if len({column.dtype.kind for column in values}) > 1:
            values = [
                np.array(
                    [text + ("Z" if zone and text else "") for text in as_text(factor.decoded().values)], dtype=object
                )
                for factor, zone in zip(factors, zones, strict=True)
            ]
        elif len(set(zones)) > 1:
            other = next(i for i, zone in enumerate(zones) if zone != zones[0])
            problem = f"has the time zone {zones[other]}, in {escape(self.name, 200)} it is {zones[0]}"
            hint = "write all times in UTC"
            raise DataError(problem, file=self.parts[other].name, column=name, hint=hint)
        shifts = np.cumsum([0, *map(len, values[:-1])])
        codes = np.concatenate([factor.codes + shift for factor, shift in zip(factors, shifts, strict=True)])
        return Factor(codes, np.concatenate(values))


def _other_columns(part: Table, first: Table) -> DataError:
    missing = [name for name in first.header if name not in part.header]
    surplus = [name for name in part.header if name not in first.header]
    listed = "; ".join(
        f"{what} {', '.join(map(escape, names[:20]))}"
        for what, names in (("it lacks", missing), ("it alone has", surplus))
        if names
    )
    problem = f"has other columns than {escape(first.name, 200)}: {listed}"
    return DataError(problem, file=part.name, line=1, hint="files of one panel have the same columns, in any order")


def _stem(name: str) -> str:
    """The name of a file without directory and known endings. Raises DataError where it is no text."""
    stem = Path(name).name
    while stem.lower().endswith(_ENDINGS) and Path(stem).stem:
        stem = Path(stem).stem
    try:
        stem.encode()
    except UnicodeError as error:
        raise DataError(
            "its name is not UTF-8 and cannot name a series", file=escape(name), hint="rename it"
        ) from error
    return stem


def _plain(cell: str, part: Table) -> str:
    """A number as it would be written with a decimal point and nothing between thousands."""
    if not is_number(cell, part.decimal, part.thousands):
        return cell
    return (cell.replace(part.thousands, "") if part.thousands else cell).replace(",", ".")
