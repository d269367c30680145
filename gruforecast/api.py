"""The Python interface: pandas frames (or paths of CSV files) in, pandas frames out.

>>> import numpy as np, pandas as pd
>>> month = pd.date_range("2018-01-01", periods=48, freq="MS")
>>> frame = pd.DataFrame({"month": month, "sales": 100 + 10 * np.sin(np.arange(48) / 2)})
>>> model = train(frame, horizon=6, max_steps=2, hidden=8)
>>> model.predict().columns.tolist()
['unique_id', 'month', 'GRU', 'GRU-lo-95', 'GRU-lo-80', 'GRU-hi-80', 'GRU-hi-95']
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gruforecast.config import Config, DataConfig, ModelConfig, TrainConfig
from gruforecast.data.frame_writer import forecast_frame
from gruforecast.data.origin import Named
from gruforecast.errors import UsageError, escape
from gruforecast.evaluation.baselines import DEFAULT_BASELINES
from gruforecast.evaluation.registry import DEFAULT_METRICS
from gruforecast.jobs.bundled import on_grid
from gruforecast.jobs.evaluate import EvaluateRequest, evaluate_panel, seasoned
from gruforecast.jobs.info import describe_model
from gruforecast.jobs.predict_panel import predict_panel
from gruforecast.jobs.resolve import load_for_model, resolve_data, resolve_model
from gruforecast.jobs.saved_model import DEFAULT_LEVELS, SavedModel, load_saved_model, save_model
from gruforecast.jobs.season import with_season
from gruforecast.jobs.source import Loaded, describe, load
from gruforecast.jobs.train import train_panel
from gruforecast.store import model_store

Data = pd.DataFrame | Named


@dataclasses.dataclass(frozen=True)
class Model:
    """A trained forecaster. Made by :func:`train` or :func:`load_model`."""

    saved: SavedModel
    loaded: Loaded | None = None

    def predict(
        self,
        data: Data | None = None,
        horizon: int | None = None,
        levels: Sequence[float] | None = None,
        quantiles: Sequence[float] = (),
        *,
        allow_negative: bool = False,
        skip_unrecorded: bool = False,
        device: str = "auto",
    ) -> pd.DataFrame:
        """Forecast every series of *data* (default: the training data).

        Returns a long frame: the id and time columns under their own names, ``GRU`` (the median), and for every
        level ``GRU-lo-80`` and ``GRU-hi-80``. Raises DataError or ModelRefused for data that does not fit.

            >>> frame = pd.DataFrame({"ds": range(1, 31), "y": [float(i % 5) for i in range(30)]})
            >>> model = train(frame, horizon=4, max_steps=2, hidden=8)
            >>> model.predict(levels=[90]).shape
            (4, 5)
        """
        loaded = with_season(self._data(data), self.saved)
        saved = on_grid(self.saved, loaded.panel.freq)
        intervals = self._levels(levels)
        result = predict_panel(
            saved,
            loaded.panel,
            horizon=horizon,
            levels=intervals,
            quantiles=quantiles,
            device=device,
            allow_negative=allow_negative,
            skip_unrecorded=skip_unrecorded,
        )
        return forecast_frame(result.forecast, loaded.panel.names, levels=intervals, quantile_levels=quantiles)

    def evaluate(
        self,
        data: Data | None = None,
        horizon: int | None = None,
        windows: int | None = None,
        metrics: Sequence[str] = DEFAULT_METRICS,
        by: str = "overall",
        baselines: Sequence[str] = DEFAULT_BASELINES,
    ) -> pd.DataFrame:
        """A rolling-origin backtest: a column a model, a row a metric.

        A model with these settings is trained on what lies before the first window only; where *data* has grown by
        a horizon since training, this very model is scored on the new part.
        """
        request = EvaluateRequest(
            horizon=horizon,
            windows=windows,
            metrics=tuple(metrics),
            by=(by,),
            baselines=tuple(baselines),
        )
        panel = seasoned(self._data(data), self.saved, request).panel
        done = evaluate_panel(panel, on_grid(self.saved, panel.freq), request)
        return done.backtest.metrics_frame(metrics, by)

    def save(self, directory: Path | str) -> Path:
        """Publish the model in *directory*; returns it. Raises UsageError or WriteError."""
        path = Path(directory)
        model_store.prepare(path)
        data = describe(self.loaded, path) if self.loaded is not None else self.saved.data
        save_model(dataclasses.replace(self.saved, data=data), path)
        return path

    @property
    def info(self) -> dict[str, Any]:
        """What the model was trained on, its size and its settings."""
        return describe_model(self.saved)

    def _data(self, data: Data | None) -> Loaded:
        if data is not None:
            return load_for_model(self.saved, data, DataConfig())
        if self.loaded is not None:
            return self.loaded
        return load_for_model(self.saved, resolve_data(self.saved, None), DataConfig(), remembered=True)

    def _levels(self, levels: Sequence[float] | None) -> tuple[float, ...]:
        if self.saved.config.head != "quantile":
            return ()
        return self.saved.levels if levels is None else tuple(levels)


def train(data: Data, horizon: int | None = None, levels: Sequence[float] = DEFAULT_LEVELS, **settings: Any) -> Model:
    """Train a model on *data*: a long frame (id, time, target), a wide one, a single series, or a CSV file's path.

    *settings* are those of the command line, such as ``id_col``, ``freq``, ``hidden``, ``max_steps`` or ``seed``.
    Columns and frequency are found where they are not named. Raises UsageError or DataError.

        >>> frame = pd.DataFrame({"ds": range(1, 31), "y": [float(i % 5) for i in range(30)]})
        >>> train(frame, horizon=4, max_steps=2, hidden=8).info["horizon"]
        4
    """
    data_config, model_config, train_config = _split({**settings, "horizon": horizon})
    loaded = with_season(load(data, data_config))
    saved = train_panel(loaded.panel, model_config, train_config, tuple(float(level) for level in levels))
    saved = dataclasses.replace(saved, data_config=loaded.report.config, data=describe(loaded, None))
    return Model(saved, loaded)


def predict(data: Data | None = None, model: Model | Path | str | None = None, **options: Any) -> pd.DataFrame:
    """Forecast *data* with *model*: a :class:`Model` or a directory.

    None means the newest model in the working directory, else the bundled pre-trained one. *options* are those of
    :meth:`Model.predict`.
    """
    return _model(model, data).predict(data, **options)


def evaluate(data: Data | None = None, model: Model | Path | str | None = None, **options: Any) -> pd.DataFrame:
    """A backtest of *model* on *data*, see :meth:`Model.evaluate`; *model* as in :func:`predict`."""
    return _model(model, data).evaluate(data, **options)


def load_model(directory: Path | str) -> Model:
    """The model in *directory*. Raises NoInput (none there) or ModelRefused (damaged, foreign, newer)."""
    return Model(load_saved_model(directory))


def _model(model: Model | Path | str | None, data: Data | None) -> Model:
    if isinstance(model, Model):
        return model
    named = Path(model) if model is not None else None
    return Model(resolve_model(named, Path(), or_bundled=data is not None))


def _split(settings: dict[str, Any]) -> tuple[DataConfig, ModelConfig, TrainConfig]:
    """Settings by the part they belong to. Raises UsageError on an unknown one."""
    kinds: tuple[type[Config], ...] = (DataConfig, ModelConfig, TrainConfig)
    owner = {field.name: kind for kind in kinds for field in dataclasses.fields(kind)}
    for name in settings:
        if name not in owner:
            near = difflib.get_close_matches(name, owner, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(owner)}"
            raise UsageError(f"unknown setting {escape(name)}", hint=hint)
    parts = {kind: {k: v for k, v in settings.items() if owner[k] is kind} for kind in kinds}
    return DataConfig(**parts[DataConfig]), ModelConfig(**parts[ModelConfig]), TrainConfig(**parts[TrainConfig])
