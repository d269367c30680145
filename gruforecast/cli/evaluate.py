"""``gruforecast evaluate``: a rolling-origin backtest of the GRU beside naive baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gruforecast.cli.console import Talk
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import (
    OUTPUT,
    CommonFlags,
    DataArgument,
    HorizonOption,
    InputFlags,
    LevelsOption,
    ModelOption,
    ZeroShotOption,
    choice,
    percents,
    words,
)
from gruforecast.config import DEVICES

if TYPE_CHECKING:
    from gruforecast.jobs.evaluate import Evaluated

EPILOG = examples(
    ("gruforecast evaluate", "the newest model here, on its data"),
    ("gruforecast evaluate sales.csv -H 6 --windows 5", "five windows of six periods"),
    ("gruforecast evaluate --by series --metrics MASE,WQL", "which series are hard?"),
    ('gruforecast evaluate --fail-if "MASE>1" --quiet', "a gate for a pipeline: exit code 7"),
)
LEARNING = "Training"


def _learning(*names: str, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=LEARNING, show_default=False, **more)


def _output(*names: str, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=OUTPUT, **more)


@dataclass(frozen=True)
class LearningFlags:
    """Training settings that replace the model's own."""

    max_steps: Annotated[int | None, _learning("--max-steps", metavar="N", help="At most so many steps.")] = None
    time_limit: Annotated[
        float | None, _learning("--time-limit", metavar="SECONDS", help="Stop each training in time.")
    ] = None
    device: Annotated[str | None, choice(LEARNING, "--device", "NAME", DEVICES, "Where to compute")] = None
    threads: Annotated[int | None, _learning("--threads", metavar="N", help="CPU threads.")] = None
    seed: Annotated[int | None, _learning("--seed", metavar="N", help="The same seed gives the same figures.")] = None

    def given(self) -> dict[str, object]:
        """What was said."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class ResultFlags:
    """What to compute and where to write it."""

    metrics: Annotated[
        list[str] | None,
        _output("--metrics", metavar="NAME,…", show_default=False, help="Such as MASE,sMAPE,WQL,coverage-80."),
    ] = None
    by: Annotated[
        list[str] | None,
        _output("--by", metavar="GROUP,…", show_default=False, help="Also by series, horizon or cutoff. [overall]"),
    ] = None
    fail_if: Annotated[
        list[str] | None,
        _output("--fail-if", metavar="COND", show_default=False, help='Exit with 7 when so, such as "MASE>1".'),
    ] = None
    output: Annotated[str, _output("-o", "--output", metavar="FILE", help="Metrics CSV; - for stdout.")] = "metrics.csv"
    backtest_out: Annotated[
        str, _output("--backtest-out", metavar="FILE", help="Every forecast beside what came true.")
    ] = "backtest.csv"
    no_backtest: Annotated[bool, _output("--no-backtest", help="Do not write that file.")] = False


@grouped
def command(
    reading: InputFlags,
    learning: LearningFlags,
    shape: ResultFlags,
    common: CommonFlags,
    data: DataArgument = None,
    model: ModelOption = None,
    zero_shot: ZeroShotOption = False,
    horizon: HorizonOption = None,
    windows: Annotated[
        int | None, typer.Option("--windows", metavar="N", show_default=False, help="Windows to look at. [3]")
    ] = None,
    step: Annotated[
        int | None,
        typer.Option("--step", metavar="N", show_default=False, help="Periods between windows. [the horizon]"),
    ] = None,
    refit: Annotated[bool, typer.Option("--refit", help="Train anew for every window.")] = False,
    baselines: Annotated[
        list[str] | None,
        typer.Option(
            "--baselines",
            metavar="NAME,…",
            show_default=False,
            help="To compare with; theta too. [naive,seasonal-naive,drift]",
        ),
    ] = None,
    levels: LevelsOption = None,
) -> None:
    """A model with the settings of the saved one is trained on what lies before the first window only. Where DATA has
    grown by a horizon since the saved model was trained, that model itself is scored on the new part.
    """
    talk = Talk(quiet=common.quiet, as_json=common.json)
    to_stdout = shape.output == "-"
    talk.refuse_two_documents(to_stdout)
    from gruforecast.cli.progress import watching
    from gruforecast.evaluation.baselines import DEFAULT_BASELINES
    from gruforecast.evaluation.registry import DEFAULT_METRICS
    from gruforecast.jobs.evaluate import EvaluateRequest, evaluate

    request = EvaluateRequest(
        data=reading.named(data),
        model=model,
        zero_shot=zero_shot,
        horizon=horizon,
        windows=windows,
        step=step,
        refit=refit,
        metrics=words(shape.metrics) or DEFAULT_METRICS,
        by=words(shape.by) or ("overall",),
        baselines=DEFAULT_BASELINES if baselines is None else words(baselines),
        gates=tuple(shape.fail_if or ()),
        levels=percents("--levels", levels),
        metrics_out=None if to_stdout else shape.output,
        backtest_out=None if shape.no_backtest else shape.backtest_out,
        reading=reading.config(),
        overrides=learning.given(),
    )
    with watching(talk, horizon) as watch:
        done = evaluate(request, watch.on_read, watch.on_event)
    _report(talk, done, [path for path in (request.metrics_out, request.backtest_out) if path])
    if to_stdout:
        talk.data(done.scores.csv)
    done.scores.check_gates()


def _report(talk: Talk, done: Evaluated, written: list[str]) -> None:
    from gruforecast.cli.metrics_view import metrics_document, metrics_view
    from gruforecast.cli.text import counted, escaped

    backtest = done.backtest
    windows = len(backtest.cutoff)
    talk.notes(done.notes)
    title = (
        f"{counted(windows, 'window')} of {counted(backtest.horizon, 'period')}, {counted(len(backtest.ids), 'series')}"
    )
    talk.show(metrics_view(done.scores, title))
    talk.say(f"[bold]{escaped(done.scores.verdict.sentence)}[/]")
    if written:
        talk.say(f"[bold green]Wrote[/] {escaped(' and '.join(written))}")
    talk.document(
        command="evaluate",
        windows=windows,
        horizon=backtest.horizon,
        series=len(backtest.ids),
        notes=list(done.notes),
        outputs=written,
        **metrics_document(done.scores),
    )
