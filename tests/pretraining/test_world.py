"""The world as a whole: seeds, bounds, whole numbers, missing points, and no absurd value for any kind or size."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.pretraining import counts, families, observe
from gruforecast.pretraining.kinds import KINDS, Kind
from gruforecast.pretraining.mixing import mixed, modulation
from gruforecast.pretraining.structural import structural
from gruforecast.pretraining.world import clean_series, sample_series, sums

Rng = np.random.Generator
EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
FAMILIES = list(families.shares(KINDS["daily"]))


@EVERY
def test_every_kind_is_finite_and_diverse(rng: Rng, kind: Kind) -> None:
    y = sample_series(rng, kind, 400, kind.context[1] + kind.horizon[1])
    seen = ~np.isnan(y)
    assert y.dtype == np.float64 and y.shape[0] == 400
    assert np.isfinite(y[seen]).all() and seen[:, 0].all()
    assert np.abs(y[seen]).max() < 1e12
    assert np.nanstd(y, axis=1).astype(bool).mean() > 0.95
    assert np.ptp(np.log10(np.nanmedian(np.abs(y), axis=1) + 1e-9)) > 6


@EVERY
def test_nothing_is_missing_before_observation(rng: Rng, kind: Kind) -> None:
    assert np.isfinite(clean_series(rng, kind, 100, 60)).all()


def test_equal_seeds_give_equal_bytes_and_others_do_not() -> None:
    first, again, other = (sample_series(np.random.default_rng(s), "monthly", 64, 100).tobytes() for s in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("family", FAMILIES, ids=[f.__name__ for f in FAMILIES])
@pytest.mark.parametrize("name", ["yearly", "daily", "hourly"])
def test_families_serve_any_size(rng: Rng, family: families.Family, name: str) -> None:
    for n, length in ((1, 12), (3, 2), (2, 700)):
        y = family(rng, KINDS[name], n, length)
        assert y.shape == (n, length) and np.isfinite(y).all()


@EVERY
def test_shares_sum_to_one(kind: Kind) -> None:
    assert sum(families.shares(kind).values()) == pytest.approx(1)


def test_bounded_stays_bounded(rng: Rng) -> None:
    y = families.bounded(rng, KINDS["monthly"], 400, 100)
    assert y.min() >= 0 and y.max() <= 100
    assert 0.3 < (y.max(axis=1) <= 1).mean() < 0.8


def test_running_totals_go_one_way_and_include_straight_lines(rng: Rng) -> None:
    y = families.cumulated(rng, KINDS["daily"], 600, 100).astype(np.float64)
    steps = np.diff(y, axis=1)
    rising = (steps >= 0).all(axis=1)
    assert (y > 0).all()
    assert (rising | (steps <= 0).all(axis=1)).all()
    assert 0.6 < rising.mean() < 0.9
    assert (np.abs(steps).std(axis=1) / np.abs(steps).mean(axis=1) < 0.1).mean() > 0.2


def test_some_demand_comes_at_equal_distances(rng: Rng) -> None:
    hit = counts.every_so_often(rng, 200, 90)
    assert hit.any(axis=1).all()
    assert all(len(set(np.diff(np.flatnonzero(row)))) == 1 for row in hit)


@pytest.mark.parametrize("family", [families.counts, families.intermittent])
def test_counts_are_whole_numbers(rng: Rng, family: families.Family) -> None:
    y = family(rng, KINDS["daily"], 300, 100)
    assert (y == np.round(y)).all() and (y >= 0).all()


def test_intermittent_is_mostly_zero_and_positive_families_are_positive(rng: Rng) -> None:
    assert (families.intermittent(rng, KINDS["daily"], 300, 100) == 0).mean() > 0.5
    for family in (families.multiplicative, families.additive, families.lifted, families.price, families.modulated):
        y = family(rng, KINDS["quarterly"], 300, 80)
        assert (y > 0).all() and y.max() / y.min() < 1e8


def test_additive_grows_linearly_and_declines_exponentially() -> None:
    y = families.additive(np.random.default_rng(3), KINDS["yearly"], 300, 40)
    x = structural(np.random.default_rng(3), KINDS["yearly"], 300, 40)
    rises, falls = x > 0, (x < 0) & (x > -families.LARGEST_LOG_RANGE)
    assert rises.any() and falls.any()
    np.testing.assert_allclose(y[rises], 1 + x[rises], rtol=1e-6)
    np.testing.assert_allclose(np.log(y[falls]), x[falls], atol=1e-5)


def test_series_without_a_calendar_fall_as_often_as_they_rise(rng: Rng) -> None:
    for name, low, high in (("plain", 0.46, 0.54), ("yearly", 0.6, 0.8)):
        y = sample_series(rng, name, 4000, 40)
        y = y[np.isfinite(y).all(axis=1)]
        assert low < np.mean(y[:, -1] > y[:, 0]) < high


def test_sums_are_totals_and_missing_points_count_as_the_mean() -> None:
    y = np.array([[1.0, 2.0, 3.0, np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(sums(y, 2), [[3, 6, np.nan]])


def test_coarse_kinds_keep_the_season_of_their_base(rng: Rng) -> None:
    y = sample_series(rng, "4-hourly", 500, 120)
    y = y[np.isfinite(y).all(axis=1)]
    change = [np.abs(np.log1p(np.abs(y[:, lag:])) - np.log1p(np.abs(y[:, :-lag]))).mean(axis=1) for lag in (3, 6)]
    assert np.mean(change[1] < change[0]) > 0.7


def test_tame_limits_the_range_and_leaves_the_rest(rng: Rng) -> None:
    x = np.array([[0.0, 100.0], [0.0, 1.0]], dtype=np.float32)
    np.testing.assert_allclose(np.ptp(families.tame(x), axis=1), [families.LARGEST_LOG_RANGE, 1])


def test_yearly_trends_can_be_continued(rng: Rng) -> None:
    y = families.multiplicative(rng, KINDS["yearly"], 2000, 30)
    past, future = y[:, :24], y[:, 24:]
    step = (past[:, -1:] - past[:, :1]) / 23
    drift = np.abs(past[:, -1:] + step * np.arange(1, 7) - future).mean(axis=1)
    naive = np.abs(past[:, -1:] - future).mean(axis=1)
    assert (drift < naive).mean() > 0.52
    assert (drift < 0.75 * naive).mean() > 0.25


def test_missing_points_have_the_promised_share(rng: Rng) -> None:
    y = sample_series(rng, "monthly", 3000, 100)
    holed = np.isnan(y).any(axis=1).mean()
    assert 0.06 < holed < 0.12 and np.isnan(y).mean() < 0.03


def test_rounding_leaves_exact_decimals(rng: Rng) -> None:
    y = observe.rounded(rng, np.exp(rng.normal(0, 5, (200, 1))) * np.exp(rng.normal(0, 0.1, (200, 50))))
    assert all(float(f"{v:.12g}") == v for v in y[:, 0])
    assert np.mean([len(np.unique(row)) < 50 for row in y]) > 0.3


def test_mixtures_are_convex_and_modulation_positive(rng: Rng) -> None:
    x = rng.random((50, 20), dtype=np.float32)
    m = mixed(rng, x)
    assert (m <= x.max(axis=0) + 1e-6).all() and (m >= x.min(axis=0) - 1e-6).all()
    factors = modulation(rng, 50, 30, 0.5)
    assert factors.shape == (50, 30) and (factors > 0).all()
