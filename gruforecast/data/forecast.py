"""What every forecaster returns, and the protocol that makes forecasters interchangeable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import BoolArray, FloatArray, IntArray, Panel


@dataclass(frozen=True)
class Forecast:
    """Point and quantile forecasts of N series over H periods after each series' own cutoff.

    Attributes:
        ids: [N] series names.
        cutoff: [N] int64 ordinal of the last period known to the forecaster.
        freq: the time grid; period h of series i has ordinal ``cutoff[i] + 1 + h``.
        median: [N, H] the point forecast.
        quantiles: [N, H, Q] non-decreasing along the last axis.
        levels: [Q] increasing probabilities, such as (.025, .1, .9, .975).
        left_out: [K, 2] series number and ordinal of the values of the history that were read as missing.
        skipped: [N, H] periods that are not written, such as those at which nothing is ever recorded; None: all are.
    """

    ids: NDArray[np.object_]
    cutoff: IntArray
    freq: Frequency
    median: FloatArray
    quantiles: FloatArray
    levels: tuple[float, ...]
    left_out: IntArray = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    skipped: BoolArray | None = None

    @property
    def horizon(self) -> int:
        return int(self.median.shape[1])

    @property
    def written(self) -> BoolArray:
        """[N, H] the periods that are written."""
        return np.ones(self.median.shape, dtype=np.bool_) if self.skipped is None else ~self.skipped

    @property
    def ordinals(self) -> IntArray:
        """[N, H] ordinals of the forecast periods."""
        return self.cutoff[:, None] + np.arange(1, self.horizon + 1)

    @property
    def ds(self) -> NDArray[Any]:
        """[N, H] time stamps (datetime64[s]) or integers, as ``freq`` has them."""
        return self.freq.timestamps(self.ordinals)


class Forecaster(Protocol):
    """Anything that forecasts: the GRU, a baseline, a wrapper around either."""

    name: str

    def fit(self, panel: Panel) -> None:
        """Learn from *panel*. Baselines do nothing here."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float]) -> Forecast:
        """Forecast *horizon* periods after each series' cutoff at the probabilities *levels* (may be empty)."""


def interval_quantiles(levels: Sequence[float]) -> tuple[float, ...]:
    """Probabilities of the bounds of central prediction intervals: (80, 95) → (.025, .1, .9, .975)."""
    lower = {round(0.5 - level / 200, 10) for level in levels}
    return tuple(sorted(lower | {round(1 - q, 10) for q in lower}))
