"""Recurrent layers against their equations, and what padding in front may change: nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gruforecast.models.cells import CELL_TYPES, Recurrence

Array = NDArray[np.float64]
HIDDEN, INPUTS, STEPS = 5, 3, 6


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def gates(layer: Recurrence, x: Array, h: Array, count: int) -> tuple[list[Array], list[Array]]:
    """What the input and the state contribute to each gate."""
    w, u, b, c = (p.detach().double().numpy() for p in layer.rnn.parameters())
    return np.split(w @ x + b, count), np.split(u @ h + c, count)


def gru(layer: Recurrence, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    (xr, xz, xn), (hr, hz, hn) = gates(layer, x, h, 3)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    n = np.tanh(xn + r * hn)
    return (1 - z) * n + z * h, c


def gru_of_2014(layer: Recurrence, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    """Cho et al. (2014): the reset gate is applied to the state before the recurrent product."""
    (xr, xz, xn), (hr, hz, _) = gates(layer, x, h, 3)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    n = np.tanh(xn + gates(layer, x, r * h, 3)[1][2])
    return (1 - z) * n + z * h, c


def lstm(layer: Recurrence, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    i, f, g, o = (a + b for a, b in zip(*gates(layer, x, h, 4), strict=True))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def rnn(layer: Recurrence, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    (given,), (kept,) = gates(layer, x, h, 1)
    return np.tanh(given + kept), c


Equations = Callable[[Recurrence, Array, Array, Array], tuple[Array, Array]]


def final_state(equations: Equations, layer: Recurrence, x: Array) -> Array:
    h, c = np.zeros(HIDDEN), np.zeros(HIDDEN)
    for point in x:
        h, c = equations(layer, point, h, c)
    return h


@pytest.fixture
def x() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(4, STEPS, INPUTS)


@pytest.mark.parametrize(("cell", "equations"), [("gru", gru), ("lstm", lstm), ("rnn", rnn)])
def test_cell_computes_its_equations(cell: str, equations: Equations, x: torch.Tensor) -> None:
    layer = Recurrence(cell, HIDDEN, 1, INPUTS)
    last, _ = layer.run(x)
    expected = [final_state(equations, layer, row.double().numpy()) for row in x]
    np.testing.assert_allclose(last.detach().numpy(), expected, atol=1e-6)


def test_gru_of_2014_resets_before_the_product_and_so_differs(x: torch.Tensor) -> None:
    layer = Recurrence("gru", HIDDEN, 1, INPUTS)
    point, h, c = x[0, 0].double().numpy(), np.ones(HIDDEN), np.zeros(HIDDEN)
    assert np.abs(gru(layer, point, h, c)[0] - gru_of_2014(layer, point, h, c)[0]).max() > 1e-3
    # From a zero state there is nothing to reset, unless the recurrent product has a bias.
    with torch.no_grad():
        layer.rnn.bias_hh_l0.zero_()
    np.testing.assert_array_equal(gru(layer, point, c, c)[0], gru_of_2014(layer, point, c, c)[0])


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELL_TYPES)
def test_padding_in_front_changes_nothing(cell: str, layers: int, x: torch.Tensor) -> None:
    layer = Recurrence(cell, HIDDEN, layers, INPUTS)
    steps = torch.tensor([STEPS, 1, 3, 4])
    x[1, : STEPS - 1] = 1e6
    last, state = layer.run(x, steps)
    parts = state if isinstance(state, tuple) else (state,)
    for i, count in enumerate(steps.tolist()):
        alone, own = layer.run(x[i : i + 1, STEPS - count :])
        torch.testing.assert_close(last[i : i + 1], alone, atol=1e-6, rtol=0)
        for part, expected in zip(parts, own if isinstance(own, tuple) else (own,), strict=True):
            torch.testing.assert_close(part[:, i : i + 1], expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELL_TYPES)
def test_step_is_one_step_for_every_future_row(cell: str, layers: int, x: torch.Tensor) -> None:
    layer = Recurrence(cell, HIDDEN, layers, INPUTS)
    _, state = layer.run(x)
    ask = torch.randn(4, 3, INPUTS)
    answer = layer.step(ask, state)
    assert answer.shape == (4, 3, HIDDEN)
    for j in range(3):
        together = layer.run(torch.cat([x, ask[:, j : j + 1]], dim=1))[0]
        torch.testing.assert_close(answer[:, j], together, atol=1e-6, rtol=0)
