"""A panel as the CSV file that reads back as exactly that panel without a single question."""

from __future__ import annotations

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import panel_from_source
from gruforecast.data.csv_writer import table_csv, text_cells
from gruforecast.data.panel import Panel
from gruforecast.data.source import Digest, Source
from gruforecast.errors import DataError, GruforecastError


def clean_csv(panel: Panel, *, single: bool) -> bytes:
    """UTF-8 CSV of *panel* (with several series also an id column), by series and time; missing values are empty."""
    # A series without values keeps one line, so that it is not lost.
    empty = panel.lengths == 0
    counts = panel.lengths + empty
    owner = np.repeat(np.arange(len(panel)), counts)
    first = np.cumsum(counts) - counts
    start = np.where(empty, panel.start - 1, panel.start)
    ordinals = start[owner] + np.arange(len(owner)) - first[owner]
    y = np.full(len(owner), np.nan)
    y[~empty[owner]] = panel.y
    times = np.array(text_cells(panel.freq.format(ordinals)), dtype=object)
    names = [panel.names.time, panel.names.target]
    if single:
        return table_csv(names, [times], [y])
    ids = np.array(text_cells(panel.ids), dtype=object)[owner]
    return table_csv([panel.names.id, *names], [ids, times], [y])


def reading_flags(data: bytes, panel: Panel, *, single: bool) -> DataConfig:
    """The fewest settings with which *data* reads back as *panel*.

    Raises DataError if none do: plain integers can all be days, such as 20240101, once a faulty one is left out.
    """
    source = Source("clean.csv", Digest(data), data)
    named = DataConfig(
        id_col=None if single else panel.names.id,
        time_col=panel.names.time,
        target_col=panel.names.target,
    )
    for config in (DataConfig(), named, DataConfig(**{**named.to_dict(), "freq": panel.freq.alias})):
        try:
            again, _ = panel_from_source(source, config)
        except GruforecastError:
            continue
        if _same(again, panel):
            return config
    raise DataError("a clean copy would not be read as the same series", hint="correct the file itself")


def _same(one: Panel, other: Panel) -> bool:
    arrays = ((one.ids, other.ids), (one.start, other.start), (one.indptr, other.indptr))
    grid = all(getattr(one.freq, n) == getattr(other.freq, n) for n in ("unit", "step", "anchor", "day", "time"))
    return grid and all(np.array_equal(a, b) for a, b in arrays) and np.array_equal(one.y, other.y, equal_nan=True)
