"""What does one wrong value cost, or an old unit? Histories are spoilt, forecasts compared with what really came.

    unclean.py FILE... [--horizon 18] [--seed 0]

The last horizon of each positive series is the truth. Before it the history is kept as it is, or spoilt at a random
place before its last season; mean MASE of the bundled network and of the Theta method.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data.panel import Panel
from gruforecast.data.windows import make_layout
from gruforecast.evaluation.metrics import in_sample_scale, mase
from gruforecast.evaluation.theta import Theta
from gruforecast.jobs.bundled import bundled_model, on_grid
from gruforecast.jobs.source import load

# What becomes of a value, or of the older half of what is read.
VALUES: dict[str, Callable[[float], float]] = {
    "as it is": lambda y: y,
    "ten times": lambda y: 10 * y,
    "a tenth": lambda y: y / 10,
    "zero": lambda _: 0.0,
    "-999": lambda _: -999.0,
}
FAILURES, FAILED = "4 % zeros", 0.04
HALVES: dict[str, float] = {"half zero": 0.0, "half / 1000": 0.001, "half / 3": 1 / 3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--horizon", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for file in options.files:
        panel = load(file, DataConfig()).panel
        horizon = options.horizon or panel.freq.default_horizon
        panel = long_and_positive(panel, horizon)
        past, truth = panel.drop_last(horizon), panel.tail(horizon)
        scale, forecasters = in_sample_scale(past), (on_grid(bundled_model(), panel.freq).forecaster("numpy"), Theta())
        print(f"{file}: {len(past)} series, {horizon} periods\n{'':12} {'GRU':>7} {'Theta':>7}")
        for name in (*VALUES, FAILURES, *HALVES):
            unclean = spoilt(np.random.default_rng(options.seed), past, name)
            network, theta = (mase(truth, f.predict(unclean, horizon, ()).median, scale).mean() for f in forecasters)
            print(f"{name:12} {network:7.3f} {theta:7.3f}", flush=True)


def long_and_positive(panel: Panel, horizon: int) -> Panel:
    """The series of *panel* that can be spoilt, and scored by MASE on their last *horizon*."""
    long = panel.lengths >= max(14, 4 * panel.freq.season_length) + horizon
    positive = [bool((panel.series(i) > 0).all()) for i in range(len(panel))]
    moving = np.isfinite(in_sample_scale(panel.drop_last(horizon)))
    return panel.select(np.flatnonzero(long & positive & moving))


def spoilt(rng: np.random.Generator, panel: Panel, name: str) -> Panel:
    """*panel* with one value of every series, some, or the older half of what is read of it, replaced."""
    changed, context = replace(panel, y=panel.y.copy()), make_layout(panel.freq.seasons).context_length
    for y in (changed.series(i) for i in range(len(panel))):
        seen = min(len(y), context)
        if name in HALVES:
            y[: len(y) - seen // 2] *= HALVES[name]
        elif name == FAILURES:
            y[:-1][rng.random(len(y) - 1) < FAILED] = 0
        else:
            place = len(y) - 1 - rng.integers(max(1, panel.freq.season_length), seen - 1)
            y[place] = VALUES[name](y[place])
    return changed


if __name__ == "__main__":
    main()
