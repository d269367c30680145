"""The sentence shown after an evaluation, and --fail-if."""

from __future__ import annotations

import math

import pytest

from gruforecast.errors import GateFailed, UsageError
from gruforecast.evaluation.verdict import Gate, verdict


@pytest.mark.parametrize(
    ("values", "winner", "sentence"),
    [
        (
            {"GRU": 0.81, "Naive": 1.3, "SeasonalNaive": 0.92},
            "GRU",
            "GRU beats seasonal naive by 12 % (MASE 0.81 vs 0.92).",
        ),
        (
            {"GRU": 0.85, "SeasonalNaive": 0.7, "Drift": math.nan},
            "SeasonalNaive",
            "A baseline wins here: SeasonalNaive has MASE 0.70, GRU 0.85; "
            "prefer it or train on more data.",
        ),
        (
            {"GRU": 0.9000, "Theta": 0.9001},
            "GRU",
            "GRU beats Theta by less than 1 % (MASE 0.9000 vs 0.9001).",
        ),
        ({"GRU": 0.5, "Naive": 0.5}, "GRU", "GRU and naive are level (MASE 0.50)."),
        ({"GRU": 0.5}, "GRU", "GRU has MASE 0.50; there was nothing to compare it with."),
        ({"GRU": 2.0, "Other": 1.0}, "Other", "Another model wins here: Other has MASE 1.00, GRU 2.00; "
         "prefer it or train on more data."),
    ],
)  # fmt: skip
def test_the_sentence(values: dict[str, float], winner: str, sentence: str) -> None:
    found = verdict({"MASE": values})
    assert (found.winner, found.sentence) == (winner, sentence)


def test_without_mase_mae_decides() -> None:
    found = verdict({"MASE": {"GRU": math.nan}, "MAE": {"GRU": 12345.6, "Naive": 20000.0}})
    assert found.sentence == "GRU beats naive by 38 % (MAE 12346 vs 20000)."
    assert verdict({"MAE": {"GRU": 0.00012, "Naive": 0.0002}}).sentence.endswith("(MAE 0.00012 vs 0.00020).")
    assert verdict({"MASE": {"GRU": math.nan}}).winner is None


@pytest.mark.parametrize(
    ("text", "value", "fails"),
    [
        ("MASE>1", 1.2, True),
        ("MASE>1", 1.0, False),
        ("mase >= 1", 1.0, True),
        ("coverage-80<.7", 0.69, True),
        ("coverage-80 <= 0.7", 0.71, False),
        ("WQL>1e-1", 0.2, True),
        ("MSIS-97.5>3", 2.0, False),
    ],
)
def test_gates(text: str, value: float, fails: bool) -> None:
    gate = Gate.parse(text)
    metrics = {gate.metric: {"GRU": value, "Naive": math.nan}}
    if fails:
        with pytest.raises(GateFailed, match=f"is {value:g}") as refusal:
            gate.check(metrics)
        assert refusal.value.exit_code == 7
    else:
        gate.check(metrics)


def test_a_gate_that_cannot_be_checked_fails() -> None:
    for metrics in ({}, {"MASE": {"GRU": math.nan}}, {"MASE": {"Naive": 0.5}}):
        with pytest.raises(GateFailed, match="could not be computed"):
            Gate.parse("MASE>1").check(metrics)


@pytest.mark.parametrize("text", ["", "MASE", "MASE=1", "MASE>", "MASE>x", "MASE>nan", ">1", "MASE>1>2", "a\x1b>1"])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="such as MASE>1") as refusal:
        Gate.parse(text)
    assert "\x1b" not in str(refusal.value)


def test_an_unknown_metric_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean RMSE"):
        Gate.parse("RMES>1")
