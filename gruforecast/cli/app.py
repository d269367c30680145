"""The command line as a whole: its commands, and what stands above and below them in ``--help``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer

from gruforecast._version import __version__
from gruforecast.cli.help import Command, Group, sections

# What each command does; its docstring holds what its own page says besides.
COMMANDS = {
    "train": "Train a model on DATA and save it.",
    "predict": "Forecast DATA and write a CSV file.",
    "evaluate": "Measure how good the forecasts are, against naive baselines, on data not seen in training.",
    "score": "Measure an existing FORECAST against ACTUALS.",
    "check": "List everything that is wrong with DATA, and say what is in it.",
    "plot": "Draw history and forecast as a PNG.",
    "info": "Show what a model was trained on, its size and its settings.",
    "pretrain": "Pre-train the universal GRU on synthetic series, to the very series by seed.",
}
EXIT_CODES = (
    ("0", "done"),
    ("1", "a bug of ours"),
    ("2", "usage or configuration"),
    ("3", "done, but some series fell back or were skipped, with --strict"),
    ("4", "training diverged, nothing was published"),
    ("7", "a --fail-if condition came true"),
    ("65", "bad data"),
    ("66", "no such input"),
    ("69", "not enough memory, GPU or processes"),
    ("74", "a write failed"),
    ("75", "locked by another run, try again"),
    ("76", "model refused: damaged, foreign, newer, or for other data"),
    ("130/143", "stopped by a signal"),
    ("141", "stdout was closed"),
)
_FIRST = (
    ("gruforecast predict sales.csv", "at once, with the pre-trained GRU"),
    ("gruforecast train sales.csv", "adapt it to your data and save a model"),
    ("gruforecast predict", "forecast with that model into forecasts.csv"),
    ("gruforecast evaluate", "how good is it, against naive baselines?"),
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"gruforecast {__version__}")
        raise typer.Exit


class Parsers(Mapping[str, Any]):
    """Name → parser of every command, each imported and made when it is asked for."""

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __getitem__(self, name: str) -> Any:
        summary = COMMANDS[name]
        module = import_module(f"gruforecast.cli.{name}")
        details = inspect.getdoc(module.command) or ""
        app = typer.Typer(add_completion=False)
        app.command(name, cls=Command, help=f"{summary}\n\n{details}", epilog=module.EPILOG)(module.command)
        return typer.main.get_command(app)


def command() -> Any:
    """The parser behind ``gruforecast``."""
    app = typer.Typer(
        name="gruforecast",
        help="Forecast any CSV from the command line with a GRU.",
        cls=Group,
        epilog=sections(Start_here=_FIRST, Exit_codes=EXIT_CODES),
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(top)
    parser: Any = typer.main.get_command(app)
    parser.commands, parser.summaries = Parsers(), COMMANDS
    return parser


def top(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - the callback answers
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with an error.")] = False,  # noqa: ARG001 - see main
) -> None:
    """Forecast any CSV from the command line with a GRU."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
