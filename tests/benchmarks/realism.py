"""What tells real series from synthetic ones? A classifier learns to, and names what it went by.

    realism.py KIND FILE... [--seed 0]

KIND is a kind of the synthetic world (yearly, monthly, ...), each FILE a data file on that grid. Synthetic series are
cut to the lengths of the real ones; every file counts the same. An AUC of .5 means that nobody could tell (adversarial
validation); the features below it are those to look at, with their quantiles in the world and in each file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from gruforecast.config import DataConfig
from gruforecast.jobs.source import load
from gruforecast.pretraining.kinds import KINDS, Kind
from gruforecast.pretraining.world import sample_series

SHOWN, QUANTILES = 12, (0.05, 0.25, 0.5, 0.75, 0.95)
TINY = 1e-9


def autocorrelation(x: np.ndarray, lag: int) -> float:
    """Correlation of x [T] with itself *lag* points ago; 0 where there is none to speak of."""
    if len(x) < lag + 4:
        return 0.0
    now, before = x[lag:] - x[lag:].mean(), x[:-lag] - x[:-lag].mean()
    size = np.sqrt((now @ now) * (before @ before))
    return float(now @ before / size) if size > TINY else 0.0


def features(y: np.ndarray, kind: Kind) -> dict[str, float]:
    """What a series y [T] without gaps looks like, in logs where it is positive, whatever its unit."""
    positive = bool((y > 0).all())
    s = np.log(y) if positive else y / (np.abs(y).mean() + TINY)
    d = np.diff(s)
    step, half = np.abs(d).mean() + TINY, len(s) // 2
    z = (d - d.mean()) / (d.std() + TINY)
    time = np.linspace(-1, 1, len(s))
    curve = np.polyfit(time, s, 2)
    found = {
        "positive": float(positive),
        "step size, log": np.log(step),
        "range in steps, log": np.log(np.ptp(s) / step + TINY),
        "steps: link to the last": autocorrelation(d, 1),
        "steps: link to the one before": autocorrelation(d, 2),
        "steps: clustering": autocorrelation(np.abs(d), 1),
        "steps: tails, log kurtosis": np.log((z**4).mean() + TINY),
        "steps: skewness": (z**3).mean(),
        "steps: share up": (d > 0).mean(),
        "steps: share of none": (d == 0).mean(),
        "steps: growth of their size": np.log((np.abs(d[half:]).mean() + TINY) / (np.abs(d[:half]).mean() + TINY)),
        "growth, in walks": abs(s[-1] - s[0]) / (step * np.sqrt(len(s))),
        "growth: later less earlier half": (s[-1] - 2 * s[half] + s[0]) / (step * np.sqrt(len(s))),
        "curvature": curve[0] / (step * np.sqrt(len(s))),
        "spread about a parabola": np.log((s - np.polyval(curve, time)).std() / step + TINY),
        "whole numbers": float(np.allclose(y, np.round(y))),
    }
    m = kind.season
    if m > 1:
        yearly = s[m:] - s[:-m]
        found |= {
            "season: change in it, log": np.log(yearly.std() + TINY),
            "season: growth over change": yearly.mean() / (yearly.std() + TINY),
            "season: link of changes": autocorrelation(yearly, 1),
            "season: steps repeat": autocorrelation(d, m),
            "season: steps repeat after two": autocorrelation(d, 2 * m),
        }
    return found


def real_series(file: str, kind: Kind) -> list[np.ndarray]:
    """The series of *file* that can be looked at: no gaps, long enough, not constant; their last part if very long."""
    panel = load(file, DataConfig()).panel
    ends = (panel.series(i)[-kind.context[1] :] for i in range(len(panel)))
    return [y for y in ends if usable(y, kind)]


def usable(y: np.ndarray, kind: Kind) -> bool:
    return bool(len(y) >= max(14, 3 * kind.season) and np.isfinite(y).all() and np.ptp(y) > 0)


def synthetic_series(rng: np.random.Generator, kind: Kind, lengths: Sequence[int]) -> list[np.ndarray]:
    """Two series of the world for each length."""
    wanted = rng.permutation(np.repeat(lengths, 2))
    pool = sample_series(rng, kind, len(wanted), int(wanted.max()))
    return [y for y in (row[:n] for row, n in zip(pool, wanted, strict=True)) if usable(y, kind)]


def table(series: list[np.ndarray], kind: Kind) -> pd.DataFrame:
    return pd.DataFrame([features(y, kind) for y in series]).astype(float)


def told_apart(x: pd.DataFrame, real: np.ndarray, weight: np.ndarray, seed: int) -> tuple[float, pd.Series]:
    """AUC on series the classifier has not seen, and by how much it falls without each feature."""
    model = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.08, max_leaf_nodes=12, l2_regularization=1.0, random_state=seed
    )
    guess = np.zeros(len(x))
    for seen, unseen in StratifiedKFold(4, shuffle=True, random_state=seed).split(x, real):
        model.fit(x.iloc[seen], real[seen], sample_weight=weight[seen])
        guess[unseen] = model.predict_proba(x.iloc[unseen])[:, 1]
    model.fit(x, real, sample_weight=weight)
    loss = permutation_importance(
        model, x, real, scoring="roc_auc", n_repeats=2, random_state=seed, sample_weight=weight
    )
    importance = pd.Series(loss.importances_mean, index=x.columns).sort_values(ascending=False)
    return float(roc_auc_score(real, guess, sample_weight=weight)), importance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS, metavar="KIND")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    kind = KINDS[options.kind]
    found = {file: real_series(file, kind) for file in options.files}
    found = {file: series for file, series in found.items() if series}
    if not found:
        parser.error("no file has a series to look at")
    lengths = [len(y) for series in found.values() for y in series]
    synthetic = synthetic_series(np.random.default_rng(options.seed), kind, lengths)
    tables = {"world": table(synthetic, kind)} | {file: table(series, kind) for file, series in found.items()}
    # The world weighs as much as all files together, and each file as much as any other.
    weight = np.concatenate(
        [np.full(len(t), 1 / len(t) / (1 if name == "world" else len(found))) for name, t in tables.items()]
    )
    real = np.concatenate([np.full(len(t), name != "world") for name, t in tables.items()])
    auc, importance = told_apart(pd.concat(tables.values()), real, weight / weight.mean(), options.seed)
    print(f"{options.kind}: {len(synthetic)} synthetic, {len(lengths)} real series, AUC {auc:.3f}")
    for name in importance.index[:SHOWN]:
        print(f"\n{name} ({importance[name]:.3f})")
        for source, values in tables.items():
            print(f"  {source[-40:]:40} " + " ".join(f"{q:8.3f}" for q in values[name].quantile(list(QUANTILES))))


if __name__ == "__main__":
    main()
