"""Refusals that know every line at fault, so that all of them can be listed and the rest of the file looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gruforecast.data.panel import IntArray
from gruforecast.errors import DataError, unit

SHOWN_LINES = 5
MAX_LINES = 1000


@dataclass(frozen=True)
class Places:
    """Records of a file: their numbers [n] (0 is the header), lines of the first of them, the number of the last."""

    file: str
    records: IntArray
    lines: tuple[int, ...]
    last: int

    def hint(self) -> str:
        """What records without a figure are most likely if they stand here; empty if that is not evident."""
        n = len(self.records)
        if 1 <= n <= 3 and self.records[-1] == n:
            if n == 1:
                return "if this is a second header line or holds units, delete it"
            return f"if lines 2 to {n + 1} are headers or hold units, delete them"
        if n and n <= 3 < self.last and (self.records > self.last - n).all():
            return "if this is a footer or a line of totals, delete it"
        return ""


class LineFault(DataError):
    """Bad data in certain places of a file that could be read without them.

    Attributes:
        places: where.
        cells: only a value in each place is at fault, so that it alone can be left out.
        choice: leaving the places out would be a choice of the user's, not the removal of something unreadable.
    """

    def __init__(
        self,
        problem: str,
        places: Places,
        *,
        column: str | None = None,
        value: object = None,
        hint: str = "",
        choice: bool = False,
        cells: bool = False,
    ) -> None:
        self.places, self.choice, self.cells = places, choice, cells
        if value is not None and not any(c.isdigit() for c in str(value)):
            hint = places.hint() or hint
        super().__init__(
            problem + others(places.lines, len(places.records), unit(places.file)),
            file=places.file,
            line=places.lines[0] if places.lines else None,
            column=column,
            value=value,
            hint=hint,
        )


class EncodingFault(DataError):
    """Content that is not in the encoding it should be in; ``likely`` is the one it probably is in."""

    def __init__(self, problem: str, likely: str, *, file: str, line: int | None = None) -> None:
        self.likely = likely
        super().__init__(problem, file=file, line=line, hint=f"name the encoding, probably --encoding {likely}")


def others(lines: Sequence[int], total: int, word: str = "line") -> str:
    """What follows a problem on the first of *lines* when there are more: the next few and the total."""
    also = lines[1:SHOWN_LINES]
    if not also:
        return ""
    more = f", {total:,} in all" if total > len(also) + 1 else ""
    return f" (also {word}{'s' if len(also) > 1 else ''} {', '.join(map(str, also))}{more})"
