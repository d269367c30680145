"""All writes of this package: a file or directory appears whole or not at all, and outlives a power cut."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gruforecast.data.origin import is_database, without_password
from gruforecast.errors import UsageError, WriteError, escape
from gruforecast.store.filesystem import REAL, Filesystem

TEMP_PREFIX, TEMP_SUFFIX = ".gruforecast-", ".tmp"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# Names that stand for a stream this process already has: they are written through, never replaced.
_STREAMS = ("/dev/std", "/dev/fd/", "/proc/")
_HINTS = {
    errno.ENOENT: "create its directory first",
    errno.EISDIR: "name a file, not a directory",
    errno.ENOSPC: "free some space and run again",
    errno.EDQUOT: "free some of your quota and run again",
    errno.EFBIG: "raise the file size limit (ulimit -f) and run again",
    errno.EIO: "check the disk and run again",
}


class _Target(NamedTuple):
    """Where an output really goes: its path with links resolved, its mode, whether it is a stream."""

    path: Path
    mode: int
    stream: bool


class _Temp(NamedTuple):
    """A temporary file: its name, the descriptor to write to and the one that marks it as in use."""

    path: Path
    fd: int
    held: int


def write_atomic(path: Path | str, data: bytes, *, fs: Filesystem = REAL) -> None:
    """Put *data* at *path*: afterwards the file is the old one or the new one, whole, whatever happens.

    The mode of an existing file is kept and a symbolic link stays one (its target is replaced). Pipes and
    devices are written through. Orphans of killed writers in the same directory are swept.
    Raises WriteError; the old file is then intact and no temporary file is left. Only when the very last step,
    the sync of the directory, fails does the new file stand there, whole, though a power cut may undo it.
    """
    write_together({path: data}, fs=fs)


def write_together(contents: Mapping[Path | str, bytes | None], *, fs: Filesystem = REAL) -> None:
    """Put all *contents* at their paths, one after the other, each as :func:`write_atomic` does; None removes.

    All are on the disk before the first takes its place: one that cannot be written leaves the others as they were.
    """
    staged: list[tuple[Path | str, _Target, _Temp | None]] = []
    try:
        for path, data in contents.items():
            with reported(path):
                target = _resolve(Path(path))
                temp = None
                if data is not None and not target.stream:
                    sweep(target.path.parent, fs=fs)
                    temp = _create_temp(target.path.parent, fs)
                staged.append((path, target, temp))
                if temp is not None and data is not None:
                    _fill(temp.fd, data, target.mode, fs)
        while staged:
            with reported(staged[0][0]):
                _put(*staged[0], contents[staged[0][0]], fs)
                _, target, temp = staged.pop(0)
                if temp is not None:
                    with contextlib.suppress(OSError):
                        fs.close(temp.held)
                    fs.fsync_dir(target.path.parent)
    except BaseException:
        for _, _, temp in staged:
            if temp is not None:
                _drop(temp, fs)
        raise


def _put(path: Path | str, target: _Target, temp: _Temp | None, data: bytes | None, fs: Filesystem) -> None:
    """Let one output take its place."""
    if temp is not None:
        fs.rename(temp.path, target.path)
    elif data is not None:
        _write_through(Path(path), data, fs)
    elif target.path.exists():
        remove_tree(target.path, fs=fs)


def write_directory(path: Path, files: Mapping[str, bytes], *, fs: Filesystem = REAL) -> None:
    """Create directory *path* with *files*, all or nothing. The caller is the only writer in its parent.

    Raises WriteError, also when *path* exists and is not empty.
    """
    with reported(path):
        temp = path.parent / temp_name()
        try:
            fs.mkdir(temp)
            for name, data in files.items():
                _fill(fs.open_exclusive(temp / name), data, _default_mode(), fs)
            fs.fsync_dir(temp)
            fs.rename(temp, path)
        except BaseException:
            with contextlib.suppress(OSError):
                remove_tree(temp, fs=fs)
            raise
        fs.fsync_dir(path.parent)


def make_directory(path: Path, *, fs: Filesystem = REAL) -> None:
    """Create *path* and the parents it lacks, durably. Raises WriteError."""
    with reported(path):
        missing = []
        while not path.is_dir():
            missing.append(path)
            path = path.parent
        for directory in reversed(missing):
            with contextlib.suppress(FileExistsError):  # Another run may have been faster.
                fs.mkdir(directory)
            fs.fsync_dir(directory.parent)


def probe_writable(path: Path | str, *, inputs: Iterable[Path | str] = (), fs: Filesystem = REAL) -> None:
    """Refuse, before any work, an output that could not be written afterwards.

    Raises UsageError when *path* is one of *inputs*, under whatever name; WriteError when it is a directory,
    is read-only, or its directory is missing or cannot be written to.
    """
    if is_database(str(path)):
        shown = escape(without_password(str(path)), 300)
        raise UsageError(f"output {shown}: only forecasts are written to a database", hint="name a file")
    with reported(path):
        target = _resolve(Path(path))
        for source in inputs:
            if not target.stream and _same_file(target.path, Path(source)):
                raise UsageError(f"output {escape(path, 300)} is also an input", hint="choose another output file")
        if target.stream:
            return
        temp = _create_temp(target.path.parent, fs)
        try:
            fs.close(temp.fd)
        finally:
            _drop(temp, fs)


def is_stream(path: Path) -> bool:
    """Whether *path* is a pipe or a device, or one of this process's streams, and so is written through."""
    return path.exists() and (not path.is_file() or os.path.abspath(path).startswith(_STREAMS))


def sweep(directory: Path, *, fs: Filesystem = REAL) -> None:
    """Remove temporary files that killed writers left in *directory*; live ones stay. Never raises."""
    try:
        names = [entry.name for entry in os.scandir(directory) if is_temp(entry.name)]
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            _sweep_one(directory / name, fs)


def remove_tree(path: Path, *, fs: Filesystem = REAL) -> None:
    """Remove a file, or a directory and what is in it, following no links. Raises OSError."""
    if path.is_symlink() or not path.is_dir():
        fs.unlink(path)
        return
    for name in sorted(os.listdir(path)):
        remove_tree(path / name, fs=fs)
    fs.rmdir(path)


def discard_directory(path: Path, *, fs: Filesystem = REAL) -> None:
    """Remove a directory that others may read: under its own name it is whole or gone. Raises OSError."""
    temp = path.parent / temp_name()
    fs.rename(path, temp)
    remove_tree(temp, fs=fs)


def sweep_directories(parent: Path, *, fs: Filesystem = REAL) -> None:
    """Remove temporary directories of killed writers; the caller is the only live one. Never raises."""
    with contextlib.suppress(OSError):
        for name in os.listdir(parent):
            if is_temp(name):
                remove_tree(parent / name, fs=fs)


def temp_name() -> str:
    """A fresh name that :func:`is_temp` recognises."""
    return f"{TEMP_PREFIX}{secrets.token_hex(8)}{TEMP_SUFFIX}"


def is_temp(name: str) -> bool:
    """Whether a file or directory of this name is one of our temporary ones."""
    return name.startswith(TEMP_PREFIX) and name.endswith(TEMP_SUFFIX)


@contextlib.contextmanager
def reported(path: Path | str) -> Iterator[None]:
    """Turn an OSError into a WriteError that names *path*, the reason and a remedy."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "choose a place that can be written to")
        reason = error.strerror or str(error)
        raise WriteError(f"cannot write {escape(path, 300)}: {reason}", hint=hint) from error


def _resolve(path: Path) -> _Target:
    """Find out what an output name stands for. Raises OSError when it cannot be an output."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return _Target(Path(os.path.realpath(path)), _default_mode(), stream=False)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.W_OK):  # A rename would succeed all the same, against its owner's wish.
        raise PermissionError(errno.EACCES, "the file is read-only")
    return _Target(Path(os.path.realpath(path)), stat.S_IMODE(status.st_mode), is_stream(path))


def _default_mode() -> int:
    """Permission bits that the umask leaves a new file."""
    umask = os.umask(0o077)  # It can only be read by setting it: to the safe side, as threads share it.
    os.umask(umask)
    return 0o666 & ~umask


def _create_temp(directory: Path, fs: Filesystem) -> _Temp:
    """A new temporary file that no sweeper will touch."""
    for _ in range(16):
        path = directory / temp_name()
        fd = fs.open_exclusive(path)
        try:
            held = fs.hold(fd)
        except BlockingIOError:
            fs.close(fd)
            continue
        except BaseException:
            _drop(_Temp(path, fd, fd), fs)
            raise
        if os.fstat(fd).st_nlink:
            return _Temp(path, fd, held)
        # A sweeper took it between its creation and the mark: use another name.
        fs.close(held)
        fs.close(fd)
    raise OSError(errno.EAGAIN, "temporary files keep disappearing")


def _drop(temp: _Temp, fs: Filesystem) -> None:
    """Remove a temporary file that is no longer written to and drop its mark. Never raises OSError."""
    with contextlib.suppress(OSError):
        fs.unlink(temp.path)
    with contextlib.suppress(OSError):
        fs.close(temp.held)


def _fill(fd: int, data: bytes, mode: int, fs: Filesystem) -> None:
    """Write *data*, make it durable and close *fd*, which is closed in any case."""
    try:
        _write_all(fd, data, fs)
        fs.chmod(fd, mode)
        fs.fsync(fd)
    except BaseException:
        with contextlib.suppress(OSError):
            fs.close(fd)
        raise
    fs.close(fd)


def _write_all(fd: int, data: bytes, fs: Filesystem) -> None:
    """Write every byte, however few the system takes at a time."""
    rest = memoryview(data)
    while rest:
        taken = fs.write(fd, rest)
        if not taken:
            raise OSError(errno.EIO, "the system accepts no bytes")
        rest = rest[taken:]


def _write_through(path: Path, data: bytes, fs: Filesystem) -> None:
    """Append *data* to a pipe, a device or an already redirected stream."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        _write_all(fd, data, fs)
    finally:
        fs.close(fd)


def _sweep_one(path: Path, fs: Filesystem) -> None:
    """Remove one temporary file unless a live process holds it."""
    fd = os.open(path, _READ)
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fs.unlink(path)
    finally:
        os.close(fd)


def _same_file(target: Path, source: Path) -> bool:
    """Whether both names lead to one file: the same inode or, when it does not exist yet, the same path."""
    try:
        return os.path.samestat(os.stat(target), os.stat(source))
    except OSError:
        return os.path.realpath(source) == str(target)
