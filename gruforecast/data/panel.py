"""The one data type that everything above the readers speaks: many regular series in flat arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import Frequency

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ColumnNames:
    """The user's own names for id, time and target; outputs carry them unless another dialect is asked for."""

    id: str = "unique_id"
    time: str = "ds"
    target: str = "y"


@dataclass(frozen=True)
class Panel:
    """N ragged series on one regular time grid.

    Times are *ordinals*: whole numbers that count periods of ``freq``. A series therefore needs only its first
    ordinal, cannot be irregular, and a missing row is simply a NaN. ``freq.timestamps`` turns ordinals into times.

    Attributes:
        ids: [N] unique series names (str), in input order.
        start: [N] int64 ordinal of each series' first period.
        indptr: [N+1] int64; series i is ``y[indptr[i]:indptr[i+1]]``. Empty series are allowed (nothing observed).
        y: [T] float64, NaN = missing. The first and last value of a non-empty series are observed.
        freq: the time grid.
        names: column names to write results under.
    """

    ids: NDArray[np.object_]
    start: IntArray
    indptr: IntArray
    y: FloatArray
    freq: Frequency
    names: ColumnNames = ColumnNames()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> IntArray:
        """[N] number of periods of each series, missing ones included."""
        return np.diff(self.indptr)

    @property
    def observed(self) -> IntArray:
        """[N] number of values of each series that are not missing."""
        total = np.concatenate([[0], np.cumsum(np.isfinite(self.y))])
        return np.asarray(total[self.indptr[1:]] - total[self.indptr[:-1]], dtype=np.int64)

    @property
    def cutoff(self) -> IntArray:
        """[N] ordinal of each series' last period (``start - 1`` when empty)."""
        return self.start + self.lengths - 1

    def series(self, i: int) -> FloatArray:
        """[lengths[i]] values of series *i* (a view)."""
        return self.y[self.indptr[i] : self.indptr[i + 1]]

    def tail(self, length: int, drop: int = 0) -> FloatArray:
        """[N, length] last values before the final *drop* periods, right-aligned, NaN where there is no history."""
        offsets = np.arange(-length, 0) - drop
        index = self.indptr[1:, None] + offsets
        inside = (index >= self.indptr[:-1, None]) & (index < self.indptr[1:, None])
        if not len(self.y):
            return np.full((len(self), length), np.nan)
        return np.where(inside, self.y[np.clip(index, 0, len(self.y) - 1)], np.nan)

    def tail_ordinals(self, length: int) -> IntArray:
        """[N, length] ordinals of what :meth:`tail` holds; those before the start of a series are replaced by it."""
        ordinals: IntArray = np.maximum(self.cutoff[:, None] + np.arange(1 - length, 1), self.start[:, None])
        return ordinals

    def select(self, index: IntArray) -> Panel:
        """The series at *index* [K], in that order."""
        lengths = self.lengths[index]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        flat = np.repeat(self.indptr[index] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return replace(self, ids=self.ids[index], start=self.start[index], indptr=indptr, y=self.y[flat])

    def until(self, cutoff: IntArray | int) -> Panel:
        """The past only: periods with ordinal ≤ *cutoff* (one for all, or [N]). The only way to cut a panel in time."""
        stop = np.broadcast_to(np.asarray(cutoff, dtype=np.int64), (len(self),))
        keep = np.clip(stop - self.start + 1, 0, self.lengths)
        # A cut may end on missing values; drop them so that the last value of each series stays observed.
        position = np.arange(len(self.y)) - np.repeat(self.indptr[:-1], self.lengths)
        seen = (position < np.repeat(keep, self.lengths)) & np.isfinite(self.y)
        last = np.zeros(len(self), dtype=np.int64)
        np.maximum.at(last, np.repeat(np.arange(len(self)), self.lengths)[seen], position[seen] + 1)
        mask = position < np.repeat(last, self.lengths)
        indptr = np.concatenate([[0], np.cumsum(last)]).astype(np.int64)
        return replace(self, indptr=indptr, y=self.y[mask])

    def drop_last(self, periods: int) -> Panel:
        """Each series without its own last *periods* periods."""
        return self.until(self.cutoff - periods)


def portions(rows: IntArray, size: int) -> Iterator[IntArray]:
    """*rows* in parts of at most *size*, or of one where that is less: what is looked at together."""
    size = max(1, size)
    return (rows[at : at + size] for at in range(0, len(rows), size))
