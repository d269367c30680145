"""Large arrays are ordinary ones: zero, writable, of the asked size; memory that is not there is said so."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.pages import zeros


@pytest.mark.parametrize("n", [0, 3, (1 << 20) + 1])
def test_zeros_are_zero_and_writable(n: int) -> None:
    column = zeros(n, np.float64)
    assert column.shape == (n,) and column.dtype == np.float64 and not column.any()
    column += 1
    assert column.sum() == n


def test_memory_that_is_not_there() -> None:
    with pytest.raises(MemoryError):
        zeros(1 << 58, np.bool_)
