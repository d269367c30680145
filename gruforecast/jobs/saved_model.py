"""A trained forecaster and everything needed to use it again, to and from the model directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gruforecast.config import DataConfig, ModelConfig, TrainConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.dataset_scaler import DatasetScaler
from gruforecast.data.panel import ColumnNames
from gruforecast.data.windows import Layout
from gruforecast.errors import GruforecastError, ModelRefused, UsageError
from gruforecast.models import numpy_engine
from gruforecast.models.coarser import Coarser, coarser_grids
from gruforecast.models.forecaster import Engine, GRUForecaster
from gruforecast.models.spec import Weights, weight_spec
from gruforecast.store import model_store

MAX_MEMBERS, MAX_LEVELS = 64, 100
DEFAULT_LEVELS = (80.0, 95.0)


@dataclass(frozen=True)
class SavedModel:
    """All that ``predict`` and ``evaluate`` know about a model.

    Attributes:
        members: weights of one or several networks.
        horizon: periods it was trained for.
        direct_horizon: periods its networks answer at once.
        levels: prediction intervals written by default, in percent.
        freq: the grid it was trained on; None for the bundled model, which serves all.
        data: where the training data stood and how it was read (see ``jobs.train``); empty for the bundled model.
        result: how training went.
    """

    config: ModelConfig
    members: Sequence[Weights]
    layout: Layout
    horizon: int
    direct_horizon: int
    levels: tuple[float, ...]
    freq: Frequency | None
    columns: ColumnNames
    data_config: DataConfig
    train_config: TrainConfig
    scaler: DatasetScaler | None = None
    data: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None
    version: int | None = None
    manifest_sha256: str | None = None

    @property
    def is_universal(self) -> bool:
        """Whether its weights are those in the box, or come from them."""
        return self.is_bundled or self.result.get("start") == "pretrained"

    @property
    def is_bundled(self) -> bool:
        """Whether these are the weights in the box, untouched."""
        return "pretrained" in self.result

    def forecaster(self, engine: str = "auto", allow_negative: bool = False, device: str = "auto") -> GRUForecaster:
        """Ready to predict. *engine*: "numpy", "torch" (on *device*), or "auto" (numpy wherever it can)."""
        members = [make_engine(self.config, weights, self.direct_horizon, engine, device) for weights in self.members]
        return GRUForecaster(
            members,
            self.layout,
            self.direct_horizon,
            self.horizon,
            allow_negative,
            scaler=self.scaler,
            universal=self.is_universal,
            guides=_guides(members, self.layout, allow_negative or bool(self.scaler)) if self.is_universal else (),
        )

    def to_manifest(self) -> dict[str, Any]:
        """Plain values only. Holds no clock time: the same training gives the same bytes."""
        return {
            "model": self.config.to_dict(),
            "members": len(self.members),
            "layout": asdict(self.layout),
            "horizon": self.horizon,
            "direct_horizon": self.direct_horizon,
            "levels": list(self.levels),
            "freq": self.freq.to_dict() if self.freq else None,
            "columns": asdict(self.columns),
            "data_config": self.data_config.to_dict(),
            "train": self.train_config.to_dict(),
            "scaler": asdict(self.scaler) if self.scaler else None,
            "data": self.data,
            "result": self.result,
        }


def _guides(members: Sequence[Engine], layout: Layout, allow_negative: bool) -> list[tuple[Coarser, GRUForecaster]]:
    """Universal *members* on the grids that are coarser than that of *layout*, and on those coarser than these."""
    guides = []
    for coarser in coarser_grids(layout):
        grid = coarser.layout
        further = _guides(members, grid, allow_negative)
        forecaster = GRUForecaster(
            members, grid, grid.reach, grid.width, allow_negative, universal=True, guides=further
        )
        guides.append((coarser, forecaster))
    return guides


def make_engine(
    config: ModelConfig, weights: Weights, horizon: int, engine: str = "auto", device: str = "auto"
) -> Engine:
    """numpy needs no import of torch; torch computes every network, and on a GPU.

    Raises ResourceError when torch is to compute on a GPU that is not there.
    """
    if engine != "torch" and numpy_engine.supports(config):
        return numpy_engine.NumpyEngine(config, weights)
    from gruforecast.models.device import choose_device  # torch is heavy: only when needed
    from gruforecast.models.registry import make_model

    model = make_model(config, horizon)
    model.load(weights)
    model.to(choose_device(device))
    model.network.eval()
    return model


def check_levels(levels: Sequence[float]) -> None:
    """Raise UsageError unless *levels* are percentages that a model may have."""
    if len(levels) > MAX_LEVELS or not all(0 < level < 100 for level in levels):
        raise UsageError(f"levels are at most {MAX_LEVELS} percentages between 0 and 100")


def save_model(model: SavedModel, directory: Path) -> int:
    """Publish *model*; returns its version. Raises as :func:`gruforecast.store.model_store.publish`."""
    named = {f"{i}.{name}": array for i, member in enumerate(model.members) for name, array in member.items()}
    return model_store.publish(directory, model.to_manifest(), named)


def load_saved_model(directory: Path | str) -> SavedModel:
    """Read a model directory. Raises NoInput (none there) or ModelRefused (damaged, foreign, newer)."""
    stored = model_store.read_model(directory)
    try:
        model = _from_manifest(stored.manifest)
    except (GruforecastError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelRefused(
            f"{stored.path}: the manifest is not one this version can read ({type(error).__name__}: {error})",
            hint="train again with gruforecast train",
        ) from error
    count = len(model.members)
    spec = weight_spec(model.config, model.direct_horizon)
    named = {f"{i}.{name}": shape for i in range(count) for name, shape in spec.items()}
    tensors = model_store.load_tensors(stored, named)
    members = [{name: tensors[f"{i}.{name}"] for name in spec} for i in range(count)]
    return replace(
        model,
        members=members,
        path=Path(directory),
        version=stored.version,
        manifest_sha256=stored.manifest_sha256,
    )


def _from_manifest(manifest: dict[str, Any]) -> SavedModel:
    """The model without its weights; every number is bounded before anything is allocated."""
    count = manifest["members"]
    layout = Layout(**manifest["layout"])
    horizon, direct = manifest["horizon"], manifest["direct_horizon"]
    bounded = {
        "members": (count, MAX_MEMBERS),
        "horizon": (horizon, 10_000),
        "direct_horizon": (direct, 10_000),
    }
    for name, (value, most) in bounded.items():
        if type(value) is not int or not 1 <= value <= most:
            raise ValueError(f"{name} is outside 1 … {most}")
    layout.check()
    levels, reading = manifest["levels"], DataConfig.from_dict(manifest["data_config"])
    check_levels(levels)
    for name, value in {**manifest["data"], **manifest["result"]}.items():
        if name in ("rows", "series", "steps") and type(value) is not int:
            raise ValueError(f"{name} is no whole number")
    for name, default in DataConfig().to_dict().items():
        value = getattr(reading, name)
        if name != "season_length" and value != default and not isinstance(value, str):
            raise ValueError(f"{name} is not text")
    return SavedModel(
        config=ModelConfig.from_dict(manifest["model"]),
        members=[{}] * count,
        layout=layout,
        horizon=horizon,
        direct_horizon=direct,
        levels=tuple(float(level) for level in levels),
        freq=Frequency.from_dict(manifest["freq"]) if manifest["freq"] else None,
        columns=ColumnNames(**{k: str(v) for k, v in manifest["columns"].items()}),
        data_config=reading,
        train_config=TrainConfig.from_dict(manifest["train"]),
        scaler=DatasetScaler(**manifest["scaler"]) if manifest["scaler"] else None,
        data=dict(manifest["data"]),
        result=dict(manifest["result"]),
    )
