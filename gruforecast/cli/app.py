"""The command line as a whole: its commands, and what stands above and below them in ``--help``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from gruforecast._version import __version__
from gruforecast.cli.help import Command, Group, sections

COMMANDS = ("train", "predict", "evaluate", "score", "check", "plot", "info", "pretrain")
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


def command(words: Sequence[str] = ()) -> Any:
    """The parser behind ``gruforecast``; where *words* begin with a command, of that one alone: sooner made."""
    app = typer.Typer(
        name="gruforecast",
        help="Forecast any CSV from the command line with a GRU.",
        cls=Group,
        epilog=sections(Start_here=_FIRST, Exit_codes=EXIT_CODES),
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(top)
    for name in words[:1] if words and words[0] in COMMANDS else COMMANDS:
        module = import_module(f"gruforecast.cli.{name}")
        app.command(name, cls=Command, epilog=module.EPILOG)(module.command)
    return typer.main.get_command(app)


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
