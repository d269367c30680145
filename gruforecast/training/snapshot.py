"""All that a training run is at one step, as plain arrays: enough to go on bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

State = dict[str, Tensor]
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class Snapshot:
    """A run after *step* steps, its learning rate halved *halvings* times.

    ``tensors``: the weights as "network.NAME", their average as "average.NAME", Adam's moments as "exp_avg.NAME" and
    "exp_avg_sq.NAME"; float32.
    """

    step: int
    running_loss: float
    tensors: dict[str, NDArray[Any]]
    halvings: int = 0

    def averaged(self) -> dict[str, NDArray[np.float32]]:
        """The averaged weights, under the network's own names."""
        prefix = "average."
        return {name.removeprefix(prefix): v for name, v in self.tensors.items() if name.startswith(prefix)}


def copy_state(state: State) -> State:
    return {name: tensor.detach().clone() for name, tensor in state.items()}


def take_snapshot(
    step: int, running_loss: float, network: nn.Module, optimizer: torch.optim.Optimizer, average: State
) -> Snapshot:
    """Copy the run's state to the CPU."""
    tensors = {f"network.{k}": _array(v) for k, v in network.state_dict().items()}
    tensors |= {f"average.{k}": _array(v) for k, v in average.items()}
    for name, parameter in network.named_parameters():
        for moment in _MOMENTS:
            tensors[f"{moment}.{name}"] = _array(optimizer.state[parameter][moment])
    return Snapshot(step, running_loss, tensors)


def restore(
    snapshot: Snapshot, network: nn.Module, optimizer: torch.optim.Optimizer, average: State
) -> tuple[int, float]:
    """Put *snapshot* back; returns its step and running loss. Raises KeyError when it is of another network."""

    def tensor(name: str, like: Tensor) -> Tensor:
        return torch.from_numpy(snapshot.tensors[name].copy()).to(like.device, like.dtype).view_as(like)

    network.load_state_dict({k: tensor(f"network.{k}", v) for k, v in network.state_dict().items()})
    for name, value in average.items():
        average[name] = tensor(f"average.{name}", value)
    for name, parameter in network.named_parameters():
        optimizer.state[parameter] = {
            "step": torch.tensor(float(snapshot.step), device=parameter.device),
            **{moment: tensor(f"{moment}.{name}", parameter) for moment in _MOMENTS},
        }
    return snapshot.step, snapshot.running_loss


def _array(tensor: Tensor) -> NDArray[Any]:
    return np.array(tensor.detach().cpu().numpy())
