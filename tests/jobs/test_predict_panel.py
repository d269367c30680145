"""Predicting a panel: every series gets what it can get, whatever its length, sign or size, and says what it got."""

from __future__ import annotations

import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from gruforecast.config import DataConfig, ModelConfig, TrainConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.dataset_scaler import DatasetScaler
from gruforecast.data.panel import ColumnNames, Panel
from gruforecast.data.windows import Layout
from gruforecast.errors import DataError, ResourceError, UsageError
from gruforecast.jobs.bundled import bundled_model, on_grid
from gruforecast.jobs.predict_panel import predict_panel
from gruforecast.jobs.saved_model import SavedModel
from gruforecast.models import forecaster
from gruforecast.models.spec import weight_spec

MONTH = Frequency("month")
NAN = float("nan")
LEVELS = (80.0, 95.0)


def panel_of(*series: Any) -> Panel:
    """Monthly series s0, s1, … that begin in 1970."""
    lengths = [len(y) for y in series]
    return Panel(
        np.array([f"s{i}" for i in range(len(series))], object),
        np.zeros(len(series), np.int64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([np.asarray(y, dtype=np.float64) for y in series]),
        MONTH,
    )


def model_of(members: int = 1, **settings: Any) -> SavedModel:
    """A model of random weights, six periods ahead: every one of them matters, and none was trained."""
    config = ModelConfig(**{"hidden": 8, **settings})
    rng = np.random.default_rng(6)
    spec = weight_spec(config, 6)
    return SavedModel(
        config=config,
        members=[
            {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in spec.items()} for _ in range(members)
        ],
        layout=Layout(12, 3, 12, 0),
        horizon=6,
        direct_horizon=6,
        levels=LEVELS,
        freq=MONTH,
        columns=ColumnNames(),
        data_config=DataConfig(),
        train_config=TrainConfig(),
    )


def seasonal(length: int = 60, level: float = 100.0, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 2, length)
    return level + 20 * np.sin(2 * np.pi * np.arange(length) / 12) + noise


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks are fastest on one thread; leave torch as it was found."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def panel() -> Panel:
    return panel_of(seasonal(), seasonal(37, 500, 1), seasonal(60, 0, 2), [*seasonal(30, 100, 3), NAN, NAN, 90.0])


def test_every_series_gets_a_forecast_and_a_status_where_it_is_not_plain(panel: Panel) -> None:
    mixed = panel_of(seasonal(), [], [4.0, 6.0], [7.0] * 20, [5.0], [1.0, NAN, NAN, 2.0, 3.0])
    done = predict_panel(model_of(), mixed, levels=LEVELS)
    assert done.forecast.ids.tolist() == ["s0", "s2", "s3", "s4", "s5"]
    assert done.forecast.levels == (0.025, 0.1, 0.9, 0.975)
    assert np.isfinite(done.forecast.median).all() and np.isfinite(done.forecast.quantiles).all()
    rows = [(s.id, s.status, s.reason, s.model_used, s.cutoff, s.n_obs) for s in done.statuses]
    assert rows == [
        ("s1", "skipped", "no observed value", "", "", 0),
        ("s2", "fallback", "too short", "Naive", "1970-02-01", 2),
        ("s4", "fallback", "too short", "Naive", "1970-01-01", 1),
    ]
    assert done.notes == []
    by_id = dict(zip(done.forecast.ids, done.forecast.median, strict=True))
    assert by_id["s2"].tolist() == [6.0] * 6 and by_id["s3"].tolist() == [7.0] * 6
    # Of a constant the model knows no spread; a fallback keeps the bound at zero that the model keeps.
    assert np.ptp(done.forecast.quantiles[2]) == 0
    assert done.forecast.quantiles[1].min() == 0


def test_nothing_observed_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="no series"):
        predict_panel(model_of(), panel_of([], []))


def test_quantiles_are_ordered_and_the_median_is_one_of_them(panel: Panel) -> None:
    forecast = predict_panel(model_of(), panel, levels=(50, 80, 99), quantiles=(0.5, 0.1)).forecast
    assert forecast.levels == (0.005, 0.1, 0.25, 0.5, 0.75, 0.9, 0.995)
    assert (np.diff(forecast.quantiles, axis=-1) >= 0).all()
    np.testing.assert_array_equal(forecast.quantiles[..., 3], forecast.median)


@pytest.mark.parametrize("chunk", [forecaster.CHUNK_FLOATS, 1000])
@pytest.mark.parametrize("horizon", [1, 5, 6, 7, 20])
def test_shorter_horizon_is_exactly_a_prefix(
    panel: Panel, horizon: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecaster, "CHUNK_FLOATS", chunk)
    model = replace(model_of(), direct_horizon=18)
    long = predict_panel(model, panel, horizon=50, levels=LEVELS).forecast
    short = predict_panel(model, panel, horizon=horizon, levels=LEVELS).forecast
    assert short.median.tobytes() == long.median[:, :horizon].tobytes()
    assert short.quantiles.tobytes() == long.quantiles[:, :horizon].tobytes()


def test_torch_answers_what_it_was_trained_for_even_when_asked_for_less(panel: Panel) -> None:
    long, short = (predict_panel(model_of(), panel, horizon=h, engine="torch").forecast.median for h in (6, 2))
    assert short.tobytes() == long[:, :2].tobytes()


def test_torch_only_where_a_gpu_is_asked_for(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[str] = []
    ready = SavedModel.forecaster

    def noting(model: SavedModel, engine: str = "auto", *rest: Any) -> Any:
        chosen.append(engine)
        return ready(model, engine, *rest)

    monkeypatch.setattr(SavedModel, "forecaster", noting)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for device in ("auto", "cpu"):
        here = predict_panel(model_of(), panel, levels=LEVELS, device=device).forecast
    there = predict_panel(model_of(), panel, levels=LEVELS, engine="torch").forecast
    np.testing.assert_allclose(there.quantiles, here.quantiles, rtol=1e-5)
    with pytest.raises(ResourceError, match="no CUDA device"):
        predict_panel(model_of(), panel, device="cuda")
    assert chosen == ["auto", "auto", "torch", "torch"]


@pytest.mark.gpu
def test_a_gpu_gives_the_same_forecast(panel: Panel) -> None:
    here, there = (predict_panel(model_of(), panel, levels=LEVELS, device=d).forecast for d in ("cpu", "cuda"))
    np.testing.assert_allclose(there.quantiles, here.quantiles, rtol=1e-4)


def test_beyond_its_horizon_a_model_builds_on_its_own_forecasts() -> None:
    panel = panel_of(seasonal(60, 0))
    model = model_of()
    done = predict_panel(model, panel, horizon=40, levels=(95,))
    assert len(done.notes) == 1 and "longer than the model's 6" in done.notes[0]
    width = np.ptp(done.forecast.quantiles[0], axis=1)
    # What is uncertain where a block of six ends stays uncertain to the end of the next.
    for block in range(6, 40, 6):
        assert (width[block : block + 6] >= width[block - 1]).all()
    # The second block is the first one of a history that ends with the first.
    first = predict_panel(model, panel).forecast.median[0]
    second = predict_panel(model, panel_of([*panel.y, *first])).forecast.median[0]
    np.testing.assert_array_equal(done.forecast.median[0, 6:12], second)


COUNTS = np.random.default_rng(0).poisson(1.0, 60).astype(float)


@pytest.mark.parametrize("scaler", [None, DatasetScaler("standard", 10.0, 3.0)])
@pytest.mark.parametrize("series", [COUNTS, seasonal(60, 30.0)])
def test_what_never_was_negative_does_not_become_so(series: np.ndarray, scaler: DatasetScaler | None) -> None:
    forecast = predict_panel(replace(model_of(), scaler=scaler), panel_of(series), horizon=40, levels=(99,)).forecast
    assert forecast.median.min() >= 0 and forecast.quantiles.min() >= 0


def test_what_is_far_nearer_to_the_zeros_seen_than_to_anything_else_is_zero() -> None:
    panel = panel_of(COUNTS, COUNTS + 0.001)
    forecast = predict_panel(model_of(), panel, horizon=40, levels=(80, 99)).forecast
    values = np.concatenate([forecast.median[..., None], forecast.quantiles], axis=2)
    counts, none = values
    assert (counts == 0).any() and not ((counts > 0) & (counts < 0.25)).any()
    assert ((none > 0) & (none < 0.25)).any()


@pytest.mark.parametrize("scaler", [None, DatasetScaler("standard", 10.0, 3.0)])
def test_unless_that_is_allowed_or_it_was(scaler: DatasetScaler | None) -> None:
    model = replace(model_of(), scaler=scaler)
    allowed = predict_panel(model, panel_of(COUNTS), levels=(99,), allow_negative=True).forecast
    assert allowed.quantiles.min() < 0
    assert predict_panel(model, panel_of(COUNTS - 1), levels=(99,)).forecast.quantiles.min() < -1


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e9])
def test_units_of_positive_series_do_not_matter(factor: float) -> None:
    panel = panel_of(seasonal(), seasonal(37, 500, 1))
    one = predict_panel(model_of(), panel, horizon=20, levels=LEVELS).forecast
    other = predict_panel(model_of(), replace(panel, y=panel.y * factor), horizon=20, levels=LEVELS).forecast
    np.testing.assert_allclose(other.median, one.median * factor, rtol=1e-4)
    np.testing.assert_allclose(other.quantiles, one.quantiles * factor, rtol=1e-4)


def test_extreme_series_get_finite_forecasts_in_silence() -> None:
    shape = seasonal(60, 100) / 100
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = predict_panel(
            model_of(),
            panel_of(shape * 1e300, (shape - 1) * 1e301, shape * 1e-320, 1e9 + shape * 1e-3, shape * 1.2e308),
            horizon=20,
            levels=LEVELS,
        )
    assert np.isfinite(done.forecast.quantiles).all()
    assert (np.ptp(done.forecast.quantiles, axis=-1) > 0).any(axis=1).all()


@pytest.mark.parametrize("engine", ["torch", "numpy"])
@pytest.mark.parametrize("members", [1, 3])
def test_engines_agree_and_members_are_averaged_by_median(panel: Panel, engine: str, members: int) -> None:
    model = model_of(members)
    forecast = predict_panel(model, panel, levels=LEVELS, engine=engine).forecast
    np.testing.assert_allclose(forecast.median, predict_panel(model, panel).forecast.median, rtol=1e-4)
    if members == 3:
        alone = [predict_panel(replace(model, members=[m]), panel).forecast.median for m in model.members]
        np.testing.assert_allclose(forecast.median, np.median(alone, axis=0), rtol=1e-4)


def test_a_model_without_intervals_says_so(panel: Panel) -> None:
    model = model_of(head="point")
    assert predict_panel(model, panel).forecast.quantiles.shape == (4, 6, 0)
    with pytest.raises(UsageError, match="without intervals"):
        predict_panel(model, panel, levels=LEVELS)


@pytest.mark.parametrize("bad", [{"levels": (100.0,)}, {"levels": (99.9999999999,)}, {"quantiles": (1e-12,)}])
def test_impossible_probabilities_are_refused(panel: Panel, bad: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="between"):
        predict_panel(model_of(), panel, **bad)


def test_broken_weights_fall_back_and_say_so(panel: Panel) -> None:
    model = model_of()
    broken = {**model.members[0], "output.bias": np.full_like(model.members[0]["output.bias"], np.inf)}
    done = predict_panel(replace(model, members=[broken]), panel_of(seasonal(60, 0)), levels=LEVELS)
    assert [(s.status, s.reason) for s in done.statuses] == [("fallback", "no finite forecast")]
    assert np.isfinite(done.forecast.quantiles).all()


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_memory_is_bounded_however_many_series_there_are(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecaster, "CHUNK_FLOATS", 100_000)
    sizes: list[int] = []
    work: Callable[..., Any] = forecaster.make_batch

    def counting(history: np.ndarray, *rest: Any, **named: Any) -> Any:
        sizes.append(len(history))
        return work(history, *rest, **named)

    monkeypatch.setattr(forecaster, "make_batch", counting)
    monkeypatch.setattr(forecaster, "MAX_AT_ONCE", 1)  # how far threads overlap is chance
    peaks = []
    for n in (500, 2000):
        panel = panel_of(*np.random.default_rng(0).random((n, 40)))
        ready = model_of().forecaster(engine)
        tracemalloc.start()
        forecast = ready.predict(panel, 6, (0.1, 0.9))
        peaks.append(tracemalloc.get_traced_memory()[1] - forecast.median.nbytes - forecast.quantiles.nbytes)
        tracemalloc.stop()
    assert sum(sizes) == 2500 and max(sizes) <= 100_000 // (36 * 4 + 6 * 3 * 15)
    # What is left to grow are a few whole numbers a series.
    assert peaks[1] - peaks[0] < 1500 * 200


def test_many_missing_values_are_told() -> None:
    y = seasonal()
    y[5:15] = NAN
    assert predict_panel(model_of(), panel_of(y)).notes == ["10 of 60 periods have no value and are left as missing"]
    y[10:15] = 1.0
    assert predict_panel(model_of(), panel_of(y)).notes == []


def test_what_is_never_recorded_is_told_and_can_be_skipped() -> None:
    summers = np.where(np.arange(88) % 12 < 6, seasonal(88), NAN)  # ends in the fourth month of a year
    panel = panel_of(summers, seasonal())
    done = predict_panel(model_of(), panel, horizon=14, levels=LEVELS, skip_unrecorded=True)
    assert np.flatnonzero(~done.forecast.written[0]).tolist() == [2, 3, 4, 5, 6, 7]
    assert done.forecast.written[1].all() and np.isfinite(done.forecast.median).all()
    which = "6 of 28 periods, at such times nothing is ever recorded (first 1977-07-01 of series 's0'),"
    assert done.notes[-1] == f"{which} are left out"
    whole = predict_panel(model_of(), panel, horizon=14, levels=LEVELS)
    assert whole.forecast.written.all() and not whole.statuses
    assert whole.notes[-1] == f"{which} are forecast all the same; --skip-unrecorded leaves them out"


def test_a_series_of_which_nothing_is_left_says_so() -> None:
    summers = np.where(np.arange(90) % 12 < 6, seasonal(90), NAN)
    done = predict_panel(model_of(), panel_of(summers, seasonal()), horizon=3, skip_unrecorded=True)
    assert [(s.id, s.status, s.reason, s.model_used) for s in done.statuses] == [
        ("s0", "skipped", "no value is ever recorded at these times", "")
    ]
    assert done.forecast.written.sum(axis=1).tolist() == [0, 3]


def test_chunks_computed_at_once_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [seasonal(60, 100, seed) for seed in range(300)]
    for row in rows[::7]:
        row[40] = 1e6
    panel, ready = panel_of(*rows), replace(model_of().forecaster("numpy"), universal=True)
    monkeypatch.setattr(forecaster, "CHUNK_FLOATS", 20_000)
    made = []
    for at_once in (1, 4):
        monkeypatch.setattr(forecaster, "MAX_AT_ONCE", at_once)
        monkeypatch.setattr("os.cpu_count", lambda: 8)
        made.append(ready.predict(panel, 6, (0.1, 0.9)))
    one, other = made
    assert one.median.tobytes() == other.median.tobytes() and one.quantiles.tobytes() == other.quantiles.tobytes()
    assert one.left_out.tolist() == other.left_out.tolist() == [[i, 40] for i in range(0, 300, 7)]


def test_what_fails_in_one_chunk_fails_all(monkeypatch: pytest.MonkeyPatch) -> None:
    work, calls = forecaster.make_batch, []

    def failing(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise MemoryError
        time.sleep(0.02)
        return work(*arguments, **named)

    monkeypatch.setattr(forecaster, "make_batch", failing)
    monkeypatch.setattr(forecaster, "CHUNK_FLOATS", 20_000)
    with pytest.raises(MemoryError):
        model_of().forecaster("numpy").predict(panel_of(*[seasonal()] * 3000), 6, ())
    assert len(calls) < 40  # of 63: the rest is not begun


def test_forecasts_are_as_fine_as_the_series() -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(9, 60).astype(float)
    gappy = np.round(counts / 4 - 1, 2)
    gappy[10:13] = NAN
    panel = panel_of(counts, gappy, np.full(60, 1e300), counts / 3)
    made = predict_panel(model_of(), panel, horizon=20, levels=(50, 97)).forecast
    raw = predict_panel(model_of(), panel_of(counts + 1e-9), horizon=20, levels=(50, 97)).forecast
    for values, plain in ((made.median, raw.median), (made.quantiles, raw.quantiles)):
        np.testing.assert_array_equal(values[0], np.rint(plain[0]))
        assert (np.round(values[1], 2) == values[1]).all() and not (np.rint(values[1]) == values[1]).all()
        assert not (np.round(values[3], 6) == values[3]).any()


def test_a_new_shop_learns_of_the_season_from_its_sisters() -> None:
    rng, t = np.random.default_rng(0), np.arange(84)
    season = np.where(t % 12 == 11, 2.0, 1.0) * (1 + 0.2 * np.cos(2 * np.pi * t / 12))
    shops = 100 * season * np.exp(rng.normal(0, 0.05, (9, 84)))
    begun, truth = [*shops[:8, :72]], shops[8, 72:]
    known = panel_of(*begun, shops[8, 66:72], shops[8, 70:72])
    panel = replace(known, start=np.array([0] * 8 + [66, 70]))
    model = on_grid(bundled_model(), MONTH)

    def error(done: Any, row: int) -> float:
        return float(np.abs(done.forecast.median[row] - truth).mean())

    done = predict_panel(model, panel, horizon=12, levels=LEVELS)
    alone = predict_panel(model, panel.select(np.array([8, 9])), horizon=12, levels=LEVELS)
    assert error(done, 8) < 0.4 * error(alone, 0) and error(done, 9) < 0.4 * error(alone, 1)
    assert alone.notes == [] and done.notes == ["2 of 10 series are short and take the season that the others share"]
    # The sisters need not be asked for.
    only = predict_panel(model, panel, only=np.array([9, 8]), horizon=12, levels=LEVELS)
    assert only.forecast.ids.tolist() == ["s9", "s8"] and [status.id for status in only.statuses] == ["s9"]
    # Products of matrices of other sizes may be rounded in another order.
    np.testing.assert_allclose(only.forecast.quantiles[::-1], done.forecast.quantiles[8:], rtol=1e-5)


def test_christmas_comes_again() -> None:
    day = Frequency.parse("D")
    days = np.arange("2021-01-01", "2025-01-08", dtype="datetime64[D]")
    rng = np.random.default_rng(0)
    christmas = np.char.endswith(days.astype(str), "12-25")
    sales = 200 * np.where(christmas, 0.2, 1.0) * (1 + 0.3 * np.sin(2 * np.pi * np.arange(len(days)) / 7))
    sales = np.round(sales * np.exp(rng.normal(0, 0.05, len(days))))
    cutoff = int(np.searchsorted(days, np.datetime64("2024-12-20")))
    start = day.ordinals(days[:1].astype("datetime64[s]"))
    ends = np.array([0, cutoff], dtype=np.int64)
    panel = Panel(np.array(["shop"], object), start, ends, sales[:cutoff].astype(float), day)
    done = predict_panel(on_grid(bundled_model(), day), panel, horizon=19, levels=(95,))
    said, forecast = "1 of 1 series are expected to do on some dates as in other years, most of all on ", done.forecast
    assert done.notes == [f"{said}2024-12-25 (0.2 times the usual, series 'shop')"]
    off = np.abs(forecast.median[0] / sales[cutoff:] - 1)
    assert off.max() < 0.2 and (forecast.median == np.round(forecast.median)).all()
    # Two weeks later nothing is left of it.
    later = replace(panel, y=sales[: cutoff + 7].astype(float), indptr=np.array([0, cutoff + 7], dtype=np.int64))
    quiet = predict_panel(on_grid(bundled_model(), day), later, horizon=12)
    after = quiet.forecast
    assert quiet.notes == [] and np.abs(after.median[0] / sales[cutoff + 7 :] - 1).max() < 0.2


def test_a_single_value_is_as_far_from_the_next_as_others_are() -> None:
    rng = np.random.default_rng(0)
    walks = [100 * (i + 1) * np.exp(np.cumsum(rng.normal(0, 0.1, 40))).round(2) for i in range(9)]
    panel = panel_of(*walks, np.array([50.5]), np.array([40.0, 44.0]))
    model = on_grid(bundled_model(), MONTH)
    done = predict_panel(model, panel, horizon=4, levels=(80,)).forecast
    width = np.ptp(done.quantiles, axis=2)
    assert (done.median[9] == 50.5).all() and 6 < width[9, 0] < width[9, 3] < 50
    # As fine as what is known of them, and the same whoever is asked for.
    assert (done.quantiles[9] * 10 % 1 == 0).all() and (done.quantiles[10] % 1 == 0).all()
    only = predict_panel(model, panel, only=np.array([9]), horizon=4, levels=(80,)).forecast
    np.testing.assert_array_equal(only.quantiles[0], done.quantiles[9])
    alone = predict_panel(model, panel_of(np.array([50.5])), horizon=4, levels=(80,)).forecast
    assert (alone.quantiles == 50.5).all()


def test_series_that_end_early_are_named() -> None:
    y = 50 + np.random.default_rng(0).normal(size=40)
    panel = panel_of(y, y[:30], y, y[:35])
    model = on_grid(bundled_model(), MONTH)
    (note,) = predict_panel(model, panel, horizon=2).notes
    assert note.startswith("2 of 4 series end before 1973-04-01, the first with 1972-06-01 (series 's1')")
    # Where most end whenever they do, nothing is to be said.
    assert predict_panel(model, panel_of(y, y[:30], y[:35]), horizon=2).notes == []


@pytest.mark.parametrize("horizon", [-1, 0, 1.5, 10_001])
def test_horizons_that_are_none(horizon: Any) -> None:
    with pytest.raises(UsageError, match=r"horizon = .* is outside 1 … 10000"):
        predict_panel(on_grid(bundled_model(), MONTH), panel_of(np.arange(40.0)), horizon=horizon)
