"""A table of measures, models side by side, the best of each row marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gruforecast.cli.text import aligned, escaped

if TYPE_CHECKING:
    from gruforecast.jobs.metrics_table import Scores


def metrics_view(scores: Scores, title: str) -> Any:
    """The table ``evaluate`` and ``score`` end with."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="dim", pad_edge=False)
    table.add_column("", style="dim", no_wrap=True)
    for i, model in enumerate(scores.models):
        table.add_column(escaped(model), justify="right", header_style="bold cyan" if i == 0 else "bold")
    for metric, values in scores.overall.items():
        best = scores.best(metric)
        cells = zip(scores.models, _cells(metric, [values[model] for model in scores.models]), strict=True)
        # A mark beside the colour, which not every terminal and not every eye shows.
        table.add_row(metric, *(f"[bold green]{text} •[/]" if model == best else f"{text}  " for model, text in cells))
    return table


def _cells(metric: str, values: list[float]) -> list[str]:
    if metric.startswith("coverage-"):
        return [f"{100 * value:.0f} %" if value == value else "–" for value in values]
    return aligned(values)


def metrics_document(scores: Scores) -> dict[str, Any]:
    """The same for programs."""
    return {
        "metrics": scores.overall,
        "verdict": {"winner": scores.verdict.winner, "sentence": scores.verdict.sentence},
    }
