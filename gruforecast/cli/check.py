"""``gruforecast check``: everything that is wrong with a file, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gruforecast.cli.console import Talk, write_stdout
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import CommonFlags, InputFlags, NeededDataArgument
from gruforecast.errors import DataError, UsageError, escape, place

if TYPE_CHECKING:
    from gruforecast.data.inspection import Finding
    from gruforecast.jobs.check import Checked

EPILOG = examples(
    ("gruforecast check sales.csv", "all that is wrong with it; exit code 65 if train would refuse it"),
    ("gruforecast check sales.csv --fix -o clean.csv", "a clean copy: sorted, UTF-8, commas, ISO dates"),
    ("gruforecast check sales.csv --fix --drop --duplicates sum -o clean.csv", "without bad lines, doubles added up"),
)


@grouped
def command(
    data: NeededDataArgument,
    reading: InputFlags,
    common: CommonFlags,
    fix: Annotated[bool, typer.Option("--fix", help="Write a clean copy that train reads without flags.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Leave lines out of the copy that cannot be read.")] = False,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", show_default=False, help="Where to write it; - for stdout."),
    ] = None,
) -> None:
    """One finding a line on stdout: file, line, column, what is wrong, what to do. Exit code 65 if train would refuse
    it.
    """
    talk = Talk(quiet=common.quiet, as_json=common.json)
    if fix and output is None:
        raise UsageError("--fix needs a file to write to", hint="say -o clean.csv")
    if not fix and (drop or output is not None):
        raise UsageError(f"{'--drop' if drop else '-o'} needs --fix", hint="say --fix -o clean.csv")
    talk.refuse_two_documents(output == "-")
    from gruforecast.jobs.check import CheckRequest, check

    to_stdout = output == "-"
    found = check(CheckRequest(reading.origin(*data), reading.config(), fix, drop, None if to_stdout else output))
    if common.json:
        talk.document(command="check", **found.to_dict())
    elif to_stdout:
        talk.data(found.csv)
    else:
        _print_findings(found, quiet=common.quiet)
    _print_summary(talk, found)
    if found.changes is not None:
        _print_changes(talk, found, output or "")
    elif found.errors:
        raise typer.Exit(DataError.exit_code)


def finding_line(finding: Finding) -> str:
    """``file:line: column 'y': what is wrong: what to do`` on one line, safe for a terminal."""
    where = place(finding.file, finding.line)
    severity = "" if finding.severity == "error" else finding.severity
    column = f"column {escape(finding.column)}" if finding.column is not None else ""
    text = ": ".join(filter(None, [where, severity, column, finding.message, finding.hint]))
    return "".join(c if c.isprintable() else "�" for c in text)


def _print_findings(found: Checked, *, quiet: bool) -> None:
    shown = found.errors if quiet else found.findings
    write_stdout("".join(finding_line(finding) + "\n" for finding in shown).encode("utf-8"))


def _print_summary(talk: Talk, found: Checked) -> None:
    from gruforecast.cli.text import counted

    if found.profile is not None and found.report is not None:
        talk.show(_panel(found))
    errors = len(found.errors)
    if errors and found.changes is None:
        talk.say(f"[bold red]Refused[/] by train: {counted(errors, 'kind')} of fault")
    elif found.changes is None:
        talk.say("[bold green]Usable[/]")
    if found.command and found.changes is None:
        _print_next(talk, found.command)


def _print_next(talk: Talk, command: str) -> None:
    from gruforecast.cli.text import escaped

    if not talk.as_json:
        talk.say(f"[dim]Next:[/]  [bold cyan]{escaped(command)}[/]")


def _print_changes(talk: Talk, found: Checked, output: str) -> None:
    from gruforecast.cli.text import escaped

    for change in found.changes or ():
        talk.say(f"  [dim]·[/] {escaped(change)}")
    if output != "-":
        talk.say(f"[bold green]Wrote[/] {escaped(output)}")
        _print_next(talk, found.command)


def _panel(found: Checked) -> Any:
    from rich.panel import Panel
    from rich.table import Table

    from gruforecast.cli.text import escaped

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for name, value in _rows(found):
        grid.add_row(name, value)
    assert found.report is not None
    title = f"[bold]{escaped(found.report.source)}[/]"
    return Panel(grid, title=title, title_align="left", border_style="dim", expand=False, padding=(0, 1))


def _rows(found: Checked) -> list[tuple[str, str]]:
    from gruforecast.cli.text import counted, escaped, frequency

    report, size = found.report, found.profile
    assert report is not None and size is not None
    roles = {"id": report.id_col, "time": report.time_col, "target": report.target_col}
    columns = ", ".join(f"{escaped(name)} ({role})" for role, name in roles.items() if name)
    if report.layout == "wide":
        columns += f", {counted(len(report.series_cols), 'series')} in columns"
    low, middle, high = size.lengths
    lengths = f"{low:,}" if low == high else f"{low:,} / {middle:,.6g} / {high:,} (shortest, median, longest)"
    without = " without the lines above" if found.errors else ""
    rows = [
        ("rows", f"{report.rows:,}{without}"),
        ("columns", columns),
        ("series", f"{size.series:,}, {escaped(size.first)} … {escaped(size.last)}"),
        ("length", f"{lengths} periods"),
        ("time", f"{frequency(report.freq)}, season {counted(size.season_length, 'period')}{_strength(size)}"),
        ("values", _values(size)),
    ]
    if report.ignored:
        rows.append(("not used", escaped(", ".join(report.ignored[:8])) + (", …" if len(report.ignored) > 8 else "")))
    return rows


def _strength(size: Any) -> str:
    if size.season_strength is None:
        return ""
    words = ((0.6, "strong"), (0.3, "clear"), (0.1, "weak"), (-1.0, "hardly any"))
    word = next(word for least, word in words if size.season_strength >= least)
    return f", {word} ({size.season_strength:.2f})"


def _values(size: Any) -> str:
    from gruforecast.cli.text import counted

    parts = [f"{size.observed:,}"]
    if size.gaps:
        parts.append(f"{counted(size.gaps, 'gap')} ({_percent(size.gap_share)} of all periods)")
    if size.zeros:
        parts.append(f"{_percent(size.zeros)} zeros")
    if size.negatives:
        parts.append(f"{_percent(size.negatives)} negative")
    return ", ".join(parts)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else "< 0.1 %"
