"""What a database answers as a table; its lines are its rows, counted from 1 in the order in which they come."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gruforecast.data import database
from gruforecast.data.frame_table import FrameTable
from gruforecast.data.origin import Query
from gruforecast.data.source import check_size
from gruforecast.errors import DataError, NoRows, UsageError, escape

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

CHUNK_ROWS = 20_000
_INT64 = 2**63
Cells = Sequence[Any]


def read_query(query: Query) -> FrameTable:
    """Fetch all rows of *query*; as Python objects only a chunk of them stands in memory at a time.

    Raises NoInput, UsageError, DataError or ResourceError as :func:`gruforecast.data.database.reading`.
    """
    with database.reading(query.url) as connection:
        # A cursor of the server's: the client asks for the next rows when it is done with these.
        options = {"stream_results": True, "max_row_buffer": CHUNK_ROWS, "no_parameters": True}
        result = connection.execution_options(**options).exec_driver_sql(
            query.sql or _whole(connection, query.table or "")
        )
        if not result.returns_rows:
            raise UsageError("the query answers nothing", hint="write a SELECT")
        names = [str(name) for name in list(result.keys())]
        if len(set(names)) < len(names):
            raise DataError("a column name stands twice", file=query.name, hint="rename one with AS")
        chunks: list[list[pd.Series]] = [[] for _ in names]
        rows = size = 0
        for part in result.partitions(CHUNK_ROWS):
            for name, column, cells in zip(names, chunks, zip(*part, strict=True), strict=True):
                column.append(_column(cells, query.name, name, rows))
                size += column[-1].memory_usage(index=False)
            rows += len(part)
            check_size(size, query.name)
    if not rows:
        hint = f"it has the columns {', '.join(map(escape, names))}"[:200]
        raise NoRows("the query answers no rows", file=query.name, hint=hint)
    return FrameTable(pd.DataFrame({n: _whole_column(c) for n, c in zip(names, chunks, strict=True)}), query.name)


def _whole(connection: Connection, table: str) -> str:
    """The query for all of *table*, which may be ``schema.table``."""
    quote: Callable[[str], str] = connection.dialect.identifier_preparer.quote
    return f"SELECT * FROM {'.'.join(map(quote, table.split('.')))}"


def _column(cells: Cells, file: str, name: str, before: int) -> pd.Series:
    """Cells of one kind in as little memory as that kind needs; *before* rows stand above them."""
    kinds = {*map(type, cells)} - {type(None)}
    if kinds & {bytes, bytearray, memoryview}:
        row = next(i for i, cell in enumerate(cells) if isinstance(cell, bytes | bytearray | memoryview))
        raise DataError(
            "holds bytes", file=file, line=before + row + 1, column=name, hint="select it as text or number"
        )
    if kinds <= {int, Decimal} and all(map(_is_whole, cells)):
        return pd.Series([None if cell is None else int(cell) for cell in cells], dtype="Int64")
    if kinds <= {int, float, Decimal}:
        return pd.Series([np.nan if cell is None else float(cell) for cell in cells], dtype="float64")
    if kinds == {datetime.date}:
        return pd.Series(np.array(cells, dtype="datetime64[s]"))
    if kinds == {datetime.datetime}:
        zoned = {cell.tzinfo is not None for cell in cells if cell is not None}
        if len(zoned) == 1:
            return _moments(cells, zoned.pop())
    return pd.Series(_texts(cells))


def _is_whole(cell: Any) -> bool:
    if isinstance(cell, Decimal):
        return cell.is_finite() and cell == cell.to_integral_value() and abs(cell) < _INT64
    return cell is None or abs(cell) < _INT64


def _moments(cells: Cells, zoned: bool) -> pd.Series:
    """Datetimes to the microsecond; zone-aware ones as UTC."""
    if not zoned:
        return pd.Series(np.array(cells, dtype="datetime64[us]"))
    naive = [None if cell is None else cell.astimezone(datetime.UTC).replace(tzinfo=None) for cell in cells]
    return pd.Series(np.array(naive, dtype="datetime64[us]")).dt.tz_localize("UTC")


def _whole_column(chunks: list[pd.Series]) -> pd.Series:
    """The chunks one below the other; where their kinds differ, as text."""
    known = [chunk for chunk in chunks if not chunk.isna().all()]
    kinds = {_kind(chunk) for chunk in known}
    if len(kinds) == 1 and "text" not in kinds:
        kind = known[0].dtype if len({chunk.dtype for chunk in known}) == 1 else "float64"
        return pd.concat([_filled(chunk, kind) for chunk in chunks], ignore_index=True)
    return pd.Series(pd.api.types.union_categoricals([_as_text(chunk) for chunk in chunks]))


def _kind(chunk: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(chunk.dtype):
        return "number"
    return "text" if isinstance(chunk.dtype, pd.CategoricalDtype) else str(chunk.dtype)


def _filled(chunk: pd.Series, kind: Any) -> pd.Series:
    """*chunk* as *kind*; one without a single value fits all kinds."""
    if chunk.isna().all():
        return pd.Series([None] * len(chunk), dtype=kind)
    return chunk.astype(kind)


def _as_text(chunk: pd.Series) -> pd.Categorical:
    if isinstance(chunk.dtype, pd.CategoricalDtype):
        return pd.Categorical(chunk.array)
    return _texts([None if pd.isna(cell) else cell for cell in chunk.tolist()])


def _texts(cells: Cells) -> pd.Categorical:
    codes, values = pd.factorize(np.array([None if cell is None else str(cell) for cell in cells], dtype=object))
    return pd.Categorical.from_codes(codes, categories=pd.Index(values, dtype=object))
