"""``gruforecast pretrain``: make the universal model from synthetic series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gruforecast.cli.console import Talk
from gruforecast.cli.flag_groups import grouped
from gruforecast.cli.help import examples
from gruforecast.cli.options import CommonFlags

if TYPE_CHECKING:
    from gruforecast.jobs.pretrain import Measured

EPILOG = examples(
    ("gruforecast pretrain run1 --steps 20000 --decay 5000", "from nothing, or on from run1's newest checkpoint"),
    ("gruforecast pretrain run1 --look-at sales.csv", "also score that file's last window as it goes"),
    ("gruforecast pretrain run1 --export weights/", "write the newest checkpoint as a bundled model"),
)


@grouped
def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory of the run's checkpoints.", show_default=False)],
    common: CommonFlags,
    steps: Annotated[int, typer.Option("--steps", metavar="N", help="Steps in all.")] = 20_000,
    decay: Annotated[int, typer.Option("--decay", metavar="N", help="Last steps, over which the rate falls.")] = 5_000,
    batch_size: Annotated[int, typer.Option("--batch-size", metavar="N", help="Windows per step.")] = 1024,
    groups: Annotated[int, typer.Option("--groups", metavar="N", help="Kinds of series in a step.")] = 8,
    hidden: Annotated[int, typer.Option("--hidden", metavar="N", help="Width of the recurrent state.")] = 192,
    lr: Annotated[float, typer.Option("--lr", metavar="RATE", help="Learning rate of the constant stretch.")] = 1.2e-3,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same weights.")] = 0,
    threads: Annotated[int, typer.Option("--threads", metavar="N", help="CPU threads of the network.")] = 2,
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes that make series.")] = 1,
    every: Annotated[int, typer.Option("--every", metavar="N", help="Steps between checkpoints.")] = 500,
    look_at: Annotated[
        list[str] | None,
        typer.Option("--look-at", metavar="FILE", show_default=False, help="Score its last window; repeatable."),
    ] = None,
    from_bundled: Annotated[
        bool, typer.Option("--from-bundled", help="Start from the weights in the box, whatever --hidden says.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", show_default=False, help="Only write the bundled model here."),
    ] = None,
) -> None:
    """Stopped at any moment, the same command goes on from the newest checkpoint. Real files are only looked at."""
    talk = Talk(quiet=common.quiet, as_json=common.json)
    from gruforecast.config import ModelConfig
    from gruforecast.jobs.bundled import bundled_model
    from gruforecast.jobs.pretrain import Measured, PretrainConfig, export_bundled, load_panels, pretrain

    if export is not None:
        export_bundled(run, export)
        talk.say(f"[bold green]Wrote[/] the bundled model to {export}")
        return
    model = bundled_model().config if from_bundled else ModelConfig(hidden=hidden)
    config = PretrainConfig(steps, decay, batch_size, groups, lr, seed, workers, threads, every, from_bundled)

    def show(event: Any) -> None:
        if isinstance(event, Measured):
            talk.say(_line(event))

    last = pretrain(run, model, config, load_panels(look_at or []), show)
    talk.document(command="pretrain", run=str(run), step=last.step, loss=last.running_loss)


def _line(measured: Measured) -> str:
    losses = "  ".join(f"{name} {value:.4f}" for name, value in measured.losses.items())
    return f"step {measured.step}  loss {measured.training_loss:.4f}  {losses}"
