"""A pandas frame seen as a table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gruforecast.data import numbers
from gruforecast.data.faults import SHOWN_LINES, Places
from gruforecast.data.panel import FloatArray, IntArray
from gruforecast.data.table import SAMPLE_ROWS, Columns, Factor, as_text, bad_numbers
from gruforecast.errors import DataError


@dataclass(frozen=True)
class FrameTable:
    """A pandas frame seen as a table; "lines" are its rows, counted from 1."""

    frame: pd.DataFrame = field(repr=False)
    name: str = "DataFrame"
    decimal: str = "."
    digest: str | None = None

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

    def fixed_width(self, name: str) -> NDArray[np.uint8] | None:  # noqa: ARG002
        return None

    def line(self, row: int) -> int:
        return row + 1

    def places(self, rows: IntArray) -> Places:
        return Places(self.name, rows + 1, tuple((rows[:SHOWN_LINES] + 1).tolist()), self.rows)

    def _factor(self, i: int) -> Factor:
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
        column = self.frame.iloc[:, i]
        name = self.header[i]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            infinite = np.flatnonzero(np.isinf(values))
            if len(infinite):
                raise DataError("is no finite number", file=self.name, line=int(infinite[0]) + 1, column=name)
            return np.asarray(values)
        factor = self._factor(i)
        parsed, bad = numbers.parse_numbers(as_text(factor.values), self.decimal)
        if bad:
            raise bad_numbers(self, name, factor, np.flatnonzero(np.isin(factor.codes, bad)))
        return parsed[factor.codes]

    def zone(self, name: str) -> str | None:
        """IANA name or offset of a zone-aware datetime column."""
        dtype = self.frame.dtypes.iloc[self.header.index(name)]
        return str(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else None
