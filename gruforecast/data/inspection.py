"""Everything that is wrong with a file: what the reader refuses, one after the other, each time without it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import ReadReport
from gruforecast.data.faults import EncodingFault, LineFault, others
from gruforecast.data.inputs import Opened
from gruforecast.data.origin import Named, as_origin
from gruforecast.data.panel import IntArray, Panel
from gruforecast.data.source import Source
from gruforecast.errors import DataError, NoRows, unit

ERROR, WARNING, NOTE = "error", "warning", "note"
_MAX_FAULTS = 50


@dataclass(frozen=True)
class Finding:
    """One thing to know about a file.

    Attributes:
        severity: ``error`` (training refuses the file), ``warning`` or ``note``.
        message: what was found, with the value and further lines, but without the place.
        hint: what to do about it; may be empty.
        file, line, column: the (first) place, as far as there is one.
        lines: the first lines it is on, at most 1000.
        count: how many lines in all.
        fix: how ``--fix`` gets rid of it: ``drop`` (leaving lines out), ``blank`` (leaving values out),
            ``encoding``, or empty.
    """

    severity: str
    message: str
    hint: str = ""
    file: str = ""
    line: int | None = None
    column: str | None = None
    lines: tuple[int, ...] = ()
    count: int = 0
    fix: str = ""

    @property
    def problem(self) -> str:
        """The message without the further lines."""
        return self.message.removesuffix(others(self.lines, self.count, unit(self.file)))


@dataclass(frozen=True)
class Inspection:
    """The findings, and the panel and report of what can be read without the faulty lines (None: nothing can)."""

    findings: tuple[Finding, ...]
    panel: Panel | None = None
    report: ReadReport | None = None
    sources: tuple[Source, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings for which training refuses the file."""
        return tuple(finding for finding in self.findings if finding.severity == ERROR)


def inspect(named: Named, config: DataConfig) -> Inspection:
    """Find all faults of what *named* stands for (see :func:`as_origin`).

    Raises NoInput and ResourceError where there is nothing to look at, UsageError for settings that cannot be.
    """
    try:
        opened = Opened.of(as_origin(named), config)
    except DataError as error:
        return Inspection((finding_of(error),))
    found: list[Finding] = []
    without: dict[str, IntArray] = {}
    unread: dict[str, IntArray] = {}
    while len(found) < _MAX_FAULTS:
        try:
            panel, report = opened.panel(config, without=without, unread=unread)
        except EncodingFault as error:
            found.append(finding_of(error))
            if config.encoding == error.likely:
                break
            config = replace(config, encoding=error.likely)
        except LineFault as error:
            found.append(finding_of(error))
            left = unread if error.cells else without
            if not _leave_out(left, error.places.file, error.places.records):
                break
        except NoRows as error:
            if not len(without):  # else every row is at fault, which has been said
                found.append(finding_of(error))
            break
        except DataError as error:
            found.append(finding_of(error))
            break
        else:
            found += [Finding(WARNING, warning, file=report.source) for warning in report.warnings]
            return Inspection(tuple(found), panel, report, opened.sources)
    return Inspection(tuple(found), sources=opened.sources)


def _leave_out(left: dict[str, IntArray], name: str, records: IntArray) -> bool:
    """Add *records* of the file *name* to those *left* out; whether there were new ones."""
    before = left.get(name, np.empty(0, dtype=np.int64))
    left[name] = np.union1d(before, records)
    return len(left[name]) > len(before)


def finding_of(error: DataError) -> Finding:
    """The finding that *error* amounts to."""
    lines = error.places.lines if isinstance(error, LineFault) else (error.line,) if error.line is not None else ()
    return Finding(
        ERROR,
        error.problem,
        error.hint,
        error.file or "",
        error.line,
        error.column,
        lines,
        len(error.places.records) if isinstance(error, LineFault) else len(lines),
        _fix(error),
    )


def _fix(error: DataError) -> str:
    if isinstance(error, EncodingFault):
        return "encoding"
    if not isinstance(error, LineFault) or error.choice:
        return ""
    return "blank" if error.cells else "drop"
