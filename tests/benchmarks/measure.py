"""Run a command and say what it cost: wall time, and the peak memory of that very process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(sys.executable).with_name("gruforecast")
GRUFORECAST = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "gruforecast"]


class Failed(Exception):
    """A measured command ended with another exit code than 0."""


@dataclass(frozen=True)
class Cost:
    """Wall time in seconds, peak resident memory in MiB."""

    seconds: float
    memory: float

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(self.seconds + other.seconds, max(self.memory, other.memory))


def run(words: Sequence[str], cwd: Path) -> Cost:
    """Run ``gruforecast`` with *words* in *cwd*. Raises Failed with what it said."""
    with tempfile.TemporaryFile() as said:
        # No settings from outside; the program would also refuse the variable that names the data.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GRUFORECAST_")}
        began = time.perf_counter()
        process = subprocess.Popen(
            [*GRUFORECAST, *words], cwd=cwd, stdout=subprocess.DEVNULL, stderr=said, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
            raise Failed(f"gruforecast {' '.join(words)} ended with {process.returncode}: {text}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(seconds, usage.ru_maxrss / unit)


def best(times: int, measured: Callable[[], Cost]) -> Cost:
    """The quickest of *times* runs."""
    return min((measured() for _ in range(times)), key=lambda cost: cost.seconds)


def machine() -> str:
    """Processor, cores this process may use, and memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{_processor()}, {cores} cores, {gigabytes:.0f} GiB"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return os.uname().machine
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else os.uname().machine
