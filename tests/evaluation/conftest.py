"""Builders shared by the evaluation tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel

MakePanel = Callable[..., Panel]


@pytest.fixture(scope="session")
def make_panel() -> MakePanel:
    """``make_panel([[1, 2], [3]], freq="MS", season=4, start=[0, 5])`` → Panel named a, b, c …"""

    def build(
        rows: Sequence[Sequence[float]],
        freq: str = "MS",
        season: int | None = None,
        start: Sequence[int] | None = None,
    ) -> Panel:
        lengths = [len(row) for row in rows]
        return Panel(
            ids=np.array([chr(97 + i) if i < 26 else f"s{i}" for i in range(len(rows))], dtype=object),
            start=np.array(start if start is not None else [0] * len(rows), dtype=np.int64),
            indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            y=np.concatenate([np.asarray(row, dtype=np.float64) for row in rows] or [np.zeros(0)]),
            freq=Frequency.parse(freq).with_season(season),
        )

    return build
