"""Is the bundled network as good as it should be on series whose rule is known?

    textbook.py [--series 80] [--seed 0] [--grids D,h]

Made-up processes as textbooks have them, on seven time grids: the mean absolute error of the network over that of the
Theta method, which is near the best possible for many of them. Far below 1 says little; much above 1 is something to
teach, or to read in another way. None of these numbers is about real series.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import FloatArray, Panel
from gruforecast.evaluation.theta import Theta
from gruforecast.jobs.bundled import bundled_model, on_grid

GRIDS = {"YS": 30, "QS": 50, "MS": 130, "W-SUN": 180, "D": 300, "h": 600, "int": 60}  # points of history
Process = Callable[[np.random.Generator, int, int], FloatArray]  # season, length


def ar(rng: np.random.Generator, n: int, phi: float) -> FloatArray:
    """[n] AR(1) of unit variance."""
    shocks = np.sqrt(1 - phi * phi) * rng.normal(size=n + 200)
    found: FloatArray = lfilter([1.0], [1.0, -phi], shocks)[200:]
    return found


def walk(rng: np.random.Generator, n: int) -> FloatArray:
    """[n] random walk of unit steps."""
    return np.cumsum(rng.normal(size=n))


def free(rng: np.random.Generator, s: int, n: int) -> FloatArray:
    """[n] a season of *s* independent points that never changes."""
    return rng.normal(size=s)[np.arange(n) % s]


def smooth(rng: np.random.Generator, s: int, n: int) -> FloatArray:
    """[n] a season of three harmonics."""
    time = 2 * np.pi * np.arange(n) / s
    return sum((rng.normal() / k * np.sin(k * time + rng.uniform(0, 6.3)) for k in (1, 2, 3)), np.zeros(n))


def rate(rng: np.random.Generator, s: int, n: int) -> FloatArray:
    """[n] seasonal rates around 1 of counts or steps; constant where there is no season."""
    return np.exp(0.4 * np.clip(free(rng, s, n), -2, 2)) if s > 1 else np.ones(n)


def logistic(rng: np.random.Generator, n: int) -> FloatArray:
    """[n] growth that slows down, somewhere about the end."""
    found: FloatArray = 1 / (1 + np.exp((rng.uniform(0.5, 1.5) - np.arange(n) / n) / rng.uniform(0.05, 0.3)))
    return found


def epidemics(rng: np.random.Generator, n: int) -> FloatArray:
    """[n] new cases in up to three waves."""
    waves = np.zeros(n)
    for _ in range(rng.integers(1, 4)):
        away = (np.arange(n) - rng.uniform(0, 1.1) * n) / (rng.uniform(0.03, 0.12) * n)
        waves += np.exp(rng.normal(4, 1.5)) / np.cosh(away)
    return waves


PLAIN: dict[str, Process] = {
    "level, noise": lambda rng, _, n: 100 + 10 * rng.normal(size=n),
    "level, AR .7": lambda rng, _, n: 100 + 10 * ar(rng, n, 0.7),
    "level, AR .95": lambda rng, _, n: 100 + 10 * ar(rng, n, 0.95),
    "walk": lambda rng, _, n: 100 * np.exp(0.02 * walk(rng, n)),
    "walk, noise": lambda rng, _, n: 100 * np.exp(0.01 * walk(rng, n) + 0.05 * rng.normal(size=n)),
    "trend, noise": lambda rng, _, n: 100 + 0.5 * np.arange(n) + 5 * rng.normal(size=n),
    "growth, noise": lambda rng, _, n: 100 * np.exp(0.01 * np.arange(n) + 0.03 * rng.normal(size=n)),
    "logistic": lambda rng, _, n: (
        1 / (1 + np.exp(-(np.arange(n) / n - rng.uniform(0.5, 1.5)) / rng.uniform(0.05, 0.3)))
    ),
    "counts of 3": lambda rng, s, n: rng.poisson(3 * rate(rng, s, n)).astype(np.float64),
    "counts of 30": lambda rng, s, n: rng.poisson(30 * rate(rng, s, n)).astype(np.float64),
    "rare demand": lambda rng, s, n: rng.poisson(0.2 * rate(rng, s, n)).astype(np.float64),
    "meter": lambda rng, s, n: 1e4 + np.cumsum(rate(rng, s, n) * np.exp(0.3 * rng.normal(size=n))),
    "cases": lambda rng, s, n: np.cumsum(rng.poisson(rate(rng, s, n) * epidemics(rng, n))).astype(np.float64),
}
SEASONAL: dict[str, Process] = {
    "smooth season": lambda rng, s, n: 100 + 20 * smooth(rng, s, n) + 5 * rng.normal(size=n),
    "free season": lambda rng, s, n: 100 + 20 * free(rng, s, n) + 5 * rng.normal(size=n),
    "season, growth": lambda rng, s, n: (
        100 * np.exp(0.004 * np.arange(n) + 0.2 * free(rng, s, n) + 0.05 * rng.normal(size=n))
    ),
    "season, walk": lambda rng, s, n: (
        100 * np.exp(0.2 * smooth(rng, s, n) + 0.01 * walk(rng, n) + 0.02 * rng.normal(size=n))
    ),
    "season, outliers": lambda rng, s, n: (
        100 + 20 * free(rng, s, n) + rng.normal(0, 5, n) + (rng.random(n) < 0.03) * rng.normal(0, 80, n)
    ),
    "season, shift": lambda rng, s, n: (
        100 + 20 * free(rng, s, n) + 5 * rng.normal(size=n) + 50 * (np.arange(n) > n * rng.uniform(0.2, 0.8))
    ),
    "season, around zero": lambda rng, s, n: 10 * smooth(rng, s, n) + 3 * ar(rng, n, 0.8),
    "swelling season": lambda rng, s, n: 100 + (5 + 20 * np.arange(n) / n) * free(rng, s, n) + 3 * rng.normal(size=n),
}


def panel_of(series: FloatArray, freq: Frequency) -> Panel:
    n, length = series.shape
    ids = np.array([str(i) for i in range(n)], dtype=object)
    return Panel(ids, np.zeros(n, dtype=np.int64), length * np.arange(n + 1, dtype=np.int64), series.ravel(), freq)


def ratio(process: Process, alias: str, n: int, seed: int) -> float:
    """Error of the bundled network over Theta's on *n* series of *process*."""
    freq, rng = Frequency.parse(alias), np.random.default_rng(seed)
    past, horizon = GRIDS[alias], freq.default_horizon
    y = np.array([process(rng, freq.season_length, past + horizon) for _ in range(n)])
    panel = panel_of(y[:, :past], freq)
    network = on_grid(bundled_model(), freq).forecaster("numpy").predict(panel, horizon, ()).median
    theta = Theta().predict(panel, horizon).median
    return float(np.abs(network - y[:, past:]).mean() / np.abs(theta - y[:, past:]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=80, help="of each process")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--grids", default=",".join(GRIDS), help=f"of {', '.join(GRIDS)}")
    options = parser.parse_args()
    grids = options.grids.split(",")
    print(f"{'':20}", *(f"{alias:>6}" for alias in grids))
    for name, process in {**PLAIN, **SEASONAL}.items():
        found = [
            f"{ratio(process, alias, options.series, options.seed):6.2f}"
            if name in PLAIN or Frequency.parse(alias).season_length > 1
            else f"{'–':>6}"
            for alias in grids
        ]
        print(f"{name:20}", *found, flush=True)


if __name__ == "__main__":
    main()
