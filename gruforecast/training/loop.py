"""The training loop: draw windows, step, average the weights, look at held-out windows, keep the best."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gruforecast.data.windows import Batch
from gruforecast.errors import TrainingDiverged
from gruforecast.models.registry import Model
from gruforecast.training.events import Event, PhaseStarted, RateHalved, Stepped, Validated

State = dict[str, Tensor]
MAX_HALVINGS = 3


@dataclass
class Schedule:
    """How long and how fast: linear warm-up to *lr*, then down a cosine to a tenth of it at *total* steps.

    The rate depends on the step and *total* alone, so a second run with the same total repeats the first.
    """

    lr: float
    total: int
    warmup: int = 20
    average: float = 0.98

    def rate(self, step: int) -> float:
        ramp = min(1.0, (step + 1) / self.warmup)
        progress = min(1.0, step / max(self.total, 1))
        return self.lr * ramp * (0.55 + 0.45 * float(torch.cos(torch.tensor(progress * torch.pi))))


@dataclass
class Result:
    """Where a loop ended: the best averaged weights, their step and held-out loss, and the steps it ran."""

    weights: State
    step: int = 0
    value: float = float("nan")
    first: float = float("nan")
    history: list[tuple[int, float]] = field(default_factory=list)


class Average:
    """Exponential moving average of weights, warmed up so that early steps are not stuck at the start."""

    def __init__(self, weights: State, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.weights = {k: v.detach().clone() for k, v in weights.items()}

    def update(self, weights: State) -> None:
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, mean in self.weights.items():
                mean.lerp_(weights[name], 1 - decay)


def fit(
    model: Model,
    draw: Callable[[], Batch],
    schedule: Schedule,
    *,
    phase: str,
    stop_step: int | None = None,
    validation: Batch | None = None,
    every: int = 25,
    patience: int = 5,
    deadline: float | None = None,
) -> Iterator[Event]:
    """Train *model* in place; leaves the best (with *validation*) or the last averaged weights in it.

    Args:
        draw: gives the next training batch.
        stop_step: end after this many steps of the schedule (default: all of it).
        every: steps between validations.
        patience: validations without improvement before stopping.
        deadline: ``time.monotonic()`` after which no further step is started.

    Returns (as the generator's value): a :class:`Result`.

    Raises:
        TrainingDiverged: the loss stayed non-finite after MAX_HALVINGS halvings of the learning rate.
    """
    network = model.network
    optimizer = torch.optim.AdamW(network.parameters(), lr=schedule.lr, weight_decay=0.01, fused=True)
    average = Average(dict(network.state_dict()), schedule.average)
    result = Result({k: v.clone() for k, v in average.weights.items()})
    total = stop_step or schedule.total
    yield PhaseStarted(phase, total)
    if validation is not None:
        result.value = result.first = held_out_loss(model, average.weights, validation)
        yield Validated(phase, 0, result.value, result.value, 0)
    started, running, halvings, stale, step = time.monotonic(), 0.0, 0, 0, 0
    while step < total and not (deadline and time.monotonic() > deadline and step > 0):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step) * 0.5**halvings
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(draw())
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        if not torch.isfinite(loss + norm):
            halvings += 1
            if halvings > MAX_HALVINGS:
                raise TrainingDiverged(
                    f"the loss is not finite at step {step + 1}, even at an eighth of the learning rate",
                    hint="try a smaller --lr, or look at the data with extreme values in mind",
                )
            network.load_state_dict(average.weights)
            yield RateHalved(phase, step, schedule.rate(step) * 0.5**halvings)
            continue
        optimizer.step()
        step += 1
        average.update(dict(network.state_dict()))
        running = loss.item() if step == 1 else running + (loss.item() - running) * max(0.02, 1 / step)
        yield Stepped(phase, step, running, time.monotonic() - started)
        if validation is not None and (step % every == 0 or step == total):
            value = held_out_loss(model, average.weights, validation)
            result.history.append((step, value))
            stale += 1
            if value < result.value:
                result.value, result.step, stale = value, step, 0
                result.weights = {k: v.clone() for k, v in average.weights.items()}
            yield Validated(phase, step, value, result.value, result.step)
            if stale >= patience:
                break
    if validation is None:
        result.weights, result.step = average.weights, step
    network.load_state_dict(result.weights)
    return result


def held_out_loss(model: Model, weights: State, batch: Batch, chunk: int = 2048) -> float:
    """Mean loss of *weights* on *batch*; the model's own weights are put back."""
    own = {k: v.clone() for k, v in model.network.state_dict().items()}
    model.network.load_state_dict(weights)
    try:
        with torch.inference_mode():
            return float(model.loss(batch))
    finally:
        model.network.load_state_dict(own)
