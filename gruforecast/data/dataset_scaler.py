"""Optional scaling of the whole data set before windows are cut, kept as two plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gruforecast.data.panel import FloatArray
from gruforecast.errors import DataError, UsageError


@dataclass(frozen=True)
class DatasetScaler:
    """``(x - centre) / width`` over every series alike. Only ``fit`` needs scikit-learn."""

    kind: str
    centre: float
    width: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.centre) and np.isfinite(self.width) and self.width > 0):
            raise ValueError("dataset scaler: centre and width must be finite, width positive")

    @classmethod
    def fit(cls, kind: str, y: FloatArray) -> DatasetScaler:
        """Fit the scikit-learn scaler called *kind* ("standard", "robust" or "minmax") to the observed values of *y*.

        Raises UsageError (no such scaler) or DataError (values so large that their spread is no number).
        """
        from sklearn import preprocessing  # two seconds to import: only when asked for

        values = y[np.isfinite(y)].reshape(-1, 1)
        if kind == "standard":
            scaler = preprocessing.StandardScaler().fit(values)
            centre, width = scaler.mean_[0], scaler.scale_[0]
        elif kind == "robust":
            scaler = preprocessing.RobustScaler().fit(values)
            centre, width = scaler.center_[0], scaler.scale_[0]
        elif kind == "minmax":
            scaler = preprocessing.MinMaxScaler().fit(values)
            centre, width = scaler.data_min_[0], scaler.data_range_[0]
        else:
            raise UsageError(f"scaler {kind!r:.60} is not one of standard, robust, minmax")
        if not (np.isfinite(centre) and np.isfinite(width)):
            raise DataError("the values are too large to scale", hint="leave --scaler out: windows are scaled anyway")
        return cls(kind, float(centre), float(width) or 1.0)

    def transform(self, x: FloatArray) -> FloatArray:
        return (x - self.centre) / self.width

    def inverse(self, z: FloatArray) -> FloatArray:
        return z * self.width + self.centre
