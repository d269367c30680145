"""Forecasts with Gaussian intervals, as the classical methods have them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import FloatArray, Panel


def gaussian_forecast(panel: Panel, median: FloatArray, sigma: FloatArray, levels: Sequence[float]) -> Forecast:
    """Forecast whose quantiles are those of a normal distribution.

    Args:
        panel: what was known.
        median: [N, H] point forecast, NaN for a series without observations.
        sigma: [N, H] standard deviation of the forecast error, not negative.
        levels: [Q] probabilities between 0 and 1, increasing.
    """
    scores = np.array([NormalDist().inv_cdf(level) for level in levels], dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        quantiles = median[:, :, None] + sigma[:, :, None] * scores
    largest = np.finfo(np.float64).max  # what a file can hold
    quantiles = np.clip(quantiles, -largest, largest)
    return Forecast(panel.ids, panel.cutoff, panel.freq, median, quantiles, tuple(levels))
