"""``gruforecast train``: learn from a file and save a model."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gruforecast.cli import signals
from gruforecast.cli.console import Talk
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import CommonFlags, HorizonOption, InputFlags, NeededDataArgument, choice, percents
from gruforecast.config import CELLS, DEVICES, HEADS, NETWORKS, SCALERS, ModelConfig, TrainConfig

if TYPE_CHECKING:
    from gruforecast.jobs.train import TrainResult
    from gruforecast.training.events import Event

EPILOG = examples(
    ("gruforecast train sales.csv", "find the columns, the frequency and a horizon"),
    ("gruforecast train sales.csv -H 28 -m models/sales", "28 periods ahead, saved elsewhere"),
    ("gruforecast train sales.csv --time-limit 60 --ensemble 3", "three networks, about a minute"),
    ("zcat old.csv.gz | gruforecast train - --freq D", "from a pipe"),
)
NETWORK, TRAINING = "Network", "Training"


def _network(*names: str, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=NETWORK, **more)


def _training(*names: str, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=TRAINING, **more)


@dataclass(frozen=True)
class NetworkFlags:
    """Size and kind of the network."""

    network: Annotated[str, choice(NETWORK, "--network", "NAME", NETWORKS, "Architecture")] = "segment"
    cell: Annotated[str, choice(NETWORK, "--cell", "NAME", CELLS, "Recurrent cell")] = "gru"
    head: Annotated[str, choice(NETWORK, "--head", "NAME", HEADS, "With or without intervals")] = "quantile"
    hidden: Annotated[int, _network("--hidden", metavar="N", help="Width of the recurrent state.")] = 128
    layers: Annotated[int, _network("--layers", metavar="N", help="Recurrent layers.")] = 1
    ensemble: Annotated[int, _network("--ensemble", metavar="N", help="Networks to train and average.")] = 1


@dataclass(frozen=True)
class FitFlags:
    """How long and how fast to train."""

    context_length: Annotated[
        int | None, _training("--context-length", metavar="N", help="Periods the network looks back. [auto]")
    ] = None
    scaler: Annotated[
        str, choice(TRAINING, "--scaler", "NAME", SCALERS, "Scaling of all values, before each window's own")
    ] = "none"
    max_steps: Annotated[int | None, _training("--max-steps", metavar="N", help="At most so many steps.")] = None
    time_limit: Annotated[
        float | None, _training("--time-limit", metavar="SECONDS", help="Stop in time and keep the best.")
    ] = None
    val_size: Annotated[
        int | None, _training("--val-size", metavar="N", help="Last periods held out to find when to stop. [horizon]")
    ] = None
    patience: Annotated[int, _training("--patience", metavar="N", help="Looks without progress before a stop.")] = 5
    batch_size: Annotated[int | None, _training("--batch-size", metavar="N", help="Windows per step. [auto]")] = None
    lr: Annotated[float | None, _training("--lr", metavar="RATE", help="Learning rate. [auto]")] = None
    refit: Annotated[
        bool, _training("--refit/--no-refit", help="Train again on everything once the steps are known.")
    ] = True
    from_scratch: Annotated[
        bool, _training("--from-scratch", help="Start from random weights, not from the pre-trained ones.")
    ] = False
    device: Annotated[str, choice(TRAINING, "--device", "NAME", DEVICES, "Where to compute")] = "auto"
    threads: Annotated[int | None, _training("--threads", metavar="N", help="CPU threads. [all]")] = None
    seed: Annotated[int, _training("--seed", metavar="N", help="The same seed gives the same model.")] = 0


@grouped
def command(
    data: NeededDataArgument,
    reading: InputFlags,
    network: NetworkFlags,
    fit: FitFlags,
    common: CommonFlags,
    model: Annotated[Path, typer.Option("-m", "--model", metavar="DIR", help="Where to save the model.")] = Path(
        "gruforecast-model"
    ),
    horizon: HorizonOption = None,
    levels: Annotated[
        list[str] | None,
        typer.Option("--levels", metavar="L,…", show_default=False, help="Intervals to write, in percent. [80,95]"),
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option("--wait", metavar="SECONDS", show_default=False, help="Wait for another run to let go."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was interrupted.")] = False,
) -> None:
    """Columns, frequency and a sensible horizon are found by looking at the file; whatever would be a guess is
    refused.
    """
    talk = Talk(quiet=common.quiet, as_json=common.json)
    data_config = reading.config()
    model_config, train_config = _configs(network, fit, horizon)
    intervals = percents("--levels", levels)
    from gruforecast.cli.progress import watching
    from gruforecast.jobs.saved_model import DEFAULT_LEVELS
    from gruforecast.jobs.train import train

    with _saving_before_a_stop(talk, model) as follow:
        with watching(talk, train_config.horizon) as watch:

            def on_event(event: Event) -> None:
                watch.on_event(event)
                follow(event)

            result = train(
                reading.origin(*data),
                model,
                data=data_config,
                model=model_config,
                config=train_config,
                levels=DEFAULT_LEVELS if intervals is None else intervals,
                on_read=watch.on_read,
                on_event=on_event,
                wait=wait,
                resume=resume,
                stopping=signals.pending,
            )
        if resume and not result.resumed:
            talk.say("[yellow]Note[/]  there was nothing to resume: trained from the start")
        _report(talk, result, model)


@contextlib.contextmanager
def _saving_before_a_stop(talk: Talk, directory: Path) -> Iterator[Callable[[Event], None]]:
    """Yields a follower of events. Once training has begun, a signal to stop waits for the next snapshot."""
    from gruforecast.cli.text import escaped
    from gruforecast.training.events import PhaseStarted, Snapshotted

    saved: list[int] = []
    with contextlib.ExitStack() as deferring:

        def follow(event: Event) -> None:
            if isinstance(event, PhaseStarted) and not signals.is_deferring():
                deferring.enter_context(signals.deferred())
            elif isinstance(event, Snapshotted) and signals.pending():
                saved.append(event.snapshot.step)
                deferring.close()

        try:
            yield follow
        except signals.Stopped:
            if saved:
                talk.say(
                    f"[yellow]Stopped[/] after step {saved[0]}, saved in {escaped(directory)}: the same command with "
                    "[bold cyan]--resume[/] goes on from there"
                )
            raise


def _configs(network: NetworkFlags, fit: FitFlags, horizon: int | None) -> tuple[ModelConfig, TrainConfig]:
    """The settings as the layers below know them; they check the ranges."""
    sizes = {k: v for k, v in vars(network).items() if k != "ensemble"}
    return ModelConfig(**sizes), TrainConfig(horizon=horizon, ensemble=network.ensemble, **vars(fit))


def _report(talk: Talk, result: TrainResult, directory: Path) -> None:
    from gruforecast.cli.text import escaped, figures
    from gruforecast.jobs.info import describe_model

    found = result.model.result
    members = f"{len(result.model.members)} networks, " if len(result.model.members) > 1 else ""
    talk.say(
        f"[bold green]Saved[/] {escaped(directory)} [dim](version {result.model.version}, {members}"
        f"{found['steps']} steps{figures(', held-out loss ', found['start_loss'], found['validation_loss'])})[/]"
    )
    named = "" if str(directory) == "gruforecast-model" else f" -m {escaped(directory)}"
    talk.say(_winner(found))
    talk.say(f"[dim]Next:[/]  [bold cyan]gruforecast predict{named}[/]")
    talk.document(command="train", model=describe_model(result.model))


def _winner(found: dict[str, Any]) -> str:
    """Which weights won on the held-out window, and by how much."""
    start, end = found["start_loss"], found["validation_loss"]
    if found["start"] != "pretrained":
        if not found["steps"]:
            return "[yellow]Note[/]  training did not help on the held-out window: these are the random first weights"
        return "[dim]Start:[/] random weights"
    if start is None:
        return "[yellow]Note[/]  too little data to tell whether adapting helps: the pre-trained weights are kept"
    if not found["steps"]:
        return "[yellow]Note[/]  adapting did not clearly help on the held-out window: the pre-trained weights are kept"
    return f"[dim]Won:[/]   the adapted weights, by {100 * (1 - end / start):.1f} % on the held-out window"
