"""The words on a command line that say how to read a file: what is suggested next has to read it the same way."""

from __future__ import annotations

from gruforecast.config import DataConfig

_FLAGS = {
    "id_col": "--id-col",
    "time_col": "--time-col",
    "target_col": "--target-col",
    "freq": "--freq",
    "sep": "--sep",
    "decimal": "--decimal",
    "thousands": "--thousands",
    "encoding": "--encoding",
    "date_format": "--date-format",
    "duplicates": "--duplicates",
    "season_length": "--season-length",
}


def as_flags(config: DataConfig) -> list[str]:
    """What a user has to type for *config*."""
    default = DataConfig()
    given = {name: getattr(config, name) for name in _FLAGS if getattr(config, name) != getattr(default, name)}
    return [word for name, value in given.items() for word in (_FLAGS[name], str(value))]
