"""Settings as frozen dataclasses. Each converts to and from plain dicts and refuses unknown keys by name."""

from __future__ import annotations

import dataclasses
import difflib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from gruforecast.errors import UsageError

CELLS = ("gru", "lstm", "rnn")
NETWORKS = ("segment", "pointwise")
HEADS = ("quantile", "point")
SCALERS = ("none", "standard", "robust", "minmax")
DUPLICATES = ("error", "first", "last", "mean", "sum")
DEVICES = ("auto", "cpu", "cuda")

# Dense in the tails so that 80, 90, 95 and 99 % intervals need no extrapolation, deciles exact.
QUANTILE_GRID = (0.005, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.995)


def between(low: float, high: float, default: Any) -> Any:
    """A field with a default and an inclusive range, checked on construction."""
    return field(default=default, metadata={"range": (low, high)})


def one_of(choices: tuple[str, ...], default: str | None) -> Any:
    """A field with a default and a closed set of values, checked on construction."""
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True)
class Config:
    """Base of all settings: range checks on construction, dict round trip, did-you-mean on unknown keys."""

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if value is None:
                continue
            if "range" in f.metadata:
                low, high = f.metadata["range"]
                number = isinstance(value, int | float) and not isinstance(value, bool)
                if not number or not low <= value <= high:
                    raise UsageError(f"{f.name} = {value!r:.60} is outside {low:g} … {high:g}")
                whole = type(f.default) is int or "int" in str(f.type)
                if whole and not isinstance(value, int):
                    raise UsageError(f"{f.name} = {value!r:.60} is not a whole number")
            elif "choices" in f.metadata and value not in f.metadata["choices"]:
                raise UsageError(f"{f.name} = {value!r:.60} is not one of {', '.join(f.metadata['choices'])}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, fit for JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_dict`. Raises UsageError on an unknown key or a value out of range."""
        known = {f.name: f for f in dataclasses.fields(cls)}
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                raise UsageError(f"unknown setting {str(key)!r:.60}", hint=hint)
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


@dataclass(frozen=True)
class DataConfig(Config):
    """How to read the input. ``None`` means: nobody said; found out, and refused where that would be a guess."""

    id_col: str | None = None
    time_col: str | None = None
    target_col: str | None = None
    freq: str | None = None
    season_length: int | None = between(1, 10_000, None)
    sep: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    duplicates: str | None = one_of(DUPLICATES, None)

    @property
    def charset(self) -> str:
        """The encoding of text: UTF-8 where nobody says."""
        return self.encoding or "utf-8"


@dataclass(frozen=True)
class ModelConfig(Config):
    """Size and kind of the network. All bounds are checked before anything is allocated."""

    network: str = one_of(NETWORKS, "segment")
    cell: str = one_of(CELLS, "gru")
    head: str = one_of(HEADS, "quantile")
    hidden: int = between(4, 2048, 128)
    layers: int = between(1, 8, 1)
    quantile_grid: tuple[float, ...] = QUANTILE_GRID

    def __post_init__(self) -> None:
        super().__post_init__()
        grid = self.quantile_grid
        ordered = all(a < b for a, b in itertools.pairwise(grid))
        if not (3 <= len(grid) <= 99 and ordered and grid[0] > 0 and grid[-1] < 1 and 0.5 in grid):
            raise UsageError("quantile_grid must be 3 to 99 increasing probabilities that include 0.5")


@dataclass(frozen=True)
class TrainConfig(Config):
    """How to train. ``None`` means: chosen from the data (frequency, length, number of series)."""

    horizon: int | None = between(1, 10_000, None)
    context_length: int | None = between(2, 20_000, None)
    max_steps: int | None = between(1, 1_000_000, None)
    time_limit: float | None = between(0.1, 1e7, None)
    batch_size: int | None = between(1, 65_536, None)
    lr: float | None = between(1e-7, 1.0, None)
    patience: int = between(1, 1000, 5)
    val_size: int | None = between(0, 10_000, None)
    refit: bool = True
    from_scratch: bool = False
    scaler: str = one_of(SCALERS, "none")
    ensemble: int = between(1, 64, 1)
    seed: int = between(0, 2**63 - 1, 0)
    threads: int | None = between(1, 4096, None)
    device: str = one_of(DEVICES, "auto")
