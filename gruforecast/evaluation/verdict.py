"""Who won, in one sentence; and conditions under which a run must fail."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from gruforecast.errors import GateFailed, UsageError, escape
from gruforecast.evaluation.registry import metric

# Metric → model → value, as Backtest.metrics gives it.
Metrics = Mapping[str, Mapping[str, float]]

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_WORDS = {"Naive": "naive", "SeasonalNaive": "seasonal naive", "Drift": "drift", "Theta": "Theta"}


@dataclass(frozen=True)
class Verdict:
    """Attributes: the winner's column name (None when nothing can be compared), and the sentence to show."""

    winner: str | None
    sentence: str


def verdict(metrics: Metrics, model: str = "GRU") -> Verdict:
    """Compare *model* with the best of the others by MASE, or by MAE where no series has a MASE.

    *metrics* holds MASE, MAE or both, as :meth:`Backtest.metrics` gives them.
    """
    for name in ("MASE", "MAE"):
        values = {m: v for m, v in metrics.get(name, {}).items() if math.isfinite(v)}
        if model in values:
            return _compare(name, values, model)
    return Verdict(None, f"{model} cannot be judged: no error could be computed.")


def _compare(name: str, values: Mapping[str, float], model: str) -> Verdict:
    mine = values[model]
    others = {m: v for m, v in values.items() if m != model}
    if not others:
        return Verdict(model, f"{model} has {name} {_figures(mine)[0]}; there was nothing to compare it with.")
    best = min(others, key=lambda m: others[m])
    theirs = others[best]
    shown, other = _figures(mine, theirs)
    if mine == theirs:
        return Verdict(model, f"{model} and {_word(best)} are level ({name} {shown}).")
    if mine < theirs:
        gain = 100 * (1 - mine / theirs)
        share = f"{gain:.0f} %" if gain >= 0.95 else "less than 1 %"
        return Verdict(model, f"{model} beats {_word(best)} by {share} ({name} {shown} vs {other}).")
    kind = "A baseline wins here" if best in _WORDS else "Another model wins here"
    return Verdict(best, f"{kind}: {best} has {name} {other}, {model} {shown}; prefer it or train on more data.")


def _word(model: str) -> str:
    return _WORDS.get(model, model)


def _figures(*values: float) -> list[str]:
    """As few digits as tell the values apart: 2 decimals, or more where they would look the same."""
    for digits in range(2, 7):
        texts = [f"{v:.{digits}f}" if abs(v) < 1000 else f"{v:.{digits - 2}f}" for v in values]
        # Small errors (a series of shares) need their first digits too.
        clear = all(v == 0 or abs(v) >= 10.0 ** (1 - digits) for v in values)
        if clear and len(set(texts)) == len(set(values)):
            return texts
    return [f"{v:.6g}" for v in values]


@dataclass(frozen=True)
class Gate:
    """A condition such as ``MASE>1`` under which a run fails.

    Attributes:
        metric: canonical name.
        comparison: one of > >= < <=.
        limit: the number compared with.
    """

    metric: str
    comparison: str
    limit: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``--fail-if`` as typed. Raises UsageError on any other form or an unknown metric."""
        parts = re.fullmatch(r"\s*([A-Za-z][\w.-]*?)\s*(>=|<=|>|<)\s*(\S+)\s*", text, re.ASCII)
        try:
            limit = float(parts[3]) if parts else math.nan
        except ValueError:
            limit = math.nan
        if parts is None or not math.isfinite(limit):
            raise UsageError(
                f"cannot read the condition {escape(text)}",
                hint="write a metric, one of > >= < <= and a number, such as MASE>1",
            )
        return cls(metric(parts[1]).name, parts[2], limit)

    def __str__(self) -> str:
        return f"{self.metric}{self.comparison}{self.limit:g}"

    def check(self, metrics: Metrics, model: str = "GRU") -> None:
        """Raise GateFailed (exit code 7) when the condition holds, or when the metric has no value.

        A gate that cannot be checked must not open.
        """
        value = metrics.get(self.metric, {}).get(model, math.nan)
        if not math.isfinite(value):
            raise GateFailed(f"{self.metric} of {model} could not be computed, so {self} cannot be checked")
        if _OPERATORS[self.comparison](value, self.limit):
            raise GateFailed(f"{self.metric} of {model} is {value:.6g}, and a run fails if {self}")
