from __future__ import annotations

import contextlib
import errno
import os

import numpy as np
import pytest

from gruforecast.errors import WriteError
from gruforecast.store.state import discard_run, latest_state, save_state


def some_tensors(value):
    return {
        "net.weight": np.full((3, 2), value, np.float32),
        "optim.exp_avg": np.array([np.inf, np.nan, value]),
        "rng": np.arange(40, dtype=np.uint8),
        "step": np.array(value, np.int64),
    }


def save(run, value, fs, **more):
    save_state(
        run,
        value,
        {"value": value, "best": 0.1 + value, "rng": 2**128 - 1, "10": {"9": []}},
        some_tensors(value),
        fs=fs,
        **more,
    )


def test_round_trip_is_bit_exact(tmp_path, fake_fs):
    run = tmp_path / "runs" / "a"
    assert latest_state(run) is None
    save(run, 5, fake_fs())
    state = latest_state(run)
    assert state is not None
    step, meta, tensors = state
    assert step == 5 and meta == {"value": 5, "best": 5.1, "rng": 2**128 - 1, "10": {"9": []}}
    for name, array in some_tensors(5).items():
        assert tensors[name].dtype == array.dtype and tensors[name].tobytes() == array.tobytes()


def test_numeric_keys_survive_as_texts(tmp_path, fake_fs):
    save_state(tmp_path, 1, {"m": {10: "a", 9: (1, 2)}}, {}, fs=fake_fs())
    assert latest_state(tmp_path).meta == {"m": {"10": "a", "9": [1, 2]}}


def test_newest_two_are_kept_and_the_last_saved_wins(tmp_path, fake_fs):
    for value in (10, 20, 30, 5):
        save(tmp_path, value, fake_fs())
    assert sorted(os.listdir(tmp_path)) == ["ckpt-3", "ckpt-4"]
    assert latest_state(tmp_path).step == 5


@pytest.mark.parametrize("part", ["state.json", "state.safetensors"])
def test_damaged_checkpoints_are_passed_over(tmp_path, fake_fs, part):
    save(tmp_path, 1, fake_fs())
    save(tmp_path, 2, fake_fs())
    path = tmp_path / "ckpt-2" / part
    good = path.read_bytes()
    for position in range(0, len(good), 5):
        bad = bytearray(good)
        bad[position] ^= 4
        path.write_bytes(bad)
        assert latest_state(tmp_path).step == 1
    path.unlink()
    assert latest_state(tmp_path).step == 1
    os.mkfifo(path)
    assert latest_state(tmp_path).step == 1
    save(tmp_path, 3, fake_fs())
    assert latest_state(tmp_path).step == 3


def test_an_interruption_at_every_operation(tmp_path, fake_fs, died):
    counted = fake_fs()
    for value in (1, 2):
        save(tmp_path / "n", value, fake_fs())
    save(tmp_path / "n", 3, counted)
    for nth in range(1, len(counted.log) + 1):
        for error in (OSError(errno.EDQUOT, "Disk quota exceeded"), died()):
            run = tmp_path / f"{nth}-{type(error).__name__}"
            save(run, 1, fake_fs())
            save(run, 2, fake_fs())
            with contextlib.suppress(WriteError, died):
                save(run, 3, fake_fs(nth, error))
            state = latest_state(run)
            assert state.step in (2, 3) and state.meta["value"] == state.step == state.tensors["step"]
            save(run, 4, fake_fs())
            assert latest_state(run).step == 4
            assert len(os.listdir(run)) == 2 and all(name.startswith("ckpt-") for name in os.listdir(run))


def test_values_json_cannot_hold_are_refused_before_writing(tmp_path, fake_fs):
    with pytest.raises(ValueError):
        save_state(tmp_path, 1, {"loss": float("nan")}, {}, fs=fake_fs())
    assert os.listdir(tmp_path) == []


def test_a_discarded_run_is_gone_and_its_neighbours_are_not(tmp_path, fake_fs):
    for name in ("a", "b"):
        save(tmp_path / "runs" / name, 1, fake_fs())
    discard_run(tmp_path / "runs" / "a")
    assert os.listdir(tmp_path / "runs") == ["b"] and latest_state(tmp_path / "runs" / "b").step == 1
    for _ in range(2):  # what is not there is discarded already
        discard_run(tmp_path / "runs" / "b")
        assert os.listdir(tmp_path) == []
