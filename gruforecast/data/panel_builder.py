"""From rows in any order to a Panel: sorted, on one time grid, duplicates settled, missing rows as NaN."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gruforecast.config import DataConfig
from gruforecast.data.calendar import DAY, Frequency, IntArray
from gruforecast.data.faults import LineFault
from gruforecast.data.inference import Irregular, fit_frequency, infer_frequency
from gruforecast.data.missing_codes import missing_codes
from gruforecast.data.panel import ColumnNames, FloatArray, Panel
from gruforecast.data.remedies import edit
from gruforecast.data.table import Table
from gruforecast.data.time_values import Times
from gruforecast.errors import DataError, escape, unit

# Rows further apart than this are a wrong date far more often than a real gap.
MAX_FILL = 20
FREE_FILL = 10_000
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Rows:
    """The cells of a table in its own order.

    Attributes:
        ids: [N] unique names in text order.
        codes: [rows] series of each row.
        times: stamps of each row.
        y: [rows] values, NaN = missing.
        table: what the rows are of; a wide table holds several, one below the other.
        time_name: name of the time column for messages.
    """

    ids: NDArray[np.object_]
    codes: IntArray
    times: Times
    y: FloatArray
    table: Table
    time_name: str

    def place(self, row: int) -> tuple[str, int]:
        """File and line in which the user finds a row."""
        places = self.table.places(np.array([row % self.table.rows]))
        return places.file, places.lines[0]

    def error(self, row: int, message: str, hint: str, *, value: object = None) -> DataError:
        """A refusal that names the row's series and line."""
        file, line = self.place(row)
        return DataError(
            message + self.series(row), file=file, line=line, column=self.time_name, value=value, hint=hint
        )

    def fault(
        self, rows: IntArray, message: str, hint: str, *, value: object = None, choice: bool = False
    ) -> LineFault:
        """A refusal of *rows* that could be left out; it names the series of the first."""
        lines = rows if self.table.rows == len(self.y) else np.unique(rows % self.table.rows)
        message += self.series(int(rows[0]))
        places = self.table.places(lines)
        return LineFault(message, places, column=self.time_name, value=value, hint=hint, choice=choice)

    def series(self, row: int) -> str:
        """Which series a *row* is of, for messages; nothing where there is only one."""
        return f" (series {escape(self.ids[self.codes[row]])})" if len(self.ids) > 1 else ""


@dataclass(frozen=True)
class Counts:
    """What building the panel changed: rows missing on the grid, missing values at series' ends, duplicates merged."""

    gaps: int
    trimmed: int
    merged: int
    warnings: tuple[str, ...]


def build_panel(rows: Rows, config: DataConfig, names: ColumnNames) -> tuple[Panel, Counts]:
    """Put *rows* on their common grid. The result does not depend on the order of the rows.

    Raises DataError for duplicates, irregular times, mixed zones or frequencies, and jumps that would fill the memory.
    """
    clock, zone, warnings = _clock(rows, config.freq)
    absent = missing_codes(rows.y, rows.codes, len(rows.ids))
    if absent.any():
        warnings = (*warnings, _absent(rows, np.flatnonzero(absent)))
        rows = replace(rows, y=np.where(absent, np.nan, rows.y))
    y, order = _sort(rows, clock, config)
    times, codes = (clock, rows.codes) if order is None else (clock[order], rows.codes[order])
    indptr = np.searchsorted(codes, np.arange(len(rows.ids) + 1)).astype(np.int64)
    freq, ordinals = _frequency(rows, config, times, indptr, order)
    freq = replace(freq, tz=zone, style=rows.times.style, season=config.season_length)
    panel, trimmed = _fill(rows, freq, codes, ordinals, y, indptr, order, names)
    gaps = len(panel.y) - (len(y) - trimmed)
    return panel, Counts(gaps, trimmed, len(rows.y) - len(y), warnings)


def _absent(rows: Rows, places: IntArray) -> str:
    """The note on values that say that there is none."""
    codes = ", ".join(f"{code:g}" for code in np.unique(rows.y[places])[::-1])
    count = "1 value is" if len(places) == 1 else f"{len(places):,} values are"
    return f"{count} far below all others and read as missing: {codes}{rows.series(int(places[0]))}"


def _clock(rows: Rows, freq: str | None) -> tuple[IntArray, str | None, tuple[str, ...]]:
    """[rows] times on the clock of the grid, the zone to write, warnings.

    Instants are compared in UTC; stamps that always show the same time of day are dates on the wall calendar, unless
    *freq* names a grid of hours or less, which counts instants.
    """
    from gruforecast.data import zones

    times = rows.times
    if times.integer or times.offsets is None:
        return times.values, None, ()
    same_clock = bool((times.values % DAY == times.values[0] % DAY).all())
    same_clock &= freq is None or Frequency.parse(freq).unit != "second"
    offsets = np.unique(times.offsets)
    zone = times.zone or (zones.offset_name(int(offsets[0])) if len(offsets) == 1 else None)
    if zone is not None:
        return (times.values if same_clock else times.values - times.offsets), zone, ()
    if len(offsets) > 2 or offsets[-1] - offsets[0] > 3600:
        first = int(np.flatnonzero(times.offsets != times.offsets[0])[0])
        stamp = _stamp(rows, times.values[first])
        raise rows.error(first, "is in another time zone than the rows above", "write all times in UTC", value=stamp)
    if same_clock:
        return times.values, None, ("offsets vary with daylight saving; dates are counted and written as local dates",)
    return times.values - times.offsets, "UTC", ("offsets vary with daylight saving; times are written in UTC",)


def _sort(rows: Rows, clock: IntArray, config: DataConfig) -> tuple[FloatArray, IntArray | None]:
    """Values [kept] by series and time without duplicates, and the row each stands in [kept] (None: all, in order)."""
    codes = rows.codes
    if _in_order(codes, clock):
        return rows.y, None
    # For a mean or sum the values are sorted too, so that rounding does not depend on the order of the rows.
    keys = (rows.y, clock, codes) if config.duplicates in ("mean", "sum") else (clock, codes)
    order = np.lexsort(keys)
    y = rows.y[order]
    same = (np.diff(codes[order]) == 0) & (np.diff(clock[order]) == 0)
    if not same.any():
        return y, order
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    return _merge(rows, y, order, starts, clock, config.duplicates or "error"), order[starts]


def _in_order(codes: IntArray, clock: IntArray) -> bool:
    """Whether rows already stand by series and, strictly, by time; looked at in pieces that stay in the cache."""
    for at in range(0, len(codes), _BLOCK):
        code, time = codes[at : at + _BLOCK + 1], clock[at : at + _BLOCK + 1]
        before, after = code[:-1], code[1:]
        if not ((after > before) | ((after == before) & (time[1:] > time[:-1]))).all():
            return False
    return True


def _merge(rows: Rows, y: FloatArray, order: IntArray, starts: IntArray, clock: IntArray, how: str) -> FloatArray:
    """One value for each group of sorted rows that begins at *starts*. Raises DataError unless told how."""
    sizes = np.diff(np.append(starts, len(y)))
    if how == "error":
        groups = np.flatnonzero(sizes > 1)
        # The group whose second row comes first in the file, whatever the sorting order.
        group = groups[np.argmin(order[starts[groups] + 1])]
        repeated = np.ones(len(order), dtype=bool)
        repeated[starts] = False
        raise _duplicate(rows, int(order[starts[group]]), np.sort(order[repeated]), clock)
    if how in ("first", "last"):
        return y[starts] if how == "first" else y[starts + sizes - 1]
    known = np.isfinite(y)
    counts = np.add.reduceat(known.astype(np.int64), starts)
    sums = np.add.reduceat(np.where(known, y, 0.0), starts)
    merged = sums / np.maximum(counts, 1) if how == "mean" else sums
    return np.where(counts > 0, merged, np.nan)


def _duplicate(rows: Rows, first: int, repeated: IntArray, clock: IntArray) -> DataError:
    """The refusal of rows *repeated* in the file; *first* is the one that the first of them repeats."""
    hint = "say --duplicates first, last, mean or sum, or name the column that tells them apart with --id-col"
    hint += " (two that do together: --id-col a,b)"
    stamp = _stamp(rows, rows.times.values[repeated[0]])
    if rows.times.offsets is None and not rows.times.integer and (clock % DAY != clock[0] % DAY).any():
        hint += "; if clocks went back here, write times in UTC"
    file, line = rows.place(first)
    where = f"{unit(file)} {line}" if file == rows.place(int(repeated[0]))[0] else f"{escape(file, 200)}, line {line}"
    return rows.fault(repeated, f"has the same time as {where}", hint, value=stamp, choice=True)


def _frequency(
    rows: Rows, config: DataConfig, times: IntArray, indptr: IntArray, order: IntArray | None
) -> tuple[Frequency, IntArray]:
    """The grid of sorted *times* and their ordinals on it."""
    try:
        if config.freq is not None:
            freq = fit_frequency(config.freq, times, integer=rows.times.integer)
            return freq, freq.ordinals(times if rows.times.integer else times.view("datetime64[s]"))
        return infer_frequency(times, indptr, integer=rows.times.integer)
    except Irregular as error:
        if error.position < 0:
            raise DataError(error.message, file=rows.table.name, column=rows.time_name, hint=error.hint) from error
        if error.off_grid is None:
            row = _row(order, error.position)
            raise rows.error(row, error.message, error.hint, value=_stamp(rows, times[error.position])) from error
        places = error.off_grid if order is None else error.off_grid[np.argsort(order[error.off_grid])]
        found = places if order is None else order[places]
        if config.freq is not None and not rows.times.integer and (times[places] % DAY != 0).all():
            cut = r"s/([0-9]{4}-[0-9]{2}-[0-9]{2})[ T][0-9:.]+( ?[-+][0-9:]+|Z)?/\1/g"
            hint = f"cut the times to days{edit(rows.table.name, cut)}; --duplicates sum adds up what falls on a day"
            error.hint = hint if _daily(config.freq) else error.hint
        raise rows.fault(found, error.message, error.hint, value=_stamp(rows, times[places[0]])) from error


def _daily(alias: str) -> bool:
    return Frequency.parse(alias).unit != "second"


def _stamp(rows: Rows, moment: np.int64) -> str:
    return str(moment if rows.times.integer else moment.astype("datetime64[s]")).removesuffix("T00:00:00")


def _row(order: IntArray | None, position: int) -> int:
    """The row of the table at *position* of the sorted rows."""
    return position if order is None else int(order[position])


def _fill(
    rows: Rows,
    freq: Frequency,
    codes: IntArray,
    ordinals: IntArray,
    y: FloatArray,
    indptr: IntArray,
    order: IntArray | None,
    names: ColumnNames,
) -> tuple[Panel, int]:
    """The panel, and how many missing values at the ends of series it leaves out."""
    begin, end = _observed(ordinals, codes, y, indptr)
    lengths = end - begin + 1
    if lengths.sum() > MAX_FILL * len(y) + FREE_FILL:
        steps = np.where(np.diff(codes) == 0, np.diff(ordinals), 0)
        at = int(steps.argmax()) + 1
        message = f"leaves a gap of {steps[at - 1] - 1} missing rows ({freq.alias})"
        row = _row(order, at)
        stamp = _stamp(rows, rows.times.values[row])
        raise rows.error(row, message, "correct the time, or name a wider grid with --freq", value=stamp)
    start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    spans = ordinals[indptr[1:] - 1] - ordinals[indptr[:-1]] + 1
    if np.array_equal(spans, lengths) and np.array_equal(start, indptr):  # nothing is missing or trimmed anywhere
        return Panel(rows.ids, begin, start, y, freq, names), 0
    inside = (ordinals >= begin[codes]) & (ordinals <= end[codes])
    grid = np.full(start[-1], np.nan)
    grid[(start[codes] + ordinals - begin[codes])[inside]] = y[inside]
    return Panel(rows.ids, begin, start, grid, freq, names), int((~inside).sum())


def _observed(ordinals: IntArray, codes: IntArray, y: FloatArray, indptr: IntArray) -> tuple[IntArray, IntArray]:
    """[N] first and last ordinal with a value. A series without any gets an empty span that ends at its last row."""
    if np.isfinite(y).all():
        return ordinals[indptr[:-1]], ordinals[indptr[1:] - 1]
    series = np.arange(len(indptr) - 1)
    known = np.flatnonzero(np.isfinite(y))
    first, last = np.searchsorted(codes[known], series), np.searchsorted(codes[known], series, "right")
    seen = last > first
    begin = ordinals[indptr[1:] - 1] + 1
    end = begin - 1
    begin[seen], end[seen] = ordinals[known[first[seen]]], ordinals[known[last[seen] - 1]]
    return begin, end
