"""Training as a whole: search the number of steps, refit with it, and what happens when data is short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.data.panel import Panel
from gruforecast.data.windows import make_layout
from gruforecast.errors import DataError
from gruforecast.models.registry import make_model
from gruforecast.models.spec import Weights
from gruforecast.training import trainer
from gruforecast.training.events import PhaseEnded, PhaseStarted, Snapshotted, Stepped, Validated
from gruforecast.training.trainer import Progress, Trained, train_members, validation_batch

LAYOUT = make_layout((12,), 24)
TINY = ModelConfig(hidden=4)
MakePanel = Callable[..., Panel]


def train(panel: Panel, initial: Weights | None = None, **settings: Any) -> tuple[list[Any], Trained]:
    """Events and result of a tiny training of six periods ahead."""
    config = TrainConfig(**{"batch_size": 8, "threads": 1, "max_steps": 8, **settings})
    events = train_members(panel, LAYOUT, 6, TINY, config, initial)
    seen: list[Any] = []
    while True:
        try:
            seen.append(next(events))
        except StopIteration as stop:
            return seen, stop.value


def phases(events: list[Any]) -> list[tuple[str, int]]:
    return [(event.phase, event.total) for event in events if isinstance(event, PhaseStarted)]


def losses_in_turn(monkeypatch: pytest.MonkeyPatch, *losses: float) -> None:
    """Let the held-out loss be these, one after the other."""
    turn = iter(losses)
    monkeypatch.setattr("gruforecast.training.loop.held_out_loss", lambda *_: next(turn))


def test_refit_takes_the_steps_that_the_search_chose(toy: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    losses_in_turn(monkeypatch, 5.0, 4.0, 3.0, 6.0, 7.0)
    events, trained = train(toy)
    assert phases(events) == [("search", 8), ("refit", 4)]
    assert (trained.steps, trained.validation, trained.start) == (4, 3.0, 5.0)
    assert [e.step for e in events if isinstance(e, Stepped) and e.phase == "refit"] == [1, 2, 3, 4]


def test_without_refit_the_searched_network_is_the_result(toy: Panel) -> None:
    events, trained = train(toy, refit=False)
    assert [name for name, _ in phases(events)] == ["search"]
    assert len(trained.members) == 1


def test_members_of_an_ensemble_differ_by_seed(toy: Panel) -> None:
    events, trained = train(toy, ensemble=3, seed=5)
    assert [name for name, _ in phases(events)] == ["search", "refit", "refit", "refit"]
    first, second, third = (member.weights()["past.weight"] for member in trained.members)
    assert not np.array_equal(first, second) and not np.array_equal(second, third)
    np.testing.assert_array_equal(first, train(toy, seed=5)[1].members[0].weights()["past.weight"])


def test_equal_seeds_give_equal_weights(toy: Panel) -> None:
    one, two = (train(toy, seed=3)[1].members[0].weights() for _ in range(2))
    assert {name: array.tobytes() for name, array in one.items()} == {name: a.tobytes() for name, a in two.items()}


def test_no_held_out_window_means_few_steps_and_no_search(toy: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "BLIND_STEPS", 5)
    events, trained = train(toy, val_size=0)
    assert phases(events) == [("refit", 5)]
    assert (trained.steps, trained.validation) == (5, None)


def test_the_held_out_window_is_hidden_from_the_search(toy: Panel) -> None:
    changed = Panel(toy.ids, toy.start, toy.indptr, toy.y.copy(), toy.freq)
    for stop in changed.indptr[1:]:
        changed.y[stop - 6 : stop] *= 3
    one, two = (
        [e.loss for e in train(panel, val_size=6)[0] if isinstance(e, Stepped) and e.phase == "search"]
        for panel in (toy, changed)
    )
    assert one == two


def test_weights_given_are_where_training_starts(toy: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(7)
    initial = make_model(TINY, 6).weights()
    losses_in_turn(monkeypatch, *(float(i) for i in range(99)))
    events, trained = train(toy, initial, ensemble=4)
    # Nothing was better than they are, and more members would be copies.
    assert [name for name, _ in phases(events)] == ["search"]
    assert trained.steps == 0 and len(trained.members) == 1
    for name, array in trained.members[0].weights().items():
        np.testing.assert_array_equal(array, initial[name])


@pytest.mark.parametrize(("after", "steps"), [(0.98, 0), (0.97, 2)])
def test_weights_given_change_only_for_a_gain_beyond_luck(
    after: float, steps: int, toy: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    initial = make_model(TINY, 6).weights()
    # Of four held-out windows, half of the margin of one.
    losses_in_turn(monkeypatch, 1.0, after, *[2.0] * 99)
    _, trained = train(toy, initial)
    assert (trained.steps, trained.start, trained.validation) == (steps, 1.0, after if steps else 1.0)
    changed = any(not np.array_equal(a, initial[n]) for n, a in trained.members[0].weights().items())
    assert changed == bool(steps)


def test_weights_given_stay_where_nothing_is_held_out(toy: Panel) -> None:
    initial = make_model(TINY, 6).weights()
    events, trained = train(toy, initial, val_size=0)
    assert events == [] and trained.steps == 0 and len(trained.members) == 1


def test_a_time_limit_ends_both_phases(toy: Panel) -> None:
    events, trained = train(toy, max_steps=100_000, time_limit=0.4, patience=1000)
    assert trained.steps < 100_000
    assert [event for event in events if isinstance(event, Stepped)][-1].step < 100_000


@pytest.mark.parametrize("series", [[[5.0]], [[5.0], [1.0]], [[]]])
def test_too_little_to_learn_from_is_refused(series: list[list[float]], make_panel: MakePanel) -> None:
    with pytest.raises(DataError, match="two observed points"):
        train(make_panel(*series))


@pytest.mark.parametrize("series", [[5.0, 6.0], [5.0, float("nan"), float("nan"), 6.0]])
def test_two_points_are_enough(series: list[float], make_panel: MakePanel) -> None:
    # With one point held out the second series would have nothing left to learn from.
    _, trained = train(make_panel(series), val_size=1, max_steps=2)
    assert len(trained.members) == 1


def test_very_many_series_are_sampled_for_validation(toy: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "MAX_VALIDATION_WINDOWS", 2)
    batch = validation_batch(toy, LAYOUT, 6, 6, seed=0)
    assert batch is not None and len(batch) == 2


def test_validations_are_spread_over_short_runs(toy: Panel) -> None:
    events, _ = train(toy, max_steps=4)
    assert [e.step for e in events if isinstance(e, Validated)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("adapted", "settings"),
    [(False, {"ensemble": 2}), (False, {"val_size": 0}), (False, {"refit": False}), (True, {"ensemble": 2})],
    ids=str,
)
def test_an_interrupted_training_ends_like_an_unbroken_one(
    toy: Panel, settings: dict[str, Any], adapted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "ADAPT_MARGIN", 0.0)
    config = TrainConfig(**{"batch_size": 8, "threads": 1, "max_steps": 8, "lr": 1e-2, **settings})
    start = make_model(TINY, 6).weights() if adapted else None

    def go(progress: Progress, due: Callable[[int], bool] | None = None) -> tuple[list[Any], Trained]:
        events, seen = train_members(toy, LAYOUT, 6, TINY, config, start, progress, due), list[Any]()
        while True:
            try:
                seen.append(next(events))
            except StopIteration as stop:
                return seen, stop.value

    seen, whole = go(Progress(), lambda _: True)
    search, members, tried = None, list[Weights](), 0
    for event in seen:
        if isinstance(event, PhaseEnded) and event.phase == "search":
            search = event.result
        elif isinstance(event, PhaseEnded):
            assert event.weights is not None
            members.append(event.weights)
        elif isinstance(event, Snapshotted):
            tried += 1
            if tried % 3 != 1:
                continue
            _, ended = go(Progress(search, tuple(members), event.snapshot))
            assert (ended.steps, ended.validation, ended.start) == (whole.steps, whole.validation, whole.start)
            for one, other in zip(ended.members, whole.members, strict=True):
                mine, theirs = one.weights(), other.weights()
                assert all(mine[name].tobytes() == theirs[name].tobytes() for name in mine)
    assert tried == sum(isinstance(event, Stepped) for event in seen) >= 8
