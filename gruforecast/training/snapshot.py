"""All that a training run is at one step, as plain arrays: enough to go on bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gruforecast.training.adamw import AdamW

State = dict[str, Tensor]


@dataclass(frozen=True)
class Result:
    """The best a loop has found: after *step* steps, *blend* of the way from the first weights to the averaged ones.

    ``value`` is the held-out loss there, ``first`` that of the first weights; None without held-out windows.
    """

    step: int = 0
    value: float | None = None
    first: float | None = None
    blend: float = 1.0


@dataclass(frozen=True)
class Snapshot:
    """A run after *step* steps, its learning rate halved *halvings* times.

    ``tensors``: the weights as "network.NAME", their average as "average.NAME", Adam's moments as "exp_avg.NAME" and
    "exp_avg_sq.NAME"; float32. Where there are held-out windows, ``best`` is the best so far, its weights "best.NAME",
    and ``stale`` counts the looks since.
    """

    step: int
    running_loss: float
    tensors: dict[str, NDArray[Any]]
    halvings: int = 0
    best: Result = field(default_factory=Result)
    stale: int = 0

    def averaged(self) -> dict[str, NDArray[np.float32]]:
        """The averaged weights, under the network's own names."""
        prefix = "average."
        return {name.removeprefix(prefix): v for name, v in self.tensors.items() if name.startswith(prefix)}


def copy_state(state: State) -> State:
    return {name: tensor.detach().clone() for name, tensor in state.items()}


def arrays(prefix: str, state: State) -> dict[str, NDArray[Any]]:
    """Copies on the CPU of a network's tensors, named with *prefix* before their own names."""
    return {f"{prefix}{name}": _array(tensor) for name, tensor in state.items()}


def tensors_of(prefix: str, snapshot: Snapshot, like: Mapping[str, Tensor]) -> State:
    """Inverse of :func:`arrays`: tensors as those of *like* are. Raises KeyError when one is not there."""
    return {
        name: torch.from_numpy(snapshot.tensors[f"{prefix}{name}"].copy()).to(t.device, t.dtype).view_as(t)
        for name, t in like.items()
    }


def take_snapshot(step: int, running_loss: float, network: nn.Module, optimizer: AdamW, average: State) -> Snapshot:
    """Copy the run's state to the CPU."""
    states = {"network.": network.state_dict(), "average.": average, **_moments(optimizer)}
    tensors = {name: array for prefix, state in states.items() for name, array in arrays(prefix, state).items()}
    return Snapshot(step, running_loss, tensors)


def restore(snapshot: Snapshot, network: nn.Module, optimizer: AdamW, average: State) -> tuple[int, float]:
    """Put *snapshot* back; returns its step and running loss. Raises KeyError when it is of another network."""
    network.load_state_dict(tensors_of("network.", snapshot, dict(network.state_dict())))
    average.update(tensors_of("average.", snapshot, average))
    for prefix, moment in _moments(optimizer).items():
        moment.update(tensors_of(prefix, snapshot, moment))
    optimizer.restart(snapshot.step)
    return snapshot.step, snapshot.running_loss


def _moments(optimizer: AdamW) -> dict[str, State]:
    """By the prefix of their names in a snapshot."""
    return {"exp_avg.": optimizer.exp_avg, "exp_avg_sq.": optimizer.exp_avg_sq}


def _array(tensor: Tensor) -> NDArray[Any]:
    return np.array(tensor.detach().cpu().numpy())
