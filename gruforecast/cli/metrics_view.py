"""A table of measures, models side by side, the best of each row marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gruforecast.cli.text import escaped, number

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
        table.add_row(metric, *(_cell(metric, values[model], model == best) for model in scores.models))
    return table


def _cell(metric: str, value: float, best: bool) -> str:
    text = f"{100 * value:.0f} %" if metric.startswith("coverage-") and value == value else number(value)
    # A mark beside the colour, which not every terminal and not every eye shows.
    return f"[bold green]{text} •[/]" if best else f"{text}  "


def metrics_document(scores: Scores) -> dict[str, Any]:
    """The same for programs."""
    return {
        "metrics": scores.overall,
        "verdict": {"winner": scores.verdict.winner, "sentence": scores.verdict.sentence},
    }
