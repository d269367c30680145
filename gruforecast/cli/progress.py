"""Watching a training: a live display at a terminal, a few plain lines elsewhere, nothing with ``--quiet``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from gruforecast.cli import signals
from gruforecast.cli.console import Talk, stderr_console
from gruforecast.cli.text import counted, escaped, frequency

if TYPE_CHECKING:
    from rich.console import Console
    from rich.panel import Panel as Box
    from rich.progress import Progress

    from gruforecast.jobs.source import Loaded
    from gruforecast.training.events import Event

PHASES = {"search": "Learning", "refit": "Refitting on everything"}
SECONDS_BETWEEN_LINES = 15.0


class Watch(Protocol):
    """What a training job calls back."""

    def on_read(self, loaded: Loaded, horizon: int | None = None) -> None:
        """The data is read, training begins."""

    def on_event(self, event: Event) -> None:
        """The training loop moved."""


@contextlib.contextmanager
def watching(talk: Talk, horizon: int | None) -> Iterator[Watch]:
    """The watch that fits where stderr goes."""
    console = stderr_console()
    if talk.quiet:
        yield Silent()
    elif console.is_terminal and not console.is_dumb_terminal:
        live = Live(console, horizon)
        try:
            yield live
        finally:
            live.close()
    else:
        yield Lines(console, horizon)


class Silent:
    """Says nothing."""

    def on_read(self, loaded: Loaded, horizon: int | None = None) -> None:
        """See :class:`Watch`."""

    def on_event(self, event: Event) -> None:  # noqa: ARG002 - nothing to say about it
        """See :class:`Watch`."""
        signals.check()


class Lines:
    """A few plain lines, fit for a log."""

    def __init__(self, console: Console, horizon: int | None) -> None:
        self.console, self.horizon = console, horizon
        self.last = time.monotonic()
        self.held_out = ""

    def on_read(self, loaded: Loaded, horizon: int | None = None) -> None:
        """See :class:`Watch`."""
        facts = [
            value if name == "series" else f"{name}: {value}" for name, value in found(loaded, horizon or self.horizon)
        ]
        self.console.print(f"{escaped(loaded.report.source)}: {'; '.join(facts)}")
        for warning in loaded.report.warnings:
            self.console.print(f"note: {escaped(warning)}")

    def on_event(self, event: Event) -> None:
        """See :class:`Watch`."""
        signals.check()
        kind = type(event).__name__
        if kind == "Validated":
            self.held_out = f", held-out {event.best:.4g}"  # type: ignore[union-attr]
        elif kind == "PhaseStarted" and event.done:  # type: ignore[union-attr]
            self.console.print(f"{PHASES.get(event.phase, event.phase)}: goes on from step {event.done}")  # type: ignore[union-attr]
        elif kind == "RateHalved":
            self.console.print(f"the loss was not finite; learning rate halved to {event.lr:.3g}")  # type: ignore[union-attr]
        elif kind == "Stepped" and time.monotonic() - self.last > SECONDS_BETWEEN_LINES:
            self.last = time.monotonic()
            name = PHASES.get(event.phase, event.phase)
            self.console.print(f"{name}: step {event.step}, loss {event.loss:.4g}{self.held_out}")  # type: ignore[union-attr]


class Live:
    """A panel of what was found, then a bar for each phase."""

    def __init__(self, console: Console, horizon: int | None) -> None:
        self.console, self.horizon = console, horizon
        self.progress: Progress | None = None
        self.task: Any = None
        self.status: Any = console.status("Reading")
        self.status.start()

    def on_read(self, loaded: Loaded, horizon: int | None = None) -> None:
        """See :class:`Watch`."""
        self.console.print(summary(loaded, horizon or self.horizon))
        for warning in loaded.report.warnings:
            self.console.print(f"[yellow]Note[/]  {escaped(warning)}")
        self.status.update("Starting PyTorch")

    def on_event(self, event: Event) -> None:
        """See :class:`Watch`."""
        signals.check()
        show = getattr(self, f"_{type(event).__name__.lower()}", None)
        if show is not None:
            show(event)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.status.stop()
        if self.progress is not None:
            self.progress.stop()

    def _phasestarted(self, event: Any) -> None:
        self.status.stop()
        if self.progress is None:
            self.progress = training_progress(self.console)
            self.progress.start()
        else:
            self._finish()
        name = PHASES.get(event.phase, event.phase)
        self.task = self.progress.add_task(name, total=event.total, completed=event.done, loss="", held_out="")

    def _stepped(self, event: Any) -> None:
        if self.progress is not None:
            self.progress.update(self.task, completed=event.step, loss=f"loss [bold]{event.loss:.3f}[/]")

    def _validated(self, event: Any) -> None:
        if self.progress is not None:
            at = f" [dim]at {event.best_step}[/]" if event.best_step else ""
            self.progress.update(self.task, held_out=f"held-out [bold]{event.best:.3f}[/]{at}")

    def _ratehalved(self, event: Any) -> None:
        self.console.print(f"[yellow]The loss was not finite; the learning rate is halved to {event.lr:.3g}[/]")

    def _finish(self) -> None:
        """A phase that stopped early is done all the same."""
        if self.progress is not None:
            done = self.progress.tasks[self.task].completed
            self.progress.update(self.task, total=max(done, 1), completed=max(done, 1))


def training_progress(console: Console) -> Progress:
    """Phase, bar, step, losses, speed and time left, as far as they fit the width."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    wide = console.width >= 100
    columns: list[Any] = [
        TextColumn("{task.description:<23}" if wide else "{task.description}"),
        BarColumn(bar_width=28 if wide else 14, complete_style="cyan", finished_style="green"),
        MofNCompleteColumn(),
        TextColumn(" {task.fields[loss]}"),
        TextColumn(" {task.fields[held_out]}"),
    ]
    if wide:
        columns.append(_speed_column())
    columns.append(TimeRemainingColumn(compact=True, elapsed_when_finished=True))
    return Progress(*columns, console=console)


def _speed_column() -> Any:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Speed(ProgressColumn):
        """Steps per second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} steps/s" if speed else "", style="dim")

    return Speed()


def found(loaded: Loaded, horizon: int | None) -> list[tuple[str, str]]:
    """What reading found, as pairs of a name and its value."""
    panel, report = loaded.panel, loaded.report
    span = f"{panel.freq.format([int(panel.start.min())])[0]} … {panel.freq.format([int(panel.cutoff.max())])[0]}"
    ahead = horizon or panel.freq.default_horizon
    facts = [
        ("series", f"{counted(len(panel), 'series')}, {counted(report.rows, 'row')}"),
        ("columns", _columns(report)),
        ("time", f"{frequency(panel.freq.alias)}, {span}"),
        ("horizon", f"{counted(ahead, 'period')}{'' if horizon else ' (chosen by frequency)'}"),
    ]
    season = panel.freq.season_length
    if season > 1:
        facts.insert(3, ("season", counted(season, "period")))
    missing = report.gaps + max(report.missing - report.trimmed, 0)
    if missing:
        facts.insert(1, ("missing", f"{counted(missing, 'value')}, left as missing"))
    return facts


def _columns(report: Any) -> str:
    roles = [("id", report.id_col), ("time", report.time_col), ("target", report.target_col)]
    named = [f"{escaped(column)} ({role})" for role, column in roles if column is not None]
    if report.layout == "wide":
        named.append(f"{counted(len(report.series_cols), 'column')}, each a series")
    return ", ".join(named)


def summary(loaded: Loaded, horizon: int | None) -> Box:
    """The panel of what was found."""
    from rich.panel import Panel as Box
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for name, value in found(loaded, horizon):
        grid.add_row(name, value)
    title = f"[bold]{escaped(loaded.report.source)}[/]"
    return Box(grid, title=title, title_align="left", border_style="dim", expand=False, padding=(0, 1))
