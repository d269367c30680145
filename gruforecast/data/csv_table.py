"""CSV bytes that passed every check as a table whose columns are read on demand."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gruforecast.config import DataConfig
from gruforecast.data import numbers, text
from gruforecast.data.dialect import find_separator
from gruforecast.data.faults import MAX_LINES, SHOWN_LINES, Places
from gruforecast.data.form import empty_lines, find_form, name_columns
from gruforecast.data.panel import IntArray
from gruforecast.data.source import Source
from gruforecast.data.survey import Survey
from gruforecast.data.table import SAMPLE_ROWS, Columns, Factor, bad_numbers
from gruforecast.errors import DataError

_CHUNK_ROWS = 250_000
_MAX_FIXED = 40
# Pandas 3 parses floats exactly by default; before, only this option did.
_EXACT: dict[str, Any] = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}


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
    survey: Survey | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    unread: IntArray | None = field(default=None, repr=False)

    @classmethod
    def open(
        cls, source: Source, config: DataConfig, without: IntArray | None = None, unread: IntArray | None = None
    ) -> CsvTable:
        """Check *source* from its bytes to its fields. Raises DataError at the first thing that would be a guess.

        Records *without* and empty ones are left out, as if they were not in the file; the others keep their lines.
        Values in records *unread* that are no numbers are missing values.
        """
        content = text.clean_text(source, config.encoding)
        sep = find_separator(content, config.sep, source.name)
        text.check_quotes(content, sep.encode(), source.name)
        torn = text.ends_torn(source.data)
        survey: Survey | None = None
        notes: tuple[str, ...] = ()
        if without is not None and content:
            whole = Survey.of(content, sep)
            notes = empty_lines(whole)
            survey = whole.without(np.union1d(without, whole.numbers[whole.blank]))
        form = find_form(content, sep, source.name, torn, survey)
        table = cls(source.name, source.sha256, form.header, form.rows, sep, ".", torn, form.data, form.survey)
        sample = table.sample()
        decimal = numbers.find_decimal(sample, config.decimal, sep, source.name, table.line)
        header, names = name_columns(form.header, sample)
        return replace(table, header=header, decimal=decimal, unread=unread, notes=(*notes, *form.notes, *names))

    def blank_records(self) -> IntArray:
        """Numbers of the records in which no cell holds anything."""
        survey = self.survey or Survey.of(self.data, self.sep)
        return survey.numbers[survey.blank]

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
        if self.survey is not None:
            return int(self.survey.lines[row + 1])
        return text.line_number(self.data, text.record_start(self.data, row + 1))

    def places(self, rows: IntArray) -> Places:
        survey = self.survey or (Survey.of(self.data, self.sep) if len(rows) > SHOWN_LINES else None)
        if survey is not None:
            lines = survey.lines[rows[:MAX_LINES] + 1].tolist()
            return Places(self.name, survey.numbers[rows + 1], tuple(lines), int(survey.numbers[-1]))
        return Places(self.name, rows + 1, tuple(self.line(int(row)) for row in rows), self.rows)

    def _load(self, texts: Sequence[str], values: Sequence[str], kind: str) -> Columns:
        """The columns, numbers as *kind* says."""
        try:
            # The parser itself finds the different texts: a Python string for each of them, not for each row.
            return self._parse(texts, values, kind, "category")
        except _NotText:
            return self._parse(texts, values, kind, "object")

    def _parse(self, texts: Sequence[str], values: Sequence[str], kind: str, text_type: str) -> Columns:
        """One pass in chunks, so that cells stand in memory as Python strings only briefly."""
        where = {name: i for i, name in enumerate(self.header)}
        text_at, value_at = [where[name] for name in texts], [where[name] for name in values]
        types = dict.fromkeys(text_at, text_type) | dict.fromkeys(
            value_at, "float64" if kind == "float64" else "object"
        )
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
                code, unique = _factorized(chunk[i])
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
            rows = np.flatnonzero(np.isin(column.codes, bad))
            if self.unread is not None:
                rows = rows[~np.isin(self.places(rows).records, self.unread)]
            if len(rows):
                raise bad_numbers(self, name, column, rows)

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


class _NotText(Exception):
    """The parser made numbers of a column of text."""


def _factorized(column: Any) -> tuple[IntArray, NDArray[Any]]:
    """Codes and texts in the order in which they appear. Raises _NotText: ids like 007 must stay what they are."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pd.factorize(column.to_numpy())
    codes, order = pd.factorize(column.array.codes)
    known = column.array.categories.to_numpy(dtype=object)
    if not all(type(name) is str for name in known.tolist()):
        raise _NotText
    return codes, known[order]
