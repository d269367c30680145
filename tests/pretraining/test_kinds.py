"""The table of kinds is complete and its rows agree with themselves."""

from __future__ import annotations

import pytest

from gruforecast.pretraining.kinds import KINDS, Kind


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
