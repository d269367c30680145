"""Heads: quantiles that never cross, a loss that is the pinball loss, and any level from a fixed grid."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gruforecast.config import QUANTILE_GRID
from gruforecast.models.heads import MEDIAN_WEIGHT, PointHead, QuantileHead, make_head
from gruforecast.models.quantiles import interpolate_quantiles

Q = len(QUANTILE_GRID)
floats32 = st.floats(-(2.0**60), 2.0**60, width=32)
levels = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=9).map(sorted)


@settings(deadline=None)
@given(arrays(np.float32, (2, 3, Q), elements=floats32))
def test_quantiles_never_cross_whatever_the_network_says(params: np.ndarray) -> None:
    quantiles = QuantileHead(QUANTILE_GRID).quantiles(torch.from_numpy(params))
    assert (quantiles.diff(dim=-1) >= 0).all()
    assert torch.equal(quantiles[..., Q // 2], torch.from_numpy(params)[..., Q // 2])


def test_loss_equals_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    params, target = rng.normal(size=(3, 4, Q)), rng.normal(size=(3, 4))
    weight = rng.random((3, 4)) * (rng.random((3, 4)) < 0.7)
    head = QuantileHead(QUANTILE_GRID)
    quantiles = head.quantiles(torch.from_numpy(params)).numpy()
    total = 0.0
    for b, h, k in np.ndindex(3, 4, Q):
        q, error = QUANTILE_GRID[k], target[b, h] - quantiles[b, h, k]
        share = (MEDIAN_WEIGHT if q == 0.5 else 1.0) / (Q - 1 + MEDIAN_WEIGHT)
        total += weight[b, h] * share * 2 * (q * error if error > 0 else (q - 1) * error)
    loss = head.loss(torch.from_numpy(params), torch.from_numpy(target), torch.from_numpy(weight))
    assert float(loss) == pytest.approx(total / weight.sum(), rel=1e-6)


def params_of(quantiles: np.ndarray, middle: int) -> torch.Tensor:
    """What a network must say for *quantiles*: the inverse of softplus(p - 2) on the way from the median."""
    params = np.log(np.expm1(np.diff(quantiles))) + 2
    return torch.from_numpy(np.insert(params, middle, quantiles[middle]))


def test_least_loss_is_at_the_empirical_quantiles() -> None:
    grid = (0.1, 0.3, 0.5, 0.7, 0.9)
    sample = np.random.default_rng(1).gamma(2.0, size=1001)
    head, target = QuantileHead(grid), torch.from_numpy(sample)[None]

    def loss(quantiles: np.ndarray) -> float:
        params = params_of(quantiles, 2).expand(1, 1001, 5)
        np.testing.assert_allclose(head.quantiles(params)[0, 0].numpy(), quantiles)
        return float(head.loss(params, target, torch.ones_like(target)))

    best = np.quantile(sample, grid, method="inverted_cdf")
    # The loss is convex in each quantile, so a step away that does not pay shows the minimum.
    for k in range(5):
        for step in (-0.3, -0.01, 0.01, 0.3):
            assert loss(best + step * np.eye(5)[k]) > loss(best)


def test_point_head_is_the_mean_absolute_error() -> None:
    head = make_head("point", QUANTILE_GRID)
    assert isinstance(head, PointHead)
    assert head.grid == (0.5,)
    params, target = torch.tensor([[[1.0], [5.0]]]), torch.tensor([[3.0, 100.0]])
    assert float(head.loss(params, target, torch.tensor([[1.0, 0.0]]))) == 2.0


@pytest.mark.parametrize("name", ["quantile", "point"])
def test_no_known_target_is_no_loss(name: str) -> None:
    head = make_head(name, QUANTILE_GRID)
    assert float(head.loss(torch.ones(2, 3, head.n_params), torch.zeros(2, 3), torch.zeros(2, 3))) == 0.0


def test_grid_points_are_given_back_exactly() -> None:
    values = np.sort(np.random.default_rng(0).normal(size=(5, 6, Q)) * 1e7, axis=-1)
    np.testing.assert_array_equal(interpolate_quantiles(values, QUANTILE_GRID, QUANTILE_GRID), values)


@settings(max_examples=50, deadline=None)
@given(levels, st.floats(-100, 100), st.floats(0.01, 100))
def test_a_gaussian_is_exact_at_every_level(wanted: list[float], mean: float, sd: float) -> None:
    normal = NormalDist(mean, sd)
    values = np.array([normal.inv_cdf(q) for q in QUANTILE_GRID])
    found = interpolate_quantiles(values, QUANTILE_GRID, wanted)
    np.testing.assert_allclose(found, [normal.inv_cdf(q) for q in wanted], atol=1e-9 * (abs(mean) + 10 * sd))


@settings(deadline=None)
@given(arrays(np.float64, Q, elements=st.floats(-1e9, 1e9)).map(np.sort), levels)
def test_interpolation_never_crosses(values: np.ndarray, wanted: list[float]) -> None:
    grid = sorted({*QUANTILE_GRID, *wanted})
    found = interpolate_quantiles(values, QUANTILE_GRID, grid)
    assert (np.diff(found) >= 0).all()


def test_beyond_the_grid_the_outermost_slope_continues() -> None:
    deviate = NormalDist().inv_cdf
    grid = (0.1, 0.5, 0.9)
    found = interpolate_quantiles(np.array([0.0, 1.0, 5.0]), grid, (0.01, 0.99))
    slope = 1 / -deviate(0.1)
    assert found[0] == pytest.approx(1 + slope * deviate(0.01))
    assert found[1] == pytest.approx(1 + 4 * slope * deviate(0.99))
