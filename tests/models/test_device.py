"""Where networks compute."""

from __future__ import annotations

import pytest
import torch

from gruforecast.errors import ResourceError
from gruforecast.models.device import choose_device


def test_missing_gpu_is_a_refusal_and_auto_makes_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ResourceError, match="CUDA"):
        choose_device("cuda")
    assert choose_device("auto").type == choose_device("cpu").type == "cpu"
