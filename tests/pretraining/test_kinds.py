"""The table of kinds is complete and its rows agree with themselves."""

from __future__ import annotations

import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.pretraining.kinds import KINDS, Kind

GRIDS = [
    "YS",
    "6MS",
    "4MS",
    "QS",
    "2MS",
    "MS",
    "4W",
    "2W",
    "W",
    "D",
    "B",
    "12h",
    "8h",
    "6h",
    "4h",
    "3h",
    "2h",
    "h",
    "30min",
    "20min",
    "15min",
    "10min",
    "5min",
    "min",
    "int",
]


def test_weights_sum_to_one() -> None:
    assert sum(kind.weight for kind in KINDS.values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_rows_are_consistent(kind: Kind) -> None:
    assert 1 <= kind.segment <= 24
    assert kind.season == 1 or kind.season % kind.segment == 0 or kind.name == "weekly"
    assert 2 <= kind.context[0] < kind.context[1]
    assert 1 <= kind.horizon[0] < kind.horizon[1]
    assert 0 < kind.noise[0] < kind.noise[1] and 0 < kind.amplitude[0] < kind.amplitude[1]
    assert kind.long_season == 1 or kind.long_season > kind.season


@pytest.mark.parametrize("alias", GRIDS)
def test_usual_grids_are_taught_with_their_seasons(alias: str) -> None:
    seasons = (*Frequency.parse(alias).seasons, 1)[:2]
    assert seasons in {(kind.season, kind.long_season) for kind in KINDS.values()}
