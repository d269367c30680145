"""The time column of a table: read as stamps, or refused with every line that is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gruforecast.config import DataConfig
from gruforecast.data import zones
from gruforecast.data.calendar import Frequency
from gruforecast.data.faults import LineFault
from gruforecast.data.panel import IntArray
from gruforecast.data.table import Factor, Table
from gruforecast.data.time_faults import bad_times, time_hint
from gruforecast.data.time_values import BadTime, Times
from gruforecast.data.times import parse_times
from gruforecast.errors import DataError


def read_times(table: Table, name: str, factor: Factor, config: DataConfig) -> Times:
    """[rows] stamps of the time column *name*, whose cells are *factor*.

    Raises DataError with the line of the first that is none.
    """
    if config.date_format is not None:
        factor = factor.decoded()
    try:
        if factor.values.dtype.kind == "M":
            times = _stamps(factor, table.zone(name))
        else:
            only_count = config.freq is not None and Frequency.parse(config.freq).unit == "integer"
            times = parse_times(factor.values, config.date_format, only_count=only_count)
    except BadTime as error:
        raise _fault(table, name, factor.decoded(), config, error) from error
    offsets = None if times.offsets is None else times.offsets[factor.codes]
    # In the place of the codes, which nobody needs any more: a fresh array costs as much time as filling it.
    values = np.take(times.values, factor.codes, out=factor.codes, mode="clip")
    return replace(times, values=values, offsets=offsets)


def _fault(table: Table, name: str, factor: Factor, config: DataConfig, error: BadTime) -> DataError:
    """The refusal of all cells of a time column that cannot be read, or of the one that *error* is about."""
    texts = factor.values.dtype.kind != "M"
    bad = bad_times(factor.values, config.date_format) if texts else _bad_stamps(factor.values, error.index)
    if not len(bad):
        row = int(np.flatnonzero(factor.codes == error.index)[0])
        cell, places = factor.values[error.index], table.places(np.array([row]))
        hint = time_hint(str(cell), error.hint, table.name)
        return DataError(error.message, file=places.file, line=places.lines[0], column=name, value=cell, hint=hint)
    rows = np.flatnonzero(np.isin(factor.codes, bad))
    first = factor.codes[rows[0]]
    if texts and first != error.index:
        try:
            parse_times(factor.values[[first]], config.date_format)
        except BadTime as own:
            error = own
    cell = factor.values[first]
    if cell == name:
        again = np.flatnonzero(factor.values[factor.codes] == name)
        return LineFault(
            "repeats the header", table.places(again), column=name, value=f"{cell}", hint="delete the line"
        )
    return LineFault(
        error.message, table.places(rows), column=name, value=cell, hint=time_hint(str(cell), error.hint, table.name)
    )


def _stamps(factor: Factor, zone: str | None) -> Times:
    """Datetimes of a data frame; with a *zone* they are UTC instants. Raises BadTime for NaT and fractions."""
    seconds = factor.values.astype("datetime64[s]")
    bad = np.flatnonzero(np.isnat(seconds) | (seconds != factor.values))
    if len(bad):
        empty = np.isnat(seconds[bad[0]])
        if empty:
            raise BadTime(int(bad[0]), "is empty where a time is needed", "give each row a time, or delete it")
        raise BadTime(int(bad[0]), "has fractions of a second", "give whole seconds")
    if zone is None:
        return Times(seconds.astype(np.int64))
    offsets = zones.utc_offsets(seconds, zone, wall=False)
    return Times(seconds.astype(np.int64) + offsets, offsets=offsets, zone=zone)


def _bad_stamps(values: NDArray[np.datetime64], first: int) -> IntArray:
    """Positions of all datetimes that :func:`_stamps` refuses for the same reason as the *first*."""
    empty = np.isnat(values)
    return np.flatnonzero(empty if empty[first] else ~empty & (values.astype("datetime64[s]") != values))
