"""Measure reading: time and peak memory of read_panel on large files, as multiples of what pandas.read_csv takes.

    reader.py [--rows 10000000] [--repeat 3] [--files daily,numeric,hourly,quoted,exact,long]

Each reading is a process of its own. "default" is pandas.read_csv with nothing said; "typed" does the same work as
read_panel: ids stay texts, times become times. Seconds are wall time, the best of all repeats; "cpu" is the processor
time of all threads, which other programs disturb less. Memory is what the process took beyond its imports.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure
import numpy as np

READERS = ("default", "typed", "read_panel")
PROBE = """
import json, resource, sys, time
import pandas
from gruforecast.data.csv_reader import read_panel
how, path, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
imported, wall, cpu = peak(), time.perf_counter(), time.process_time()
if how == "read_panel":
    result = read_panel(path)
elif how == "typed":
    result = pandas.read_csv(path, parse_dates=["ds"], dtype={"unique_id": str}, **options)
else:
    result = pandas.read_csv(path, **options)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({"wall": wall, "cpu": cpu, "memory": peak() - imported}))
"""


@dataclass(frozen=True)
class File:
    """How a file of daily or hourly rows is written."""

    name: str
    about: str
    step: str = "D"
    length: int = 1000
    prefix: str = "s"
    quoted: bool = False
    digits: int | None = 2

    @property
    def options(self) -> dict[str, str]:
        """What pandas must be told."""
        return {"sep": ";", "decimal": ","} if self.quoted else {}

    def write(self, path: Path, rows: int) -> None:
        """Write *rows* rows of random walks; the same bytes every time."""
        rng = np.random.default_rng(0)
        length = min(self.length, rows)
        stamps = np.datetime64("2000-01-01T00:00:00" if self.step == "h" else "2000-01-01") + np.arange(length) * (
            np.timedelta64(1, self.step)
        )
        times = [str(stamp).replace("T", " ") for stamp in stamps]
        quote, sep, mark = ('"', ";", ",") if self.quoted else ("", ",", ".")
        with path.open("w") as file:
            file.write(sep.join(f"{quote}{name}{quote}" for name in ("unique_id", "ds", "y")) + "\n")
            for i in range(rows // length):
                y = (100 + rng.standard_normal(length).cumsum()).tolist()
                cells = [repr(v) if self.digits is None else f"{v:.{self.digits}f}" for v in y]
                name = f"{quote}{self.prefix}{100_000 + i}{quote}{sep}{quote}"
                lines = zip(times, cells, strict=True)
                file.writelines(f"{name}{t}{quote}{sep}{v.replace('.', mark)}\n" for t, v in lines)


FILES = {
    file.name: file
    for file in (
        File("daily", "dates, 1,000 days a series"),
        File("numeric", "the same, ids are numbers", prefix=""),
        File("hourly", "YYYY-MM-DD HH:MM:SS", step="h"),
        File("quoted", "quotes, semicolons, decimal commas", quoted=True),
        File("exact", "numbers of 17 digits", digits=None),
        File("long", "hourly, 50,000 hours a series", step="h", length=50_000),
    )
}


def main() -> int:
    """Write each file, read it in each way, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--files", default=",".join(FILES), help="comma-separated")
    options = parser.parse_args()
    names = options.files.split(",")
    if set(names) - set(FILES):
        parser.error(f"there are {', '.join(FILES)}")
    print(f"{options.rows:,} rows on {measure.machine()}\n")
    print("| file | read_panel s | cpu s | MiB | ÷ default: time, cpu, memory | ÷ typed: time, cpu, memory |")
    print("|---|---|---|---|---|---|")
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / f"{name}.csv"
            FILES[name].write(path, options.rows)
            print(_row(FILES[name], path, options.repeat), flush=True)
    return 0


def _row(file: File, path: Path, repeat: int) -> str:
    runs: dict[str, list[dict[str, float]]] = {how: [] for how in READERS}
    for _ in range(repeat):  # in turn, so that a busy spell of the machine hits all alike
        for how in READERS:
            runs[how].append(_read(how, path, file.options))
    best = {how: {k: min(run[k] for run in own) for k in own[0]} for how, own in runs.items()}
    ours = best["read_panel"]
    ratios = [" · ".join(f"{ours[k] / best[how][k]:.2f}" for k in ("wall", "cpu", "memory")) for how in READERS[:2]]
    shown = f"{ours['wall']:.2f} | {ours['cpu']:.2f} | {ours['memory'] / 1024:.0f}"
    return f"| {file.name}: {file.about} | {shown} | {ratios[0]} | {ratios[1]} |"


def _read(how: str, path: Path, options: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, how, str(path), json.dumps(options)], capture_output=True, text=True, check=True
    )
    costs: dict[str, Any] = json.loads(done.stdout)
    return costs


if __name__ == "__main__":
    sys.exit(main())
