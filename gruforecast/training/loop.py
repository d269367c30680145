"""The training loop: draw windows, step, average the weights, look at held-out windows, keep the best."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch

from gruforecast.data.windows import Batch
from gruforecast.errors import TrainingDiverged
from gruforecast.models.registry import Model
from gruforecast.training.adamw import AdamW
from gruforecast.training.events import Event, PhaseStarted, RateHalved, Snapshotted, Stepped, Validated
from gruforecast.training.snapshot import (
    Result,
    Snapshot,
    State,
    arrays,
    copy_state,
    restore,
    take_snapshot,
    tensors_of,
)

MAX_HALVINGS = 3
CLIP_NORM = 1.0
FULL_BLEND_MARGIN = 0.02


class Schedule(Protocol):
    """How long and how fast to train. Depends on the step alone, so that a resumed run repeats an unbroken one."""

    @property
    def total(self) -> int:
        """Steps of the whole schedule."""

    @property
    def average(self) -> float:
        """Decay of the moving average of the weights."""

    def rate(self, step: int) -> float:
        """Learning rate of step number *step*, from 0."""


@dataclass(frozen=True)
class Cosine:
    """Linear warm-up to *lr*, then down a cosine to a tenth of it at *total* steps."""

    lr: float
    total: int
    warmup: int = 20
    average: float = 0.98

    def rate(self, step: int) -> float:
        ramp = min(1.0, (step + 1) / self.warmup)
        progress = min(1.0, step / max(self.total, 1))
        return self.lr * ramp * (0.55 + 0.45 * math.cos(math.pi * progress))


@dataclass(frozen=True)
class StableDecay:
    """Linear warm-up, a long constant stretch, then a straight line to zero over the last *decay* steps.

    A run can be prolonged from any point of the constant stretch without starting again (Hägele et al., 2024).
    """

    lr: float
    total: int
    decay: int
    warmup: int = 200
    average: float = 0.997

    def rate(self, step: int) -> float:
        return self.lr * min(1.0, (step + 1) / self.warmup, max(0.0, (self.total - step) / self.decay))


class Average:
    """Exponential moving average of weights, warmed up so that early steps are not stuck at the start."""

    def __init__(self, weights: State, decay: float, steps: int = 0) -> None:
        self.decay, self.steps = decay, steps
        self.weights = copy_state(weights)

    def update(self, weights: State) -> None:
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, mean in self.weights.items():
                mean.lerp_(weights[name], 1 - decay)


def fit(
    model: Model,
    draw: Callable[[int], Sequence[Batch]],
    schedule: Schedule,
    *,
    phase: str,
    stop_step: int | None = None,
    validation: Batch | None = None,
    every: int = 25,
    patience: int = 5,
    blends: Sequence[float] = (1.0,),
    margin: float = 0.0,
    deadline: float | None = None,
    start: Snapshot | None = None,
    snapshot_due: Callable[[int], bool] | None = None,
) -> Generator[Event, None, Result]:
    """Train *model* in place; leaves the best (with *validation*) or the last averaged weights in it.

    Args:
        draw: gives the batches of a step; their mean loss is one optimiser step. Must depend on the step alone.
        stop_step: end after this many steps of the schedule (default: all of it).
        every: steps between validations.
        patience: validations without improvement before stopping.
        blends: shares of the way from the first weights to the trained ones at which to validate; the last one, all
            the way, has to be better by FULL_BLEND_MARGIN. Without *validation*, the first is taken.
        margin: share by which a validation must be better than the best so far, the first weights' included.
        deadline: ``time.monotonic()`` after which no further step is started.
        start: a snapshot of an earlier run of the same schedule, from the same first weights, to go on from.
        snapshot_due: asked after each step whether to yield a ``Snapshotted`` event.

    Returns (as the generator's value): a :class:`Result`.

    Raises:
        TrainingDiverged: the loss stayed non-finite after MAX_HALVINGS halvings of the learning rate.
    """
    network = model.network
    optimizer = AdamW(network)
    average = Average(dict(network.state_dict()), schedule.average)
    origin = copy_state(dict(network.state_dict()))
    total, step, running, halvings = stop_step or schedule.total, 0, math.nan, 0
    if start is not None:
        step, running = restore(start, network, optimizer, average.weights)
        average.steps, halvings = step, start.halvings
    yield PhaseStarted(phase, total, step)
    search = None if validation is None else Search(model, validation, origin, blends, margin, start)
    if search is not None and start is None:
        yield Validated(phase, step, search.value, search.value, step)
    begun = time.monotonic()
    drawn, batches = -1, list[Batch]()
    while step < total and not (deadline and step and time.monotonic() > deadline):
        if search is not None and search.stale >= patience:
            break
        rate = schedule.rate(step) * 0.5**halvings
        if drawn != step:  # a step tried again gets the batches it had: a stream gives them only once
            drawn, batches = step, list(draw(step))
        loss = _step(model, optimizer, batches, rate)
        if loss is None:
            halvings += 1
            if halvings > MAX_HALVINGS:
                raise TrainingDiverged(
                    f"the loss is not finite at step {step + 1}, even at an eighth of the learning rate",
                    hint="try a smaller --lr, or look for extreme values in the data",
                )
            network.load_state_dict(average.weights)
            yield RateHalved(phase, step, schedule.rate(step) * 0.5**halvings)
            continue
        step += 1
        average.update(dict(network.state_dict()))
        running = loss if math.isnan(running) else running + (loss - running) * max(0.02, 1 / step)
        yield Stepped(phase, step, running, time.monotonic() - begun)
        if search is not None and (step % every == 0 or step == total):
            value = search.look(step, average.weights)
            yield Validated(phase, step, value, search.value, search.best.step)
        if snapshot_due is not None and snapshot_due(step):
            snapshot = replace(take_snapshot(step, running, network, optimizer, average.weights), halvings=halvings)
            yield Snapshotted(phase, snapshot if search is None else search.noted(snapshot))
    if search is not None and step % every and step != total:  # the deadline came between two looks
        value = search.look(step, average.weights)
        yield Validated(phase, step, value, search.value, search.best.step)
    if search is None:
        network.load_state_dict(blended(origin, average.weights, blends[0]))
        return Result(step, blend=blends[0])
    network.load_state_dict(search.weights)
    return search.best


class Search:
    """The best weights so far by their loss on held-out windows; the first weights, unless others are better."""

    def __init__(
        self,
        model: Model,
        validation: Batch,
        origin: State,
        blends: Sequence[float],
        margin: float,
        start: Snapshot | None,
    ) -> None:
        """As for :func:`fit`; *origin* are the first weights. With *start* it goes on from there."""
        self.model, self.validation, self.origin, self.blends, self.margin = model, validation, origin, blends, margin
        self.stale = 0
        if start is None:
            loss = held_out_loss(model, origin, validation)
            self.best, self.weights = Result(0, loss, loss, blends[0]), copy_state(origin)
        else:
            self.best, self.stale, self.weights = start.best, start.stale, tensors_of("best.", start, origin)

    @property
    def value(self) -> float:
        """The lowest loss that counted."""
        assert self.best.value is not None
        return self.best.value

    def look(self, step: int, weights: State) -> float:
        """Score averaged *weights* at every blend; returns the lowest loss, whether it counts or not."""
        self.stale += 1
        lowest = math.inf
        for blend in self.blends:
            candidate = blended(self.origin, weights, blend)
            loss = held_out_loss(self.model, candidate, self.validation)
            lowest = min(lowest, loss)
            to_full = blend == 1 and self.best.blend != 1 and self.best.step
            if loss < self.value * (1 - (FULL_BLEND_MARGIN if to_full else self.margin)):
                self.best = Result(step, loss, self.best.first, blend)
                self.weights, self.stale = candidate, 0
        return lowest

    def noted(self, snapshot: Snapshot) -> Snapshot:
        """*snapshot* with what was found so far."""
        tensors = snapshot.tensors | arrays("best.", self.weights)
        return replace(snapshot, tensors=tensors, best=self.best, stale=self.stale)


def blended(origin: State, weights: State, share: float) -> State:
    """*share* of the way from *origin* to *weights*; a copy.

    Half-way weights keep more of what pre-training knows and are the safer forecasters (Wortsman et al., 2022).
    """
    return {name: origin[name].lerp(value, share) for name, value in weights.items()}


def _step(model: Model, optimizer: AdamW, batches: Sequence[Batch], rate: float) -> float | None:
    """One optimiser step on the mean loss of *batches*; None, and no step, when it is not finite."""
    model.network.zero_grad()
    losses = []
    for batch in batches:
        loss = model.loss(batch) / len(batches)
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.detach())
    norm = torch.nn.utils.clip_grad_norm_(model.network.parameters(), CLIP_NORM)
    value = torch.stack(losses).sum().item()  # a GPU is waited for only here, not for every batch
    if not (math.isfinite(value) and torch.isfinite(norm)):
        return None
    optimizer.step(rate)
    return value


def held_out_loss(model: Model, weights: State, batch: Batch) -> float:
    """Mean loss of *weights* on *batch*; the model's own weights are put back."""
    own = copy_state(dict(model.network.state_dict()))
    model.network.load_state_dict(weights)
    try:
        with torch.inference_mode():
            return float(model.loss(batch))
    finally:
        model.network.load_state_dict(own)
