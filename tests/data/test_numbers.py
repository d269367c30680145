"""What is a number, what is missing, and everything else."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gruforecast.data.numbers import MISSING, parse_number, parse_numbers

from .conftest import Read, Refuse

ROWS = "unique_id,ds,y\n" + "".join(f"a,2024-01-{d:02d},{{{d}}}\n" for d in range(1, 5))


def table(*values: str) -> str:
    return "unique_id,ds,y\n" + "".join(f"a,2024-01-{d:02d},{v}\n" for d, v in enumerate(values, 1))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_float_reads_back_exactly(value: float) -> None:
    assert parse_number(repr(value)) == value


@pytest.mark.parametrize(
    "cell",
    [
        "1e400",
        "-1e400",
        "inf",
        "-inf",
        "Infinity",
        "0x10",
        "１２",
        "٣",
        "true",
        "True",
        "n/a",
        "N/A",
        "None",
        "-",
        "1_000",
        "1e",
        "1.2.3",
        "$5",
        "5%",
        "1d5",
        "12abc",
        "NAN",
        "#N/A",
        "1 000",
        "--1",
        ".",
    ],
)
def test_what_is_no_number_is_refused(refuse: Refuse, cell: str) -> None:
    message = refuse(table("1", "2", "3", cell, "5"))
    assert "data.csv:5: column 'y':" in message and "is no finite number" in message


def test_thousands_separator(refuse: Refuse) -> None:
    assert "'1,234'" in refuse(table("1", "2.5", "3", '"1,234"', "5"))


def test_the_first_five_lines_and_the_count(refuse: Refuse) -> None:
    message = refuse(table("1", *["x", "2"] * 4, *["x"] * 4, *["3"] * 9))
    assert "data.csv:3:" in message and "lines 5, 7, 9, 11" in message and "8 in all" in message


@pytest.mark.parametrize("cell", MISSING)
def test_missing_cells(read: Read, cell: str) -> None:
    panel, report = read(table("1", cell, "3"))
    assert np.array_equal(panel.y, [1, np.nan, 3], equal_nan=True) and report.missing == 1


@pytest.mark.parametrize("cell", ["1e5", "+1.5", ".5", "5.", "-0", "1E-3", " 7", "7 ", "1e300", "5e-324", "-1e300"])
def test_plain_and_scientific_numbers(read: Read, cell: str) -> None:
    panel, _ = read(table("1", cell, "3"))
    assert panel.y[1] == float(cell)
    assert parse_number(cell) == float(cell)


def test_exact_floats_from_files(read: Read) -> None:
    values = np.random.default_rng(0).normal(size=25) * 10.0 ** np.arange(-12, 13)
    assert read(table(*map(repr, values.tolist())))[0].y.tolist() == values.tolist()


def test_both_paths_agree() -> None:
    parsed, bad = parse_numbers(["1", "", "x", "NA", "2.5"], ".")
    assert bad == [2] and parsed[0] == 1 and math.isnan(parsed[1]) and math.isnan(parsed[3]) and parsed[4] == 2.5
