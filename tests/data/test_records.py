"""The fast readers of cells see what Python's own csv module and float() see, wherever a block is cut."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gruforecast.data import text, texts
from gruforecast.data.plain_numbers import plain_numbers
from gruforecast.data.records import LONGEST, records
from gruforecast.data.texts import TextColumn

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20)
TABLES = st.integers(1, 3).flatmap(
    lambda fields: st.lists(st.lists(CELLS, min_size=fields, max_size=fields), min_size=1, max_size=12)
)
SIZES = st.sampled_from([1, 7, 64, 1 << 19])
DIGITS = st.text("0123456789", max_size=15)
SHORT = st.builds(lambda s, a, b: f"{s}{a}{b}"[:16], st.sampled_from(["", "-"]), *[DIGITS] * 2)


def write(rows: list[list[str]], quoting: int = csv.QUOTE_ALL) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


def newest(codes: np.ndarray) -> np.ndarray:
    """Whether each code stands for the first time."""
    return np.array([code not in codes[:i] for i, code in enumerate(codes)])


def values(cells: list[str], decimal: str = ".") -> np.ndarray | None:
    data = ("n;x\n" + "".join(f"{i};{cell}\n" for i, cell in enumerate(cells))).encode()
    (block,) = records(data, ";", 2, len("n;x\n"))
    assert block is not None
    return plain_numbers(block, 1, decimal)


@given(TABLES, SIZES, st.sampled_from([0, 2, 1 << 20]), st.sampled_from([0, 1 << 20]))
def test_cells_are_those_of_the_csv_module(rows: list[list[str]], size: int, merge: int, many: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_MERGE", merge)
        patch.setattr(texts, "_MANY", many)
        columns = [TextColumn(len(rows)) for _ in rows[0]]
        for block in records(write(rows), ",", len(columns), size=size):
            assert block is not None
            assert all(column.add(block, place) for place, column in enumerate(columns))
    found = [column.factor() for column in columns]
    assert [factor.expand().tolist() for factor in found] == [list(cells) for cells in zip(*rows, strict=True)]
    assert all(len(set(factor.decoded().values)) == len(factor.values) for factor in found)
    # Numbered in order of appearance.
    assert all(np.array_equal(np.maximum.accumulate(f.codes), np.cumsum(newest(f.codes)) - 1) for f in found)


def test_different_cells_of_equal_keys_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_MIX", np.uint64(1))  # keys become sums
    cells = ["aaaaaaaabbbbbbbb", "bbbbbbbbaaaaaaaa", "aaaaaaaabbbbbbbb", "c"]
    (block,) = records("".join(f"{cell}\n" for cell in cells).encode(), ",", 1)
    column = TextColumn(len(cells))
    assert block is not None and column.add(block, 0)
    found = column.factor()
    assert found.expand().tolist() == cells and len(found.values) == 3


def test_cells_too_long_for_words_are_left_to_others() -> None:
    for length, taken in ((LONGEST, True), (LONGEST + 1, False)):
        (block,) = records(write([["a" * length], ["b"]], csv.QUOTE_MINIMAL), ",", 1)
        assert block is not None and TextColumn(2).add(block, 0) is taken


@pytest.mark.parametrize("wrong", ["a\n", "a,b,c\n", "\n", "a,b,c,d\n"])
@pytest.mark.parametrize("size", [4, 1 << 19])
def test_uneven_records_are_noticed(wrong: str, size: int) -> None:
    data = ("a,b\n" * 5 + wrong + "a,b\n" * 5).encode()
    assert list(records(data, ",", 2, size=size))[-1] is None


@given(st.binary(max_size=300))
def test_inside_quotes_is_the_running_parity(data: bytes) -> None:
    quotes = np.frombuffer(data, dtype=np.uint8) % 3 == 0
    assert np.array_equal(text.inside_quotes(quotes), np.cumsum(quotes) % 2 == 1)


@given(st.lists(st.tuples(SHORT, st.integers(0, 16)), min_size=1, max_size=5), st.sampled_from(".,"))
def test_plain_numbers_are_what_float_gives(parts: list[tuple[str, int]], decimal: str) -> None:
    cells = [f"{cell[:at]}.{cell[at:]}" if "-" not in cell[at:] else cell for cell, at in parts]
    found = values([cell.replace(".", decimal) for cell in cells], decimal)
    if found is not None:
        assert found.tobytes() == np.array([float(cell) for cell in cells]).tobytes()


@pytest.mark.parametrize("cell", ["12.34", "-7", "0", "-0.0", "5.", ".5", "1234567.89", "123456789.012345"])
def test_plain_numbers_take_usual_cells(cell: str) -> None:
    found = values([cell, "", "1"])
    assert found is not None and found.tobytes() == np.array([float(cell), np.nan, 1.0]).tobytes()


@pytest.mark.parametrize(
    "cell",
    ["-", ".", "-.", "1..2", "1.2.3", "--1", "1-2", "+1", "1e5", "NaN", " 1", "1,5", "9007199254740993", "x", "١"],
)
def test_plain_numbers_leave_everything_else(cell: str) -> None:
    assert values(["1.5", cell]) is None
