"""Toy panels on which a tiny network learns within a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks are fastest on one thread; leave torch as it was found."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def panel_of(*series: list[float] | np.ndarray) -> Panel:
    """Monthly series named a, b, …, all from ordinal 0."""
    lengths = [len(y) for y in series]
    return Panel(
        np.array([chr(ord("a") + i) for i in range(len(series))], object),
        np.zeros(len(series), np.int64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([np.asarray(y, dtype=np.float64) for y in series]),
        Frequency("month"),
    )


@pytest.fixture
def make_panel() -> Callable[..., Panel]:
    """See :func:`panel_of`."""
    return panel_of


@pytest.fixture
def toy() -> Panel:
    """Four seasonal series of 48 to 60 months."""
    rng = np.random.default_rng(0)
    t = np.arange(60)
    return panel_of(
        *(100 * (k + 1) + 20 * np.sin(2 * np.pi * t[4 * k :] / 12 + k) + rng.normal(0, 2, 60 - 4 * k) for k in range(4))
    )
