"""Gaussian processes from sums and products of kernels, by random Fourier features.

After KernelSynth (Ansari et al., 2024, Chronos), but in O(n · T · features) instead of O(T³): a sample from a
stationary kernel is a sum of cosines with frequencies drawn from its spectrum (Rahimi & Recht, 2007).
"""

from __future__ import annotations

import numpy as np

from gruforecast.pretraining.draws import Array, Generator, chance, log_uniform, normal, standardised, uniform
from gruforecast.pretraining.kinds import Kind
from gruforecast.pretraining.noise import noise

FEATURES = 12


def waves(rng: Generator, frequency: Array, weight: Array, length: int) -> Array:
    """[n, length] sum over k of weight · cos(frequency · t + a random phase), both [n, K]."""
    time = np.arange(length, dtype=np.float32)
    drawn = np.zeros((len(frequency), length), dtype=np.float32)
    phase = 2 * np.pi * rng.random(frequency.shape, dtype=np.float32)
    for k in range(frequency.shape[1]):
        angle = frequency[:, k, None] * time
        angle += phase[:, k, None]
        drawn += weight[:, k, None] * np.cos(angle, out=angle)
    return drawn


def smooth_frequencies(rng: Generator, n: int, length: int) -> Array:
    """[n, FEATURES] spectrum of RBF, in half of rational quadratic kernels; length scales LU(.03, 1) T."""
    scale = log_uniform(rng, n, 0.03, 1) * length
    shape = uniform(rng, n, 0.5, 3)
    mixing = rng.standard_gamma(shape.repeat(FEATURES, axis=1)).astype(np.float32) / shape
    mixed = chance(rng, n, 0.5)
    return normal(rng, n, FEATURES) / scale * np.sqrt(mixed * mixing + 1 - mixed)


def periods(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, 1] the main season, the long one, or any LU(3, T / 2), in equal shares where the kind has them."""
    free = log_uniform(rng, n, 3, max(length / 2, 4))
    options = [np.float32(p) for p in (kind.season, kind.long_season) if p > 1]
    choice = rng.integers(len(options) + 1, size=(n, 1))
    for number, period in enumerate(options):
        free = np.where(choice == number, period, free)
    return free


def periodic_frequencies(rng: Generator, kind: Kind, n: int, length: int) -> tuple[Array, Array]:
    """[n, 5] harmonics and their weights, sharper or softer by series; locally periodic in half."""
    order = np.arange(1, 6, dtype=np.float32)
    weight = np.exp(-uniform(rng, n, 0.2, 2) * order) * normal(rng, n, 5)
    detune = normal(rng, n, 5) / (log_uniform(rng, n, 0.5, 5) * length) * chance(rng, n, 0.5)
    return 2 * np.pi * order / periods(rng, kind, n, length) + detune, weight


def gaussian_process(rng: Generator, kind: Kind, n: int, length: int) -> Array:
    """[n, length] smooth, periodic and linear kernels, added, or the first two multiplied in 25 %."""
    smooth = standardised(waves(rng, smooth_frequencies(rng, n, length), np.ones((n, FEATURES), np.float32), length))
    periodic = standardised(waves(rng, *periodic_frequencies(rng, kind, n, length), length))
    line = normal(rng, n) * np.linspace(-1.5, 1.5, length, dtype=np.float32)
    product = chance(rng, n, 0.25)
    share = uniform(rng, n, 0, 1)
    added = share * smooth + (1 - share) * periodic
    drawn = product * smooth * periodic + (1 - product) * added + chance(rng, n, 0.4) * line
    return standardised(drawn) + log_uniform(rng, n, 0.003, 0.5) * noise(rng, n, length)
