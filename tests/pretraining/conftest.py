"""A seeded generator and the few statistics that the tests of the synthetic world ask for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture
def autocorrelation() -> object:
    def at(x: NDArray[np.float32], lag: int) -> float:
        """Mean over rows of the autocorrelation of *x* [n, T] at *lag*."""
        z = x - x.mean(axis=1, keepdims=True)
        return float(np.mean((z[:, lag:] * z[:, :-lag]).mean(axis=1) / (z * z).mean(axis=1)))

    return at
