from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from gruforecast.errors import Locked, WriteError
from gruforecast.store.lock import locked

HOLDER = """
import sys
from gruforecast.store.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of tmp_path until its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_run_is_refused_within_a_second_or_waits(tmp_path, holder):
    begin = time.monotonic()
    with pytest.raises(Locked, match="in use") as caught, locked(tmp_path):
        pass
    assert time.monotonic() - begin < 1
    assert caught.value.exit_code == 75 and "--wait" in caught.value.hint
    begin = time.monotonic()
    with pytest.raises(Locked), locked(tmp_path, wait=0.2):
        pass
    assert 0.2 <= time.monotonic() - begin < 1
    threading.Timer(0.1, holder.stdin.close).start()
    with locked(tmp_path, wait=10):
        assert time.monotonic() - begin < 5


def test_who_waits_outlives_the_directory_of_a_run_that_failed(tmp_path):
    waiting, got = threading.Event(), []

    def other() -> None:
        waiting.set()
        with locked(tmp_path / "new", wait=20):
            got.append(os.listdir(tmp_path / "new"))

    thread = threading.Thread(target=other)
    with locked(tmp_path / "new"):
        thread.start()
        waiting.wait()
        time.sleep(0.1)
        (tmp_path / "new" / "LOCK").unlink()
        (tmp_path / "new").rmdir()
    thread.join()
    assert got == [["LOCK"]]


def test_the_kernel_frees_the_lock_of_a_killed_holder(tmp_path, holder):
    holder.kill()
    holder.wait()
    with locked(tmp_path):
        pass


def test_one_thread_may_take_it_twice_another_may_not(tmp_path):
    refused = []

    def other() -> None:
        try:
            with locked(tmp_path):
                pass
        except Locked as error:
            refused.append(error)

    with locked(tmp_path):
        with locked(tmp_path / "." / ""):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused
    other()
    assert len(refused) == 1


def test_it_is_released_when_the_block_raises(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    with locked(tmp_path):
        pass


def test_hostile_lock_files(tmp_path):
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "LOCK").symlink_to(tmp_path / "victim")
    with pytest.raises(WriteError), locked(tmp_path / "a"):
        pass
    assert (tmp_path / "victim").read_text() == "precious"
    with pytest.raises(WriteError), locked(tmp_path / "victim"):
        pass


def test_the_directory_is_created(tmp_path):
    with locked(tmp_path / "a" / "b"):
        assert os.listdir(tmp_path / "a" / "b") == ["LOCK"]
