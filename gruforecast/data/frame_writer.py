"""Forecasts as a pandas frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gruforecast.data.csv_writer import forecast_columns, key_names
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import ColumnNames
from gruforecast.data.stamps import EPOCH_STYLES, epoch_unit


def forecast_frame(
    forecast: Forecast,
    names: ColumnNames,
    *,
    levels: Sequence[float] = (80, 95),
    quantile_levels: Sequence[float] = (),
    dialect: str = "own",
) -> pd.DataFrame:
    """The table of :func:`~gruforecast.data.csv_writer.forecast_csv` as a frame.

    Times are datetime64[s], zone-aware if the input was, or integers.
    """
    id_name, time_name = key_names(names, dialect)
    freq, written = forecast.freq, forecast.written
    stamps: Any = freq.timestamps(forecast.ordinals[written])
    if freq.style in EPOCH_STYLES:  # the input had integers too
        stamps = stamps.astype("datetime64[s]").astype(np.int64) * epoch_unit(freq.style)
    elif freq.tz is not None:
        index = pd.DatetimeIndex(stamps)
        if freq.counts_utc:
            stamps = index.tz_localize("UTC").tz_convert(freq.tz)
        else:
            first: Any = np.ones(len(stamps), dtype=bool)
            stamps = index.tz_localize(freq.tz, ambiguous=first, nonexistent="shift_forward")
    columns = forecast_columns(forecast, levels, quantile_levels)
    values = {name: column[written] for name, column in columns.items()}
    return pd.DataFrame({id_name: np.repeat(forecast.ids, written.sum(axis=1)), time_name: stamps, **values})
