"""Where networks compute."""

from __future__ import annotations

import torch

from gruforecast.errors import ResourceError


def choose_device(name: str) -> torch.device:
    """The torch device for "auto", "cpu" or "cuda". Raises ResourceError when a GPU is asked for and missing."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ResourceError("no CUDA device is available", hint="use --device auto or --device cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
