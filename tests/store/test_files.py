from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gruforecast.errors import UsageError, WriteError
from gruforecast.store import files
from gruforecast.store.files import make_directory, probe_writable, sweep, write_atomic, write_directory

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EACCES)
WRITE_OPERATIONS = [
    "open_exclusive", "hold", "write", "chmod", "fsync", "close", "rename", "close", "fsync_dir",
]  # fmt: skip


def names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def test_order_of_operations(tmp_path, fake_fs):
    fs = fake_fs()
    write_atomic(tmp_path / "out.csv", b"new", fs=fs)
    assert [name for name, _, _ in fs.log] == WRITE_OPERATIONS
    assert (tmp_path / "out.csv").read_bytes() == b"new"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("nth", range(1, len(WRITE_OPERATIONS) + 1))
def test_a_failure_anywhere_keeps_a_whole_file_and_no_temporary(tmp_path, fake_fs, nth, code):
    out = tmp_path / "out.csv"
    out.write_bytes(b"old")
    fs = fake_fs(nth, OSError(code, os.strerror(code)))
    if WRITE_OPERATIONS[nth - 1 :] == ["close", "fsync_dir"]:
        write_atomic(out, b"the new content", fs=fs)  # Only the mark could not be dropped: done all the same.
    else:
        with pytest.raises(WriteError, match=r"out\.csv") as caught:
            write_atomic(out, b"the new content", fs=fs)
        assert caught.value.exit_code == 74 and caught.value.hint and "\n" not in str(caught.value)
    renamed = nth > WRITE_OPERATIONS.index("rename") + 1
    assert out.read_bytes() == (b"the new content" if renamed else b"old")
    assert names(tmp_path) == ["out.csv"]
    assert sum(name == "fsync" for name, _, _ in fs.log) <= 1, "a failed fsync must not be tried again"


@pytest.mark.parametrize("nth", range(1, len(WRITE_OPERATIONS) + 1))
def test_a_death_anywhere_leaves_a_whole_file_and_the_next_writer_sweeps(tmp_path, fake_fs, died, nth):
    out = tmp_path / "out.csv"
    out.write_bytes(b"old")
    with pytest.raises(died):
        write_atomic(out, b"the new content", fs=fake_fs(nth, died()))
    assert out.read_bytes() in (b"old", b"the new content")
    write_atomic(tmp_path / "other.csv", b"x", fs=fake_fs())
    assert names(tmp_path) == ["other.csv", "out.csv"]


def test_interrupt_while_writing_leaves_no_temporary(tmp_path, fake_fs):
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "out.csv", b"x" * 10, fs=fake_fs(3, KeyboardInterrupt()))
    assert names(tmp_path) == []


def test_short_writes_are_continued(tmp_path, fake_fs):
    class Slow(fake_fs):
        def write(self, fd, data):
            return os.write(fd, data[:3])

    write_atomic(tmp_path / "out.csv", b"0123456789", fs=Slow())
    assert (tmp_path / "out.csv").read_bytes() == b"0123456789"


def test_a_live_writers_temporary_is_not_swept(tmp_path, fake_fs):
    fs = fake_fs()
    temp = files._create_temp(tmp_path, fs)
    sweep(tmp_path)
    assert names(tmp_path) == [temp.path.name]
    fs.close(temp.fd)
    sweep(tmp_path)
    assert names(tmp_path) == [temp.path.name], "closing the data descriptor must not drop the mark"
    fs.close(temp.held)
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_sweep_leaves_links_directories_and_other_names(tmp_path):
    (tmp_path / "data.csv").write_text("x")
    (tmp_path / files.temp_name()).symlink_to(tmp_path / "data.csv")
    (tmp_path / files.temp_name()).mkdir()
    os.mkfifo(tmp_path / files.temp_name())
    (tmp_path / ".gruforecast-notes").write_text("x")
    before = names(tmp_path)
    sweep(tmp_path)
    sweep(tmp_path / "missing")
    assert names(tmp_path) == before


def test_many_writers_of_one_directory_at_once(tmp_path, fake_fs):
    failures = []

    def write(number: int) -> None:
        try:
            for _ in range(30):
                write_atomic(tmp_path / f"{number % 2}.csv", bytes([number]) * 1000, fs=fake_fs())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert names(tmp_path) == ["0.csv", "1.csv"]
    assert len(set((tmp_path / "0.csv").read_bytes())) == 1


def test_mode_of_an_old_file_is_kept_and_a_new_one_follows_the_umask(tmp_path):
    out = tmp_path / "out.csv"
    before = os.umask(0o027)
    try:
        write_atomic(out, b"1")
        assert out.stat().st_mode & 0o777 == 0o640
        assert os.umask(0o027) == 0o027
        out.chmod(0o604)
        write_atomic(out, b"2")
    finally:
        os.umask(before)
    assert out.stat().st_mode & 0o777 == 0o604


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    target, link, dangling = tmp_path / "real" / "out.csv", tmp_path / "link.csv", tmp_path / "dangling.csv"
    target.write_bytes(b"old")
    link.symlink_to("real/out.csv")
    dangling.symlink_to("real/later.csv")
    write_atomic(link, b"new")
    write_atomic(dangling, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new" and not target.is_symlink()
    assert dangling.is_symlink() and names(tmp_path / "real") == ["later.csv", "out.csv"]


def test_a_loop_of_links_is_a_write_error(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(WriteError):
        write_atomic(tmp_path / "a", b"x")


def test_devices_and_pipes_are_written_through(tmp_path):
    write_atomic("/dev/null", b"x" * 1000)
    assert Path("/dev/null").is_char_device()
    script = "from gruforecast.store.files import write_atomic; write_atomic('/dev/stdout', b'hello')"
    piped = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert piped.stdout == b"hello"


def test_a_full_device_is_a_write_error():
    with pytest.raises(WriteError, match=r"No space left on device.*free some space"):
        write_atomic("/dev/full", b"x")


def test_a_real_file_size_limit_keeps_the_old_file(tmp_path):
    (tmp_path / "out.csv").write_bytes(b"old")
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from gruforecast.store.files import write_atomic\n"
        "write_atomic('out.csv', b'x' * 5000)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert "WriteError" in done.stderr and "ulimit -f" in done.stderr
    assert names(tmp_path) == ["out.csv"] and (tmp_path / "out.csv").read_bytes() == b"old"


def test_a_redirected_stdout_is_appended_to(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"earlier ")
    with log.open("ab") as file:
        fd = os.dup(file.fileno())
    write_atomic(f"/dev/fd/{fd}", b"now")
    os.close(fd)
    assert log.read_bytes() == b"earlier now"


def test_probe_refuses_before_work(tmp_path):
    (tmp_path / "in.csv").write_text("x")
    (tmp_path / "same.csv").symlink_to("in.csv")
    os.link(tmp_path / "in.csv", tmp_path / "hard.csv")
    for name in ("in.csv", "same.csv", "hard.csv"):
        with pytest.raises(UsageError, match="also an input"):
            probe_writable(tmp_path / name, inputs=[tmp_path / "in.csv"])
    with pytest.raises(UsageError):
        probe_writable(tmp_path / "x" / ".." / "new.csv", inputs=[tmp_path / "new.csv"])
    for name, why in ((".", "directory"), ("missing/out.csv", "No such file")):
        with pytest.raises(WriteError, match=why):
            probe_writable(tmp_path / name)
    before = names(tmp_path)
    probe_writable(tmp_path / "out.csv", inputs=[tmp_path / "in.csv", tmp_path / "absent.csv"])
    probe_writable("/dev/null")
    assert names(tmp_path) == before


@pytest.mark.parametrize("nth", range(1, 6))
def test_probe_reports_failures_and_leaves_nothing(tmp_path, fake_fs, nth):
    fs = fake_fs(nth, OSError(errno.EROFS, "Read-only file system"))
    if nth <= 3:
        with pytest.raises(WriteError, match="Read-only"):
            probe_writable(tmp_path / "out.csv", fs=fs)
        assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_places_are_refused(tmp_path):
    (tmp_path / "out.csv").write_text("x")
    (tmp_path / "out.csv").chmod(0o400)
    with pytest.raises(WriteError, match="read-only"):
        probe_writable(tmp_path / "out.csv")
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError):
        probe_writable(tmp_path / "new.csv")
    tmp_path.chmod(0o700)


def test_write_directory_is_whole_or_absent(tmp_path, fake_fs, died):
    content = {"a": b"1", "b": b"22"}
    fs = fake_fs()
    write_directory(tmp_path / "done", content, fs=fs)
    assert names(tmp_path / "done") == ["a", "b"]
    for nth in range(1, len(fs.log) + 1):
        for error in (OSError(errno.ENOSPC, "No space left on device"), died()):
            with pytest.raises((WriteError, died)):
                write_directory(tmp_path / "more", content, fs=fake_fs(nth, error))
            if (tmp_path / "more").exists():
                assert names(tmp_path / "more") == ["a", "b"]
                files.discard_directory(tmp_path / "more")
            if isinstance(error, OSError):
                assert names(tmp_path) == ["done"]
            files.sweep_directories(tmp_path)
            assert names(tmp_path) == ["done"]


def test_make_directory_makes_parents(tmp_path):
    make_directory(tmp_path / "a" / "b" / "c")
    make_directory(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError):
        make_directory(tmp_path / "file" / "b")


def test_messages_escape_hostile_names(tmp_path):
    with pytest.raises(WriteError) as caught:
        write_atomic(tmp_path / "no\n\x1b[31m" / "out.csv", b"x")
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)
