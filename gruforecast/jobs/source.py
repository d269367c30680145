"""Where a job's series come from: files or a database that are read, or a frame that is handed in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import ReadReport, panel_from_frame
from gruforecast.data.inputs import read_origin
from gruforecast.data.origin import STDIN, Files, Named, Origin, Query, as_origin, sqlite_path, without_password
from gruforecast.data.panel import Panel
from gruforecast.errors import NoInput, UsageError, escape

if TYPE_CHECKING:
    import pandas as pd

MAX_IDS, MAX_ID_CHARACTERS = 10_000, 500_000
_NAME_IT = "name the data: gruforecast predict DATA.csv"


@dataclass(frozen=True)
class Loaded:
    """A panel, how it was read, and where it came from (None: a frame)."""

    panel: Panel
    report: ReadReport
    origin: Origin | None


def load(source: Named | pd.DataFrame, config: DataConfig, layout: str | None = None) -> Loaded:
    """Read *source*: what :func:`as_origin` takes, or a pandas frame. *layout* pins what an earlier reading found.

    Raises DataError, NoInput.
    """
    if isinstance(source, str | Path | Sequence | Files | Query):
        origin = as_origin(source)
        panel, report = read_origin(origin, config, layout)
        return Loaded(panel, report, origin)
    panel, report = panel_from_frame(source, config, layout=layout)
    return Loaded(panel, report, None)


def describe(loaded: Loaded, directory: Path | None) -> dict[str, Any]:
    """What a model remembers of its training data. Paths are kept relative to the model, so both move together."""
    panel = loaded.panel
    last = int(panel.cutoff.max()) if len(panel) else 0
    return {
        "origin": _relative(loaded.origin, directory) if directory is not None else None,
        "sha256": loaded.report.sha256,
        "rows": loaded.report.rows,
        "series": len(panel),
        "layout": loaded.report.layout,
        "freq": panel.freq.alias,
        "first": str(panel.freq.format([int(panel.start.min())])[0]) if len(panel) else None,
        "last": str(panel.freq.format([last])[0]) if len(panel) else None,
        "last_ordinal": last,
        "ids": panel.ids.tolist() if _few(panel) else None,
    }


def _few(panel: Panel) -> bool:
    """Whether the names of the series are few and short enough to be kept in a model's manifest."""
    return len(panel) <= MAX_IDS and sum(map(len, panel.ids)) <= MAX_ID_CHARACTERS


def _relative(origin: Origin | None, directory: Path) -> dict[str, Any] | None:
    """*origin* as seen from *directory*, as plain values; without a password, which has no place in a file."""
    if isinstance(origin, Query):
        url = without_password(origin.url, "")
        path = sqlite_path(url)
        if path is not None:
            url = f"sqlite:///{os.path.relpath(path, directory)}"
        return {"url": url, "sql": origin.sql, "table": origin.table}
    if origin is None or STDIN in origin.words:
        return None
    return {"files": [os.path.relpath(word, directory) for word in origin.words]}


def remembered_origin(data: dict[str, Any], directory: Path) -> Origin:
    """The training data as seen from here, with a pattern or query answered anew.

    Raises UsageError when the model was trained on stdin or a frame, NoInput when a file is gone.
    """
    origin = origin_seen_from(data, directory)
    if origin is None:
        raise UsageError("the model was not trained on a file", hint=_NAME_IT)
    for path in origin.inputs:
        if not os.path.exists(path):  # unlike Path.exists, also for a name too long to be one
            problem = f"{escape(path, 300)[1:-1]} is gone; the model was trained on it"
            raise NoInput(problem, hint=_NAME_IT)
    return origin


def origin_seen_from(data: dict[str, Any], directory: Path) -> Origin | None:
    """What :func:`describe` remembered of the origin, whether or not it is still there."""
    kept = data.get("origin")
    if not isinstance(kept, dict):
        return None
    if "url" in kept:
        url, sql, table = (None if kept.get(name) is None else str(kept[name]) for name in ("url", "sql", "table"))
        path = sqlite_path(str(url))
        return Query(str(url) if path is None else f"sqlite:///{_there(path, directory)}", sql, table)
    files = kept.get("files")
    return Files(tuple(_there(word, directory) for word in (files if isinstance(files, list) and files else [files])))


def _there(path: object, directory: Path) -> str:
    return os.path.normpath(directory / str(path))


def with_model_columns(config: DataConfig, remembered: DataConfig) -> DataConfig:
    """The model's reading rules, with whatever *config* sets explicitly on top: predict never guesses anew."""
    explicit = {k: v for k, v in config.__dict__.items() if v != getattr(DataConfig(), k)}
    return replace(remembered, **explicit)
