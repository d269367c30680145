"""Windows of the synthetic world: read in logs or in units, interrupted, shortened."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.pretraining import batches, observe
from gruforecast.pretraining.batches import draw_batch
from gruforecast.pretraining.kinds import KINDS

Rng = np.random.Generator


def test_positive_windows_are_read_in_units_as_often_as_promised(rng: Rng, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "sample_series", lambda rng, _kind, n, length: np.exp(rng.normal(size=(n, length))))
    scalers = [draw_batch(rng, KINDS["quarterly"], 500).scaler for _ in range(8)]
    log = np.concatenate([scaler.log for scaler in scalers])
    nonnegative = np.concatenate([scaler.floor for scaler in scalers]) == 0
    below, zero = batches.UNITS_FROM_BELOW, batches.UNITS_FROM_ZERO
    assert log.mean() == pytest.approx(1 - below - zero, abs=0.03)
    assert nonnegative.mean() == pytest.approx(1 - below, abs=0.02)


def test_long_gaps_end_before_the_cutoff(rng: Rng) -> None:
    history = rng.normal(size=(4000, 60))
    batches._interrupt(rng, history, 12)
    gaps = np.isnan(history)
    assert gaps.any(axis=1).mean() == pytest.approx(batches.INTERRUPTED, abs=0.015)
    assert not gaps[:, -1].any()
    runs = (np.diff(gaps.astype(int), axis=1) == 1).sum(axis=1) + gaps[:, 0]
    assert runs.max() == 1
    assert 30 <= gaps.sum(axis=1).max() <= 37


def test_some_series_are_recorded_with_zeros(rng: Rng) -> None:
    y = observe.observed(rng, 100 + rng.random((4000, 80)))
    some = ((y == 0).any(axis=1) & (y != 0).any(axis=1)).mean()
    assert 0.02 < some < 0.045
