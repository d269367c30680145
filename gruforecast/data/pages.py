"""Large arrays in memory that is cheap to touch for the first time."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# From this many bytes on numpy asks for huge pages.
_HUGE = 4 << 20


def zeros(n: int, dtype: DTypeLike) -> NDArray[Any]:
    """[n] zeros in ordinary pages. Raises MemoryError.

    A virtual machine that has to get huge pages from its host may take several times as long for them: of reading ten
    million rows that was a quarter.
    """
    size = n * np.dtype(dtype).itemsize
    if size < _HUGE:
        return np.zeros(n, dtype)
    try:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(f"{size} bytes") from error
    return np.frombuffer(memory, dtype)
