"""Refusals that know every line at fault, so that all of them can be listed and the rest of the file looked at."""

from __future__ import annotations

from collections.abc import Sequence

from gruforecast.data.panel import IntArray
from gruforecast.errors import DataError

SHOWN_LINES = 5
MAX_LINES = 1000


class LineFault(DataError):
    """Bad data on certain lines of a file that could be read without them.

    Attributes:
        problem: what is wrong, without the place.
        records: [n] numbers of the records at fault (0 is the header), as they stand in the file.
        lines: where the first few of them stand.
        total: how many places are at fault; a place may be more than a line (both rows of a pair) or a cell of it.
    """

    def __init__(
        self,
        problem: str,
        *,
        records: IntArray,
        lines: Sequence[int],
        file: str,
        column: str | None = None,
        value: object = None,
        hint: str = "",
    ) -> None:
        self.problem, self.records, self.lines, self.total = problem, records, list(lines), len(records)
        super().__init__(
            problem + others(self.lines, self.total),
            file=file,
            line=self.lines[0] if self.lines else None,
            column=column,
            value=value,
            hint=hint,
        )


def others(lines: Sequence[int], total: int) -> str:
    """What follows a problem on the first of *lines* when there are more: the next few and the total."""
    also = lines[1:SHOWN_LINES]
    if not also:
        return ""
    more = f", {total:,} in all" if total > len(also) + 1 else ""
    return f" (also line{'s' if len(also) > 1 else ''} {', '.join(map(str, also))}{more})"


def place_hint(records: IntArray, last: int) -> str:
    """What a fault only on the first or only on the *last* record most likely is; empty for any other."""
    if len(records) == 1 and records[0] == 1:
        return "if this is a second header line or holds units, delete it"
    if len(records) and last > 2 and (records >= last - len(records) + 1).all() and len(records) <= 3:
        return "if this is a footer or a line of totals, delete it"
    return ""
