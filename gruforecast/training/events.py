"""What the training loop tells whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gruforecast.models.spec import Weights
    from gruforecast.training.snapshot import Result, Snapshot


@dataclass(frozen=True)
class PhaseStarted:
    """A new loop begins: "search" finds the number of steps on held-out data, "refit" trains on everything.

    *done* of its steps were made by a run that was interrupted.
    """

    phase: str
    total: int
    done: int = 0


@dataclass(frozen=True)
class Stepped:
    """One optimiser step. *loss* is a running mean; *seconds* counts from the start of the phase."""

    phase: str
    step: int
    loss: float
    seconds: float


@dataclass(frozen=True)
class Validated:
    """The held-out windows were scored after *step* steps."""

    phase: str
    step: int
    value: float
    best: float
    best_step: int


@dataclass(frozen=True)
class RateHalved:
    """The loss was not finite; the last good weights are back, and the learning rate is now *lr*."""

    phase: str
    step: int
    lr: float


@dataclass(frozen=True)
class Snapshotted:
    """The state of the run, complete enough to go on from."""

    phase: str
    snapshot: Snapshot


@dataclass(frozen=True)
class PhaseEnded:
    """A loop is over: a search has found *result*, a refit has made *weights*."""

    phase: str
    result: Result
    weights: Weights | None = None


Event = PhaseStarted | Stepped | Validated | RateHalved | Snapshotted | PhaseEnded
