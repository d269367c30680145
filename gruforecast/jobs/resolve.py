"""Which model and which data a command means when the user does not say, and whether the two go together."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gruforecast.config import DataConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.digit_dates import DOUBTFUL
from gruforecast.data.inputs import Opened
from gruforecast.data.origin import STDIN, Files, Named, Origin, Query, as_origin
from gruforecast.errors import DataError, ModelRefused, NoInput, UsageError, escape
from gruforecast.jobs.bundled import bundled_model
from gruforecast.jobs.saved_model import SavedModel, load_saved_model
from gruforecast.jobs.source import Loaded, load, remembered_origin, with_model_columns
from gruforecast.store.model_store import newest_model

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("id_col", "time_col", "target_col")
_MARKS = ("sep", "decimal", "thousands")


def resolve_model(named: Path | None, where: Path, *, or_bundled: bool, zero_shot: bool = False) -> SavedModel:
    """The model at *named*, else the newest in *where*, else the bundled one, which *zero_shot* asks for.

    Raises NoInput when there is none and not *or_bundled* (the bundled one knows no data of its own), ModelRefused
    when a model cannot be used, UsageError where both are asked for.
    """
    if zero_shot and named is not None:
        raise UsageError("--zero-shot uses the bundled model", hint="leave the model or --zero-shot out")
    if zero_shot:
        return bundled_model()
    if named is not None:
        return load_saved_model(named)
    try:
        directory = newest_model(where)
    except NoInput as error:
        if or_bundled:
            return bundled_model()
        hint = "gruforecast predict DATA.csv"
        raise NoInput("there is no model here yet, and no data is named", hint=hint) from error
    return load_saved_model(directory)


def resolve_data(model: SavedModel, data: Named | None) -> Origin:
    """*data*, else what the model was trained on, as it is now. Raises UsageError or NoInput."""
    if data is not None:
        return as_origin(data)
    return remembered_origin(model.data, model.path or Path())


def load_for_model(
    model: SavedModel, source: Named | pd.DataFrame, config: DataConfig, *, remembered: bool = False
) -> Loaded:
    """Read *source* as the model's training data was read. *remembered*: it is that very file.

    Raises ModelRefused, naming both sides, when its columns or its frequency are not those of the model.
    """
    if isinstance(source, str | Path | Sequence):
        source = as_origin(source)
    rules = with_model_columns(config, model.data_config)
    if model.freq is not None:
        rules = replace(rules, season_length=_season(model.freq, config))
    named = any(getattr(config, name) is not None for name in _COLUMNS)
    layout = None if named else model.data.get("layout")
    pinned = remembered or config.freq is not None or model.freq is None or _once(source)
    try:
        # The frequency found in the file itself is what to compare; one too short to show any gets the model's.
        return _checked(model, load(source, rules if pinned else replace(rules, freq=None), layout), source)
    except UsageError as error:
        _refuse_other_marks(source, config, rules, error)
        raise
    except DataError as error:
        _refuse_other_columns(source, config, rules, error)
        # What a few digits mean, a model trained on many of them knows.
        if model.freq is not None and model.freq.style in DOUBTFUL and rules.date_format is None and not _once(source):
            with contextlib.suppress(DataError):
                return _checked(model, load(source, replace(rules, date_format=model.freq.style), layout), source)
        if pinned:
            raise
        return load(source, rules, layout)


def _season(freq: Frequency, config: DataConfig) -> int | None:
    """What sets the season of a model's *freq*. Raises ModelRefused when *config* asks for another."""
    if config.season_length not in (None, freq.season_length):
        raise ModelRefused(
            f"the model was trained with a season of {freq.season_length} periods, not {config.season_length}",
            hint="leave --season-length out, use --zero-shot, or train again",
        )
    return freq.season


def _once(source: Origin | pd.DataFrame) -> bool:
    """Whether *source* can be read only once."""
    return isinstance(source, Files) and STDIN in source.words


def _shown(source: Origin | pd.DataFrame) -> str:
    return escape(source.name if isinstance(source, Files | Query) else "the frame", 200)


def _checked(model: SavedModel, loaded: Loaded, source: Origin | pd.DataFrame) -> Loaded:
    if model.freq is not None and not same_grid(loaded.panel.freq, model.freq):
        raise ModelRefused(
            f"{_shown(source)} is {loaded.panel.freq.alias}, the model was trained on {model.freq.alias} data",
            hint=f"use --zero-shot, train a model on it, or say --freq {model.freq.alias} if rows are only missing",
        )
    return loaded


def same_grid(one: Frequency, other: Frequency) -> bool:
    """Whether periods are equally long; where in the month or week they are stamped makes no difference to a model."""
    return (one.unit, one.step) == (other.unit, other.step)


def _refuse_other_marks(
    source: Origin | pd.DataFrame, config: DataConfig, rules: DataConfig, error: UsageError
) -> None:
    """Raise ModelRefused if *error* is about a mark of the training data, not one that the user typed in *config*."""
    own = {mark: value for mark in _MARKS if (value := getattr(rules, mark)) != getattr(config, mark)}
    if any(f"--{mark}" in error.message for mark in own):
        had = ", ".join(f"--{mark} {escape(value)}" for mark, value in own.items())
        raise ModelRefused(
            f"{_shown(source)} is not written as the model's training data were ({had})", hint="say how it is"
        ) from error


def _refuse_other_columns(
    source: Origin | pd.DataFrame, config: DataConfig, rules: DataConfig, error: DataError
) -> None:
    """Raise ModelRefused if *source* lacks a column of the model's, or has them by another separator.

    What the user named in *config* is none of the model's.
    """
    if not isinstance(source, Files | Query) or _once(source):
        return
    opened = Opened.of(source, rules)
    header = _header(opened, replace(rules, sep=None))
    own = (column for column in _COLUMNS if getattr(config, column) is None)
    wanted = [name for name in (getattr(rules, column) for column in own) if name is not None]
    missing = [name for name in wanted if name not in header]
    if header and missing:
        raise ModelRefused(
            f"{_shown(source)} has the columns {_listed(header)}, the model was trained on {_listed(wanted)}",
            hint="name them with --id-col, --time-col and --target-col, or use --zero-shot",
        ) from error
    if header != _header(opened, rules):
        raise ModelRefused(
            f"{_shown(source)} is not separated by {escape(rules.sep or '')}, as the model's training data were",
            hint="say by what, with --sep, and say --decimal and --thousands where they differ",
        ) from error


def _header(opened: Opened, rules: DataConfig) -> list[str]:
    """The column names by *rules*; none where they cannot be read so far."""
    try:
        return opened.header(rules)
    except (DataError, UsageError):
        return []


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(escape(name) for name in names[:20])


def select_series(panel_ids: list[str], only: tuple[str, ...]) -> list[int]:
    """Places of the series named in *only*, in the panel's order. Raises UsageError on an unknown one."""
    import difflib

    known = set(panel_ids)
    for name in only:
        if name not in known:
            near = difflib.get_close_matches(name, panel_ids, n=1)
            hint = f"did you mean {escape(near[0])}?" if near else f"the data has {_listed(panel_ids)}"
            raise UsageError(f"--only: no series {escape(name)}", hint=hint)
    wanted = set(only)
    return [i for i, name in enumerate(panel_ids) if name in wanted]
