"""A table whose columns are read on demand: from CSV bytes that passed every check, or from a pandas frame."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gruforecast.config import DataConfig
from gruforecast.data import numbers, text
from gruforecast.data.dialect import count_rows, find_separator, read_header
from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.data.source import Source
from gruforecast.errors import DataError

SAMPLE_ROWS = 1000
_CHUNK_ROWS = 250_000
_MAX_FIXED = 40
# Pandas 3 parses floats exactly by default; before, only this option did.
_EXACT: dict[str, Any] = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}


@dataclass(frozen=True)
class Factor:
    """A text column: row r holds ``values[codes[r]]``. *values* may repeat; datetimes stay datetimes."""

    codes: IntArray
    values: NDArray[Any]

    def merged(self) -> Factor:
        """The same column with unique values in text order."""
        unique, inverse = np.unique(self.values.astype(object), return_inverse=True)
        return Factor(inverse.astype(np.int64)[self.codes], unique)

    def expand(self) -> NDArray[Any]:
        """[rows] the plain column."""
        return self.values[self.codes]


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

    def sample(self) -> dict[str, list[str]]:
        """The first cells of each column as text."""

    def load(self, texts: Sequence[str], values: Sequence[str]) -> Columns:
        """Read the named columns. Raises DataError naming the first lines of a value column that hold no number."""

    def fixed_width(self, name: str) -> NDArray[np.uint8] | None:
        """[rows, width] bytes of a column whose cells are all equally long, None for any other."""

    def line(self, row: int) -> int:
        """Where the user finds row number *row* (from 0)."""


@dataclass(frozen=True)
class CsvTable:
    """CSV content whose encoding, quotes, header and field counts have been checked."""

    name: str
    sha256: str
    header: list[str]
    rows: int
    sep: str
    decimal: str
    torn: bool
    data: bytes = field(repr=False)

    @classmethod
    def open(cls, source: Source, config: DataConfig) -> CsvTable:
        """Check *source* from its bytes to its fields. Raises DataError at the first thing that would be a guess."""
        data = text.clean_text(source, config.encoding)
        sep = find_separator(data, config.sep, source.name)
        text.check_quotes(data, sep.encode(), source.name)
        header, _ = read_header(data, sep, source.name)
        rows = count_rows(data, sep, len(header), source.name)
        torn = text.ends_torn(source.data)
        table = cls(source.name, source.sha256, header, rows, sep, ".", torn, data)
        decimal = numbers.find_decimal(table.sample(), config.decimal, sep, source.name)
        return cls(source.name, source.sha256, header, rows, sep, decimal, torn, data)

    def sample(self) -> dict[str, list[str]]:
        head = self.data[: text.record_start(self.data, min(self.rows, SAMPLE_ROWS) + 1) or None]
        frame = self._read(head, dtype=object, na_filter=False)
        return {name: frame[i].tolist() for i, name in enumerate(self.header)}

    def load(self, texts: Sequence[str], values: Sequence[str]) -> Columns:
        try:
            columns = self._load(texts, values, "float64")
        except ValueError:  # some cell is no number: read them as text to see which
            columns = None
        if columns is None or any(np.isinf(column).any() for column in columns.numbers.values()):
            self._refuse_numbers(values)
            columns = self._load(texts, values, "text")
        return columns

    def fixed_width(self, name: str) -> NDArray[np.uint8] | None:
        if b'"' in self.data:
            return None
        # Time stamps are long and nearly all different: as bytes they need no Python string each.
        raw = np.frombuffer(self.data, dtype=np.uint8)
        fields, place, width = len(self.header), self.header.index(name), 0
        cells, filled, seen, last = np.empty((0, 0), dtype=np.uint8), 0, 0, -1
        for block in text.blocks(self.data):
            ends = np.flatnonzero((block.raw == ord(self.sep)) | (block.raw == ord("\n"))) + block.at
            if not len(ends):
                continue
            own = np.arange((place - seen) % fields, len(ends), fields)
            starts = np.where(own > 0, ends[own - 1], last) + 1
            stops = ends[own]
            if seen <= place < seen + len(ends):  # the first is the header
                starts, stops = starts[1:], stops[1:]
            seen, last = seen + len(ends), int(ends[-1])
            if not len(starts):
                continue
            if not width:
                width = int(stops[0] - starts[0])
                if not 0 < width <= _MAX_FIXED:
                    return None
                cells = np.empty((self.rows, width), dtype=np.uint8)
            if (stops - starts != width).any():
                return None
            cells[filled : filled + len(starts)] = raw[starts[:, None] + np.arange(width)]
            filled += len(starts)
        return cells

    def line(self, row: int) -> int:
        return text.line_number(self.data, text.record_start(self.data, row + 1))

    def _load(self, texts: Sequence[str], values: Sequence[str], kind: str) -> Columns:
        """One pass in chunks, so that cells stand in memory as Python strings only briefly."""
        where = {name: i for i, name in enumerate(self.header)}
        text_at, value_at = [where[name] for name in texts], [where[name] for name in values]
        types = dict.fromkeys(text_at, "object") | dict.fromkeys(value_at, "float64" if kind == "float64" else "object")
        missing = {i: list(numbers.MISSING) for i in value_at if kind == "float64"}
        codes = {i: np.empty(self.rows, dtype=np.int64) for i in text_at}
        floats = {i: np.empty(self.rows, dtype=np.float64) for i in value_at}
        uniques: dict[int, list[NDArray[Any]]] = {i: [] for i in text_at}
        seen, at = dict.fromkeys(text_at, 0), 0
        reader = self._read(
            self.data,
            dtype=types,
            usecols=sorted({*text_at, *value_at}),
            na_values=missing,
            keep_default_na=False,
            chunksize=_CHUNK_ROWS,
        )
        for chunk in reader:
            here = slice(at, at + len(chunk))
            at += len(chunk)
            for i in text_at:
                code, unique = pd.factorize(chunk[i].to_numpy())
                np.add(code, seen[i], out=codes[i][here])
                uniques[i].append(unique)
                seen[i] += len(unique)
            for i in value_at:
                cells = chunk[i].to_numpy()
                floats[i][here] = cells if kind == "float64" else numbers.parse_numbers(cells.tolist(), self.decimal)[0]
        if at != self.rows:
            raise DataError(f"{at} rows could be read of {self.rows}", file=self.name)
        return Columns(
            {n: Factor(codes[i], np.concatenate(uniques[i])) for n, i in zip(texts, text_at, strict=True)},
            {n: floats[i] for n, i in zip(values, value_at, strict=True)},
        )

    def _refuse_numbers(self, values: Sequence[str]) -> None:
        for name in values:
            column = self._load([name], [], "text").texts[name]
            _, bad = numbers.parse_numbers(column.values.tolist(), self.decimal)
            if bad:
                raise bad_numbers(self, name, column, bad)

    def _read(self, data: bytes, **options: Any) -> Any:
        decimal = self.decimal if "dtype" in options else "."
        try:
            return pd.read_csv(
                io.BytesIO(data),
                sep=self.sep,
                header=0,
                names=list(range(len(self.header))),
                index_col=False,
                engine="c",
                decimal=decimal,
                quoting=csv.QUOTE_MINIMAL,
                skip_blank_lines=False,
                **({} if decimal == "," else _EXACT),
                **options,
            )
        except pd.errors.ParserError as error:
            raise DataError(f"cannot be read as CSV ({error})", file=self.name) from error


@dataclass(frozen=True)
class FrameTable:
    """A pandas frame seen as a table; "lines" are its rows, counted from 1."""

    frame: pd.DataFrame = field(repr=False)
    name: str = "DataFrame"
    decimal: str = "."

    @property
    def header(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    @property
    def rows(self) -> int:
        return len(self.frame)

    @property
    def sha256(self) -> str:
        """Hash of the values, columns in order: the same frame gives the same hash."""
        digest = hashlib.sha256("\0".join(self.header).encode())
        for i in range(self.frame.shape[1]):
            column = self._factor(i)
            digest.update("\0".join(map(str, column.values.tolist())).encode())
            digest.update(column.codes.tobytes())
        return digest.hexdigest()

    def sample(self) -> dict[str, list[str]]:
        head = FrameTable(self.frame.iloc[:SAMPLE_ROWS])
        return {name: _as_text(head._factor(i).expand()) for i, name in enumerate(self.header)}

    def load(self, texts: Sequence[str], values: Sequence[str]) -> Columns:
        where = {name: i for i, name in enumerate(self.header)}
        return Columns(
            {name: self._factor(where[name]) for name in texts},
            {name: self._floats(where[name]) for name in values},
        )

    def fixed_width(self, name: str) -> NDArray[np.uint8] | None:  # noqa: ARG002
        return None

    def line(self, row: int) -> int:
        return row + 1

    def _factor(self, i: int) -> Factor:
        column = self.frame.iloc[:, i]
        if isinstance(column.dtype, pd.PeriodDtype):
            column = column.dt.to_timestamp()
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            # UTC keeps the two passages of a repeated hour apart; the zone is read from the column's type.
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        codes, unique = pd.factorize(column, use_na_sentinel=True)
        values: NDArray[Any] = np.asarray(unique)
        if values.dtype.kind != "M":
            values = np.array([str(value) for value in unique], dtype=object)
        absent: Any = np.array([np.datetime64("NaT")] if values.dtype.kind == "M" else [""], dtype=values.dtype)
        if (codes < 0).any():
            codes, values = np.where(codes < 0, len(values), codes), np.concatenate([values, absent])
        return Factor(codes.astype(np.int64), values)

    def _floats(self, i: int) -> FloatArray:
        column = self.frame.iloc[:, i]
        name = self.header[i]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            infinite = np.flatnonzero(np.isinf(values))
            if len(infinite):
                raise DataError("is no finite number", file=self.name, line=int(infinite[0]) + 1, column=name)
            return np.asarray(values)
        factor = self._factor(i)
        parsed, bad = numbers.parse_numbers(_as_text(factor.values), self.decimal)
        if bad:
            raise bad_numbers(self, name, factor, bad)
        return parsed[factor.codes]

    def zone(self, name: str) -> str | None:
        """IANA name or offset of a zone-aware datetime column."""
        dtype = self.frame.dtypes.iloc[self.header.index(name)]
        return str(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else None


def _as_text(values: NDArray[Any]) -> list[str]:
    """Cells as the text a CSV file would hold."""
    if values.dtype.kind == "M":
        return ["" if np.isnat(v) else str(v.astype("datetime64[s]")) for v in values]
    return [str(value) for value in values]


def bad_numbers(table: Table, name: str, column: Factor, bad: Sequence[int]) -> DataError:
    """The refusal for a column with cells that are no numbers: the first five lines and the total count."""
    rows = np.flatnonzero(np.isin(column.codes, np.asarray(bad)))
    lines = [table.line(int(row)) for row in rows[:5]]
    also = f" (also lines {', '.join(map(str, lines[1:]))})" if len(lines) > 1 else ""
    total = f", {len(rows)} in all" if len(rows) > 5 else ""
    hint = f"write plain numbers such as 1234.5; missing values are empty, {', '.join(numbers.MISSING[1:])}"
    value = column.values[column.codes[rows[0]]]
    problem = f"is no finite number{also}{total}"
    return DataError(problem, file=table.name, line=lines[0], column=name, value=value, hint=hint)
