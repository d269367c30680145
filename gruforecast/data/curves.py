"""Curves: windows whose steps hardly change from one to the next, as population and capital make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.scaling import mean_observed
from gruforecast.data.windows import Batch

NEWEST = 24  # points whose steps decide
NEAR, BEHIND = 12, 0.7  # so many points are this much nearer to the last value than the window is on average


def is_curve(batch: Batch) -> NDArray[np.bool_]:
    """[B] whether windows have come a long way steadily.

    That is, they have no season and no cycle, their newest steps change by less than they are long (those of a random
    walk by 1.4 times their length, those of noise by 1.7 times), and most of the way lies behind their newest points.
    """
    if batch.layout.season > 1:
        return np.zeros(len(batch), dtype=np.bool_)
    z = np.where(batch.observed > 0, batch.context, np.nan)  # 0 is the last value, 1 the mean distance from it
    step, bend = (mean_observed(np.abs(np.diff(z[:, -NEWEST:], n, axis=1))) for n in (1, 2))
    near = mean_observed(np.abs(z[:, -NEAR:]))
    curved: NDArray[np.bool_] = (bend < step) & (near < BEHIND) & (batch.period == 0)
    return curved
