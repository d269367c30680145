"""Measure what users get: the real commands on public data, scored by the M competitions' definitions.

    run.py [--mode zero-shot|train|scratch|all] [--sets m3_monthly,…] [--startup] [--json FILE]

The data are not part of this project. They are looked for in $GRUFORECAST_BENCHMARKS, else beside the checkout in
shared/benchmarks: a score.py and data/SET.train.csv.gz, data/SET.test.csv.gz. Without them only start-up is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import measure
import report
from bars import BARS, SETS, Set

ROOT = Path(__file__).parents[2]
DECILES = ".1,.2,.3,.4,.5,.6,.7,.8,.9"
MODES = ("zero-shot", "train", "scratch")
COLD_SERIES = 100


@dataclass
class Row:
    """One set under one mode: scores, costs, and the bars it missed."""

    set: str
    mode: str
    series: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    train: measure.Cost | None = None
    predict: measure.Cost | None = None
    missed: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def cost(self) -> measure.Cost | None:
        """Of training and forecasting together."""
        parts = [part for part in (self.train, self.predict) if part is not None]
        return sum(parts[1:], parts[0]) if parts else None

    def judge(self) -> None:
        """Compare with the bars that this set and mode must reach."""
        cost = self.cost
        known = {**self.scores, "seconds": cost.seconds, "MiB": cost.memory} if cost else self.scores
        for name, most in BARS.get((self.set, self.mode), {}).items():
            if not known.get(name, float("inf")) <= most:
                self.missed.append(f"{name} {known.get(name, float('nan')):.4g} > {most:g}")


def main() -> int:
    """Measure, print, and return 1 if a bar was missed."""
    options = _options()
    home = Path(os.environ.get("GRUFORECAST_BENCHMARKS") or ROOT.parent / "shared" / "benchmarks")
    found = (home / "score.py").exists()
    rows: list[Row] = []
    if not found:
        print(f"No benchmark data at {home} (set GRUFORECAST_BENCHMARKS): accuracy is not measured.")
    for name in options.sets if found else ():
        for mode in options.modes:
            rows.append(_measured(home, SETS[name], mode))
            print(report.line(rows[-1]), flush=True)
    startup = _startup(home if found else None) if options.startup else {}
    print(report.markdown(rows, startup, measure.machine()))
    if options.json:
        document = {"machine": measure.machine(), "rows": [asdict(row) for row in rows], "startup": startup}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return int(any(row.missed or row.error for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=(*MODES, "all"), default="all")
    parser.add_argument("--sets", default=",".join(SETS), help="comma-separated")
    parser.add_argument("--no-startup", dest="startup", action="store_false", help="skip start-up times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    options = parser.parse_args()
    options.modes = MODES if options.mode == "all" else (options.mode,)
    options.sets = [name for name in options.sets.split(",") if name]
    unknown = set(options.sets) - set(SETS)
    if unknown:
        parser.error(f"unknown sets {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    return options


def _measured(home: Path, data: Set, mode: str) -> Row:
    """Train if *mode* says so, forecast, score."""
    row = Row(data.name, mode)
    train = home / "data" / f"{data.name}.train.csv.gz"
    test = home / "data" / f"{data.name}.test.csv.gz"
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(scratch)
        try:
            ahead = ["-H", str(data.horizon)]
            model = ["--zero-shot"] if mode == "zero-shot" else ["-m", "model"]
            if mode != "zero-shot":
                new = ["--from-scratch"] if mode == "scratch" else []
                row.train = measure.run(["train", str(train), *ahead, *model, *new, "--quiet"], where)
            words = ["predict", str(train), *ahead, *model, "--quantiles", DECILES, "-o", "forecasts.csv", "--quiet"]
            row.predict = measure.run(words, where)
            row.scores = _score(home, train, test, where / "forecasts.csv", data.season)
            row.series = int(row.scores["n_series"])
            row.judge()
        except measure.Failed as error:
            row.error = str(error)
    return row


def _score(home: Path, train: Path, test: Path, forecast: Path, season: int) -> dict[str, float]:
    """What score.py prints. Raises Failed when it refuses the forecast."""
    words = [sys.executable, home / "score.py", train, test, forecast, "--season", str(season), "--column", "GRU"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        raise measure.Failed(f"score.py: {done.stdout.strip() or done.stderr.strip()[-500:]}")
    scores: dict[str, float] = json.loads(done.stdout)
    return scores


def _startup(home: Path | None) -> dict[str, float]:
    """Seconds of the shortest runs a user notices, best of five."""
    seconds = {}
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(scratch)
        commands = {"--version": ["--version"], "--help": ["--help"], "predict --help": ["predict", "--help"]}
        data = _first_series(home, where)
        if data is not None:
            words = ["predict", data.name, "--zero-shot", "-o", "forecasts.csv", "--quiet"]
            commands[f"predict, {COLD_SERIES} monthly series"] = words
        for name, words in commands.items():
            try:
                seconds[name] = measure.best(5, lambda words=words: measure.run(words, where)).seconds
            except measure.Failed as error:
                print(error)
    return seconds


def _first_series(home: Path | None, where: Path) -> Path | None:
    """A file of the first monthly series of M3."""
    import pandas as pd

    source = home / "data" / "m3_monthly.train.csv.gz" if home else None
    if source is None or not source.exists():
        return None
    frame = pd.read_csv(source, dtype={"unique_id": str, "y": str})
    few = frame[frame["unique_id"].isin(frame["unique_id"].unique()[:COLD_SERIES])]
    few.to_csv(where / "some.csv", index=False)
    return where / "some.csv"


if __name__ == "__main__":
    sys.exit(main())
