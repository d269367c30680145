"""The sample files are what their generator makes, small, and readable without a flag."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from gruforecast.data.csv_reader import read_panel

FOLDER = Path(__file__).parents[2] / "sample_data"


def test_samples_are_reproducible(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_samples", FOLDER / "make_samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(tmp_path)
    for name in module.SAMPLES:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


@pytest.mark.parametrize(
    ("name", "alias", "series"), [("stores.csv", "D", 12), ("electricity.csv", "h", 3), ("passengers.csv", "MS", 6)]
)
def test_samples_are_read_without_a_flag(name: str, alias: str, series: int) -> None:
    panel, report = read_panel(FOLDER / name)
    assert (report.freq, report.n_series, report.layout, report.warnings) == (alias, series, "long", ())
    assert (FOLDER / name).stat().st_size < 500_000
    assert (report.gaps > 0) == (name == "stores.csv")
    season = panel.freq.season_length
    last, before = panel.tail(season), panel.tail(season, drop=season)
    assert np.nanmean(np.abs(last - before)) > 0.02 * np.nanmean(last)  # a copy of the last season would err
