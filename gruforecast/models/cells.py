"""Recurrent layers by name. All are torch's own (cuDNN on a GPU); only the start state differs between them."""

from __future__ import annotations

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
        if steps is None or bool((steps == x.shape[1]).all()):
            _, state = self.rnn(x)
        else:
            # Left-align each row (roll away the padding), then let torch stop each row at its own length.
            rows, length = torch.arange(len(x), device=x.device)[:, None], x.shape[1]
            index = (torch.arange(length, device=x.device) - steps.to(x.device)[:, None]) % length
            aligned = x.flatten(0, 1).index_select(0, (rows * length + index).flatten()).view_as(x)
            packed = nn.utils.rnn.pack_padded_sequence(aligned, steps, batch_first=True, enforce_sorted=False)
            _, state = self.rnn(packed)
        hidden = state[0] if isinstance(state, tuple) else state
        return hidden[-1], state

    def step(self, x: Tensor, state: State) -> Tensor:
        """One step from one state per row to F outputs each: x [B, F, D], state of B rows → [B, F, D]."""
        rows, future, width = x.shape

        def repeat(part: Tensor) -> Tensor:
            return part.repeat_interleave(future, dim=1)

        spread = (repeat(state[0]), repeat(state[1])) if isinstance(state, tuple) else repeat(state)
        output: Tensor
        output, _ = self.rnn(x.reshape(rows * future, 1, width), spread)
        return output.reshape(rows, future, -1)
