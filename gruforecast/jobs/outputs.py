"""What stands beside a forecast file: where it came from (OUT.meta.json) and what was not plain (OUT.status.csv)."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from gruforecast._version import __version__
from gruforecast.data.csv_writer import table_csv, text_cells
from gruforecast.data.forecast import Forecast
from gruforecast.data.origin import STDIN, Files, Origin
from gruforecast.errors import UsageError, escape
from gruforecast.jobs.predict_panel import SeriesStatus
from gruforecast.jobs.saved_model import SavedModel
from gruforecast.jobs.source import Loaded
from gruforecast.store import files

SCHEMA_VERSION = 1
_OTHER_FORMS = (".zst", ".zip", ".bz2", ".xz", ".7z", ".parquet", ".feather", ".xlsx", ".xls", ".ods")
# With more series than this their cutoffs would outgrow the forecast they describe.
MAX_CUTOFFS = 1000
STATUS_HEADER = ("unique_id", "status", "reason", "model_used", "cutoff", "n_obs")
PACKAGES = ("numpy", "pandas", "torch")


@dataclass(frozen=True)
class Outputs:
    """The files one forecast is written to."""

    forecast: Path

    @property
    def meta(self) -> Path:
        return Path(f"{self.forecast}.meta.json")

    @property
    def status(self) -> Path:
        return Path(f"{self.forecast}.status.csv")

    @property
    def is_stream(self) -> bool:
        """Whether it is a pipe or a device, beside which nothing is written."""
        return files.is_stream(self.forecast)

    def probe(self, inputs: Sequence[Path]) -> None:
        """Refuse, before any work, what could not be written. Raises UsageError or WriteError."""
        for path in (self.forecast,) if self.is_stream else (self.forecast, self.meta, self.status):
            probe(path, inputs)

    def write(self, csv: bytes, meta: dict[str, Any], statuses: Sequence[SeriesStatus]) -> None:
        """Write all three, the forecast last: when it is new, what stands beside it is new too.

        Raises WriteError; if one of them could not be written, all stay as they were.
        """
        data = packed(self.forecast, csv)
        if self.is_stream:
            files.write_together({self.forecast: data})
            return
        described = {**meta, "forecast_sha256": hashlib.sha256(data).hexdigest()}
        status = status_csv(statuses) if statuses else None
        files.write_together({self.status: status, self.meta: to_json(described), self.forecast: data})


def probe(path: Path | str, inputs: Sequence[Path]) -> None:
    """Refuse, before any work, an output that could not be written. Raises UsageError or WriteError."""
    if str(path).lower().endswith(_OTHER_FORMS):
        raise UsageError(f"output {escape(path, 300)}: tables are written as CSV", hint="name it .csv or .csv.gz")
    files.probe_writable(path, inputs=inputs)


def write(contents: Mapping[str, bytes]) -> None:
    """Write outputs whole, by their paths. Raises WriteError; what stood there before is then untouched."""
    files.write_together({path: packed(path, data) for path, data in contents.items()})


def packed(path: Path | str, data: bytes) -> bytes:
    """*data* as the name of the file promises: compressed where it ends in .gz."""
    return gzip.compress(data, mtime=0) if str(path).lower().endswith(".gz") else data


def to_json(value: dict[str, Any]) -> bytes:
    """Indented JSON without NaN."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def status_csv(statuses: Sequence[SeriesStatus]) -> bytes:
    """CSV of :data:`STATUS_HEADER`."""
    rows = [(s.id, s.status, s.reason, s.model_used, s.cutoff, str(s.n_obs)) for s in statuses]
    columns = [np.array(text_cells(column), dtype=object) for column in zip(*rows, strict=True)]
    return table_csv(STATUS_HEADER, columns, [])


def forecast_meta(model: SavedModel, loaded: Loaded, forecast: Forecast, levels: Sequence[float]) -> dict[str, Any]:
    """Where a forecast came from. Holds no clock time: the same inputs give the same bytes."""
    return {
        "schema_version": SCHEMA_VERSION,
        "input": {
            "name": _name(loaded.origin),
            "sha256": loaded.report.sha256,
            "rows": loaded.report.rows,
        },
        "model": {
            "version": model.version,
            "manifest_sha256": model.manifest_sha256,
            "seed": model.train_config.seed,
        },
        "freq": forecast.freq.alias,
        "horizon": forecast.horizon,
        "levels": [float(level) for level in levels],
        "series": len(forecast.ids),
        "cutoff": cutoffs(forecast),
        "versions": package_versions(),
    }


def _name(origin: Origin | None) -> str | None:
    """What the data are called, wherever they lie."""
    if isinstance(origin, Files):
        return None if STDIN in origin.words else ", ".join(os.path.basename(word) for word in origin.words)
    return None if origin is None else origin.name


def cutoffs(forecast: Forecast) -> dict[str, str]:
    """Last known period of every series, or only the first and last of them where there are very many."""
    if len(forecast.ids) > MAX_CUTOFFS:
        texts = forecast.freq.format([int(forecast.cutoff.min()), int(forecast.cutoff.max())])
        return {"min": str(texts[0]), "max": str(texts[1])}
    texts = forecast.freq.format(forecast.cutoff)
    return {str(name): str(text) for name, text in zip(forecast.ids, texts, strict=True)}


def package_versions() -> dict[str, str]:
    """Versions of what computes the numbers, without importing any of it."""
    found = {"gruforecast": __version__}
    for name in PACKAGES:
        found[name] = metadata.version(name)
    return found
