"""Fuzz reader and check: whatever the bytes, a panel that holds together or one refusal on one line; never a traceback.

    python tests/corpus/fuzz_reader.py --seconds 60 --seed 1
    python tests/corpus/fuzz_reader.py --target file --runs 1000000 --seconds 7200 --keep-going --corpus grown/

Where atheris is installed (``pip install -e ".[fuzz]"``, a wheel on Linux), coverage guides the mutations; elsewhere,
or with ``--blind``, they are drawn at random. The slow tests run each target for some seconds.
Seeds are the files of the corpus. A finding is written to ``--findings`` and ends the run with an exit code other than
0, or, with ``--keep-going``, is counted once for each place in the code.

1.1 million guided executions (November 2026: file 220,000, lines 483,000, numbers 298,000, times 100,000) found a
value moved to another period where a gap and a blank end cancel out, stamps written off by their offset where --freq
names hours, steps without a name, clean copies that cannot be read back, quoted separators taken for blank rows, and a
file that ends with the calendar, in year 9999, taken for a bad one. Each is a case of a test or no longer possible.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import random
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from cases import CASES

MAX_BYTES = 4096
TOKENS = [
    *(
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
        b"\x1a",
        b"#",
    ),
    *(b"1e999", b"NaN", b"9999-12-31", b"0001-01-01", b"2024-01-01", b"2024-W53", b"2024Q1", b"1704067200", b"T00:00Z"),
    *(
        b"+14:00",
        b"\x1f\x8b",
        b"99999999999999999999",
        b",,,,",
        b"\n\n\n",
        b'""',
        b"Unnamed: 0",
        b"'",
        b"y",
        b"ds",
        b"id",
    ),
    *(
        "é".encode(),
        b"\xe2\x80\xae",
        b"\xc2\xa0",
        b"31/12/2024",
        b"01.02.2024",
        b" PM",
        b"1,5",
        b"1.234,5",
        b"Total",
        b"%",
    ),
]


class Inline:
    """In place of a pool of threads: coverage is counted, and errors are raised, in one thread."""

    def __init__(self, **_: Any) -> None: ...

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:
            done.set_exception(error)
        return done


class Fuzzed:
    """A target with counts of what it said and of the findings, one for each place in the code."""

    def __init__(self, name: str, findings: Path, keep_going: bool) -> None:
        import fuzz_targets

        from gruforecast.data import csv_reader

        csv_reader.ThreadPoolExecutor = Inline  # type: ignore[misc,assignment]
        self.target, self.name = fuzz_targets.TARGETS[name], name
        self.findings, self.keep_going = findings, keep_going
        self.said: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.seeds = [self._seed(case, fuzz_targets.SETTINGS) for case in CASES]

    def _seed(self, case: Any, settings: Any) -> bytes:
        if self.name != "file":
            return bytes(case.content[:MAX_BYTES])
        fits = (i for i, config in enumerate(settings) if case.settings == _given(config))
        return bytes([next(fits, 0)]) + case.content[: MAX_BYTES - 1]

    def __call__(self, data: bytes) -> None:
        try:
            self.said[self.target(data)] += 1
        except Exception as error:
            self.said["finding"] += 1
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__}-{Path(frame.filename).stem}-{frame.lineno}"
            self.places[place] += 1
            if self.places[place] == 1:
                self.findings.mkdir(parents=True, exist_ok=True)
                (self.findings / f"{self.name}-{place}-{zlib.crc32(data):08x}").write_bytes(data)
                traceback.print_exc()
                print(f"finding in {self.name} after {self.said.total()} executions: {data!r}", flush=True)
            if not self.keep_going:
                raise

    def summary(self, how: str, seconds: float) -> str:
        counts = ", ".join(f"{n} {what}" for what, n in sorted(self.said.items()))
        speed = self.said.total() / max(seconds, 1e-9)
        return (
            f"{self.name}, {how}: {self.said.total()} executions ({counts}), {speed:.0f} a second, {dict(self.places)}"
        )


def _given(config: Any) -> dict[str, Any]:
    return {name: value for name, value in config.to_dict().items() if value != type(config)().to_dict()[name]}


def mutate(rng: random.Random, seeds: list[bytes]) -> bytes:
    """A seed with a few bytes, tokens or lines changed."""
    content = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at, kind = rng.randrange(len(content) + 1), rng.random()
        if kind < 0.5:
            content[at : at + rng.choice((0, 0, 1, 2, 5))] = rng.choice(TOKENS)
        elif kind < 0.65 and content:
            content[at % len(content)] = rng.randrange(256)
        elif kind < 0.8:
            other = rng.choice(seeds)
            start = rng.randrange(len(other) + 1)
            content[at:at] = other[start : start + rng.randrange(40)]
        else:
            lines = bytes(content).split(b"\n")
            line = lines.pop(rng.randrange(len(lines))) if kind < 0.9 else rng.choice(lines)
            lines.insert(rng.randrange(len(lines) + 1), line)
            content = bytearray(b"\n".join(lines))
    return bytes(content)


def blind(fuzzed: Fuzzed, options: argparse.Namespace) -> None:
    """Random mutations of the seeds until time or runs are used up."""
    rng, start = random.Random(options.seed), time.monotonic()
    with contextlib.suppress(Exception):  # told when it was found
        while time.monotonic() < start + options.seconds and fuzzed.said.total() < options.runs:
            fuzzed(mutate(rng, fuzzed.seeds))
    print(fuzzed.summary("blind", time.monotonic() - start))
    sys.exit(1 if fuzzed.places else 0)


def guided(options: argparse.Namespace) -> None:
    """The same with the mutations of libFuzzer, which never returns."""
    import atheris

    with atheris.instrument_imports(include=["gruforecast"]):
        fuzzed = Fuzzed(options.target, options.findings, options.keep_going)
    grown = options.corpus or Path(tempfile.mkdtemp())
    grown.mkdir(parents=True, exist_ok=True)
    for seed in fuzzed.seeds:
        (grown / f"seed-{zlib.crc32(seed):08x}").write_bytes(seed)
    tokens = Path(tempfile.mkdtemp()) / "tokens"
    tokens.write_text("".join(f'"{_escaped(token)}"\n' for token in TOKENS if token))
    start = time.monotonic()

    def one(data: bytes) -> None:
        fuzzed(data)
        if fuzzed.said.total() % 20_000 == 0:
            print(fuzzed.summary("guided by coverage", time.monotonic() - start), flush=True)

    limits = [f"-runs={options.runs}", f"-max_total_time={options.seconds:.0f}", f"-seed={options.seed + 1}"]
    limits += [f"-max_len={MAX_BYTES}", "-timeout=20", "-rss_limit_mb=4096", f"-dict={tokens}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, str(grown)], one)
    atheris.Fuzz()


def _escaped(token: bytes) -> str:
    return "".join(rf"\x{byte:02x}" for byte in token)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default="file", choices=("file", "lines", "numbers", "times"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--corpus", type=Path, help="where coverage-guided runs keep the inputs they found")
    parser.add_argument("--blind", action="store_true")
    options = parser.parse_args()
    if options.blind or importlib.util.find_spec("atheris") is None:
        blind(Fuzzed(options.target, options.findings, options.keep_going), options)
    guided(options)


if __name__ == "__main__":
    main()
