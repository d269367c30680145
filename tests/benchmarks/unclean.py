"""What does one wrong value cost, or an old unit? Histories are spoilt, forecasts compared with what really came.

    unclean.py FILE... [--horizon 18] [--seed 0]

The last horizon of each positive series is the truth. Before it the history is kept as it is, or spoilt at a random
place before its last season; mean MASE of the bundled network and of the Theta method.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from gruforecast.config import DataConfig
from gruforecast.data.panel import FloatArray, Panel
from gruforecast.data.windows import make_layout
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
        past, truth, scale = held_out(panel, horizon)
        network, theta = on_grid(bundled_model(), panel.freq).forecaster("numpy"), Theta()
        print(f"{file}: {len(past)} series, {horizon} periods\n{'':12} {'GRU':>7} {'Theta':>7}")
        for name in (*VALUES, *HALVES):
            rng = np.random.default_rng(options.seed)
            spoilt = panel_of([spoil(rng, y, name, panel) for y in past], panel)
            medians = (network.predict(spoilt, horizon, ()).median, theta.predict(spoilt, horizon).median)
            mase = [(np.abs(median - truth).mean(axis=1) / scale).mean() for median in medians]
            print(f"{name:12} {mase[0]:7.3f} {mase[1]:7.3f}", flush=True)


def held_out(panel: Panel, horizon: int) -> tuple[list[FloatArray], FloatArray, FloatArray]:
    """Histories of positive series long enough to spoil, what came after them [N, H], and their MASE scales [N]."""
    season = panel.freq.season_length
    least = max(14, 4 * season)
    series = [y for y in (panel.series(i) for i in range(len(panel))) if len(y) >= least + horizon and (y > 0).all()]
    past = [y[:-horizon] for y in series]
    scale = np.array([np.abs(y[season:] - y[:-season]).mean() for y in past])
    rows = np.flatnonzero(scale > 0)
    return [past[i] for i in rows], np.array([series[i][-horizon:] for i in rows]), scale[rows]


def spoil(rng: np.random.Generator, y: FloatArray, name: str, panel: Panel) -> FloatArray:
    """*y* [T] with one value, or the older half of what is read of it, replaced."""
    seen = min(len(y), make_layout(panel.freq.seasons).context_length)
    spoilt = y.copy()
    if name in HALVES:
        spoilt[: len(y) - seen // 2] *= HALVES[name]
        return spoilt
    place = len(y) - 1 - rng.integers(max(1, panel.freq.season_length), seen - 1)
    spoilt[place] = VALUES[name](spoilt[place])
    return spoilt


def panel_of(series: list[FloatArray], panel: Panel) -> Panel:
    """The *series* on the grid of *panel*."""
    ends = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    ids = np.array([str(i) for i in range(len(series))], dtype=object)
    return Panel(ids, np.zeros(len(series), dtype=np.int64), ends, np.concatenate(series), panel.freq)


if __name__ == "__main__":
    main()
