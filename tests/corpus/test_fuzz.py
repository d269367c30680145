"""A bounded run of each fuzz target: guided by coverage where atheris is installed, at random elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).with_name("fuzz_reader.py")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUNNER), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "seconds"), [("file", 30), ("lines", 5), ("numbers", 5), ("times", 5)])
def test_nothing_is_found(target: str, seconds: int, tmp_path: Path) -> None:
    done = run("--target", target, "--seconds", str(seconds), "--seed", "1", "--findings", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout.splitlines()[-1:])  # how, and how many
    assert not list(tmp_path.iterdir())


def test_random_mutations_run_anywhere(tmp_path: Path) -> None:
    done = run("--target", "lines", "--blind", "--runs", "200", "--seed", "1", "--findings", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"lines, blind: 200 executions \(\d+ read, \d+ refused\)", done.stdout), done.stdout
