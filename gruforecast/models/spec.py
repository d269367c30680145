"""Names and shapes of a network's weights, computed from its settings alone: what a model file must hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.config import ModelConfig
from gruforecast.data.anchors import N_ANCHORS
from gruforecast.data.windows import MAX_WIDTH, N_FEATURES, N_POSITIONS

Spec = dict[str, tuple[int, ...]]
Weights = dict[str, NDArray[np.float32]]
GATES = {"gru": 3, "lstm": 4, "rnn": 1}


def weight_spec(config: ModelConfig, horizon: int) -> Spec:
    """Name → shape of every tensor of the network that *config* describes (*horizon*: pointwise networks only)."""
    hidden = config.hidden
    n_params = len(config.quantile_grid) if config.head == "quantile" else 1
    if config.network == "pointwise":
        return {
            **_recurrence("encoder", config, 2 + N_FEATURES),
            **_linear("output", hidden, horizon * n_params),
        }
    return {
        **_linear("features", N_FEATURES, hidden),
        "widths.weight": (MAX_WIDTH + 1, hidden),
        **_linear("past", 2 * MAX_WIDTH + N_POSITIONS, hidden),
        **_linear("future", (N_ANCHORS - 1) * MAX_WIDTH + N_POSITIONS, hidden),
        **_recurrence("encoder", config, hidden),
        **_recurrence("decoder", config, hidden),
        **_linear("mix", hidden, 2 * hidden),
        **_linear("unmix", 2 * hidden, hidden),
        **_linear("output", hidden, MAX_WIDTH * n_params),
        **_linear("gates", hidden, N_ANCHORS),
    }


def used_inputs(blocks: int, width: int) -> NDArray[np.int64]:
    """Columns, of *blocks* of MAX_WIDTH inputs and N_POSITIONS after them, that segments of *width* points use."""
    points = MAX_WIDTH * np.arange(blocks)[:, None] + np.arange(width)
    return np.concatenate([points.ravel(), MAX_WIDTH * blocks + np.arange(N_POSITIONS)])


def _linear(name: str, inputs: int, outputs: int) -> Spec:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _recurrence(name: str, config: ModelConfig, inputs: int) -> Spec:
    rows = GATES[config.cell] * config.hidden
    spec: Spec = {}
    for layer in range(config.layers):
        spec[f"{name}.rnn.weight_ih_l{layer}"] = (rows, inputs if layer == 0 else config.hidden)
        spec[f"{name}.rnn.weight_hh_l{layer}"] = (rows, config.hidden)
        spec[f"{name}.rnn.bias_ih_l{layer}"] = (rows,)
        spec[f"{name}.rnn.bias_hh_l{layer}"] = (rows,)
    return spec
