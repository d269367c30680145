"""The segment GRU in numpy: the same weights and numbers as the torch network, without importing torch."""

from __future__ import annotations

import numpy as np

from gruforecast.config import ModelConfig
from gruforecast.data.anchors import N_ANCHORS
from gruforecast.data.panel import FloatArray
from gruforecast.data.windows import MAX_WIDTH, N_POSITIONS, Batch, Float32
from gruforecast.models.spec import Weights, used_inputs


def supports(config: ModelConfig) -> bool:
    """Whether this engine computes the network that *config* describes."""
    return config.network == "segment" and config.cell == "gru"


class NumpyEngine:
    """Inference with a :class:`gruforecast.models.segment.SegmentNetwork`'s weights (see there for the design)."""

    single_threaded = True  # as the command line sets OPENBLAS_NUM_THREADS

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        self.config, self.weights = config, weights
        self.grid: tuple[float, ...] = config.quantile_grid if config.head == "quantile" else (0.5,)

    def quantiles(self, batch: Batch) -> FloatArray:
        """[B, H, Q] normalised quantiles at ``grid``."""
        return NumpyEngine(self.config, narrow(self.weights, batch.layout.width))._quantiles(batch)

    def _quantiles(self, batch: Batch) -> FloatArray:
        layout, rows = batch.layout, len(batch)
        window = self._linear("features", batch.features) + self.weights["widths.weight"][layout.width]
        state = self._encode(batch, window)
        future = layout.future_segments(batch.horizon)
        anchors = batch.anchors.reshape(rows, future, layout.width, N_ANCHORS)
        # One future segment at a time: each is then the same to the last bit whatever the horizon.
        parts = [self._decode(anchors[:, j], j, window, state) for j in range(future)]
        params = np.concatenate(parts, axis=1)[:, : batch.horizon]
        return self._head(params.astype(np.float64))

    def _encode(self, batch: Batch, window: Float32) -> list[Float32]:
        """State of every layer after the last segment."""
        layout, rows = batch.layout, len(batch)
        values = batch.context.reshape(rows, layout.segments, layout.width)
        observed = batch.observed.reshape(rows, layout.segments, layout.width)
        first = layout.segments - batch.real_steps(layout.width)
        state = [np.zeros((rows, self.config.hidden), np.float32) for _ in range(self.config.layers)]
        for s in range(int(first.min()), layout.segments):
            back = np.broadcast_to(position_features(layout.segments - 1 - s), (rows, N_POSITIONS))
            read = np.concatenate([values[:, s], observed[:, s], back], axis=1)
            stepped = self._recur("encoder", silu(self._linear("past", read) + window), state)
            # Segments before a series begins do not exist for it: its state stays at zero.
            real = (first <= s)[:, None]
            state = [np.where(real, new, old) for new, old in zip(stepped, state, strict=True)]
        return state

    def _decode(self, anchors: Float32, j: int, window: Float32, state: list[Float32]) -> Float32:
        """[B, width, n_params] of future segment *j*."""
        rows, width, _ = anchors.shape
        ahead = np.broadcast_to(position_features(j), (rows, N_POSITIONS))
        seasons = [anchors[..., k] for k in range(1, N_ANCHORS)]
        ask = silu(self._linear("future", np.concatenate([*seasons, ahead], axis=1)) + window)
        answer = self._recur("decoder", ask, state)[-1]
        answer = answer + self._linear("unmix", silu(self._linear("mix", answer)))
        params = self._linear("output", answer).reshape(rows, width, -1)
        gates = self._linear("gates", answer)
        gates = np.exp(gates - gates.max(axis=1, keepdims=True))
        gates /= gates.sum(axis=1, keepdims=True)
        params[..., self.grid.index(0.5)] += (anchors * gates[:, None]).sum(axis=-1)
        return params

    def _recur(self, name: str, x: Float32, state: list[Float32]) -> list[Float32]:
        """One GRU step through all layers; the variant of torch and cuDNN (see models/cells.py)."""
        stepped = []
        for layer, h in enumerate(state):
            given = self._gates(f"{name}.rnn.{{}}_ih_l{layer}", x)
            kept = self._gates(f"{name}.rnn.{{}}_hh_l{layer}", h)
            reset = sigmoid(given[0] + kept[0])
            update = sigmoid(given[1] + kept[1])
            candidate = np.tanh(given[2] + reset * kept[2])
            x = candidate + update * (h - candidate)
            stepped.append(x)
        return stepped

    def _gates(self, name: str, x: Float32) -> list[Float32]:
        product = x @ self.weights[name.format("weight")].T + self.weights[name.format("bias")]
        return np.split(product, 3, axis=1)

    def _linear(self, name: str, x: Float32) -> Float32:
        result: Float32 = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return result

    def _head(self, params: FloatArray) -> FloatArray:
        """As :class:`gruforecast.models.heads.QuantileHead`: the median and positive increments away from it."""
        if len(self.grid) == 1:
            return params
        middle = self.grid.index(0.5)
        median = params[..., middle : middle + 1]
        steps = np.logaddexp(0, params - 2.0)
        below = steps[..., :middle][..., ::-1].cumsum(axis=-1)[..., ::-1]
        above = steps[..., middle + 1 :].cumsum(axis=-1)
        return np.concatenate([median - below, median, median + above], axis=-1)


def position_features(step: int) -> Float32:
    """[N_POSITIONS] of the segment *step* segments away from the cutoff."""
    return np.array([step / 8, np.log1p(step), 1 / (1 + step), np.exp(-step / 8)], np.float32)


def sigmoid(x: Float32) -> Float32:
    # By tanh: never overflows.
    result: Float32 = np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * x))
    return result


def silu(x: Float32) -> Float32:
    return x * sigmoid(x)


def narrow(weights: Weights, width: int) -> Weights:
    """*weights* without those that only wider segments than *width* points use."""
    outputs = len(weights["output.bias"]) // MAX_WIDTH * width
    return weights | {
        "past.weight": weights["past.weight"][:, used_inputs(2, width)],
        "future.weight": weights["future.weight"][:, used_inputs(N_ANCHORS - 1, width)],
        "output.weight": weights["output.weight"][:outputs],
        "output.bias": weights["output.bias"][:outputs],
    }
