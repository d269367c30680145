"""The picture: deterministic PNG bytes, sensible choices, and no trouble from odd data or names."""

from __future__ import annotations

import struct
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import Panel
from gruforecast.errors import UsageError, WriteError
from gruforecast.evaluation.baselines import SeasonalNaive
from gruforecast.report import picture
from gruforecast.report.picture import forecast_picture

pytest.importorskip("matplotlib")
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
NAN = float("nan")


def make_panel(rows: list[list[float]], freq: str = "MS", tz: str | None = None) -> Panel:
    lengths = [len(row) for row in rows]
    return Panel(
        ids=np.array([f"s{i}" for i in range(len(rows))], dtype=object),
        start=np.full(len(rows), 360, dtype=np.int64),
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        y=np.concatenate([np.asarray(row, dtype=np.float64) for row in rows]),
        freq=replace(Frequency.parse(freq), tz=tz),
    )


@pytest.fixture(scope="module")
def panel() -> Panel:
    rng = np.random.default_rng(0)
    return make_panel([list(100 + 10 * np.sin(np.arange(40) / 2) + rng.normal(0, 2, 40)) for _ in range(8)])


@pytest.fixture(scope="module")
def forecast(panel: Panel) -> Forecast:
    return SeasonalNaive().predict(panel, 12, LEVELS)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_same_input_same_bytes(panel: Panel, forecast: Forecast, tmp_path: Path) -> None:
    import matplotlib

    first = forecast_picture(panel, forecast, tmp_path / "a.png", series=["s1"], title="Sales")
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30}):
        second = forecast_picture(panel, forecast, series=["s1"], title="Sales")
        assert matplotlib.rcParams["font.size"] == 30
    assert first == second == (tmp_path / "a.png").read_bytes()
    assert b"tEXt" not in first and b"tIME" not in first
    assert "matplotlib.pyplot" not in sys.modules


def test_small_multiples_grow_with_the_series(panel: Panel, forecast: Forecast) -> None:
    one, two = (
        size(forecast_picture(panel, forecast, series=["s1"])),
        size(forecast_picture(panel, forecast, series=["s1", "s2"])),
    )
    six = size(forecast_picture(panel, forecast))
    assert two[0] > one[0] and six[0] == two[0] and six[1] > 2 * two[1]


def test_only_series_with_a_forecast_are_drawn(panel: Panel, forecast: Forecast) -> None:
    median = forecast.median.copy()
    median[0] = NAN
    assert picture._choose(replace(forecast, median=median), None).tolist() == [1, 2, 3, 4, 5, 6]
    with pytest.raises(UsageError, match="nothing to draw"):
        picture._choose(replace(forecast, median=median * NAN), None)


def test_what_a_chart_holds(panel: Panel, forecast: Forecast) -> None:
    chart = picture._chart(panel, forecast, 2, last=10)
    np.testing.assert_array_equal(chart.past_y, panel.series(2)[-10:])
    assert chart.past[-1] == chart.cutoff and chart.future[0] == chart.cutoff + 1
    assert [level for level, *_ in chart.bands] == [95, 80]
    assert chart.origin.tolist() == [panel.series(2)[-1]]


def test_what_came_true_is_drawn_too(panel: Panel) -> None:
    forecast = SeasonalNaive().predict(panel.drop_last(20), 12, (0.05, 0.25, 0.75, 0.95))
    chart = picture._chart(panel, forecast, 0, last=5)
    assert len(chart.past) == 5 + 12 and chart.cutoff == panel.cutoff[0] - 20
    assert [level for level, *_ in chart.bands] == [90, 50]


@pytest.mark.parametrize(("freq", "tz"), [("int", None), ("h", "Europe/Berlin"), ("D", None), ("YS", None)])
def test_every_kind_of_time(freq: str, tz: str | None) -> None:
    panel = make_panel([[1.0, NAN, 3.0, 2.0, 5.0], [7.0]], freq, tz)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert size(forecast_picture(panel, SeasonalNaive().predict(panel, 3, LEVELS)))
        assert size(forecast_picture(panel, SeasonalNaive().predict(panel, 1, ())))


def test_local_clock() -> None:
    freq = replace(Frequency.parse("h"), tz="+02:00")
    assert picture._wall(freq, np.array([0]))[0] == np.datetime64("1970-01-01T02:00:00")


def test_names_are_text_and_nothing_else(panel: Panel, forecast: Forecast) -> None:
    ids = forecast.ids.copy()
    ids[:6] = ["$\\frac{", "a\nb\x1b[31m", "x" * 500, "売上", "", "_hidden"]
    odd = replace(forecast, ids=ids)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert size(forecast_picture(replace(panel, ids=ids), odd, title="$5 \\ 100 %"))
        assert size(forecast_picture(replace(panel, ids=ids), odd, series=["$\\frac{"]))


def test_constant_and_huge_values() -> None:
    panel = make_panel([[5.0] * 30, [0.0] * 30, [3e12, 4e12] * 15, [1e-7, 2e-7] * 15])
    assert size(forecast_picture(panel, SeasonalNaive().predict(panel, 6, LEVELS)))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.25, "0.25"), (1200, "1,200"), (3.5e6, "3.5M"), (-2e9, "-2B"), (0, "0"), (1e-7, "1e-07"), (4e20, "4e+20")],
)
def test_axis_figures(value: float, text: str) -> None:
    assert picture._number(value) == text


def test_refusals(panel: Panel, forecast: Forecast, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no series 'nope"):
        forecast_picture(panel, forecast, series=["nope"])
    with pytest.raises(UsageError, match="1 to 6 series, not 7"):
        forecast_picture(panel, forecast, series=["s1"] * 7)
    with pytest.raises(WriteError):
        forecast_picture(panel, forecast, tmp_path / "no" / "such.png", series=["s1"])


def test_without_matplotlib_it_says_what_to_type(
    panel: Panel, forecast: Forecast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'gruforecast\[plot\]'"):
        forecast_picture(panel, forecast)
