"""Reading a CSV file, stdin or a data frame into a Panel, refusing whatever would have to be guessed."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data import text
from gruforecast.data.column_names import PART_NAME
from gruforecast.data.columns import NO_ID, Roles, find_columns
from gruforecast.data.csv_table import CsvTable
from gruforecast.data.faults import LineFault
from gruforecast.data.frame_table import FrameTable
from gruforecast.data.panel import ColumnNames, FloatArray, IntArray, Panel
from gruforecast.data.panel_builder import Counts, Rows, build_panel
from gruforecast.data.remedies import edit
from gruforecast.data.source import Source, read_source
from gruforecast.data.table import Columns, Factor, Table
from gruforecast.data.time_column import read_times
from gruforecast.data.time_parts import part_hint
from gruforecast.data.time_values import Times
from gruforecast.errors import DataError, escape

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class ReadReport:
    """What was found in an input and what was made of it.

    Attributes:
        source: name of the input.
        sha256: of its raw bytes (of its values for a data frame).
        rows: data rows read.
        layout: ``long`` (an id column), ``single`` (one series) or ``wide`` (a column per series).
        id_col, time_col, target_col: columns used; None where the layout has no such column.
        series_cols: the columns that are series (wide only).
        ignored: columns not used.
        freq: alias of the time grid.
        n_series: series, empty ones included.
        gaps: periods without a row, filled with NaN.
        missing: cells without a value.
        trimmed: missing values before a series' first or after its last value, left out.
        merged: duplicate rows merged away.
        empty_ids: series without a single value.
        config: the settings with every choice filled in; with *layout* they read the next file the same way.
        warnings: one line each.
    """

    source: str
    sha256: str
    rows: int
    layout: str
    id_col: str | None
    time_col: str
    target_col: str | None
    series_cols: tuple[str, ...]
    ignored: tuple[str, ...]
    freq: str
    n_series: int
    gaps: int
    missing: int
    trimmed: int
    merged: int
    empty_ids: tuple[str, ...]
    config: DataConfig
    warnings: tuple[str, ...]

    def with_warning(self, text: str) -> ReadReport:
        """This report with one more warning."""
        return replace(self, warnings=(*self.warnings, text))


def open_table(
    source: Source, config: DataConfig, without: IntArray | None = None, unread: IntArray | None = None
) -> CsvTable | FrameTable:
    """Check *source* down to the fields of each line; columns are read on demand. *without*, *unread* as in CsvTable.

    Raises DataError, UsageError or ResourceError; each names the place and the remedy.
    """
    if source.parquet:
        from gruforecast.data.parquet_reader import open_parquet  # with pandas

        return open_parquet(source, without, unread)
    return CsvTable.open(source, config, without, unread)


def read_panel(
    path: str | os.PathLike[str], config: DataConfig | None = None, *, layout: str | None = None
) -> tuple[Panel, ReadReport]:
    """Read *path* (``-`` is stdin) into a panel. *layout* pins what an earlier report found.

    Raises NoInput, as :func:`open_table`, and DataError for columns, numbers or times that are not certain.
    """
    config = config or DataConfig()
    source = read_source(path, zeros=not text.is_utf8(config.charset))
    return panel_from_source(source, config, layout)


def panel_from_source(
    source: Source,
    config: DataConfig,
    layout: str | None = None,
    without: IntArray | None = None,
    unread: IntArray | None = None,
) -> tuple[Panel, ReadReport]:
    """The same for an input that has been opened; *without* and *unread* as in :meth:`CsvTable.open`."""
    table = open_table(source, config, without, unread)
    if isinstance(table, FrameTable):
        return panel_of_table(table, config, layout)
    try:
        return _panel_of(table, config, layout)
    except LineFault as fault:
        # Rows without a single filled cell hold nothing; they are looked for only when something is in the way.
        blank = table.blank_records()
        if not len(np.intersect1d(blank, fault.places.records)):
            raise
    return _panel_of(CsvTable.open(source, config, blank, unread), config, layout)


def _panel_of(table: CsvTable, config: DataConfig, layout: str | None) -> tuple[Panel, ReadReport]:
    return panel_of_table(table, replace(config, sep=table.sep, decimal=table.decimal), layout, table.warnings)


def panel_from_frame(
    frame: pd.DataFrame, config: DataConfig | None = None, *, layout: str | None = None
) -> tuple[Panel, ReadReport]:
    """The same for a pandas frame: columns may hold text, numbers or datetimes (zone-aware ones keep their zone)."""
    config = config or DataConfig()
    table = FrameTable(frame)
    if not table.rows or len(set(table.header)) < len(table.header):
        raise DataError("the frame has no rows or a repeated column name", file=table.name)
    return panel_of_table(table, config, layout)


def panel_of_table(
    table: Table, config: DataConfig, layout: str | None = None, warnings: tuple[str, ...] = ()
) -> tuple[Panel, ReadReport]:
    """The panel in *table*; *warnings* are passed on. Raises DataError for what is not certain."""
    roles = find_columns(table, config, layout)
    if roles.layout == "wide":
        rows, missing = _wide_rows(table, roles, config)
    else:
        rows, missing, roles = _long_rows(table, roles, config, layout)
    names = ColumnNames(
        id=roles.id or "unique_id", time=roles.time, target="y" if roles.layout == "wide" else roles.targets[0]
    )
    try:
        panel, counts = build_panel(rows, config, names)
    except DataError as error:
        error.hint += _of_columns(table, roles, error.hint, guessed=layout is None and roles.id != config.id_col)
        raise
    return panel, _report(table, roles, config, panel, counts, missing, warnings)


def _long_rows(table: Table, roles: Roles, config: DataConfig, layout: str | None) -> tuple[Rows, int, Roles]:
    """Rows of a table with one target column; settles whether a column of numbers is the id."""
    id_name = roles.id or roles.maybe_id
    times, columns = _load(table, roles, [id_name] if id_name else [], config)
    y = columns.numbers[roles.targets[0]]
    series = None
    if id_name is not None:
        factor = columns.texts[id_name].merged()
        # A number per row is a measurement or a counter; one shared by several rows is an id.
        if roles.id or roles.layout == "long" or 2 * len(factor.values) <= len(y):
            series = factor
            roles = replace(roles, layout="long", id=id_name)
            _check_ids(table, id_name, factor)
            if layout is None and id_name != config.id_col and id_name.lower() != "unique_id":
                _check_shared_times(table, id_name, factor, times)
    series = series or table.unnamed(roles.targets[0])
    return Rows(series.values, series.codes, times, y, table, roles.time), int(np.isnan(y).sum()), roles


def _wide_rows(table: Table, roles: Roles, config: DataConfig) -> tuple[Rows, int]:
    """Rows of a table in which each column but the time is a series, one below the other."""
    times, columns = _load(table, roles, [], config)
    ids = sorted(roles.targets)
    y: FloatArray = np.concatenate([columns.numbers[name] for name in ids])
    codes: IntArray = np.repeat(np.arange(len(ids)), table.rows)
    repeated = replace(
        times,
        values=np.tile(times.values, len(ids)),
        offsets=None if times.offsets is None else np.tile(times.offsets, len(ids)),
    )
    return Rows(np.array(ids, dtype=object), codes, repeated, y, table, roles.time), int(np.isnan(y).sum())


def _load(table: Table, roles: Roles, texts: list[str], config: DataConfig) -> tuple[Times, Columns]:
    """Times and the other columns."""
    try:
        columns = table.load([*texts, roles.time], roles.targets)
    except DataError:
        # What is wrong with the times is said first.
        read_times(table, roles.time, table.load([roles.time], []).texts[roles.time], config)
        raise
    return read_times(table, roles.time, columns.texts[roles.time], config), columns


def _check_ids(table: Table, name: str, factor: Factor) -> None:
    empty = np.flatnonzero(factor.values == "")
    if len(empty):
        rows = np.flatnonzero(np.isin(factor.codes, empty))
        hint, merged = "name the series", 2 * len(rows) > table.rows
        if merged:  # as in a sheet with merged cells: without these lines nothing would be left
            hint = "if a name stands only on the first line of its block, repeat it on every line (fill down)"
            place, sep = table.header.index(name) + 1, shlex.quote(getattr(table, "sep", ","))
            fill = f'${place}==""{{${place}=name}} {{name=${place}; print}}'
            hint += edit(table.name, fill, tool=f"awk -F {sep} -v OFS={sep}")
        raise LineFault("the id is empty", table.places(rows), column=name, hint=hint, choice=merged)


def _of_columns(table: Table, roles: Roles, hint: str, *, guessed: bool) -> str:
    """What to add to the *hint* about times that do not fit where the columns may be misunderstood."""
    if "--duplicates" in hint:
        parts = [
            name for name in table.header if PART_NAME.fullmatch(name) and name not in (roles.time, *roles.targets)
        ]
        return f"; or {part_hint(table, roles.time, parts[0], 'times of day')}" if parts else ""
    if roles.id and guessed and roles.id.lower() != "unique_id" and "--freq" in hint:
        return f"; if column {escape(roles.id)} names no series, say --id-col {NO_ID}"
    return ""


def _check_shared_times(table: Table, name: str, factor: Factor, times: Times) -> None:
    """Refuse a text that no flag calls the id where no two rows have a time in common, as in a bank statement.

    Series that follow one another, each whole, may be a panel; names that alternate from row to row are remarks.
    """
    values, codes = times.values, factor.codes
    if len(factor.values) < 2 or np.isin(values[codes == 1], values[codes == 0]).any():
        return
    order = np.argsort(values, kind="stable")
    if (np.diff(values[order]) == 0).any():
        return
    runs = 1 + np.count_nonzero(np.diff(codes[order]))
    if runs >= 2 * len(factor.values):
        hint = f"say --id-col {NO_ID} if all rows are one series, --id-col {shlex.quote(name)} if it does name them"
        problem = "seems to name no series: no two rows have a time in common"
        raise DataError(problem, file=table.name, column=name, hint=hint)


def _report(
    table: Table,
    roles: Roles,
    config: DataConfig,
    panel: Panel,
    counts: Counts,
    missing: int,
    warnings: tuple[str, ...],
) -> ReadReport:
    wide = roles.layout == "wide"
    used = {roles.id, roles.time, *roles.targets}
    if any(name.startswith(_FORMULA) for name in panel.ids):
        warnings += ("some ids start with =, +, - or @; a spreadsheet may run them (--excel-safe prevents it)",)
    return ReadReport(
        source=table.name,
        sha256=table.sha256,
        rows=table.rows,
        layout=roles.layout,
        id_col=roles.id,
        time_col=roles.time,
        target_col=None if wide else roles.targets[0],
        series_cols=roles.targets if wide else (),
        ignored=tuple(name for name in table.header if name not in used),
        freq=panel.freq.alias,
        n_series=len(panel),
        gaps=counts.gaps,
        missing=missing,
        trimmed=counts.trimmed,
        merged=counts.merged,
        empty_ids=tuple(panel.ids[panel.lengths == 0].tolist()),
        config=replace(
            config,
            id_col=roles.id,
            time_col=roles.time,
            target_col=None if wide else roles.targets[0],
            freq=panel.freq.alias,
        ),
        warnings=warnings + counts.warnings,
    )
