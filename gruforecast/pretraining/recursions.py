"""First-order recursions over time, vectorised over series: the only loops over T in the synthetic world."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gruforecast.pretraining.draws import Array, Generator, normal


def random_walk(rng: Generator, sigma: Array, length: int) -> Array:
    """[n, length] sum of N(0, sigma²) steps, for sigma [n, 1]."""
    return np.cumsum(normal(rng, len(sigma), length) * sigma, axis=1, dtype=np.float32)


def ar1(shocks: Array, phi: Array) -> Array:
    """x_t = φ x_{t-1} + shock_t with x_{-1} = 0, for shocks [n, T] and phi [n, 1]."""
    # Time-major, so that every step of the loop touches contiguous memory.
    steps = np.ascontiguousarray(shocks.T)
    factor = phi[:, 0]
    carried = np.empty_like(factor)
    for before, now in pairwise(steps):
        np.multiply(before, factor, out=carried)
        now += carried
    return np.ascontiguousarray(steps.T)


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
    for before, now in pairwise(shocks):
        now += before * turn
    return np.ascontiguousarray(shocks.real.T)
