"""What a backtest found: the forecasts beside the truth, and tables of both and of their accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import ColumnNames, FloatArray, IntArray
from gruforecast.errors import UsageError, escape
from gruforecast.evaluation.registry import Metric, Scored, metric

if TYPE_CHECKING:
    import pandas as pd

BY = ("overall", "series", "horizon", "cutoff")


def refuse_names(names: ColumnNames, models: Sequence[str]) -> None:
    """Raise UsageError where a column of the data is called as one of the tables of *models* is."""
    for name in (names.id, names.time, names.target):
        own = any(name == model or name.startswith(f"{model}-") for model in models)
        if own or name in ("cutoff", "metric") or name == names.id == "horizon":
            raise UsageError(f"column {escape(name)} is called as one of the result is", hint="rename it in the data")


@dataclass(frozen=True)
class Backtest:
    """Forecasts of one or more models over W windows, N series, H periods.

    Attributes:
        ids: [N]. freq, names: as in the panel.
        cutoff: [W, N] ordinals.
        actual: [W, N, H], NaN = not scored.
        median, quantiles: by model name, [W, N, H] and [W, N, H, Q] at ``probabilities`` [Q].
        levels: intervals shown in :meth:`to_frame`, in percent.
        scale, square_scale: [W, N] in-sample scales of the windows' training parts.
    """

    ids: NDArray[np.object_]
    freq: Frequency
    names: ColumnNames
    cutoff: IntArray
    actual: FloatArray
    median: dict[str, FloatArray]
    quantiles: dict[str, FloatArray]
    probabilities: tuple[float, ...]
    levels: tuple[float, ...]
    scale: FloatArray
    square_scale: FloatArray

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(self.median)

    @property
    def used(self) -> NDArray[np.bool_]:
        """[W, N] series that take part in a window."""
        return np.asarray(np.isfinite(self.actual).any(axis=2))

    @property
    def horizon(self) -> int:
        return int(self.actual.shape[2])

    # ---- accuracy

    def metrics(self, metrics: Sequence[str]) -> dict[str, dict[str, float]]:
        """Metric → model → value over everything. Raises UsageError on an unknown metric."""
        measures = [metric(name) for name in metrics]
        rows = {model: self._rows(model) for model in self.models}
        return {m.name: {model: m.overall(rows[model]) for model in rows} for m in measures}

    def metrics_frame(self, metrics: Sequence[str], by: str = "overall") -> pd.DataFrame:
        """Columns ``metric`` and one a model, with the group in front: the id, ``horizon`` or ``cutoff``.

        Args:
            metrics: names as a user types them.
            by: overall, series, horizon or cutoff. Scaled errors of a series with a constant past are NaN.

        Raises UsageError on an unknown metric or *by*.
        """
        import pandas as pd

        if by not in BY:
            raise UsageError(f"cannot group metrics by {escape(by)}", hint=f"known: {', '.join(BY)}")
        measures = [metric(name) for name in metrics]
        tables: dict[str, Callable[[Metric, str], FloatArray]] = {
            "overall": lambda m, model: np.array([m.overall(self._rows(model))]),
            "series": lambda m, model: m.per_series(self._by_series(model)),
            "horizon": lambda m, model: np.array([m.overall(part) for part in self._by_horizon(model)]),
            "cutoff": lambda m, model: np.array([m.overall(part) for part in self._by_cutoff(model)]),
        }
        column, labels = self._groups(by)
        parts = [
            pd.DataFrame({"metric": m.name, **{model: tables[by](m, model) for model in self.models}}) for m in measures
        ]
        frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"metric": []})
        if column:
            frame.insert(0, column, np.tile(labels, len(measures)))
        return frame

    def _groups(self, by: str) -> tuple[str, NDArray[Any]]:
        if by == "series":
            return self.names.id, self.ids
        if by == "horizon":
            return "horizon", np.arange(1, self.horizon + 1)
        if by == "cutoff":
            return "cutoff", self.freq.timestamps(np.unique(self.cutoff[self.used]))
        return "", np.zeros(1)

    def _rows(self, model: str) -> Scored:
        """Every window of every series as a row: [R, H]."""
        used = self.used
        return Scored(
            self.actual[used],
            self.median[model][used],
            self.quantiles[model][used],
            self.probabilities,
            self.scale[used],
            self.square_scale[used],
        )

    def _by_series(self, model: str) -> Scored:
        """Every series as a row that holds all its windows: [N, W·H]."""
        w, n, h = self.actual.shape

        def flat(values: FloatArray) -> FloatArray:
            return np.moveaxis(values, 0, 1).reshape(n, w * h, *values.shape[3:])

        scales = [np.repeat(s[:, :, None], h, axis=2) for s in (self.scale, self.square_scale)]
        return Scored(
            flat(self.actual),
            flat(self.median[model]),
            flat(self.quantiles[model]),
            self.probabilities,
            flat(scales[0]),
            flat(scales[1]),
        )

    def _by_horizon(self, model: str) -> Iterator[Scored]:
        rows = self._rows(model)
        for h in range(self.horizon):
            at = slice(h, h + 1)
            yield replace(rows, actual=rows.actual[:, at], median=rows.median[:, at], quantiles=rows.quantiles[:, at])

    def _by_cutoff(self, model: str) -> Iterator[Scored]:
        rows, cutoff = self._rows(model), self.cutoff[self.used]
        for value in np.unique(cutoff):
            at = cutoff == value
            yield Scored(
                rows.actual[at],
                rows.median[at],
                rows.quantiles[at],
                rows.levels,
                rows.scale[at],
                rows.square_scale[at],
            )

    # ---- forecasts

    def to_frame(self) -> pd.DataFrame:
        """Long table sorted by series, cutoff and time: id, time, ``cutoff``, each model with its intervals, target.

        Times are datetime64[s] or integers; series left out of a window have no rows for it.
        """
        import pandas as pd

        index, values = self._columns()
        stamps = {name: self.freq.timestamps(ordinals) for name, ordinals in list(index.items())[1:]}
        (id_name, ids), *_ = index.items()
        return pd.DataFrame({id_name: ids, **stamps, **values})

    def to_csv(self) -> bytes:
        """The same table as CSV bytes, times written as the input had them."""
        from gruforecast.data.csv_writer import table_csv, text_cells

        index, values = self._columns()
        (_, ids), *times = index.items()
        texts = [np.array(text_cells(ids), dtype=object), *(self.freq.format(column) for _, column in times)]
        return table_csv([*index, *values], texts, list(values.values()))

    def _columns(self) -> tuple[dict[str, NDArray[Any]], dict[str, FloatArray]]:
        """Flat columns: id, time and cutoff (as ordinals), and the values."""
        from gruforecast.data.csv_writer import forecast_columns

        series, window = np.nonzero(self.used.T)
        at, h = (window, series), self.horizon
        cutoff = self.cutoff[at]
        index: dict[str, NDArray[Any]] = {
            self.names.id: np.repeat(self.ids[series], h),
            self.names.time: (cutoff[:, None] + np.arange(1, h + 1)).ravel(),
            "cutoff": np.repeat(cutoff, h),
        }
        values: dict[str, FloatArray] = {}
        for model in self.models:
            quantiles = self.quantiles[model][at]
            forecast = Forecast(
                self.ids[series], cutoff, self.freq, self.median[model][at], quantiles, self.probabilities
            )
            levels = self.levels if np.isfinite(quantiles).any() else ()
            values |= {k: v.ravel() for k, v in forecast_columns(forecast, levels, (), model).items()}
        values[self.names.target] = self.actual[at].ravel()
        return index, values
