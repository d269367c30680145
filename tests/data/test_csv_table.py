"""A CSV table's first cells are what pandas reads, whichever reader is asked."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gruforecast.config import DataConfig
from gruforecast.data.csv_table import CsvTable
from gruforecast.data.source import read_source

CELLS = st.text(st.sampled_from("ab 1é,;\"\n'#"), max_size=6)
TABLES = st.integers(1, 3).flatmap(
    lambda fields: st.lists(st.lists(CELLS, min_size=fields, max_size=fields), min_size=2, max_size=8)
)


def opened(data: bytes, tmp: pytest.TempPathFactory) -> CsvTable:
    path = tmp.mktemp("table") / "data.csv"
    path.write_bytes(data)
    return CsvTable.open(read_source(path), DataConfig(sep=","))


@given(TABLES)
def test_sample_is_what_pandas_reads(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([[f"name {i}" for i in range(len(rows[0]))], *rows])
    table = opened(out.getvalue().encode(), tmp_path_factory)
    frame = pd.read_csv(io.StringIO(out.getvalue()), dtype=object, na_filter=False, skip_blank_lines=False)
    assert table.sample() == {name: frame[name].tolist() for name in frame}


def test_sample_takes_cells_of_any_length(tmp_path_factory: pytest.TempPathFactory) -> None:
    long = "x" * (csv.field_size_limit() + 1)
    table = opened(f"name,y\n{long},1\n".encode(), tmp_path_factory)
    assert table.sample() == {"name": [long], "y": ["1"]}
