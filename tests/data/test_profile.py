"""Figures of a panel, against a slow reference."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.data.profile import profile, season_strength


def panel(*series: list[float], freq: str = "MS") -> Panel:
    indptr = np.concatenate([[0], np.cumsum([len(s) for s in series])]).astype(np.int64)
    ids = np.array([f"s{i}" for i in range(len(series))], dtype=object)
    y = np.array([v for s in series for v in s], dtype=np.float64)
    return Panel(ids, np.zeros(len(series), dtype=np.int64), indptr, y, Frequency.parse(freq))


def test_figures() -> None:
    found = profile(panel([1, np.nan, 0, -2], [5, 5, 5], [], [7]))
    assert (found.series, found.periods, found.observed, found.gaps) == (4, 8, 7, 1)
    assert found.lengths == (1, 3.0, 4) and (found.first, found.last) == ("1970-01-01", "1970-04-01")
    assert found.zeros == found.negatives == pytest.approx(1 / 7)
    assert found.empty.names == ("s2",) and found.single.names == ("s3",) and found.constant.names == ("s1",)
    assert found.short.names == ("s0",)


def test_an_empty_panel() -> None:
    found = profile(panel([], []))
    assert found.lengths == (0, 0.0, 0) and found.empty.count == 2 and found.season_strength is None


def test_season_strength() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(96)
    season = np.sin(t * np.pi / 6)
    strong = season_strength(panel((100 + t + 5 * season).tolist()))
    weak = season_strength(panel(rng.normal(size=96).tolist()))
    mixed = season_strength(panel((season + rng.normal(size=96) * 0.5).tolist()))
    assert strong is not None and weak is not None and mixed is not None
    assert strong > 0.98 and weak < 0.5 and weak < mixed < strong


@pytest.mark.parametrize(
    "values", [[1.0] * 40, [np.nan] * 39 + [1.0], [1e300, -1e300] * 20, [5e-324] * 20 + [0.0] * 20]
)
def test_strange_values_give_a_share_or_nothing(values: list[float]) -> None:
    found = season_strength(panel(values))
    assert found is None or 0 <= found <= 1


def test_gaps_do_not_matter_much() -> None:
    t = np.arange(120)
    y = 10 + np.sin(t * np.pi / 6)
    holes = y.copy()
    holes[1:-1][np.random.default_rng(1).random(118) < 0.2] = np.nan
    whole, broken = season_strength(panel(y.tolist())), season_strength(panel(holes.tolist()))
    assert whole is not None and broken is not None and broken > 0.9 * whole
