"""Which column is the id, which the time, which the target: named, conventional, or the only one that can be."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data import numbers
from gruforecast.data.column_names import DATE_NAME, ID_NAME, PART_NAME, TIME_NAME
from gruforecast.data.dialect import is_nameless
from gruforecast.data.digit_dates import parse_digit_dates
from gruforecast.data.form import is_unused
from gruforecast.data.month_names import follows
from gruforecast.data.plain_times import SERIAL_FORMAT
from gruforecast.data.remedies import join
from gruforecast.data.table import Table
from gruforecast.data.time_faults import common_formats, time_hint
from gruforecast.data.time_parts import is_span, numbers_hint, part_hint, part_of_time, span_hint
from gruforecast.data.time_values import FORMAT_HINT, BadTime
from gruforecast.data.times import looks_like_time
from gruforecast.errors import DataError, UsageError, escape

LAYOUTS = ("long", "wide", "single")

# What --id-col says when there is no id column at all.
NO_ID = "none"
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:[.,][0-9]+)?")


@dataclass(frozen=True)
class Roles:
    """The columns found. ``id`` is None without an id column; ``maybe_id`` is one if it groups the times."""

    layout: str
    id: str | None
    time: str
    targets: tuple[str, ...]
    maybe_id: str | None = None


def find_columns(table: Table, config: DataConfig, layout: str | None = None) -> Roles:
    """Assign roles to the columns of *table*. *layout* pins what an earlier run found.

    Raises DataError listing the candidates and the flag to type where more than one assignment is possible.
    """
    return _Finder(table, config, layout).roles()


class _Finder:
    """The rules in order; what is taken is no candidate any more."""

    def __init__(self, table: Table, config: DataConfig, layout: str | None) -> None:
        if layout is not None and layout not in LAYOUTS:
            raise UsageError(f"layout {escape(layout)} is not one of {', '.join(LAYOUTS)}")
        no_id = config.id_col == NO_ID and NO_ID not in table.header
        self.table, self.layout = table, "single" if no_id else layout
        self.date_format = config.date_format
        sample = self.sample = table.sample()
        self.kinds = {
            name: "unused"
            if is_unused(name, cells)
            else kind(cells, table.decimal, config.date_format, table.thousands)
            for name, cells in sample.items()
        }
        self.id = self._named("--id-col", None if no_id else config.id_col) or self._usual("unique_id")
        self.time = self._named("--time-col", config.time_col) or self._usual("ds")
        self.target = self._named("--target-col", config.target_col) or self._usual("y")
        named = [name for name in (self.id, self.time, self.target) if name is not None]
        if len(set(named)) < len(named):
            found = ", ".join(map(escape, named))
            raise UsageError(f"one column cannot be two of id, time and target: {found}", hint="name another for each")

    def roles(self) -> Roles:
        self._check_names()
        time = self.time = self.time or self._find_time()
        texts, values = self._free("text"), self._free("number", "whole")
        if self.layout == "single":
            self.id, texts = None, []
        if self.layout == "wide" or self._is_wide(texts, values):
            return Roles("wide", None, time, tuple(self._free("number", "whole", "empty")))
        maybe = None
        if self.id is None:
            self._check_parts(texts)
            if len(texts) > 1:
                hint = f"--id-col, or --id-col {NO_ID} if all rows are one series{self._joined(texts)}"
                raise self._ambiguous("id", texts, hint)
            self.id = texts[0] if texts else None
        if self.id is None and self.layout != "single":
            maybe = self._numeric_id(values)
        target = self.target or self._find_target([name for name in values if name not in (maybe, self.id)])
        found = "long" if self.id or (maybe and self.layout == "long") else "single"
        return Roles(found, self.id, time, (target,), None if self.id else maybe)

    def _check_parts(self, columns: Sequence[str]) -> None:
        """Refuse one of *columns*, which no flag names, that is a part of the time."""
        for name in columns:
            what = part_of_time(self._known(name))
            if self.time and what:
                hint = f"{part_hint(self.table, self.time, name, what)}; or say --id-col {shlex.quote(name)}"
                raise self._refuse(f"column {escape(name)} holds {what}", hint)

    def _known(self, name: str) -> list[str]:
        return [cell for cell in self.sample[name] if not numbers.is_missing(cell)]

    def _check_names(self) -> None:
        """Refuse a column without a name that holds something, unless a flag says what it is."""
        taken = (self.id, self.time, self.target)
        for place, (name, kind_) in enumerate(self.kinds.items(), 1):
            if is_nameless(name) and kind_ != "unused" and name not in taken:
                hint = f"name it, or leave it out (pandas: to_csv(index=False)); here it is called {escape(name)}"
                raise self._refuse(f"column {place} has no name", hint)

    def _named(self, flag: str, name: str | None) -> str | None:
        if name is not None and name not in self.kinds:
            parts = name.split(",")
            if flag == "--id-col" and len(parts) > 1 and all(part in self.kinds for part in parts):
                raise self._refuse("--id-col takes one column", self._joined(parts).removeprefix(", or "))
            raise self._refuse(f"{flag} {escape(name)} is not a column")
        return name

    def _joined(self, columns: Sequence[str]) -> str:
        """What to do where *columns* name a series together."""
        command = join(self.table.name, getattr(self.table, "sep", ""), self.table.header, columns, " ")
        return f", or make one column of those that name it together{command}"

    def _usual(self, name: str) -> str | None:
        """The column of the conventional name; another case counts if there is only one such."""
        if name in self.kinds:
            return name
        alike = [column for column in self.kinds if column.lower() == name]
        return alike[0] if len(alike) == 1 else None

    def _free(self, *kinds: str) -> list[str]:
        taken = (self.id, self.time, self.target)
        return [name for name, kind_ in self.kinds.items() if kind_ in kinds and name not in taken]

    def _find_time(self) -> str:
        dates = self._free("date")
        if len(dates) > 1:
            raise self._ambiguous("time", dates, "--time-col")
        if dates:
            return dates[0]
        serial = [name for name in self._free("whole", "number") if self._is_serial(name)]
        if len(serial) == 1 and self.date_format == SERIAL_FORMAT:
            return serial[0]
        if serial:
            hint = f"say --date-format {SERIAL_FORMAT}, or --time-col {shlex.quote(serial[0])} if they only count"
            what = f"column {escape(serial[0])} seems to hold dates as a spreadsheet counts them"
            raise self._refuse(f"{what}, {escape(self.sample[serial[0]][0])}", hint)
        # A column of plain integers could be anything; only its name can say that it is the time.
        whole = [name for name in self._free("whole") if TIME_NAME.fullmatch(name)]
        if len(whole) > 1:
            raise self._ambiguous("time", whole, f"--time-col, or {numbers_hint(self.table, whole)}")
        if whole:
            return whole[0]
        if len(self.kinds) == 1:
            raise self._refuse("the lines have only one field", "say with --sep what separates the columns")
        raise self._no_time()

    def _is_serial(self, name: str) -> bool:
        """Whether a column may hold days since 1900, as spreadsheets count them: 45292 is 2024-01-01."""
        cells = self._known(name)
        if DATE_NAME.fullmatch(name) is None or not all(map(_SERIAL.fullmatch, cells)):
            return False
        if not all(map(str.isdecimal, cells)):
            return True
        try:
            return parse_digit_dates(np.array(list(map(int, cells)))) is None  # 20244 is a quarter
        except BadTime:
            return True

    def _no_time(self) -> DataError:
        """The refusal of a table none of whose columns is known as time, with the likeliest one if there is any."""
        columns = self._free("text", "number")
        for name in columns:
            cells = self._known(name)
            formats = [] if any(map(numbers.is_number, cells[:20])) else common_formats(cells)
            if formats:
                flag = f"say --date-format {' or '.join(map(shlex.quote, formats[:2]))}"
                return self._refuse(f"column {escape(name)} holds times in a form that must be named", flag)
        for name in columns:
            cell = (self._known(name) or [""])[0]
            hint = span_hint(self.table) if is_span(cell) else time_hint(cell, FORMAT_HINT, self.table.name)
            if hint != FORMAT_HINT or TIME_NAME.fullmatch(name):
                return self._refuse(f"column {escape(name)} seems to hold times, but {escape(cell)} is none", hint)
        return self._refuse("no column parses as time", "say which with --time-col, and how with --date-format")

    def _is_wide(self, texts: Sequence[str], values: Sequence[str]) -> bool:
        if self.layout is not None or self.id or self.target or texts or self._free("date") or len(values) < 2:
            return False
        parts = [name for name in self._free("whole") if PART_NAME.fullmatch(name)]
        if parts and self.time:
            hint = part_hint(self.table, self.time, parts[0], "times of day")
            hint += "; if it is none, say --target-col"
            raise self._refuse(f"column {escape(parts[0])} could be a part of the time", hint)
        odd = [name for name in values if self._like_id(name)]
        if odd and not (len(values) == 2 and len(odd) == 1):
            hint = "say --id-col and --target-col; if each column is a series, rename this one"
            raise self._refuse(f"column {escape(odd[0])} could be an id or a series of its own", hint)
        return not odd

    def _numeric_id(self, values: Sequence[str]) -> str | None:
        """A column of numbers that is named like an id and may be one."""
        likely = [name for name in values if self._like_id(name)]
        if len(likely) > 1:
            raise self._ambiguous("id", likely, "--id-col")
        return likely[0] if likely else None

    def _like_id(self, name: str) -> bool:
        """Whether a column of numbers has a name or, as in 007, zeros like an id."""
        return bool(ID_NAME.fullmatch(name)) or any(re.fullmatch("0[0-9]+", cell) for cell in self.sample[name])

    def _find_target(self, values: Sequence[str]) -> str:
        if len(values) > 1:
            raise self._ambiguous("target", values, "--target-col")
        if not values:
            raise self._refuse("no column of numbers is left for the target", "say which with --target-col")
        return values[0]

    def _ambiguous(self, role: str, candidates: Sequence[str], flag: str) -> DataError:
        names = ", ".join(map(escape, candidates[:20]))
        return DataError(f"the {role} could be any of {names}", file=self.table.name, line=1, hint=f"say {flag}")

    def _refuse(self, message: str, hint: str = "") -> DataError:
        found = f"found {', '.join(map(escape, self.table.header[:20]))}"
        return DataError(message, file=self.table.name, line=1, hint="; ".join(filter(None, [hint, found])))


def kind(cells: Sequence[str], decimal: str, date_format: str | None = None, thousands: str = "") -> str:
    """What a sampled column holds: date, whole, number, text, or empty (nothing but missing values).

    Some bad cells do not change the kind of a column; they are refused later, by line.
    """
    known = [cell for cell in cells if not numbers.is_missing(cell)]
    if not known:
        return "empty"
    if (date_format and follows(known[0], date_format)) or looks_like_time(known[:20]) or _compact_dates(known):
        return "date"
    right = sum(numbers.is_number(cell, decimal, thousands) for cell in known)
    if right == len(known) and all(re.fullmatch(r"[+-]?[0-9]+", cell) for cell in known):
        return "whole"
    if right <= len(known) / 2 and sum(map(numbers.is_almost_number, known)) > len(known) / 2:
        right = len(known)  # meant as numbers; they are refused by line
    return "number" if right > len(known) / 2 else "text"


def _compact_dates(cells: Sequence[str]) -> bool:
    return all(re.fullmatch(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])", cell) for cell in cells)
