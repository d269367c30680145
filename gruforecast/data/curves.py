"""Curves: windows whose steps hardly change from one to the next, as population and capital make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.scaling import mean_observed
from gruforecast.data.windows import Batch

NEWEST = 24  # points that decide


def is_curve(batch: Batch) -> NDArray[np.bool_]:
    """[B] whether a window has no season and no cycle, and its newest steps change by less than they are long.

    The steps of a random walk change by 1.4 times their length on average, those of noise by 1.7 times.
    """
    if batch.layout.season > 1:
        return np.zeros(len(batch), dtype=np.bool_)
    newest = np.where(batch.observed > 0, batch.context, np.nan)[:, -NEWEST:]
    step, bend = (mean_observed(np.abs(np.diff(newest, n, axis=1))) for n in (1, 2))
    curved: NDArray[np.bool_] = (bend < step) & (batch.period == 0)
    return curved
