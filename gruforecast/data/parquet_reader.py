"""A Parquet file as a table; its lines are its rows, counted from 1. Needs pyarrow, which is imported only here."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from gruforecast.data.frame_table import FrameTable
from gruforecast.data.panel import IntArray
from gruforecast.data.source import Source, check_size
from gruforecast.errors import DataError, UsageError

_INDEX = re.compile(r"__index_level_\d+__")


def open_parquet(source: Source, without: IntArray | None = None, unread: IntArray | None = None) -> FrameTable:
    """The table in *source*, leaving out rows *without* (from 1); *unread* as in :class:`FrameTable`.

    Raises UsageError when pyarrow is missing, DataError for a damaged or empty file or a repeated column name,
    ResourceError when it would not fit into memory.
    """
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise UsageError("reading Parquet needs pyarrow", hint="pip install 'gruforecast[parquet]'") from error
    try:
        file = parquet.ParquetFile(arrow.BufferReader(source.data))
        check_size(sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups)), source.name)
        content = file.read()
    except (arrow.ArrowException, OSError, ValueError) as error:
        problem = f"the Parquet data are damaged ({str(error).splitlines()[0][:100]})"
        raise DataError(problem, file=source.name, hint="write the file again") from error
    names = content.column_names
    if len(set(names)) < len(names):
        raise DataError("a column name stands twice", file=source.name, hint="rename one")
    return FrameTable(_frame(content), source.name, digest=str(source.digest)).leaving_out(without, unread)


def _frame(content: Any) -> pd.DataFrame:
    """Columns as pandas holds them. Of an index that pandas stored without a name only times are kept."""
    frame = content.to_pandas(ignore_metadata=True)
    assert isinstance(frame, pd.DataFrame)
    # As in CSV, whole numbers with gaps must not pass through floats: 7.0 is not the id 7.
    gaps = [f.name for f in content.schema if "int" in str(f.type) and content.column(f.name).null_count]
    frame = frame.assign(**{name: pd.array(content.column(name).to_pylist(), dtype="Int64") for name in gaps})
    index = [name for name in frame.columns if _INDEX.fullmatch(name)]
    frame = frame.drop(columns=[name for name in index if pd.api.types.is_integer_dtype(frame[name])])
    return frame.rename(columns={name: "ds" for name in index if "ds" not in frame.columns})
