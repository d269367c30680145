"""What instruments and programs write where there is no value: -999 among temperatures, -99 among counts."""

from __future__ import annotations

import numpy as np

from gruforecast.data.panel import BoolArray, FloatArray, IntArray

CODES = (-99.0, -999.0, -9999.0, -99999.0)
FEWEST, MOST = 8, 0.5  # other values that tell, and the share of them beyond which a code would be the series


@np.errstate(invalid="ignore")
def missing_codes(y: FloatArray, codes: IntArray, series: int) -> BoolArray:
    """Which values *y* [T] of *series* series, value by value those with the numbers *codes*, say that there is none.

    They are one of the CODES, the lowest of their series, and further below all others than those are apart.
    """
    found: BoolArray = np.zeros(len(y), dtype=np.bool_)
    if not len(y) or not np.fmin.reduce(y) <= CODES[0]:
        return found
    listed = np.isin(y, CODES)
    rows = np.flatnonzero(np.isin(codes, np.unique(codes[listed])) & np.isfinite(y))
    y, codes = y[rows], codes[rows]
    low, least, most = np.full(series, np.inf), np.full(series, np.inf), np.full(series, -np.inf)
    np.minimum.at(low, codes, y)
    code = listed[rows] & (y == low[codes])
    np.minimum.at(least, codes[~code], y[~code])
    np.maximum.at(most, codes[~code], y[~code])
    count, others = np.bincount(codes, code, series), np.bincount(codes, ~code, series)
    sure = (others >= FEWEST) & (count <= MOST * others) & (least - low > np.maximum(most - least, 0))
    found[rows] = code & sure[codes]
    return found
