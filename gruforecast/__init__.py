"""Forecast tables of time series with a GRU.

    import gruforecast

    model = gruforecast.train(frame, horizon=18)
    forecasts = model.predict()

Nothing heavy is imported before one of the functions is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gruforecast._version import __version__

if TYPE_CHECKING:
    from gruforecast.api import Model, evaluate, load_model, predict, train

__all__ = ["Model", "__version__", "evaluate", "load_model", "predict", "train"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from gruforecast import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
