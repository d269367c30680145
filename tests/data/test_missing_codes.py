"""Values that say that there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gruforecast.config import DataConfig
from gruforecast.data.csv_reader import read_panel
from gruforecast.data.missing_codes import missing_codes

NAN = float("nan")


def found(*series: list[float]) -> list[list[int]]:
    """Their places in each series."""
    codes = np.repeat(np.arange(len(series)), [len(y) for y in series])
    shuffled = np.random.default_rng(0).permutation(len(codes))
    y = np.concatenate([np.array(y) for y in series])
    absent = np.empty(len(y), dtype=bool)
    absent[shuffled] = missing_codes(y[shuffled], codes[shuffled], len(series))
    return [np.flatnonzero(absent[codes == i]).tolist() for i in range(len(series))]


@pytest.mark.parametrize("code", [-99.0, -999.0, -9999.0, -99999.0])
def test_they_are_found_however_many(code: float) -> None:
    plain = [20.0, 31.5, NAN, 28.0, -3.0, 25.0, 30.0, 22.0, 26.0]
    assert found([code, *plain, code, code, *plain], plain, [*plain, code]) == [[0, 10, 11], [], [9]]


@pytest.mark.parametrize(
    "y",
    [
        [-999.0, 400.0, -700.0, 30.0, 600.0, 0.0, -200.0, 100.0, 90.0],  # a balance
        [-999.0, -1200.0, 5.0, 4.0, 6.0, 5.0, 4.0, 6.0, 5.0, 4.0],  # not the lowest
        [-999.0] * 5 + [1.0, 2.0] * 4,  # much of it
        [-999.0, 5.0, 6.0],  # too little to tell
        [-998.0, *[5.0, 6.0] * 5],  # no code
        [-999.0] * 20,
        [NAN] * 9,
        [],
    ],
)
def test_what_may_be_a_value_is_one(y: list[float]) -> None:
    assert found(y, [1.0, 2.0]) == [[], []]


def test_they_are_read_as_missing_and_a_note_says_so(tmp_path: Path) -> None:
    rows = [
        f"{s},2024-01-{day:02d},{-999 if day in (1, 7, 30) and s == 'b' else day % 5}"
        for s in "ab"
        for day in range(1, 31)
    ]
    (tmp_path / "x.csv").write_text("id,day,y\n" + "\n".join(rows) + "\n")
    panel, report = read_panel(tmp_path / "x.csv", DataConfig())
    assert panel.observed.tolist() == [30, 27] and panel.lengths.tolist() == [30, 28]
    assert report.warnings == ("3 values are far below all others and read as missing: -999 (series 'b')",)
    doubled = "\n".join(["id,day,y", *rows, *rows]) + "\n"
    (tmp_path / "x.csv").write_text(doubled)
    summed, _ = read_panel(tmp_path / "x.csv", DataConfig(duplicates="sum"))
    np.testing.assert_array_equal(summed.y, 2 * panel.y)
