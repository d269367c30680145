"""A pandas frame seen as a table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data import numbers
from gruforecast.data.faults import MAX_LINES, LineFault, Places
from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.data.table import SAMPLE_ROWS, Columns, Factor, as_text, bad_numbers, one_series
from gruforecast.errors import NoRows, escape

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FrameTable:
    """A pandas frame seen as a table; "lines" are its rows, counted from 1.

    Attributes:
        records: [rows] the rows of the file that *frame* holds; None: all of them.
        unread: rows of the file whose values, where they are no numbers, are missing values.
    """

    frame: pd.DataFrame = field(repr=False)
    name: str = "DataFrame"
    decimal: str = "."
    thousands: str = ""
    digest: str | None = None
    records: IntArray | None = field(default=None, repr=False)
    unread: IntArray | None = field(default=None, repr=False)

    @property
    def header(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    @property
    def rows(self) -> int:
        return len(self.frame)

    @property
    def sha256(self) -> str:
        """Hash of the file it came from, else of the values, columns in order: equal frames give equal hashes."""
        if self.digest is not None:
            return self.digest
        digest = hashlib.sha256("\0".join(self.header).encode())
        for i in range(self.frame.shape[1]):
            column = self._factor(i)
            digest.update("\0".join(map(str, column.values.tolist())).encode())
            digest.update(column.codes.tobytes())
        return digest.hexdigest()

    def sample(self) -> dict[str, list[str]]:
        head = FrameTable(self.frame.iloc[:SAMPLE_ROWS])
        return {name: as_text(head._factor(i).expand()) for i, name in enumerate(self.header)}

    def load(self, texts: Sequence[str], values: Sequence[str]) -> Columns:
        where = {name: i for i, name in enumerate(self.header)}
        return Columns(
            {name: self._factor(where[name]) for name in texts},
            {name: self._floats(where[name]) for name in values},
        )

    def leaving_out(self, without: IntArray | None, unread: IntArray | None) -> FrameTable:
        """The same without rows *without* (from 1). Raises NoRows if none is left."""
        frame, records = self.frame, None
        if without is not None:
            records = np.setdiff1d(np.arange(1, len(frame) + 1), without)
            frame = frame.iloc[records - 1]
        if not len(frame):
            hint = f"it has the columns {', '.join(map(escape, self.header))}"[:200]
            raise NoRows("the table has no rows", file=self.name, hint=hint)
        return replace(self, frame=frame, records=records, unread=unread)

    def unnamed(self, target: str) -> Factor:
        return one_series(target, self.rows)

    def places(self, rows: IntArray) -> Places:
        records = rows + 1 if self.records is None else self.records[rows]
        last = self.rows if self.records is None else int(self.records[-1])
        return Places(self.name, records, tuple(records[:MAX_LINES].tolist()), last)

    def _factor(self, i: int) -> Factor:
        import pandas as pd  # whoever has a frame has it

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
        import pandas as pd

        column = self.frame.iloc[:, i]
        name = self.header[i]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            infinite = self._refused(np.isinf(values))
            if len(infinite):
                raise LineFault(
                    "is no finite number",
                    self.places(infinite),
                    column=name,
                    value=values[infinite[0]],
                    hint="leave the cell empty if there is no value",
                    cells=True,
                )
            return np.where(np.isinf(values), np.nan, values)
        factor = self._factor(i)
        parsed, bad = numbers.parse_numbers(as_text(factor.values), self.decimal)
        rows = self._refused(np.isin(factor.codes, bad))
        if len(rows):
            raise bad_numbers(self, name, factor, rows)
        return parsed[factor.codes]

    def _refused(self, bad: NDArray[np.bool_]) -> IntArray:
        """The rows that *bad* [rows] marks, without those that are known already."""
        rows = np.flatnonzero(bad)
        return rows if self.unread is None else rows[~np.isin(self.places(rows).records, self.unread)]

    def zone(self, name: str) -> str | None:
        import pandas as pd

        dtype = self.frame.dtypes.iloc[self.header.index(name)]
        return str(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else None
