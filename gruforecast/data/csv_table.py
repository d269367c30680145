"""CSV bytes that passed every check as a table whose columns are read on demand."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data import numbers, text
from gruforecast.data.dialect import FEW_COLUMNS, find_separator
from gruforecast.data.faults import MAX_LINES, SHOWN_LINES, Places
from gruforecast.data.form import empty_lines, find_form, name_columns
from gruforecast.data.pages import zeros
from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.data.plain_numbers import plain_numbers
from gruforecast.data.records import Records, records
from gruforecast.data.source import Digest, Source
from gruforecast.data.survey import Survey
from gruforecast.data.table import SAMPLE_ROWS, Columns, Factor, bad_numbers, one_series
from gruforecast.data.texts import TextColumn
from gruforecast.errors import DataError

_CHUNK_ROWS = 250_000


@dataclass(frozen=True)
class CsvTable:
    """CSV content whose encoding, quotes, header and field counts have been checked."""

    name: str
    digest: Digest
    header: list[str]
    rows: int
    sep: str
    decimal: str
    torn: bool
    data: bytes = field(repr=False)
    blocks: tuple[Records, ...] = field(default=(), repr=False)
    survey: Survey | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    unread: IntArray | None = field(default=None, repr=False)
    thousands: str = ""

    @classmethod
    def open(
        cls, source: Source, config: DataConfig, without: IntArray | None = None, unread: IntArray | None = None
    ) -> CsvTable:
        """Check *source* from its bytes to its fields. Raises DataError at the first thing that would be a guess.

        Records *without* and empty ones are left out, as if they were not in the file; the others keep their lines.
        Values in records *unread* that are no numbers are missing values.
        """
        content = text.clean_text(source, config.charset)
        sep = find_separator(content, config.sep, source.name)
        text.check_quotes(content, sep, source.name)
        torn = text.ends_torn(source.data)
        survey: Survey | None = None
        notes: tuple[str, ...] = ()
        if without is not None and content:
            whole = Survey.of(content, sep)
            notes = empty_lines(whole)
            survey = whole.without(np.union1d(without, whole.numbers[whole.blank]))
        form = find_form(content, sep, source.name, torn, survey)
        found = (form.data, form.blocks, form.survey)
        table = cls(source.name, source.digest, form.header, form.rows, sep, ".", torn, *found)
        sample = table.sample()
        decimal = numbers.find_decimal(sample, config.decimal, config.thousands, sep, source.name, table.line)
        header, names = name_columns(form.header, sample)
        notes = (*notes, *form.notes, *names)
        return replace(
            table, header=header, decimal=decimal, thousands=config.thousands or "", unread=unread, notes=notes
        )

    @property
    def sha256(self) -> str:
        return str(self.digest)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to tell the user."""
        if not self.torn:
            return self.notes
        return (*self.notes, "the last line has no line end; if the file was cut off, its value is wrong")

    def blank_records(self) -> IntArray:
        """Numbers of the records in which no cell holds anything."""
        survey = self.survey or Survey.of(self.data, self.sep)
        return survey.numbers[survey.blank]

    def sample(self) -> dict[str, list[str]]:
        head = self.data[: text.record_start(self.data, min(self.rows, SAMPLE_ROWS) + 1) or None]
        try:
            lines = csv.reader(io.StringIO(head.decode("utf-8"), newline=""), delimiter=self.sep)
            # An empty line is an empty cell where there is one column; elsewhere there is none.
            rows = [cells or [""] for cells in lines][1:]
        except csv.Error:  # a cell longer than it takes
            rows = self._read(head, dtype=object, na_filter=False).to_numpy().tolist()
        return {name: [row[i] for row in rows] for i, name in enumerate(self.header)}

    def load(self, texts: Sequence[str], values: Sequence[str]) -> Columns:
        where = {name: i for i, name in enumerate(self.header)}
        # With many columns a block holds too few rows to gain anything.
        plain = values if len(self.header) <= FEW_COLUMNS else ()
        # Each column by a thread of its own: numpy and pandas' hash tables let go of the interpreter.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            factors = {name: pool.submit(self._texts, where[name]) for name in texts}
            floats = {name: pool.submit(self._plain_numbers, where[name]) for name in plain}
        found = {name: column for name, task in floats.items() if (column := task.result()) is not None}
        rest = [where[name] for name in values if name not in found]
        return Columns({name: task.result() for name, task in factors.items()}, found | self._numbers(rest))

    def line(self, row: int) -> int:
        if self.survey is not None:
            return int(self.survey.lines[row + 1])
        return text.line_number(self.data, text.record_start(self.data, row + 1))

    def zone(self, name: str) -> str | None:  # noqa: ARG002
        return None

    def unnamed(self, target: str) -> Factor:
        return one_series(target, self.rows)

    def places(self, rows: IntArray) -> Places:
        survey = self.survey or (Survey.of(self.data, self.sep) if len(rows) > SHOWN_LINES else None)
        if survey is not None:
            lines = survey.lines[rows[:MAX_LINES] + 1].tolist()
            return Places(self.name, survey.numbers[rows + 1], tuple(lines), int(survey.numbers[-1]))
        return Places(self.name, rows + 1, tuple(self.line(int(row)) for row in rows), self.rows)

    def _texts(self, place: int) -> Factor:
        """A text column."""
        column = TextColumn(self.rows)
        if all(column.add(block, place) for block in self._blocks()):
            return column.factor()
        return self._long_texts(place)

    def _plain_numbers(self, place: int) -> FloatArray | None:
        """A number column; None unless it is short and plain throughout."""
        floats, at = zeros(self.rows, np.float64), 0
        for block in self._blocks():
            cells = plain_numbers(block, place, self.decimal)
            if cells is None:
                return None
            floats[at : at + len(block)] = cells
            at += len(block)
        return floats

    def _blocks(self) -> Iterable[Records]:
        if self.blocks:
            return self.blocks
        fresh = records(self.data, self.sep, len(self.header), text.record_start(self.data, 1))
        return (block for block in fresh if block is not None)

    def _numbers(self, places: Sequence[int]) -> dict[str, FloatArray]:
        """Number columns of any form. Raises DataError for what is no finite number."""
        if self.thousands:  # the parser takes them anywhere in a number
            return {self.header[i]: self._checked_numbers(self.header[i]) for i in places}
        floats = {self.header[i]: np.empty(self.rows, dtype=np.float64) for i in places}
        missing: Any = {i: list(numbers.MISSING) for i in places}
        options = {"dtype": dict.fromkeys(places, "float64"), "na_values": missing, "keep_default_na": False}
        try:
            for here, chunk in self._chunks(places, **options):
                for i in places:
                    floats[self.header[i]][here] = chunk[i].to_numpy()
        except ValueError:  # some cell is no number
            return {self.header[i]: self._checked_numbers(self.header[i]) for i in places}
        infinite = [name for name, column in floats.items() if np.isinf(column).any()]
        return floats | {name: self._checked_numbers(name) for name in infinite}

    def _checked_numbers(self, name: str) -> FloatArray:
        """A number column read from its texts. Raises DataError naming the lines that hold no finite number."""
        column = self.load([name], []).texts[name].decoded()
        parsed, bad = numbers.parse_numbers(column.values.tolist(), self.decimal, self.thousands)
        rows = np.flatnonzero(np.isin(column.codes, bad))
        if self.unread is not None:
            rows = rows[~np.isin(self.places(rows).records, self.unread)]
        if len(rows):
            raise bad_numbers(self, name, column, rows)
        return parsed[column.codes]

    def _long_texts(self, place: int) -> Factor:
        """A text column of any form."""
        import pandas as pd

        codes, uniques, seen = np.empty(self.rows, dtype=np.int64), [], 0
        for here, chunk in self._chunks([place], dtype=object, na_filter=False):
            code, unique = pd.factorize(chunk[place].to_numpy())
            np.add(code, seen, out=codes[here])
            uniques.append(unique)
            seen += len(unique)
        return Factor(codes, np.concatenate(uniques))

    def _chunks(self, places: Sequence[int], **options: Any) -> Iterator[tuple[slice, Any]]:
        """The columns at *places* in pieces, with the rows of each, so that Python strings live only briefly."""
        at = 0
        for chunk in self._read(self.data, usecols=sorted(places), chunksize=_CHUNK_ROWS, **options) if places else ():
            here = slice(at, at + len(chunk))
            yield here, chunk
            at = here.stop
        if places and at != self.rows:
            raise DataError(f"{at} rows could be read of {self.rows}", file=self.name)

    def _read(self, data: bytes, **options: Any) -> Any:
        import pandas as pd  # only for what is long, or more than plain

        decimal = "." if options.get("dtype") is object else self.decimal
        # Pandas 3 parses floats exactly by default; before, only this option did, and not with a comma.
        exact = decimal != "," and int(pd.__version__.split(".")[0]) < 3
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
                float_precision="round_trip" if exact else None,
                **options,
            )
        except pd.errors.ParserError as error:
            raise DataError(f"cannot be read as CSV ({error})", file=self.name) from error
