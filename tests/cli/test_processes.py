"""What only a process of its own can show: signals, pipes, cron's bare world, hostile files, a terminal."""

from __future__ import annotations

import importlib
import itertools
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gruforecast.cli import signals
from gruforecast.training import loop

Runner = Any
SCRIPT = Path(sys.executable).with_name("gruforecast")
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "gruforecast"]
TINY = ["--max-steps", "5", "--hidden", "8", "--batch-size", "32", "--threads", "1"]
ENDLESS = ["--max-steps", "1000000", "--patience", "1000", "--hidden", "8", "--batch-size", "8", "--threads", "1"]


def snapshot(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


def started(cwd: Path, *words: str) -> subprocess.Popen[str]:
    """A training that has read its data, and so holds the lock."""
    process = subprocess.Popen([*COMMAND, *words, *ENDLESS], cwd=cwd, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None and "series" in process.stderr.readline()
    return process


def test_second_train_is_locked_out_and_sigint_leaves_the_model_intact(here: Path, run: Runner) -> None:
    before = snapshot(here)
    first = started(here, "train", "sales.csv")
    began = time.monotonic()
    assert run.train("--quiet").code == 75
    assert time.monotonic() - began < 1
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=20)
    assert first.returncode == 130
    after = snapshot(here)
    assert {name: after[name] for name in before} == before
    assert run.train("--quiet").code == 0
    assert not (here / "gruforecast-model" / "runs").exists()


def test_sigterm_before_training_leaves_nothing_behind(empty: Path) -> None:
    process = started(empty, "train", "sales.csv", "-m", "fresh")
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 143 and err == ""
    assert [p.name for p in empty.iterdir()] == ["sales.csv"]


def test_second_signal_is_immediate() -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(signals.Stopped) as stop, signals.stopping():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            assert signal.getsignal(signal.SIGTERM) == signal.getsignal(signal.SIGINT) == signal.SIG_DFL
            with pytest.raises(signals.Stopped):
                signals.check()
    assert stop.value.number == signal.SIGTERM and signals.leave(signal.SIGTERM) == 143
    assert signal.getsignal(signal.SIGTERM) == handler
    signals.check()


def signal_at_step(monkeypatch: pytest.MonkeyPatch, number: int, sent: signal.Signals) -> None:
    """Let training receive a signal in the midst of its step *number*."""
    step, count = loop._step, itertools.count(1)

    def signalled(*arguments: Any) -> Any:
        if next(count) == number:
            os.kill(os.getpid(), sent)
        return step(*arguments)

    monkeypatch.setattr(loop, "_step", signalled)


@pytest.mark.parametrize(("number", "sent", "code"), [(1, signal.SIGTERM, 143), (4, signal.SIGINT, 130)])
def test_a_signal_while_training_saves_and_resume_goes_on(
    empty: Path, run: Runner, monkeypatch: pytest.MonkeyPatch, number: int, sent: signal.Signals, code: int
) -> None:
    assert run.train("-m", "whole", "-q").code == 0
    with monkeypatch.context() as patched:
        signal_at_step(patched, number, sent)
        stopped = run.train("-m", "broken")
    assert stopped.code == code
    assert f"Stopped after step {number}, saved in broken" in stopped.err and "--resume" in stopped.err
    assert run("predict", "-m", "broken").code == 66
    resumed = run.train("-m", "broken", "--resume")
    assert resumed.code == 0 and f"goes on from step {number}" in resumed.err
    weights = [next((empty / name).rglob("model.safetensors")).read_bytes() for name in ("whole", "broken")]
    assert weights[0] == weights[1]
    assert "nothing to resume" in run.train("-m", "broken", "--resume").err


def test_a_signal_at_the_last_moment_does_not_undo_the_work(
    empty: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gruforecast.jobs import train as job

    def save(*arguments: Any) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return save_model(*arguments)

    save_model = job.save_model
    monkeypatch.setattr(job, "save_model", save)
    done = run.train("-m", "m")
    assert done.code == 143 and "Saved m" in done.err
    assert run("predict", "-m", "m", "-q").code == 0


def test_a_second_signal_while_training_is_immediate(empty: Path) -> None:
    code = (
        "import os, signal, sys\nfrom gruforecast.cli.main import main\nfrom gruforecast.training import loop\n"
        "def step(*_):\n    os.kill(os.getpid(), signal.SIGTERM)\n    os.kill(os.getpid(), signal.SIGTERM)\n"
        "loop._step = step\nsys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", code, "train", "sales.csv", "-m", "m", *TINY, "--quiet"]
    assert subprocess.run(words, cwd=empty, timeout=60).returncode == -signal.SIGTERM
    assert not (empty / "m" / "runs").exists()


def test_a_signal_waits_for_the_end_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_start.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(0.2)\nready = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    began = time.monotonic()
    with pytest.raises(signals.Stopped) as stop, signals.stopping():
        module = importlib.import_module("slow_to_start")
        time.sleep(10)
    assert module.ready and stop.value.number == signal.SIGTERM
    assert time.monotonic() - began < 5
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("words", [["predict", "-o", "-"], ["info", "--json"], ["--help"], ["--version"]])
def test_closed_stdout_is_141_and_silent(here: Path, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run([*COMMAND, *words], cwd=here, stdout=writer, stderr=subprocess.PIPE, text=True)
    finally:
        os.close(writer)
    assert done.returncode == 141
    assert "error" not in done.stderr and "Traceback" not in done.stderr and "Exception" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_stdout_is_74(here: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "predict", "-o", "-"], cwd=here, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 74 and "No space left" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_is_cut_short_is_a_failure(empty: Path, unbuffered: str) -> None:
    """A disk that is full half-way, a reader that has seen enough; with and without a buffer in Python."""
    rows = [f"s{i},2024-01-{day:02d},{i + day}" for i in range(400) for day in range(1, 15)]
    (empty / "many.csv").write_text("id,ds,y\n" + "\n".join(rows) + "\n")
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = " ".join([*COMMAND, "predict", "many.csv", "--zero-shot", "-o", "-"])
    for line, code in ((f"ulimit -f 100; {command} > cut.csv", 74), (f"{command} | head -1 > one.csv", 141)):
        script = f"set -o pipefail; {line}"
        done = subprocess.run(["bash", "-c", script], cwd=empty, env=environment, stderr=subprocess.PIPE, text=True)
        assert done.returncode == code and "Wrote" not in done.stderr
    assert (empty / "one.csv").read_text().startswith("id,ds,GRU")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("predict -q >&-", 0),
        ("predict 2>&-", 0),
        ("predict -o - >&-", 141),
        ("--version >&-", 141),
        ("predict - --zero-shot <&-", 65),
    ],
)
def test_streams_that_were_closed_before_the_start(here: Path, line: str, code: int) -> None:
    done = subprocess.run(["bash", "-c", f"{' '.join(COMMAND)} {line}"], cwd=here, capture_output=True, text=True)
    assert done.returncode == code and "internal" not in done.stderr and "Traceback" not in done.stderr


def test_cron_world_gives_the_same_bytes_in_silence(here: Path, run: Runner) -> None:
    run("predict")
    model, output = str(here / "gruforecast-model"), str(here / "cron.csv")
    line = f"umask 077; cd / && exec {' '.join(COMMAND)} predict --quiet -m {model} -o {output}"
    # Not part of cron's world, but of this machine's kind: which kernels numpy computes with.
    kind = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("OPENBLAS_")]
    done = subprocess.run(["env", "-i", *kind, "/bin/sh", "-c", line], capture_output=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (here / "cron.csv").read_bytes() == (here / "forecasts.csv").read_bytes()
    assert (here / "cron.csv.meta.json").read_bytes() == (here / "forecasts.csv.meta.json").read_bytes()


@pytest.mark.parametrize("command", [COMMAND, [sys.executable, "-m", "gruforecast"]])
def test_hostile_modules_in_the_working_directory_are_not_imported(here: Path, command: list[str]) -> None:
    for name in ("torch", "pandas", "numpy", "typer", "rich", "json", "safetensors"):
        (here / f"{name}.py").write_text("raise SystemExit('hostile')")
    done = subprocess.run([*command, "predict", "--quiet"], cwd=here, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def at_terminal(cwd: Path, term: str, *words: str) -> str:
    """What a run shows on a terminal; it must succeed."""
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": term, "COLUMNS": "110"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen([*COMMAND, *words], cwd=cwd, stderr=child, env=environment)
    os.close(child)
    shown = b""
    try:
        while piece := os.read(parent, 65536):
            shown += piece
    except OSError:  # Linux says EIO when the other end closes.
        pass
    os.close(parent)
    assert process.wait(timeout=20) == 0
    return shown.decode()


def test_a_terminal_gets_a_live_display(empty: Path) -> None:
    text = at_terminal(empty, "xterm-256color", "train", "sales.csv", *TINY)
    for part in ("╭─", "Refitting on everything", "held-out", "Saved", "gruforecast predict", "\x1b[1"):
        assert part in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")  # the cursor is back


def test_a_dumb_terminal_gets_plain_lines(here: Path) -> None:
    text = at_terminal(here, "dumb", "predict")
    assert "Wrote" in text and "\x1b" not in text
