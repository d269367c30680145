"""Where a job's series come from: a file that is read, or a frame that is handed in."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import ReadReport, panel_from_frame, read_panel
from gruforecast.data.panel import Panel
from gruforecast.errors import NoInput, UsageError, escape

if TYPE_CHECKING:
    import pandas as pd

STDIN = "-"
MAX_IDS, MAX_ID_CHARACTERS = 10_000, 500_000


@dataclass(frozen=True)
class Loaded:
    """A panel, how it was read, and the path it came from (None: stdin or a frame)."""

    panel: Panel
    report: ReadReport
    path: Path | None


def load(source: str | Path | pd.DataFrame, config: DataConfig, layout: str | None = None) -> Loaded:
    """Read *source*: a path, "-" for stdin, or a pandas frame. *layout* pins what an earlier reading found.

    Raises DataError, NoInput.
    """
    if isinstance(source, str | Path):
        panel, report = read_panel(str(source), config, layout=layout)
        return Loaded(panel, report, None if str(source) == STDIN else Path(source))
    panel, report = panel_from_frame(source, config, layout=layout)
    return Loaded(panel, report, None)


def describe(loaded: Loaded, directory: Path | None) -> dict[str, Any]:
    """What a model remembers of its training data. The path is kept relative to the model, so both move together."""
    panel, path = loaded.panel, loaded.path
    last = int(panel.cutoff.max()) if len(panel) else 0
    return {
        "path": os.path.relpath(path, directory) if path is not None and directory is not None else None,
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


def remembered_path(data: dict[str, Any], directory: Path) -> Path:
    """The training data's path as seen from here. Raises UsageError when the model was trained on stdin or a frame."""
    if not data.get("path"):
        raise UsageError("the model was not trained on a file", hint="name the data: gruforecast predict DATA.csv")
    path = Path(os.path.normpath(directory / str(data["path"])))
    if not os.path.exists(path):  # unlike Path.exists, also for a name too long to be one
        raise NoInput(
            f"{escape(path, 300)[1:-1]} is gone; the model was trained on it",
            hint="name the data: gruforecast predict DATA.csv",
        )
    return path


def with_model_columns(config: DataConfig, remembered: DataConfig) -> DataConfig:
    """The model's reading rules, with whatever *config* sets explicitly on top: predict never guesses anew."""
    explicit = {k: v for k, v in config.__dict__.items() if v != getattr(DataConfig(), k)}
    return replace(remembered, **explicit)
