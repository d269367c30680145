"""``gruforecast predict``: forecast with a saved model into a CSV file."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gruforecast.cli.console import Talk
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import (
    OTHER,
    OUTPUT,
    CommonFlags,
    DataArgument,
    HorizonOption,
    InputFlags,
    LevelsOption,
    ModelOption,
    ZeroShotOption,
    choice,
    numbers,
    percents,
    words,
)
from gruforecast.config import DEVICES

if TYPE_CHECKING:
    from gruforecast.config import DataConfig
    from gruforecast.jobs.predict import ForecastDone

EPILOG = examples(
    ("gruforecast predict sales.csv", "at once, with the pre-trained model or your own"),
    ("gruforecast predict", "newest model here, its data file as it is now"),
    ("gruforecast predict new.csv -H 6 -o next.csv", "other data, six periods"),
    ("gruforecast predict 'shops/*.csv'", "all files as one panel"),
    ("gruforecast predict sqlite:///sales.db#sales -o sqlite:///sales.db#forecasts", "from table to table"),
    ("gruforecast predict --quantiles .1,.5,.9 -o - | head", "to a pipe"),
    ("gruforecast predict --as-of 2024-06-30 --only Oslo,Rome", "what was known then, two series"),
)


def _output(*names: str, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=OUTPUT, **more)


@dataclass(frozen=True)
class OutputFlags:
    """What the forecast file holds."""

    quantiles: Annotated[
        list[str] | None, _output("--quantiles", metavar="Q,…", show_default=False, help="Also these, such as .1,.9.")
    ] = None
    only: Annotated[
        list[str] | None, _output("--only", metavar="ID,…", show_default=False, help="Only these series.")
    ] = None
    dialect: Annotated[
        str, choice(OUTPUT, "--dialect", "NAME", ("own", "nixtla"), "Names of the id and time columns")
    ] = "own"
    excel_safe: Annotated[
        bool, _output("--excel-safe", help="Keep a spreadsheet from running ids that start with = + - @.")
    ] = False
    allow_negative: Annotated[
        bool, _output("--allow-negative", help="Forecast below zero where the history never was.")
    ] = False
    skip_unrecorded: Annotated[
        bool,
        _output("--skip-unrecorded", help="Leave out times at which nothing is ever recorded, as a shop's Sundays."),
    ] = False
    strict: Annotated[bool, _output("--strict", help="Exit with 3 when a series fell back or was skipped.")] = False


@grouped
def command(
    reading: InputFlags,
    shape: OutputFlags,
    common: CommonFlags,
    data: DataArgument = None,
    model: ModelOption = None,
    zero_shot: ZeroShotOption = False,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Forecast CSV, - for stdout, or a table: URL#table.")
    ] = "forecasts.csv",
    horizon: HorizonOption = None,
    levels: LevelsOption = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="TIME", show_default=False, help="Know nothing later than this."),
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="AGE", show_default=False, help="Refuse data older than, say, 36h or 2d."),
    ] = None,
    device: Annotated[str, choice(OTHER, "--device", "NAME", DEVICES, "Where to compute")] = "auto",
) -> None:
    """Without DATA: the file the model was trained on, as it is now. Without -m: the newest model here, else the
    pre-trained one in the box.
    """
    talk = Talk(quiet=common.quiet, as_json=common.json)
    talk.refuse_two_documents(output == "-")
    from gruforecast.jobs.predict import ForecastRequest, forecast

    done = forecast(
        ForecastRequest(
            data=reading.named(data),
            model=model,
            zero_shot=zero_shot,
            output=output,
            horizon=horizon,
            levels=percents("--levels", levels),
            quantiles=numbers("--quantiles", shape.quantiles, 0, 1) or (),
            only=words(shape.only),
            as_of=as_of,
            max_age=max_age,
            dialect=shape.dialect,
            excel_safe=shape.excel_safe,
            allow_negative=shape.allow_negative,
            skip_unrecorded=shape.skip_unrecorded,
            reading=reading.config(),
            device=device,
        )
    )
    if done.outputs is None:
        talk.data(done.csv)
    _report(talk, done, reading.config())
    if shape.strict:
        done.refuse_partial()


def _report(talk: Talk, done: ForecastDone, reading: DataConfig) -> None:
    from gruforecast.cli.text import counted, escaped, intervals
    from gruforecast.jobs.reading_flags import as_flags

    talk.notes(done.notes)
    forecast, statuses = done.prediction.forecast, done.prediction.statuses
    written = forecast.ordinals[forecast.written] if forecast.written.any() else forecast.ordinals
    first, last = forecast.freq.format([int(written.min()), int(written.max())])
    if statuses:
        talk.say(f"[yellow]Note[/]  {_unplain(done)}")
    by = ", by the bundled pre-trained model" if done.model.is_bundled else ""
    where = escaped(done.outputs.forecast) if done.outputs else "stdout"
    count = int(forecast.written.sum())
    rows = "" if count == forecast.written.size else f"{counted(count, 'row')}, "
    talk.say(
        f"[bold green]Wrote[/] {where} [dim]({counted(len(forecast.ids), 'series')} × "
        f"{counted(forecast.horizon, 'period')}, {rows}{first} … {last}, {intervals(done.levels)}{by})[/]"
    )
    if done.model.is_bundled:
        words = done.loaded.origin.words if done.loaded.origin else ("DATA",)
        command = shlex.join(["gruforecast", "train", *words, *as_flags(reading)])
        talk.say(f"[dim]Next:[/]  [bold cyan]{escaped(command)}[/] [dim](adapts the model to these series)[/]")
    talk.document(
        command="predict",
        output=str(done.outputs.forecast) if done.outputs else None,
        model={
            "path": str(done.model.path) if done.model.path is not None else None,
            "version": done.model.version,
            "bundled": done.model.is_bundled,
        },
        series=len(forecast.ids),
        horizon=forecast.horizon,
        rows=count,
        first=str(first),
        last=str(last),
        levels=list(done.levels),
        notes=list(done.notes),
        not_plain=[vars(status) for status in statuses],
    )


def _unplain(done: ForecastDone) -> str:
    """One line that counts the series of each status."""
    from collections import Counter

    from gruforecast.cli.text import escaped

    counts = Counter((s.status, s.reason) for s in done.prediction.statuses)
    parts = [f"{count:,} {status} ({reason})" for (status, reason), count in sorted(counts.items())]
    where = f"; see {escaped(done.outputs.status)}" if done.outputs else ""
    return f"{', '.join(parts)}{where}"
