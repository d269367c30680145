"""What is in a model, as plain values."""

from __future__ import annotations

from typing import Any

from gruforecast.jobs.bundled import model_card
from gruforecast.jobs.saved_model import SavedModel
from gruforecast.jobs.source import origin_seen_from
from gruforecast.models.spec import weight_spec


def describe_model(model: SavedModel) -> dict[str, Any]:
    """Everything a reader of the model may want to know, fit for JSON."""
    return {
        "path": str(model.path) if model.path is not None else None,
        "version": model.version,
        "manifest_sha256": model.manifest_sha256,
        "network": model.config.to_dict(),
        "members": len(model.members),
        "parameters": count_parameters(model),
        "horizon": model.horizon,
        "context_length": model.layout.context_length,
        "levels": list(model.levels),
        "freq": model.freq.alias if model.freq else None,
        "season_length": model.freq.season_length if model.freq else None,
        "columns": {
            "id": model.data_config.id_col,
            "time": model.data_config.time_col,
            "target": model.data_config.target_col,
        },
        "data": {**{k: v for k, v in model.data.items() if k != "ids"}, "file": _data_name(model)},
        "card": _card() if model.is_bundled else None,
        "training": {**model.train_config.to_dict(), **model.result},
    }


def _card() -> dict[str, Any]:
    """The bundled model's card, but for the forecasts that it is checked against."""
    return {name: value for name, value in model_card().items() if name != "recorded"}


def _data_name(model: SavedModel) -> str | None:
    """The training data as seen from here; the model remembers paths relative to itself."""
    origin = origin_seen_from(model.data, model.path) if model.path is not None else None
    return None if origin is None else origin.name


def count_parameters(model: SavedModel) -> int:
    """Weights of all members together."""
    total = 0
    for shape in weight_spec(model.config, model.direct_horizon).values():
        size = 1
        for length in shape:
            size *= length
        total += size
    return total * len(model.members)
