"""The figures of a backtest: as a table for people, as CSV, with a verdict and gates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gruforecast.data.csv_writer import table_csv, text_cells
from gruforecast.errors import UsageError, escape
from gruforecast.evaluation.result import BY, Backtest
from gruforecast.evaluation.verdict import Gate, Verdict, verdict

Figures = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Scores:
    """Metric → model → value, the verdict, and the metrics file.

    ``overall`` holds what was asked for, ``everything`` also what the verdict and the gates need.
    """

    overall: Figures
    everything: Figures
    models: tuple[str, ...]
    verdict: Verdict
    gates: tuple[Gate, ...]
    csv: bytes

    def check_gates(self) -> None:
        """Raise GateFailed when a condition holds."""
        for gate in self.gates:
            gate.check(self.everything, self.models[0])

    def best(self, metric: str) -> str | None:
        """The model with the best value of *metric*; None when there is none to compare."""
        values = {m: _loss(metric, v) for m, v in self.overall[metric].items() if math.isfinite(v)}
        return min(values, key=lambda model: values[model]) if len(values) > 1 else None


def _loss(metric: str, value: float) -> float:
    """Smaller is better; a coverage should be what its interval promises."""
    return abs(value - float(metric.split("-")[1]) / 100) if metric.startswith("coverage-") else value


def check_groups(by: Sequence[str]) -> None:
    """Raise UsageError for a group there is not."""
    for name in by:
        if name not in BY:
            raise UsageError(f"--by {escape(name)} is not one of {', '.join(BY)}")


def score_table(backtest: Backtest, metrics: Sequence[str], by: Sequence[str], gates: Sequence[Gate]) -> Scores:
    """All figures of *backtest*. Raises UsageError on an unknown metric or group."""
    overall = backtest.metrics(metrics)
    extra = [name for name in ("MASE", "MAE", *(gate.metric for gate in gates)) if name not in overall]
    everything = {**overall, **backtest.metrics(extra)}
    judged = verdict(everything, backtest.models[0])
    csv = _csv(backtest, metrics, by)
    return Scores(overall, everything, backtest.models, judged, tuple(gates), csv)


def _csv(backtest: Backtest, metrics: Sequence[str], by: Sequence[str]) -> bytes:
    frame = pd.concat([_grouped(backtest, metrics, group) for group in by], ignore_index=True)
    models = list(backtest.models)
    texts = [name for name in frame.columns if name not in ("metric", *models)] + ["metric"]
    cells = [np.array(text_cells(_texts(frame[name])), dtype=object) for name in texts]
    return table_csv([*texts, *models], cells, [frame[model].to_numpy(np.float64) for model in models])


def _grouped(backtest: Backtest, metrics: Sequence[str], by: str) -> pd.DataFrame:
    frame = backtest.metrics_frame(metrics, by)
    if by == "cutoff":
        ordinals = backtest.freq.ordinals(frame["cutoff"].to_numpy())
        frame["cutoff"] = backtest.freq.format(ordinals)
    return frame


def _texts(column: Any) -> list[str]:
    """Cells of a group column; rows of another group have none."""
    return ["" if value is None or value != value else _text(value) for value in column.tolist()]


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)
