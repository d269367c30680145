"""The universal GRU in the box: pre-trained on synthetic series only, it forecasts any grid without training."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np

from gruforecast.config import DataConfig, ModelConfig, TrainConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import ColumnNames, Panel
from gruforecast.data.windows import make_layout
from gruforecast.errors import ModelRefused
from gruforecast.jobs.saved_model import DEFAULT_LEVELS, SavedModel
from gruforecast.models.spec import weight_spec
from gruforecast.store.strict_json import parse_object
from gruforecast.store.tensors import read_tensors

WEIGHTS, CARD = "universal.safetensors", "universal.json"
MAX_CARD = 1_000_000
RECORDED = ("YS", "QS", "MS", "W-SUN", "D", "h", "15min", "int")


def bundled_model() -> SavedModel:
    """The bundled model, not yet on any time grid: :func:`on_grid` puts it on one. Raises ModelRefused if damaged."""
    return unpacked(model_card(), _read(WEIGHTS))


def unpacked(card: dict[str, Any], data: bytes) -> SavedModel:
    """The model that *card* describes, from its half-precision weights. Raises ModelRefused when they are not those."""
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise ModelRefused("the bundled weights are damaged", hint="install gruforecast again")
    config = ModelConfig.from_dict(card["model"])
    spec = weight_spec(config, 1)
    stored = read_tensors(data, spec, dtype="F16", source=WEIGHTS)
    return SavedModel(
        config=config,
        members=[{name: stored[name].astype("float32") for name in spec}],
        layout=make_layout((1,)),
        horizon=1,
        direct_horizon=1,
        levels=DEFAULT_LEVELS,
        freq=None,
        columns=ColumnNames(),
        data_config=DataConfig(),
        train_config=TrainConfig(),
        result={"pretrained": card["sha256"]},
        manifest_sha256=str(card["sha256"]),
    )


def model_card() -> dict[str, Any]:
    """What the bundled weights were trained on, for how long, by which version, and how they fared."""
    return parse_object(_read(CARD), CARD, MAX_CARD)


def on_grid(model: SavedModel, freq: Frequency) -> SavedModel:
    """*model* ready for series on *freq*: the bundled one takes its layout and horizons, others stay as they are."""
    if model.freq is not None:
        return model
    layout = make_layout(freq.seasons)
    return replace(model, freq=freq, layout=layout, horizon=freq.default_horizon, direct_horizon=layout.reach)


def recorded_forecasts(model: SavedModel, engine: str = "auto") -> dict[str, list[float]]:
    """Medians and 90 % quantiles of made-up series, one a frequency: what the card keeps to know the weights by."""
    found = {}
    for alias in RECORDED:
        freq = Frequency.parse(alias)
        t = np.arange(max(40, 4 * freq.season_length), dtype=np.float64)
        y = (100 + t) * (1 + 0.2 * np.sin(2 * np.pi * t / max(freq.season_length, 9)))
        ids, ends = np.array(["made up"], dtype=object), np.array([0, len(t)], dtype=np.int64)
        panel = Panel(ids, np.zeros(1, dtype=np.int64), ends, y, freq)
        forecast = on_grid(model, freq).forecaster(engine).predict(panel, freq.default_horizon, (0.9,))
        found[alias] = [*forecast.median[0].tolist(), *forecast.quantiles[0, :, 0].tolist()]
    return found


def _read(name: str) -> bytes:
    return (resources.files("gruforecast.models") / "weights" / name).read_bytes()
