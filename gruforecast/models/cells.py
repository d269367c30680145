"""Recurrent layers by name. All are torch's own (cuDNN on a GPU); only the start state differs between them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

State = Tensor | tuple[Tensor, Tensor]
CELL_TYPES: dict[str, type[nn.GRU] | type[nn.LSTM] | type[nn.RNN]] = {
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "rnn": nn.RNN,
}


class Recurrence(nn.Module):
    """A batch-first GRU, LSTM or plain RNN over [B, S, D], hidden size D in and out.

    The GRU is the variant that torch and cuDNN compute, with the reset gate applied after the recurrent product:
    n = tanh(W x + b + r * (U h + c)); Cho et al. (2014) apply it to h before the product.
    """

    def __init__(self, cell: str, hidden: int, layers: int, inputs: int | None = None) -> None:
        super().__init__()
        self.rnn = CELL_TYPES[cell](inputs or hidden, hidden, layers, batch_first=True)

    def run(self, x: Tensor, steps: Tensor | None = None) -> tuple[Tensor, State]:
        """Read [B, S, D] from a zero state.

        Args:
            steps: [B], on the CPU: how many of the S steps, counted from the end, are real; the rest are skipped
                entirely, so padding in front changes nothing. None: all of them.

        Returns:
            The top layer's output at the last step [B, D], and the final state of all layers.
        """
        state: State
        if steps is None or bool((steps == x.shape[1]).all()):
            _, state = self.rnn(x)
        elif x.is_cuda:
            state = self._packed(x, steps)
        else:
            state = self._stepwise(x, steps)
        hidden = state[0] if isinstance(state, tuple) else state
        return hidden[-1], state

    def _packed(self, x: Tensor, steps: Tensor) -> State:
        """Final state by cuDNN: rows are aligned to the left (padding rolled away), and stop at their own length."""
        index = (torch.arange(x.shape[1], device=x.device) - steps.to(x.device)[:, None]) % x.shape[1]
        aligned = x.gather(1, index.unsqueeze(-1).expand_as(x))
        packed = nn.utils.rnn.pack_padded_sequence(aligned, steps, batch_first=True, enforce_sorted=False)
        state: State
        _, state = self.rnn(packed)
        return state

    def _stepwise(self, x: Tensor, steps: Tensor) -> State:
        """Final state, one cell after the other: on a CPU a third faster to train than packed sequences.

        Their backward pass fills a gradient of all steps with zeros for every single step.
        """
        # Longest rows first: those that have begun by a step are then the first ones.
        order = torch.argsort(steps, descending=True, stable=True)
        begun = (steps >= torch.arange(x.shape[1], 0, -1)[:, None]).sum(dim=1).tolist()
        points: Sequence[Tensor] = x[order].unbind(dim=1)
        finals = []
        for layer in range(self.rnn.num_layers):
            state = [x.new_zeros(len(x), self.rnn.hidden_size) for _ in range(2 if self.rnn.mode == "LSTM" else 1)]
            tops = []
            for point, n in zip(points, begun, strict=True):
                stepped = self._cell(point[:n], [part[:n] for part in state], layer)
                state = [torch.cat([new, old[n:]]) for new, old in zip(stepped, state, strict=True)]
                tops.append(state[0])
            points = tops
            finals.append(state)
        back = torch.argsort(order)
        parts = [torch.stack(layers)[:, back] for layers in zip(*finals, strict=True)]
        return parts[0] if len(parts) == 1 else (parts[0], parts[1])

    def _cell(self, x: Tensor, state: list[Tensor], layer: int) -> list[Tensor]:
        """One step of one layer for rows x [n, D]."""
        weights = [getattr(self.rnn, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        if self.rnn.mode == "LSTM":
            return list(torch.lstm_cell(x, state, *weights))
        cell = torch.gru_cell if self.rnn.mode == "GRU" else torch.rnn_tanh_cell
        return [cell(x, state[0], *weights)]

    def step(self, x: Tensor, state: State) -> Tensor:
        """One step from one state per row to F outputs each: x [B, F, D], state of B rows → [B, F, D]."""
        rows, future, width = x.shape

        def repeat(part: Tensor) -> Tensor:
            return part.repeat_interleave(future, dim=1)

        spread = (repeat(state[0]), repeat(state[1])) if isinstance(state, tuple) else repeat(state)
        output: Tensor
        output, _ = self.rnn(x.reshape(rows * future, 1, width), spread)
        return output.reshape(rows, future, -1)
