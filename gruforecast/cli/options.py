"""Flags that several commands share, in the groups in which ``--help`` shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gruforecast.cli.config_file import apply_settings
from gruforecast.config import DUPLICATES, DataConfig
from gruforecast.data.origin import Origin, origin_of
from gruforecast.errors import UsageError, escape

INPUT, OUTPUT, OTHER = "Input", "Output", "Other"


def choice(panel: str, name: str, metavar: str, values: Sequence[str], meaning: str) -> Any:
    """A flag with a closed set of values, which help and completion know; the settings' own check refuses others."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    meaning = f"{meaning}: {', '.join(values[:-1])} or {values[-1]}."
    return typer.Option(name, rich_help_panel=panel, metavar=metavar, help=meaning, autocompletion=complete)


def words(values: Iterable[str] | None) -> tuple[str, ...]:
    """A list given comma-separated, repeated, or both."""
    parts = (part.strip() for value in values or () for part in value.split(","))
    return tuple(part for part in parts if part)


def numbers(flag: str, values: Iterable[str] | None, low: float, high: float) -> tuple[float, ...] | None:
    """A list of numbers strictly between *low* and *high*; None when the flag was not given. Raises UsageError."""
    if values is None:
        return None
    return tuple(dict.fromkeys(_number(flag, word, low, high) for word in words(values)))


def percents(flag: str, values: Iterable[str] | None) -> tuple[float, ...] | None:
    """Percentages as :func:`numbers` reads them; shares, such as 0.8, are refused."""
    found = numbers(flag, values, 0, 100)
    for value in found or ():
        if value < 1:
            raise UsageError(f"{flag}: {value:g} is less than one percent", hint=f"in percent: {100 * value:g}")
    return found


def _number(flag: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = float("nan")
    if not low < value < high:
        raise UsageError(f"{flag}: {escape(text)} is not a number between {low:g} and {high:g}")
    return value


def _input(*names: str, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=INPUT, show_default=False, **more)


@dataclass(frozen=True)
class InputFlags:
    """How the input is to be read; what is not said is found out, or refused."""

    # A list only so that a second one is noticed.
    id_col: Annotated[
        list[str] | None, _input("--id-col", metavar="NAME", help="Column that names the series, or none.")
    ] = None
    time_col: Annotated[str | None, _input("--time-col", metavar="NAME", help="Column of times.")] = None
    target_col: Annotated[str | None, _input("--target-col", metavar="NAME", help="Column to forecast.")] = None
    freq: Annotated[
        str | None, _input("--freq", metavar="ALIAS", help="Time grid: YS, QS, MS, W-SUN, D, B, h, 15min, int …")
    ] = None
    season_length: Annotated[
        int | None,
        _input("--season-length", metavar="N", help="Periods of a season, 1 for none. [by frequency, or found]"),
    ] = None
    sep: Annotated[str | None, _input("--sep", metavar="CHAR", help="Field separator, such as ';' or '\\t'.")] = None
    decimal: Annotated[str | None, _input("--decimal", metavar="CHAR", help="Decimal mark: . or ,")] = None
    thousands: Annotated[
        str | None, _input("--thousands", metavar="CHAR", help="Thousands separator: , . ' or ' ' (a space).")
    ] = None
    encoding: Annotated[str | None, _input("--encoding", metavar="NAME", help="Text encoding. [utf-8]")] = None
    date_format: Annotated[
        str | None, _input("--date-format", metavar="FORMAT", help="How times are written, such as %d/%m/%Y.")
    ] = None
    duplicates: Annotated[
        str | None,
        choice(INPUT, "--duplicates", "RULE", DUPLICATES, "Two rows of one series and time"),
    ] = None

    query: Annotated[
        str | None,
        _input("--query", metavar="SQL", help="What to ask the database that DATA names; @FILE reads it from a file."),
    ] = None

    def origin(self, *words: str) -> Origin:
        """What DATA and these flags name."""
        return origin_of(words, self.query)

    def named(self, words: Sequence[str] | None) -> Origin | None:
        """The same where DATA may be left out."""
        if words:
            return self.origin(*words)
        if self.query is not None:
            raise UsageError("--query needs a database as DATA", hint="such as sqlite:///sales.db")
        return None

    def config(self) -> DataConfig:
        """The settings these flags ask for."""
        given = {name: value for name, value in asdict(self).items() if value is not None and name != "query"}
        if "id_col" in given:
            given["id_col"] = ",".join(given["id_col"])
        return DataConfig(**given)


@dataclass(frozen=True)
class CommonFlags:
    """How a command talks, and where its settings come from."""

    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", rich_help_panel=OTHER, help="Say nothing unless something is wrong.")
    ] = False
    json: Annotated[
        bool, typer.Option("--json", rich_help_panel=OTHER, help="Result (and errors) as one JSON document.")
    ] = False
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            rich_help_panel=OTHER,
            is_eager=True,
            show_default=False,
            callback=apply_settings,
            help="TOML file with settings; flags and GRUFORECAST_… variables win over it.",
        ),
    ] = None


ONE_DATA_HELP = "CSV (also .gz, .zst) or Parquet, a 'pattern*.csv', - for stdin, or a database: URL#table."
DATA_HELP = "CSV files (also .gz, .zst) or Parquet, 'patterns*.csv', - for stdin, or a database: URL#table."
DataArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="DATA", help=f"{DATA_HELP} [what the model was trained on]", show_default=False),
]
NeededDataArgument = Annotated[list[str], typer.Argument(metavar="DATA", help=DATA_HELP, show_default=False)]
ModelOption = Annotated[
    Path | None,
    typer.Option("-m", "--model", metavar="DIR", show_default=False, help="Model. [newest here, else the bundled one]"),
]
ZeroShotOption = Annotated[
    bool, typer.Option("--zero-shot", help="Use the bundled pre-trained model, whatever models are here.")
]
HorizonOption = Annotated[
    int | None,
    typer.Option("-H", "--horizon", metavar="N", show_default=False, help="Periods to forecast."),
]
LevelsOption = Annotated[
    list[str] | None,
    typer.Option("--levels", metavar="L,…", show_default=False, help="Prediction intervals in percent, such as 80,95."),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="GROUP,…", show_default=False, help="Also by series, horizon or cutoff. [overall]"),
]
GatesOption = Annotated[
    list[str] | None,
    typer.Option("--fail-if", metavar="COND", show_default=False, help='Exit with 7 when so, such as "MASE>1".'),
]
