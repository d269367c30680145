"""The optimiser is torch's own, to the bit, and goes on from where another one was."""

from __future__ import annotations

import copy

import torch
from torch import nn

from gruforecast.training.adamw import AdamW


def gradients(network: nn.Module, step: int) -> None:
    torch.manual_seed(step)
    for parameter in network.parameters():
        parameter.grad = torch.randn_like(parameter)


def test_steps_are_those_of_torch() -> None:
    ours, theirs = nn.GRU(3, 5), nn.GRU(3, 5)
    theirs.load_state_dict(ours.state_dict())
    optimizer, reference = AdamW(ours), torch.optim.AdamW(theirs.parameters(), weight_decay=0.01, fused=True)
    for step, rate in enumerate((1e-2, 3e-3, 1e-3, 1e-1)):
        reference.param_groups[0]["lr"] = rate
        for network in (ours, theirs):
            gradients(network, step)
        optimizer.step(rate)
        reference.step()
    for name, parameter in ours.named_parameters():
        assert torch.equal(parameter, theirs.get_parameter(name))


def test_a_restart_goes_on() -> None:
    network = nn.Linear(4, 2)
    optimizer = AdamW(network)
    for step in range(3):
        gradients(network, step)
        optimizer.step(1e-2)
    twin = copy.deepcopy(network)
    other = AdamW(twin)
    other.exp_avg.update({name: moment.clone() for name, moment in optimizer.exp_avg.items()})
    other.exp_avg_sq.update({name: moment.clone() for name, moment in optimizer.exp_avg_sq.items()})
    other.restart(3)
    for each, model in ((optimizer, network), (other, twin)):
        gradients(model, 3)
        each.step(1e-2)
    assert torch.equal(network.weight, twin.weight) and torch.equal(network.bias, twin.bias)
