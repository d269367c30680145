"""Look at a file as training would: everything that is wrong with it, what is in it, and a clean copy on request."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gruforecast.config import DataConfig
from gruforecast.data.clean_csv import clean_csv, reading_flags
from gruforecast.data.csv_reader import ReadReport
from gruforecast.data.inspection import ERROR, NOTE, WARNING, Finding, Inspection, inspect
from gruforecast.data.origin import Named, as_origin
from gruforecast.data.panel import Panel
from gruforecast.data.profile import Group, Profile, profile
from gruforecast.data.source import Source
from gruforecast.errors import DataError, escape
from gruforecast.jobs.last_period import unfinished_period
from gruforecast.jobs.outputs import probe, write
from gruforecast.jobs.reading_flags import as_flags
from gruforecast.jobs.season import settled

_FEW = 3


@dataclass(frozen=True)
class CheckRequest:
    """What to look at and what to write."""

    data: Named
    reading: DataConfig = field(default_factory=DataConfig)
    fix: bool = False
    drop: bool = False
    output: str | None = None


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        findings: errors first, each kind in the order in which a reader meets it.
        profile, report: what can be read (without the lines at fault); None if nothing can.
        command: what to type next.
        changes: what the clean copy changes, one line each; None when none was asked for.
        csv: the clean copy.
    """

    findings: tuple[Finding, ...]
    profile: Profile | None
    report: ReadReport | None
    command: str
    changes: tuple[str, ...] | None = None
    csv: bytes = b""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What training would refuse."""
        return tuple(finding for finding in self.findings if finding.severity == ERROR)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        report = None
        if self.report is not None:
            names = ("rows", "layout", "id_col", "time_col", "target_col", "series_cols", "ignored", "freq", "sha256")
            report = {name: getattr(self.report, name) for name in names}
        return {
            "usable": not self.errors,
            "findings": [asdict(finding) for finding in self.findings],
            "data": report,
            "profile": None if self.profile is None else asdict(self.profile),
            "next": self.command,
            "changes": self.changes,
        }


def check(request: CheckRequest) -> Checked:
    """Do what *request* says; findings are returned, not raised.

    Raises NoInput when there is nothing to look at, UsageError, WriteError, and DataError when a clean copy is asked
    for but would need a decision: it says which.
    """
    if request.output is not None:
        probe(request.output, as_origin(request.data).inputs)
    found = inspect(request.data, request.reading)
    if found.panel is None or found.report is None:
        if request.fix:
            raise _cannot_fix(found.errors)
        return Checked(found.findings, None, None, _next(request, found))
    panel, season = settled(found.panel)
    measured = profile(panel)
    last = _of_last_period(panel, found.report)
    only_count = [Finding(NOTE, season, "", found.report.source, column=found.report.time_col)] if season else []
    findings = (*found.findings, *last, *only_count, *_of_series(measured, found))
    ordered = tuple(sorted(findings, key=lambda f: (ERROR, WARNING, NOTE).index(f.severity)))
    command = _next(request, found) if measured.observed or not found.errors else ""
    checked = Checked(ordered, measured, found.report, command)
    return _fixed(checked, request, found) if request.fix else checked


def _of_last_period(panel: Panel, report: ReadReport) -> list[Finding]:
    problem, hint = unfinished_period(panel)
    return [Finding(WARNING, problem, hint, report.source, column=report.time_col)] if problem else []


def _of_series(found: Profile, inspection: Inspection) -> list[Finding]:
    """Findings about whole series."""
    assert inspection.report is not None
    name = inspection.report.source
    if not found.observed and inspection.errors:
        return []  # the values that could not be read have been named
    if not found.observed:
        hint = "check the target column (--target-col)"
        return [Finding(ERROR, "no series has an observed value", hint, name)]
    if found.single.count + found.empty.count == found.series:
        return [Finding(ERROR, "no series has two observed values to learn from", "give a longer history", name)]
    lean = "forecasts lean on what other series show" if found.series > 1 else "its season is hardly known"
    groups = (
        (WARNING, found.empty, "without a single value", "no forecast will be made"),
        (WARNING, found.single, "with only one value", "the forecast will be a baseline"),
        (WARNING, found.pair, "with only two values", "the forecast will be a baseline"),
        (NOTE, found.constant, "whose values are all equal", ""),
        (NOTE, found.short, "shorter than two seasons", lean),
    )
    return [
        Finding(severity, f"{group.count:,} series {what}: {_named(group)}", hint, name, count=group.count)
        for severity, group, what, hint in groups
        if group.count
    ]


def _named(group: Group) -> str:
    names = ", ".join(escape(name) for name in group.names)
    return f"{names}, …" if group.count > len(group.names) else names


def _next(request: CheckRequest, found: Inspection) -> str:
    """The command that gets the user on."""
    flags, words = as_flags(request.reading), as_origin(request.data).words
    if not found.errors:
        return shlex.join(["gruforecast", "train", *words, *flags])
    if found.panel is None or found.report is None or any(not finding.fix for finding in found.errors):
        return ""
    lost = sum(finding.count for finding in found.errors if finding.fix in ("drop", "blank"))
    if lost > _FEW + found.report.rows // 10:
        return ""  # what would be left is another file
    flags = as_flags(replace(request.reading, encoding=found.report.config.encoding))
    if all(finding.fix == "encoding" for finding in found.errors):
        return shlex.join(["gruforecast", "train", *words, *flags])
    return shlex.join(["gruforecast", "check", *words, *flags, "--fix", "--drop", "-o", "clean.csv"])


def _cannot_fix(errors: tuple[Finding, ...]) -> DataError:
    first = errors[0]
    return DataError(
        f"cannot be fixed without a decision: {first.message}",
        file=first.file,
        line=first.line,
        column=first.column,
        hint=first.hint,
    )


def _fixed(checked: Checked, request: CheckRequest, found: Inspection) -> Checked:
    """*checked* with the clean copy, written if a path was given."""
    assert found.panel is not None and found.report is not None
    undecided = tuple(finding for finding in checked.errors if finding.fix not in ("drop", "blank", "encoding"))
    if undecided:
        raise _cannot_fix(undecided)
    dropped = tuple(finding for finding in checked.errors if finding.fix in ("drop", "blank"))
    if dropped and not request.drop:
        count = sum(finding.count for finding in dropped)
        lines = "line is" if count == 1 else "lines are"
        refusal = _cannot_fix(dropped)
        raise DataError(
            f"{count:,} {lines} at fault, the first: {refusal.message}", hint="say --drop to leave them out"
        )
    single = found.report.layout == "single" and not as_origin(request.data).many
    csv = clean_csv(found.panel, single=single)
    flags = as_flags(reading_flags(csv, found.panel, single=single))
    if request.output is not None:
        write({request.output: csv})
    written = request.output or "clean.csv"
    command = shlex.join(["gruforecast", "train", written, *flags])
    changes = tuple(_changes(found.report, found.panel, found.sources, dropped))
    return replace(checked, command=command, changes=changes, csv=csv)


def _changes(report: ReadReport, panel: Panel, sources: tuple[Source, ...], dropped: tuple[Finding, ...]) -> list[str]:
    """What the clean copy changes, in words."""
    config, texts = report.config, [source.data for source in sources if not source.parquet]
    said = [f"left out {_lines(finding)}: {finding.problem}" for finding in dropped]
    said += [warning for warning in report.warnings if "empty" in warning or "no name" in warning or "UTC" in warning]
    said += [warning for warning in report.warnings if "read as missing" in warning]
    if not texts:
        said.append("written as CSV")
    elif config.charset.lower().replace("_", "-") not in ("utf-8", "utf8"):
        said.append(f"text re-encoded from {config.charset} to UTF-8")
    elif any(data.startswith(b"\xef\xbb\xbf") for data in texts):
        said.append("byte order mark left out")
    if any(b"\r" in data for data in texts):
        said.append("line ends made plain line feeds")
    if config.sep not in (None, ","):
        said.append(f"separator {escape(config.sep)} became ,")
    if config.decimal == ",":
        said.append("decimal commas became points")
    if config.thousands is not None:
        said.append("thousands separators left out")
    if report.layout == "wide":
        said.append(f"{len(report.series_cols):,} columns became series of a long table")
    if report.merged:
        said.append(f"rows with the time of another merged, {config.duplicates}: {report.merged:,}")
    if report.trimmed:
        said.append(f"missing values at the ends of series left out: {report.trimmed:,}")
    if report.gaps:
        said.append(f"missing rows written with an empty value: {report.gaps:,}")
    if report.ignored:
        said.append(f"columns left out: {', '.join(map(escape, report.ignored))}")
    said.append(f"rows sorted by series and time: {len(panel.y):,}")
    return said


def _lines(finding: Finding) -> str:
    shown = ", ".join(map(str, finding.lines[:5]))
    what = "value" if finding.fix == "blank" else "line"
    if finding.count == 1:
        return f"{'the value on ' if what == 'value' else ''}line {shown}"
    return f"{finding.count:,} {what}s ({shown}{', …' if finding.count > 5 else ''})"
