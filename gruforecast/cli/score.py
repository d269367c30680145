"""``gruforecast score``: how good an existing forecast file was."""

from __future__ import annotations

from typing import Annotated

import typer

from gruforecast.cli.console import Talk
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import ByOption, CommonFlags, GatesOption, InputFlags, words

EPILOG = examples(
    ("gruforecast score forecasts.csv actuals.csv", "errors of last month's forecast"),
    ("gruforecast score forecasts.csv new.csv --train old.csv", "scaled errors too, such as MASE"),
    ('gruforecast score forecasts.csv new.csv --fail-if "sMAPE>20"', "a gate: exit code 7"),
)


@grouped
def command(
    forecast: Annotated[
        str, typer.Argument(metavar="FORECAST", help="A file that predict wrote, or of its form.", show_default=False)
    ],
    actuals: Annotated[str, typer.Argument(metavar="ACTUALS", help="CSV file of what came true.", show_default=False)],
    reading: InputFlags,
    common: CommonFlags,
    train: Annotated[
        str | None,
        typer.Option("--train", metavar="FILE", show_default=False, help="The history, for scaled errors (MASE)."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metrics", metavar="NAME,…", show_default=False, help="Such as MAE,sMAPE,coverage-80."),
    ] = None,
    by: ByOption = None,
    fail_if: GatesOption = None,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Metrics CSV; - for stdout.")
    ] = "metrics.csv",
) -> None:
    talk = Talk(quiet=common.quiet, as_json=common.json)
    to_stdout = output == "-"
    talk.refuse_two_documents(to_stdout)
    from gruforecast.cli.metrics_view import metrics_document, metrics_view
    from gruforecast.cli.text import counted, escaped
    from gruforecast.jobs.score import ScoreRequest, score

    done = score(
        ScoreRequest(
            forecast=forecast,
            actuals=reading.origin(actuals),
            train=train,
            metrics=words(metrics) or None,
            by=words(by) or ("overall",),
            gates=tuple(fail_if or ()),
            output=None if to_stdout else output,
            reading=reading.config(),
        )
    )
    talk.notes(done.notes)
    points = int((done.backtest.actual == done.backtest.actual).sum())
    talk.show(metrics_view(done.scores, f"{counted(len(done.backtest.ids), 'series')}, {counted(points, 'point')}"))
    if to_stdout:
        talk.data(done.scores.csv)
    else:
        talk.say(f"[bold green]Wrote[/] {escaped(output)}")
    talk.document(
        command="score",
        points=points,
        series=len(done.backtest.ids),
        notes=list(done.notes),
        **metrics_document(done.scores),
    )
    done.scores.check_gates()
