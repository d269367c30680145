"""Series made of series: convex combinations and amplitude modulation."""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.draws import Array, Generator, chance, normal

ANCHORS = 5


def mixed(rng: Generator, x: Array) -> Array:
    """[n, T] convex combinations of 2 or 3 random rows of *x* [n, T], Dirichlet(1.5) weights.

    TSMixup (Ansari et al., 2024). Rows must be of like scale.
    """
    n = len(x)
    weights = rng.standard_gamma(1.5, (n, 3)).astype(np.float32)
    weights[:, 2:] *= chance(rng, n, 0.5)
    weights /= weights.sum(axis=1, keepdims=True)
    picks = rng.integers(n, size=(n, 3))
    combined = weights[:, :1] * x[picks[:, 0]]
    for k in (1, 2):
        combined += weights[:, k : k + 1] * x[picks[:, k]]
    return combined


def modulation(rng: Generator, n: int, length: int, width: float) -> Array:
    """[n, length] factors around 1: piecewise linear between ANCHORS log-normal values of spread *width*.

    Amplitude modulation as an augmentation (Auer et al., 2025, TiRex).
    """
    anchors = np.exp(width * normal(rng, n, ANCHORS))
    place = np.linspace(0, ANCHORS - 1, length, dtype=np.float32)
    left = np.minimum(place.astype(np.intp), ANCHORS - 2)
    part = place - left
    factors: Array = anchors[:, left] * (1 - part) + anchors[:, left + 1] * part
    return factors
