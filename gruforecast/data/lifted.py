"""Windows that are better read above their zero: with a constant added, their logarithms are even, or exist."""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import FloatArray
from gruforecast.data.scaling import mean_observed
from gruforecast.data.windows import Layout, mean_step

# By how much likelier (mean logarithm of the density) changes over a season are in lifted logarithms.
LIKELIER = 0.02
# Share of zeros up to which they are the low end of a level; what is zero more often rests there.
FEW_ZEROS = 0.3


def lifts(context: FloatArray, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """[B] what to add to non-negative windows [B, L] before they are read once more, and [B] the share of that reading.

    Where days are seen, a logarithm suits what varies in proportion to its level. Trains that are empty on Sundays and
    temperatures in degrees vary as much when they are low. Which it is tell the changes over a season, if they are
    Laplacian in the logarithms of one of the two (Box & Cox, 1964). On slower grids it is growth that decides, and the
    networks know better; but where a level touches zero there is no logarithm, and half of the lifted one helps.
    """
    mean = mean_observed(context, 0.0)
    if layout.long_season:
        share = np.where((context <= 0).any(axis=1), 0.0, _varies_evenly(context, mean, layout.season))
    else:
        zeros = (context == 0).sum(axis=1) / np.maximum(np.isfinite(context).sum(axis=1), 1)
        touches = (zeros > 0) & (zeros <= FEW_ZEROS) & ~(context < 0).any(axis=1)
        share = np.where(touches, 0.5, 0.0)
    return mean, share


@np.errstate(divide="ignore", invalid="ignore")
def _varies_evenly(context: FloatArray, mean: FloatArray, season: int) -> FloatArray:
    """[B] 1 where the changes of positive windows over a season are likelier in logarithms of values above -*mean*."""
    logs, lifted = np.log(context), np.log(context + mean[:, None])
    gain = _likelihood(lifted, season) - _likelihood(logs, season)
    return np.where(gain > LIKELIER, 1.0, 0.0)


def _likelihood(logs: FloatArray, season: int) -> FloatArray:
    """[B] of values, by the mean change of their logarithms over a season and the slope of the logarithm."""
    return -np.log(mean_step(logs, season)) - mean_observed(logs)
