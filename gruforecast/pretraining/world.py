"""The synthetic world: any number of diverse series of one kind, from one seeded generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.pretraining.draws import Array, Generator, log_uniform
from gruforecast.pretraining.kinds import KINDS, Kind
from gruforecast.pretraining.structural import structural

# A window whose largest value is more than e^8 ≈ 3,000 times its smallest teaches little about real ones.
LARGEST_LOG_RANGE = 8.0


def sample_series(rng: Generator, kind: Kind | str, n: int, length: int) -> NDArray[np.float64]:
    """[n, length] series of *kind* in raw units, NaN where a point is missing; equal seeds give equal bytes.

    Scale is log-uniform over 1e-2 … 1e6. Every observed value is finite, and every series has some.
    """
    kind = KINDS[kind] if isinstance(kind, str) else kind
    y = np.exp(tame(structural(rng, kind, n, length)))
    return y.astype(np.float64) * log_uniform(rng, n, 1e-2, 1e6)


def tame(x: Array) -> Array:
    """*x* [n, T] in log units, centred, and shrunk where it spans more than LARGEST_LOG_RANGE."""
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    shrink = np.minimum(1, LARGEST_LOG_RANGE / np.maximum(high - low, 1e-6))
    tamed: Array = (x - (low + high) / 2) * shrink
    return tamed
