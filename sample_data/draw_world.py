"""Draw the synthetic world that the bundled model was trained on: every family of series, and every kind of grid.

Run as ``python sample_data/draw_world.py``; writes ``synthetic_world.png`` beside this file. Needs matplotlib.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gruforecast.pretraining.families import shares
from gruforecast.pretraining.kinds import KINDS
from gruforecast.pretraining.world import sample_series

COLUMNS, SEED = 5, 7
LENGTHS = {"yearly": 40, "quarterly": 60, "plain": 60, "monthly": 120}


def rows() -> list[tuple[str, np.ndarray]]:
    """A label and [COLUMNS, T] series for each row of the sheet."""
    rng = np.random.default_rng(SEED)
    sheet = []
    for family in shares(KINDS["daily"]):
        kind = KINDS["hourly" if family.__name__ in ("floored", "opened") else "monthly"]
        sheet.append((f"{family.__name__}, {kind.name}", family(rng, kind, COLUMNS, LENGTHS.get(kind.name, 240))))
    for name in KINDS:
        sheet.append((f"any, {name}", sample_series(rng, name, COLUMNS, LENGTHS.get(name, 240))))
    return sheet


def main() -> None:
    sheet = rows()
    figure = Figure(figsize=(13, 0.72 * len(sheet)), dpi=70, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(sheet), COLUMNS)
    for line, (label, series) in zip(axes, sheet, strict=True):
        line[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
        for axis, y in zip(line, series, strict=True):
            axis.plot(y, color="#1f4e79", linewidth=0.8)
            axis.set(xticks=[], yticks=[])
            for spine in axis.spines.values():
                spine.set_color("#dddddd")
    figure.savefig(Path(__file__).with_name("synthetic_world.png"), metadata={"Software": None})


if __name__ == "__main__":
    main()
