"""First-order recursions over time, vectorised over series: the only loops over T in the synthetic world."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from gruforecast.pretraining.draws import Array, Generator, normal

FEW = 32  # series below which a compiled loop over time for each is faster than one of numpy's for all


def random_walk(rng: Generator, sigma: Array, length: int) -> Array:
    """[n, length] sum of N(0, sigma²) steps, for sigma [n, 1]."""
    return np.cumsum(normal(rng, len(sigma), length) * sigma, axis=1, dtype=np.float32)


def ar1(shocks: Array, phi: Array) -> Array:
    """x_t = φ x_{t-1} + shock_t with x_{-1} = 0, for shocks [n, T] and phi [n, 1]."""
    return recursion(shocks, phi[:, 0])


def stationary_ar1(rng: Generator, phi: Array, length: int) -> Array:
    """[n, length] AR(1) of unit variance from its first point on, for phi [n, 1] in 0 … 1."""
    shocks = normal(rng, len(phi), length)
    shocks[:, 1:] *= np.sqrt(np.maximum(1 - phi * phi, 0))
    return ar1(shocks, phi)


def stationary_cycle(rng: Generator, radius: Array, period: Array, length: int) -> Array:
    """[n, length] stochastic cycle of unit variance (AR(2), complex roots), radius < 1 and period [n, 1].

    The real part of a complex AR(1) that turns by 2π/period a step (Harvey, 1989, stochastic cycle).
    """
    n = len(radius)
    shocks = np.empty((length, n), dtype=np.complex64)
    shocks.real = rng.standard_normal((length, n), dtype=np.float32)
    shocks.imag = rng.standard_normal((length, n), dtype=np.float32)
    shocks[1:] *= np.sqrt(1 - radius[:, 0] ** 2)
    turn = (radius[:, 0] * np.exp(2j * np.pi / period[:, 0])).astype(np.complex64)
    return np.ascontiguousarray(recursion(shocks.T, turn).real)


def recursion(shocks: NDArray[Any], factor: NDArray[Any]) -> NDArray[Any]:
    """x_t = factor · x_{t-1} + shock_t with x_{-1} = 0, for shocks [n, T] and factors [n]."""
    if len(shocks) < FEW:
        rows = [lfilter([1.0], [1.0, -f], row) for f, row in zip(factor.tolist(), shocks, strict=True)]
        return np.array(rows, dtype=shocks.dtype).reshape(shocks.shape)
    # Time-major, so that every step of the loop touches contiguous memory.
    steps = np.ascontiguousarray(shocks.T)
    carried = np.empty_like(factor)
    for before, now in pairwise(steps):
        np.multiply(before, factor, out=carried)
        now += carried
    return np.ascontiguousarray(steps.T)
