"""``gruforecast plot``: a picture of history and forecast."""

from __future__ import annotations

from typing import Annotated

import typer

from gruforecast.cli.console import Talk
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import ONE_DATA_HELP, CommonFlags, HorizonOption, InputFlags, ModelOption, words

EPILOG = examples(
    ("gruforecast plot", "what the newest model here forecasts for its data"),
    ("gruforecast plot sales.csv forecasts.csv --series Oslo,Rome", "a forecast file, two series"),
)


@grouped
def command(
    reading: InputFlags,
    common: CommonFlags,
    data: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help=f"{ONE_DATA_HELP} [the file the model was trained on]", show_default=False),
    ] = None,
    forecasts: Annotated[
        str | None,
        typer.Argument(metavar="FORECASTS", help="A file that predict wrote. [made by the model]", show_default=False),
    ] = None,
    model: ModelOption = None,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="PNG file; - for stdout.")
    ] = "forecast.png",
    horizon: HorizonOption = None,
    series: Annotated[
        list[str] | None,
        typer.Option("--series", metavar="ID,…", show_default=False, help="Series to show, at most six. [the first]"),
    ] = None,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", show_default=False, help="Periods of history to show.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", show_default=False, help="A line above the charts.")
    ] = None,
) -> None:
    talk = Talk(quiet=common.quiet, as_json=common.json)
    talk.refuse_two_documents(output == "-")
    from gruforecast.cli.text import escaped
    from gruforecast.jobs.plot import PlotRequest, plot

    png = plot(
        PlotRequest(
            data=reading.named([data] if data else None),
            forecasts=forecasts,
            model=model,
            output=output,
            series=words(series),
            last=last,
            title=title,
            horizon=horizon,
            reading=reading.config(),
        )
    )
    if output == "-":
        talk.data(png)
    else:
        talk.say(f"[bold green]Wrote[/] {escaped(output)}")
    talk.document(command="plot", output=output)
