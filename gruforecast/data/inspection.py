"""Everything that is wrong with a file: what the reader refuses, one after the other, each time without it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data import text
from gruforecast.data.csv_reader import ReadReport, panel_from_source
from gruforecast.data.faults import EncodingFault, LineFault, others
from gruforecast.data.panel import Panel
from gruforecast.data.source import Source, read_source
from gruforecast.errors import DataError, NoRows

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
        return self.message.removesuffix(others(self.lines, self.count))


@dataclass(frozen=True)
class Inspection:
    """The findings, and the panel and report of what can be read without the faulty lines (None: nothing can)."""

    findings: tuple[Finding, ...]
    panel: Panel | None = None
    report: ReadReport | None = None
    source: Source | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings for which training refuses the file."""
        return tuple(finding for finding in self.findings if finding.severity == ERROR)


def inspect(path: str | os.PathLike[str], config: DataConfig) -> Inspection:
    """Find all faults of *path* (``-`` is stdin).

    Raises NoInput and ResourceError where there is nothing to look at, UsageError for settings that cannot be.
    """
    try:
        source = read_source(path, zeros=not text.is_utf8(config.encoding))
    except DataError as error:
        return Inspection((finding_of(error),))
    found: list[Finding] = []
    without = unread = np.empty(0, dtype=np.int64)
    while len(found) < _MAX_FAULTS:
        try:
            panel, report = panel_from_source(source, config, None, without if len(without) else None, unread)
        except EncodingFault as error:
            found.append(finding_of(error))
            if config.encoding == error.likely:
                break
            config = replace(config, encoding=error.likely)
        except LineFault as error:
            found.append(finding_of(error))
            size = len(without) + len(unread)
            if error.cells:
                unread = np.union1d(unread, error.places.records)
            else:
                without = np.union1d(without, error.places.records)
            if len(without) + len(unread) == size:
                break
        except NoRows as error:
            if not len(without):  # else every row is at fault, which has been said
                found.append(finding_of(error))
            break
        except DataError as error:
            found.append(finding_of(error))
            break
        else:
            found += [Finding(WARNING, warning, file=source.name) for warning in report.warnings]
            return Inspection(tuple(found), panel, report, source)
    return Inspection(tuple(found), source=source)


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
