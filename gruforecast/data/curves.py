"""Curves: windows that have come a long way in steps that follow each other, as population and capital do."""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import FloatArray
from gruforecast.data.scaling import mean_observed
from gruforecast.data.windows import Batch

NEWEST = 24  # points whose steps decide
NEAR, BEHIND = 12, 0.7  # so many points are this much nearer to the last value than the window is on average
CLOSE_LOOKS = (NEWEST, NEAR)  # points over which a curve is read, one look each
CURVED = 1.2  # bend below which a window is a curve, and read closely as well as whole
SMOOTH = 0.5  # bend below which only the close looks count


@np.errstate(divide="ignore", invalid="ignore")
def bend(batch: Batch) -> FloatArray:
    """[B] by how much of their length the newest steps of a curve change from one to the next; infinite for others.

    Those of a random walk change by 1.4 times their length on average, those of noise by 1.7 times. A curve has no
    season and no cycle, and most of its way lies behind its newest points.
    """
    if batch.layout.season > 1:
        return np.full(len(batch), np.inf)
    z = np.where(batch.observed > 0, batch.context, np.nan)  # 0 is the last value, 1 the mean distance from it
    step, change = (mean_observed(np.abs(np.diff(z[:, -NEWEST:], n, axis=1))) for n in (1, 2))
    far = mean_observed(np.abs(z[:, -NEAR:])) < BEHIND
    found: FloatArray = np.where(far & (step > 0) & (batch.period == 0), change / step, np.inf)
    return found
