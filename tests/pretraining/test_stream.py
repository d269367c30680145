"""Workers that make batches ahead of time do not outlive the run they work for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = """
import functools, time
from gruforecast.pretraining.batches import draw_batches
from gruforecast.pretraining.stream import BatchStream

if __name__ == "__main__":
    with BatchStream(functools.partial(draw_batches, 0, size=8, groups=1), 0, 1) as stream:
        stream(0)
        print(stream.processes[0].pid, flush=True)
        time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the worker in /proc")
def test_a_killed_run_leaves_no_worker_behind(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(RUN)
    with subprocess.Popen([sys.executable, "run.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        worker = int(run.stdout.readline())
        try:
            assert is_running(worker)
            run.send_signal(signal.SIGKILL)
            run.wait()
            deadline = time.monotonic() + 60
            while is_running(worker) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert not is_running(worker)
        finally:
            if is_running(worker):
                os.kill(worker, signal.SIGKILL)
