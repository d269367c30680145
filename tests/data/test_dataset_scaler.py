"""Scaling a whole data set: scikit-learn's own numbers, an exact inverse, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import preprocessing

from gruforecast.data.dataset_scaler import DatasetScaler
from gruforecast.errors import DataError, UsageError

KINDS: dict[str, Callable[[], Any]] = {
    "standard": preprocessing.StandardScaler,
    "robust": preprocessing.RobustScaler,
    "minmax": preprocessing.MinMaxScaler,
}


@pytest.mark.parametrize("kind", KINDS)
def test_is_what_scikit_learn_computes(kind: str) -> None:
    y = np.random.default_rng(0).gamma(2.0, 50.0, 200)
    scaler = DatasetScaler.fit(kind, np.append(y, np.nan))
    np.testing.assert_allclose(scaler.transform(y), KINDS[kind]().fit_transform(y[:, None])[:, 0], atol=1e-12)
    np.testing.assert_allclose(scaler.inverse(scaler.transform(y)), y, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_has_width_one(kind: str) -> None:
    scaler = DatasetScaler.fit(kind, np.full(5, 3.0))
    assert (scaler.centre, scaler.width) in ((3.0, 1.0),)


def test_values_without_a_spread_in_floats_are_refused() -> None:
    with np.errstate(over="ignore"), pytest.raises(DataError, match="too large"):
        DatasetScaler.fit("minmax", np.array([-1e308, 1.7e308]))


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="standard, robust, minmax"):
        DatasetScaler.fit("whiten", np.ones(3))


@pytest.mark.parametrize(("centre", "width"), [(np.nan, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, np.inf)])
def test_numbers_that_do_not_scale_are_refused(centre: float, width: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        DatasetScaler("standard", centre, width)
