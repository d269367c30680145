"""Where networks compute, and how arrays get there."""

from __future__ import annotations

import torch
from torch import Tensor

from gruforecast.data.windows import Float32
from gruforecast.errors import ResourceError


def choose_device(name: str) -> torch.device:
    """The torch device for "auto", "cpu" or "cuda". Raises ResourceError when a GPU is asked for and missing."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ResourceError("no CUDA device is available", hint="use --device auto or --device cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        # cuDNN would round to ten bits of mantissa, and forecasts differ from the CPU's in the third digit.
        torch.backends.cudnn.allow_tf32 = False
    return torch.device(name)


def on_device(array: Float32, device: torch.device) -> Tensor:
    """*array* as a tensor on *device*. To a GPU it travels while the GPU still computes what it was given before."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor
