"""Fuzz reader and check: whatever the bytes, a panel that holds together or one refusal on one line; never a traceback.

    python tests/corpus/fuzz_reader.py --seconds 480 --seed 1

mutates the files of the corpus for a bounded time and prints how many executions there were; a finding is written to
``--keep`` and ends the run with exit code 1. Where atheris is installed, ``--atheris`` lets coverage guide the
mutations (its own flags such as ``-runs=100000`` follow).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from cases import CASES

from gruforecast.config import DataConfig
from gruforecast.data.clean_csv import clean_csv, reading_flags
from gruforecast.data.csv_reader import read_panel
from gruforecast.data.inspection import inspect
from gruforecast.data.profile import profile
from gruforecast.errors import GruforecastError

PIECES = [
    b'"',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"-",
    b".",
    b" ",
    b"",
    b"1e999",
    b"NaN",
]
PIECES += [
    b"9999-12-31",
    b"0001-01-01",
    b"2024-01-01",
    b"2024-W53",
    b"1704067200",
    b"T00:00Z",
    b"+14:00",
    b"\x1a",
    b"#",
    b"y",
    b"ds",
]
PIECES += [
    b"\x1f\x8b",
    b"99999999999999999999",
    b",,,,",
    b"\n\n\n",
    b'""',
    b"Unnamed: 0",
    "é".encode(),
    b"\xe2\x80\xae",
    b"'",
]


def check(content: bytes, path: Path) -> str:
    """Run everything on *content*; returns what it was, raises on a finding."""
    path.write_bytes(content)
    config = DataConfig()
    try:
        panel, report = read_panel(path, config)
    except GruforecastError as error:
        assert str(error).isprintable(), "a message a terminal would obey"
        assert error.exit_code in (2, 65, 66, 69), f"exit code {error.exit_code}"
        found = inspect(path, config)
        assert found.errors, "check finds nothing where train refuses"
        if found.panel is not None:
            profile(found.panel)
        return "refused"
    assert not inspect(path, config).errors, "check refuses what train takes"
    assert len(set(panel.ids.tolist())) == len(panel) and all(type(name) is str for name in panel.ids)
    assert panel.indptr[0] == 0 and panel.indptr[-1] == len(panel.y) and not np.isinf(panel.y).any()
    for i in range(min(len(panel), 20)):
        series = panel.series(i)
        assert not len(series) or np.isfinite(series[[0, -1]]).all(), "a series that ends on nothing"
    profile(panel)
    single = report.layout == "single"
    reading_flags(clean_csv(panel, single=single), panel, single=single)
    return "read"


def mutate(rng: random.Random, seeds: list[bytes]) -> bytes:
    """A seed with a few bytes, pieces or lines changed."""
    content = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at, kind = rng.randrange(len(content) + 1), rng.random()
        if kind < 0.5:
            content[at : at + rng.choice((0, 0, 1, 2, 5))] = rng.choice(PIECES)
        elif kind < 0.65 and content:
            content[at % len(content)] = rng.randrange(256)
        elif kind < 0.8:
            other = rng.choice(seeds)
            start = rng.randrange(len(other) + 1)
            content[at:at] = other[start : start + rng.randrange(40)]
        else:
            lines = bytes(content).split(b"\n")
            lines.insert(
                rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))) if kind < 0.9 else rng.choice(lines)
            )
            content = bytearray(b"\n".join(lines))
    return bytes(content)


def run(seconds: float, seed: int, keep: Path) -> int:
    """Mutate for so many seconds; returns the exit code."""
    rng = random.Random(seed)
    # Files that are read have more to lose.
    seeds = [case.content for case in CASES for _ in range(4 if case.panel else 1)]
    counts = {"read": 0, "refused": 0}
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as directory:
        while time.monotonic() < end:
            content = mutate(rng, seeds)
            try:
                counts[check(content, Path(directory) / "data.csv")] += 1
            except Exception:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{seed}-{sum(counts.values())}.csv").write_bytes(content)
                traceback.print_exc()
                print(f"finding after {sum(counts.values())} executions: {content!r}")
                return 1
    print(f"{sum(counts.values())} executions, {counts['read']} read, {counts['refused']} refused, no finding")
    return 0


def guided(arguments: list[str]) -> None:
    """The same under atheris."""
    import atheris

    atheris.instrument_all()
    path = Path(tempfile.mkdtemp()) / "data.csv"
    atheris.Setup([sys.argv[0], *arguments], lambda data: check(data, path) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--atheris", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.atheris is not None:
        guided(options.atheris)
    sys.exit(run(options.seconds, options.seed, options.keep))
