"""Price-like series: walks whose volatility clusters, hardly predictable, with fat tails."""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, normal, uniform
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.noise import heavy
from gruforecast.pretraining.recursions import stationary_ar1


def prices(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] log price: steps of LU(.1 %, 8 %) a point (more in a year), drift up to a tenth of a step.

    Volatility is log-normal and persistent, φ ∈ U(.8, .99) (Taylor, 1986, stochastic volatility).
    """
    sigma = log_uniform(rng, n, 0.001, 0.08) * (3 if kind.year == 1 else 1)
    clustered = uniform(rng, n, 0, 0.8) * stationary_ar1(rng, uniform(rng, n, 0.8, 0.99), length)
    steps = normal(rng, n, length) * np.exp(clustered)
    jumpy = chance(rng, n, 0.3)
    steps *= jumpy * heavy(rng, n, length) + 1 - jumpy
    drift = 0.1 * normal(rng, n)
    return np.cumsum(sigma * (steps + drift), axis=1, dtype=np.float32)
