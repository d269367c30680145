"""The records of CSV content, block by block: where each cell stands, and its bytes as machine words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.text import LF, QUOTE, inside_quotes

WORD = 8
# Cells up to this many bytes can be read as words; as many bytes stand on either side of a block.
LONGEST = 64
# Small enough to stay in the processor's cache, large enough for numpy.
_BLOCK = 1 << 19
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Records:
    """A piece of the content that consists of whole records, and where each cell ends.

    Attributes:
        padded: the bytes, between LONGEST others on either side: those around them, or zeros.
        ends: [fields, n] positions in *padded* of the separator or line feed after each cell.
        quoted: whether any cell may stand in quotes.
    """

    padded: NDArray[np.uint8]
    ends: NDArray[np.uint32]
    quoted: bool

    def __len__(self) -> int:
        return int(self.ends.shape[1])

    def cells(self, place: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """[n] first bytes of the cells of a column, and the bytes after their last, without the quotes around them."""
        stops = self.ends[place].astype(np.int64)
        starts = np.empty_like(stops)
        if place:
            np.add(self.ends[place - 1], 1, out=starts)
        else:
            starts[0] = LONGEST
            np.add(self.ends[-1, :-1], 1, out=starts[1:])
        if not self.quoted:
            return starts, stops
        quotes = self.padded[starts] == QUOTE
        return starts + quotes, stops - quotes

    def words(self, starts: NDArray[np.int64]) -> Words:
        """[n] the eight bytes from each of *starts* on, the first of them the lowest."""
        overlapping: Words = np.ndarray((len(self.padded) - WORD + 1,), "<u8", self.padded, strides=(1,))
        return overlapping[starts]


def records(data: bytes, sep: str, fields: int, at: int = 0, size: int = _BLOCK) -> Iterator[Records | None]:
    """All records of *data* from offset *at* on, whose quotes have been checked; None, and the end, at the first block
    in which some record has not exactly *fields* fields.
    """
    raw = np.frombuffer(data, dtype=np.uint8)
    quoted = QUOTE in data
    while at < len(raw):
        piece = raw[at : at + size]
        feeds = piece == LF
        marks = feeds | (piece == ord(sep))
        if quoted:
            outside = ~inside_quotes(piece == QUOTE)
            feeds &= outside
            marks &= outside
        found = np.flatnonzero(marks)
        n = len(found) // fields
        if not n:
            if at + size >= len(raw) or feeds.any():
                yield None
                return
            size *= 2  # a record longer than a block
            continue
        ends = found[: n * fields].reshape(n, fields)
        stop = int(ends[-1, -1]) + 1
        # Each last cell ends with a line feed, and there is no other.
        if np.count_nonzero(feeds[:stop]) != n or not feeds[ends[:, -1]].all():
            yield None
            return
        yield Records(_padded(raw, at, at + stop), ends.T.astype(np.uint32, order="C") + np.uint32(LONGEST), quoted)
        at += stop


def _padded(raw: NDArray[np.uint8], start: int, stop: int) -> NDArray[np.uint8]:
    """The bytes from *start* to *stop* and LONGEST on either side."""
    if start >= LONGEST and stop + LONGEST <= len(raw):
        return raw[start - LONGEST : stop + LONGEST]
    return np.pad(raw[start:stop], LONGEST)
