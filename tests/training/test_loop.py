"""The training loop: it learns, keeps the best, gives up in order, and goes on from a snapshot bit for bit."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from gruforecast.config import ModelConfig
from gruforecast.data.panel import Panel
from gruforecast.data.windows import Batch, make_layout
from gruforecast.errors import TrainingDiverged
from gruforecast.models.registry import Model, make_model
from gruforecast.training import loop
from gruforecast.training.events import Event, PhaseStarted, RateHalved, Snapshotted, Stepped, Validated
from gruforecast.training.loop import Average, Cosine, StableDecay, fit
from gruforecast.training.sampler import WindowSampler, last_windows
from gruforecast.training.snapshot import Result

LAYOUT = make_layout((12,), 24)


def fresh(head: str = "quantile") -> Model:
    torch.manual_seed(0)
    return make_model(ModelConfig(hidden=8, head=head), 6)


@pytest.fixture
def draw(toy: Panel) -> Callable[[int], list[Batch]]:
    sampler = WindowSampler(toy.drop_last(6), LAYOUT, 6)
    return lambda step: [sampler.sample(np.random.default_rng([0, step]), 16)]


@pytest.fixture
def held_out(toy: Panel) -> Batch:
    batch = last_windows(toy, LAYOUT, 6, 6)
    assert batch is not None
    return batch


def run(events: Generator[Event, None, Result]) -> tuple[list[Any], Result]:
    """All events, and what the loop returned."""
    seen: list[Any] = []
    while True:
        try:
            seen.append(next(events))
        except StopIteration as stop:
            return seen, stop.value


def at(*steps: int) -> Callable[[int], bool]:
    """Snapshots are due after these steps."""
    return lambda step: step in steps


def of(kind: type[Any], events: list[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def same(one: Model, other: Model) -> bool:
    mine, theirs = one.weights(), other.weights()
    return all(mine[name].tobytes() == theirs[name].tobytes() for name in mine)


def test_loss_goes_down(draw: Any, held_out: Batch) -> None:
    model = fresh()
    events, result = run(fit(model, draw, Cosine(5e-3, 60), phase="search", validation=held_out, every=15))
    assert events[0] == PhaseStarted("search", 60)
    steps = of(Stepped, events)
    assert [event.step for event in steps] == list(range(1, 61))
    assert steps[-1].loss < 0.9 * steps[0].loss
    assert [event.step for event in of(Validated, events)] == [0, 15, 30, 45, 60]
    assert result.first is not None and result.value is not None and result.value < result.first


def test_the_best_validated_weights_are_kept(draw: Any, held_out: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([5.0, 4.0, 3.0, 3.5, 3.2, 9.0])
    monkeypatch.setattr(loop, "held_out_loss", lambda *_: next(losses))
    model, until_best = fresh(), fresh()
    events, result = run(fit(model, draw, Cosine(1e-2, 50), phase="s", validation=held_out, every=5, patience=3))
    assert (result.step, result.value, result.first) == (10, 3.0, 5.0)
    # Three looks without improvement end the run.
    assert [(e.step, e.best_step) for e in of(Validated, events)] == [
        (0, 0), (5, 5), (10, 10), (15, 10), (20, 10), (25, 10),
    ]  # fmt: skip
    run(fit(until_best, draw, Cosine(1e-2, 50), phase="s", stop_step=10))
    assert same(model, until_best)


def test_a_margin_has_to_be_gained_by_every_further_step(
    draw: Any, held_out: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([5.0, 4.6, 4.4, 4.0, 3.7, 3.5])
    monkeypatch.setattr(loop, "held_out_loss", lambda *_: next(losses))
    _, result = run(fit(fresh(), draw, Cosine(1e-2, 25), phase="s", validation=held_out, every=5, margin=0.1))
    # 4.6 is not enough below 5, 4.4 is; 4.0 not enough below that, 3.7 is; 3.5 is not again.
    assert (result.step, result.value, result.first) == (20, 3.7, 5.0)


def test_weights_that_only_get_worse_are_not_taken(draw: Any, held_out: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter(range(100))
    monkeypatch.setattr(loop, "held_out_loss", lambda *_: float(next(losses)))
    model = fresh()
    _, result = run(fit(model, draw, Cosine(1e-2, 9), phase="s", validation=held_out, every=3, patience=2))
    assert result.step == 0
    assert same(model, fresh())


@pytest.mark.parametrize(
    ("losses", "blend", "value"),
    [
        ([5.0, 4.0, 3.95], 0.5, 4.0),  # all the way is better, but not by enough
        ([5.0, 4.0, 3.9], 1.0, 3.9),
        ([5.0, 6.0, 4.95], 1.0, 4.95),  # against the first weights any gain counts
        ([5.0, 6.0, 7.0], 0.5, 5.0),
    ],
)
def test_all_the_way_has_to_be_clearly_better_than_half(
    losses: list[float], blend: float, value: float, draw: Any, held_out: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = iter(losses)
    monkeypatch.setattr(loop, "held_out_loss", lambda *_: next(turn))
    model, full, origin = fresh(), fresh(), fresh().weights()
    options: dict[str, Any] = {"validation": held_out, "every": 4, "blends": (0.5, 1.0)}
    _, result = run(fit(model, draw, Cosine(1e-2, 4), phase="s", **options))
    assert (result.value, result.blend, result.step) == (value, blend, 4 if value < 5 else 0)
    run(fit(full, draw, Cosine(1e-2, 4), phase="s"))
    share = blend if value < 5 else 0.0
    for name, array in model.weights().items():
        np.testing.assert_allclose(array, origin[name] + share * (full.weights()[name] - origin[name]), atol=1e-7)


def test_without_held_out_windows_the_first_blend_is_taken(draw: Any) -> None:
    half, full, origin = fresh(), fresh(), fresh().weights()
    run(fit(half, draw, Cosine(1e-2, 4), phase="s", blends=(0.5,)))
    run(fit(full, draw, Cosine(1e-2, 4), phase="s"))
    for name, array in half.weights().items():
        np.testing.assert_allclose(array, (origin[name] + full.weights()[name]) / 2, atol=1e-7)


def test_held_out_loss_leaves_the_model_as_it_was(held_out: Batch) -> None:
    model, other = fresh(), fresh()
    tenths = {name: torch.full_like(value, 0.1) for name, value in model.network.state_dict().items()}
    own = loop.held_out_loss(model, dict(other.network.state_dict()), held_out)
    assert own == float(model.loss(held_out).detach()) != loop.held_out_loss(model, tenths, held_out)
    assert same(model, other)


def test_a_deadline_allows_one_step(draw: Any) -> None:
    _, result = run(fit(fresh(), draw, Cosine(1e-2, 1000), phase="s", deadline=time.monotonic() - 1))
    assert result.step == 1
    assert result.value is None


def test_what_was_learned_before_a_deadline_is_looked_at(draw: Any, held_out: Batch) -> None:
    def slow(step: int) -> Any:
        time.sleep(0.02)
        return draw(step)

    soon = time.monotonic() + 0.05
    events, result = run(fit(fresh(), slow, Cosine(1e-2, 1000), phase="s", validation=held_out, deadline=soon))
    taken = [event.step for event in events if isinstance(event, Stepped)]
    looks = [event.step for event in events if isinstance(event, Validated)]
    assert 0 < taken[-1] < 25 and looks == [0, taken[-1]]
    assert result.step == taken[-1] and result.value < result.first


class Exploding(Model):
    """Gives a loss that is not finite at the given calls."""

    bad: frozenset[int]
    calls = 0

    def loss(self, batch: Batch) -> torch.Tensor:
        self.calls += 1
        loss = super().loss(batch)
        return loss * float("nan") if self.calls in self.bad else loss


def exploding(*bad: int) -> Exploding:
    model = Exploding(**fresh().__dict__)
    model.bad = frozenset(bad)
    return model


def test_a_loss_that_is_not_finite_halves_the_rate_and_goes_on(draw: Any) -> None:
    model, asked = exploding(3, 4), []

    def once(step: int) -> list[Batch]:
        asked.append(step)
        return list(draw(step))

    events, result = run(fit(model, once, Cosine(1e-2, 6), phase="s"))
    assert result.step == 6
    # A stream of batches gives each step's only once, so the step tried again must not ask again.
    assert asked == [0, 1, 2, 3, 4, 5]
    halved = of(RateHalved, events)
    assert [event.step for event in halved] == [2, 2]
    rate = Cosine(1e-2, 6).rate(2)
    assert [event.lr for event in halved] == [rate / 2, rate / 4]
    assert all(np.isfinite(array).all() for array in model.weights().values())


def test_gradients_that_are_not_finite_are_no_step(draw: Any) -> None:
    model = fresh()
    weights = model.weights()
    parameter = next(model.network.parameters())
    parameter.register_hook(lambda gradient: gradient * float("inf"))
    with pytest.raises(TrainingDiverged):
        run(fit(model, draw, Cosine(1e-2, 5), phase="s"))
    assert all(np.array_equal(weights[name], array) for name, array in model.weights().items())


def test_training_that_stays_broken_is_given_up(draw: Any) -> None:
    events = fit(exploding(*range(3, 99)), draw, Cosine(1e-2, 6), phase="s")
    seen: list[Any] = []
    with pytest.raises(TrainingDiverged, match="step 3"):
        seen.extend(iter(lambda: seen.append(next(events)), 0))
    assert len(of(RateHalved, seen)) == loop.MAX_HALVINGS


@pytest.mark.parametrize("head", ["quantile", "point"])
def test_going_on_from_a_snapshot_repeats_the_unbroken_run(draw: Any, head: str) -> None:
    schedule = StableDecay(1e-2, 12, 4, warmup=3)
    unbroken, broken, resumed = fresh(head), fresh(head), fresh(head)
    whole, _ = run(fit(unbroken, draw, schedule, phase="p", snapshot_due=at(5, 10, 12)))
    part, _ = run(fit(broken, draw, schedule, phase="p", stop_step=7, snapshot_due=at(5, 7)))
    snapshots = [event.snapshot for event in of(Snapshotted, part)]
    assert [snapshot.step for snapshot in snapshots] == [5, 7]
    torch.manual_seed(99)
    rest, result = run(fit(resumed, draw, schedule, phase="p", start=snapshots[-1], snapshot_due=at(10, 12)))
    assert result.step == 12
    assert same(resumed, unbroken)
    assert [e.loss for e in of(Stepped, rest)] == [e.loss for e in of(Stepped, whole)][7:]
    last, expected = of(Snapshotted, rest)[-1].snapshot, of(Snapshotted, whole)[-1].snapshot
    assert {k: v.tobytes() for k, v in last.tensors.items()} == {k: v.tobytes() for k, v in expected.tensors.items()}


@pytest.mark.parametrize("broken_at", [1, 3, 4, 7, 8, 11])
def test_a_search_goes_on_where_it_was_broken_off(draw: Any, held_out: Batch, broken_at: int) -> None:
    options: dict[str, Any] = {"validation": held_out, "every": 2, "patience": 3, "blends": (0.5, 1.0), "margin": 0.01}
    unbroken, broken, resumed = fresh(), fresh(), fresh()
    whole, expected = run(fit(unbroken, draw, Cosine(2e-2, 12), phase="s", **options))
    part, _ = run(fit(broken, draw, Cosine(2e-2, 12), phase="s", snapshot_due=at(broken_at), **options))
    snapshot = of(Snapshotted, part)[0].snapshot
    rest, result = run(fit(resumed, draw, Cosine(2e-2, 12), phase="s", start=snapshot, **options))
    assert result == expected and same(resumed, unbroken)
    assert [event for event in of(Validated, whole) if event.step > broken_at] == of(Validated, rest)


def test_a_search_that_was_over_stays_over(draw: Any, held_out: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([5.0, 4.0, 6.0, 6.0])
    monkeypatch.setattr(loop, "held_out_loss", lambda *_: next(losses))
    options: dict[str, Any] = {"validation": held_out, "every": 1, "patience": 2}
    part, expected = run(fit(fresh(), draw, Cosine(1e-2, 9), phase="s", snapshot_due=at(3), **options))
    snapshot = of(Snapshotted, part)[0].snapshot
    rest, result = run(fit(fresh(), draw, Cosine(1e-2, 9), phase="s", start=snapshot, **options))
    assert result == expected == Result(1, 4.0, 5.0) and not of(Stepped, rest)


def test_half_the_way_is_measured_from_the_first_weights(draw: Any) -> None:
    unbroken, resumed = fresh(), fresh()
    run(fit(unbroken, draw, Cosine(1e-2, 6), phase="r", blends=(0.5,)))
    part, _ = run(fit(fresh(), draw, Cosine(1e-2, 6), phase="r", blends=(0.5,), snapshot_due=at(4)))
    run(fit(resumed, draw, Cosine(1e-2, 6), phase="r", blends=(0.5,), start=of(Snapshotted, part)[0].snapshot))
    assert same(resumed, unbroken)


def test_a_snapshot_remembers_that_the_rate_was_halved(draw: Any) -> None:
    schedule, unbroken, resumed = StableDecay(1e-2, 8, 4, warmup=1), exploding(2), exploding(2)
    run(fit(unbroken, draw, schedule, phase="p"))
    part, _ = run(fit(resumed, draw, schedule, phase="p", stop_step=4, snapshot_due=at(4)))
    snapshot = of(Snapshotted, part)[-1].snapshot
    assert snapshot.halvings == 1
    run(fit(resumed, draw, schedule, phase="p", start=snapshot))
    assert same(resumed, unbroken)


def test_a_snapshot_of_another_network_is_refused(draw: Any) -> None:
    part, _ = run(fit(fresh(), draw, Cosine(1e-2, 2), phase="p", snapshot_due=at(2)))
    snapshot = of(Snapshotted, part)[-1].snapshot
    assert set(snapshot.averaged()) == set(fresh().weights())
    lacking = {name: array for name, array in snapshot.tensors.items() if not name.startswith("exp_avg.gates")}
    with pytest.raises(KeyError, match="gates"):
        run(fit(fresh(), draw, Cosine(1e-2, 4), phase="p", start=replace(snapshot, tensors=lacking)))


def test_several_batches_make_one_step_of_their_mean(toy: Panel) -> None:
    sampler = WindowSampler(toy, LAYOUT, 6)
    one = sampler.sample(np.random.default_rng(0), 16)
    once, twice = fresh(), fresh()
    run(fit(once, lambda _: [one], Cosine(1e-2, 3), phase="s"))
    run(fit(twice, lambda _: [one, one], Cosine(1e-2, 3), phase="s"))
    for name, array in once.weights().items():
        np.testing.assert_allclose(array, twice.weights()[name], atol=1e-6)


def test_cosine_warms_up_and_ends_at_a_tenth() -> None:
    schedule = Cosine(1.0, 1000, warmup=20)
    rates = [schedule.rate(step) for step in range(1001)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[19] == pytest.approx(1, abs=1e-3)
    assert (np.diff(rates[:20]) > 0).all() and (np.diff(rates[19:]) < 0).all()
    assert rates[1000] == schedule.rate(5000) == pytest.approx(0.1)


def test_stable_decay_is_constant_until_a_straight_line_to_zero() -> None:
    schedule = StableDecay(2.0, 1000, 100, warmup=10)
    rates = [schedule.rate(step) for step in range(1001)]
    assert rates[:10] == pytest.approx([0.2 * (i + 1) for i in range(10)])
    assert set(rates[9:901]) == {2.0}
    assert rates[950] == pytest.approx(1.0) and rates[1000] == 0
    # A longer run begins like a shorter one.
    assert [StableDecay(2.0, 5000, 100, warmup=10).rate(step) for step in range(901)] == rates[:901]


def test_average_follows_quickly_at_first_and_slowly_later() -> None:
    average = Average({"w": torch.zeros(1)}, 0.98)
    average.update({"w": torch.ones(1)})
    assert float(average.weights["w"]) == pytest.approx(1 - 1 / 11)
    late = Average({"w": torch.zeros(1)}, 0.98, steps=10_000)
    late.update({"w": torch.ones(1)})
    assert float(late.weights["w"]) == pytest.approx(0.02)
