"""Publishing interrupted at every operation: the old model or the new, whole, and the next publish works."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from gruforecast.errors import NoInput, WriteError
from gruforecast.store.files import is_temp
from gruforecast.store.model_store import load_tensors, publish, read_model

ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT)


def value_of(directory, spec):
    """The value a model was published with, after checking that manifest and weights belong together."""
    stored = read_model(directory)
    for array in load_tensors(stored, spec).values():
        assert (array == stored.manifest["value"]).all()
    return stored.manifest["value"]


def temporaries(directory):
    return [name for _, folders, names in os.walk(directory) for name in folders + names if is_temp(name)]


@pytest.fixture
def count(tmp_path, model, make_weights, fake_fs):
    """How many operations a publish over a full directory takes."""
    fs = fake_fs()
    shutil.copytree(model, tmp_path / "counted")
    publish(tmp_path / "counted", {"value": 4}, make_weights(4), fs=fs)
    return len(fs.log)


def interrupted(tmp_path, model, make_weights, fs):
    """A copy of *model* after a publish of value 4 through *fs*, and what it raised."""
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(model, copy)
    try:
        publish(copy, {"value": 4}, make_weights(4), fs=fs)
    except BaseException as error:
        return copy, error
    return copy, None


def check_recovery(copy, spec, make_weights, fake_fs):
    publish(copy, {"value": 5}, make_weights(5), fs=fake_fs())
    assert value_of(copy, spec) == 5
    assert temporaries(copy) == []
    kept = sorted(os.listdir(copy / "versions"))
    assert len(kept) <= 3 and all(len(os.listdir(copy / "versions" / name)) == 2 for name in kept)


def test_a_failure_at_every_operation(tmp_path, model, spec, make_weights, fake_fs, count):
    assert count > 20
    seen = set()
    for nth in range(1, count + 1):
        code = ERRORS[nth % len(ERRORS)]
        fs = fake_fs(nth, OSError(code, os.strerror(code)))
        copy, error = interrupted(tmp_path, model, make_weights, fs)
        value = value_of(copy, spec)
        assert value in (3, 4)
        assert isinstance(error, WriteError) or (error is None and value == 4)
        published = any(name == "rename" and args[1].name == "CURRENT" for name, args, _ in fs.log[: nth - 1])
        assert value == (4 if published else 3)
        if error is not None:
            assert temporaries(copy) == [] and error.exit_code == 74
        seen.add((value, error is None))
        check_recovery(copy, spec, make_weights, fake_fs)
    assert seen == {(3, False), (4, False), (4, True)}


def test_a_death_at_every_operation(tmp_path, model, spec, make_weights, fake_fs, died, count):
    for nth in range(1, count + 1):
        copy, error = interrupted(tmp_path, model, make_weights, fake_fs(nth, died()))
        assert isinstance(error, died)
        assert value_of(copy, spec) in (3, 4)
        check_recovery(copy, spec, make_weights, fake_fs)


def test_a_death_at_every_operation_of_the_first_publish(tmp_path, spec, make_weights, fake_fs, died):
    nth, error = 0, died()
    while error is not None:
        nth += 1
        empty = tmp_path / f"first-{nth}"
        empty.mkdir()
        try:
            publish(empty, {"value": 1}, make_weights(1), fs=fake_fs(nth, died()))
            error = None
        except died:
            with contextlib.suppress(NoInput):
                assert value_of(empty, spec) == 1
            check_recovery(empty, spec, make_weights, fake_fs)
    assert nth > 20


def test_a_version_that_never_became_current_displaces_no_good_one(tmp_path, model, make_weights, fake_fs, died, count):
    for nth in range(1, count + 1):
        copy, _ = interrupted(tmp_path, model, make_weights, fake_fs(nth, died()))
        if (copy / "versions" / "000004").exists() and read_model(copy).version == 3:
            publish(copy, {"value": 5}, make_weights(5), fs=fake_fs())
            assert sorted(os.listdir(copy / "versions")) == ["000002", "000003", "000005"]
            return
    pytest.fail("no death between the version and CURRENT")


KILLER = """
import os, random, signal, sys, time
import numpy as np
from pathlib import Path
from gruforecast.store.model_store import load_tensors, publish, read_model

directory, rounds = Path(sys.argv[1]), int(sys.argv[2])
rng = random.Random(7)
for attempt in range(rounds):
    child = os.fork()
    if child == 0:
        value = 0
        while True:
            value += 1
            publish(directory, {"value": value}, {"a": np.full(20000, value, np.float32)})
    before = read_model(directory).version
    while read_model(directory).version == before:  # on a busy machine the child takes its time
        time.sleep(0.001)
    time.sleep(rng.random() * 0.12)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    stored = read_model(directory)
    assert (load_tensors(stored, {"a": (20000,)})["a"] == stored.manifest["value"]).all()
publish(directory, {"value": 0}, {"a": np.zeros(1, np.float32)})
left = [p for p in directory.rglob("*") if p.name.endswith(".tmp")]
assert not left and len(os.listdir(directory / "versions")) <= 3, left
print("survived", stored.version)
"""


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_kill_at_random_moments(tmp_path, rounds):
    directory = tmp_path / "model"
    publish(directory, {"value": 0}, {"a": np.zeros(20000, np.float32)})
    command = [sys.executable, "-c", KILLER, str(directory), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("survived") and int(done.stdout.split()[1]) > rounds
