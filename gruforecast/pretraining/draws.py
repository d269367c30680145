"""Draws shared by all generators: [n, T] noise in float32, and per-series parameters in [n, 1] columns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Index = NDArray[np.intp]
Generator = np.random.Generator


def normal(rng: Generator, n: int, length: int = 1) -> Array:
    """[n, length] independent N(0, 1)."""
    return rng.standard_normal((n, length), dtype=np.float32)


def uniform(rng: Generator, n: int, low: float, high: float) -> Array:
    """[n, 1] uniform on low … high."""
    return np.float32(low) + np.float32(high - low) * rng.random((n, 1), dtype=np.float32)


def log_uniform(rng: Generator, n: int, low: float, high: float) -> Array:
    """[n, 1] log-uniform on low … high, both positive."""
    return np.exp(uniform(rng, n, math.log(low), math.log(high)))


def chance(rng: Generator, n: int, share: float) -> Array:
    """[n, 1] ones with probability *share*, else zeros: multiplies a component in or out."""
    return (rng.random((n, 1), dtype=np.float32) < share).astype(np.float32)


def signs(rng: Generator, n: int, positive: float = 0.5) -> Array:
    """[n, 1] of +1 with probability *positive*, else -1."""
    return 2 * chance(rng, n, positive) - 1


def some(rng: Generator, n: int, share: float) -> Index:
    """Ascending row numbers, each of the n rows being taken with probability *share*."""
    return np.flatnonzero(rng.random(n) < share)


def standardised(x: Array, floor: float = 1e-6) -> Array:
    """*x* [n, T] with every row at mean 0 and standard deviation 1 (all zeros where the row is constant)."""
    centred = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.mean(centred * centred, axis=1, keepdims=True))
    scaled: Array = np.where(spread > floor, centred / np.maximum(spread, floor), 0).astype(np.float32)
    return scaled
