"""All writes of this package: whole or not at all, through a seam where tests fail or kill any operation."""

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

from gruforecast.errors import UsageError, WriteError, escape

TEMP_PREFIX, TEMP_SUFFIX = ".gruforecast-", ".tmp"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# Names that stand for a stream this process already has: they are written through, never replaced.
_STREAMS = ("/dev/std", "/dev/fd/", "/proc/")
_HINTS = {
    errno.ENOSPC: "free some space and run again",
    errno.EDQUOT: "free some of your quota and run again",
    errno.EFBIG: "raise the file size limit (ulimit -f) and run again",
    errno.EIO: "check the disk and run again",
}


class Filesystem:
    """The primitive operations that change a disk. Tests substitute one that fails at the Nth call."""

    def open_exclusive(self, path: Path, mode: int = 0o600) -> int:
        """Create *path*, which must not exist, and return its descriptor."""
        return os.open(path, _NEW, mode)

    def hold(self, fd: int) -> int:
        """Mark the open file as in use and return a second descriptor that keeps the mark beyond *fd*.

        The mark is an flock, so the kernel drops it when this process dies: that is how a sweeper tells
        an orphan from a file that is being written. Raises BlockingIOError when a sweeper was faster.
        """
        held = os.dup(fd)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            raise
        except OSError:
            pass  # No flock on this filesystem: a sweeper cannot take it either, and leaves the file alone.
        return held

    def write(self, fd: int, data: memoryview) -> int:
        """Write some of *data*; returns the number of bytes taken."""
        return os.write(fd, data)

    def chmod(self, fd: int, mode: int) -> None:
        """Set the permission bits."""
        os.fchmod(fd, mode)

    def fsync(self, fd: int) -> None:
        """Make the content durable. After a failure the kernel may have dropped it: never call again."""
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """Close a descriptor."""
        os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Replace *target* by *source* in one step."""
        os.rename(source, target)

    def unlink(self, path: Path) -> None:
        """Remove a name."""
        os.unlink(path)

    def mkdir(self, path: Path) -> None:
        """Create one directory."""
        os.mkdir(path)

    def rmdir(self, path: Path) -> None:
        """Remove one empty directory."""
        os.rmdir(path)

    def fsync_dir(self, path: Path) -> None:
        """Make names created, replaced or removed in *path* durable, where the filesystem can."""
        try:
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except PermissionError:
            return  # A directory may be writable without being readable.
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(fd)


REAL = Filesystem()


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
    Raises WriteError; the old file is then intact and no temporary file is left.
    """
    with reported(path):
        target = _resolve(Path(path))
        if target.stream:
            _write_through(Path(path), data, fs)
            return
        sweep(target.path.parent, fs=fs)
        temp = _create_temp(target.path.parent, fs)
        try:
            _fill(temp.fd, data, target.mode, fs)
            fs.rename(temp.path, target.path)
        except BaseException:
            with contextlib.suppress(OSError):
                fs.unlink(temp.path)
            raise
        finally:
            with contextlib.suppress(OSError):
                fs.close(temp.held)
        fs.fsync_dir(target.path.parent)


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
    with reported(path):
        target = _resolve(Path(path))
        for source in inputs:
            if not target.stream and _same_file(target.path, Path(source)):
                raise UsageError(
                    f"output {escape(path, 300)} is also an input", hint="choose another output file"
                )
        if target.stream:
            return
        temp = _create_temp(target.path.parent, fs)
        fs.close(temp.fd)
        fs.close(temp.held)
        fs.unlink(temp.path)


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
    """Remove a directory and what is in it, following no links. Raises OSError."""
    for entry in list(os.scandir(path)):
        if entry.is_dir(follow_symlinks=False):
            remove_tree(path / entry.name, fs=fs)
        else:
            fs.unlink(path / entry.name)
    fs.rmdir(path)


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
    stream = not stat.S_ISREG(status.st_mode) or os.path.abspath(path).startswith(_STREAMS)
    return _Target(Path(os.path.realpath(path)), stat.S_IMODE(status.st_mode), stream)


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
        except BlockingIOError:  # Swept between its creation and the mark: take another name.
            fs.close(fd)
            continue
        if os.fstat(fd).st_nlink:
            return _Temp(path, fd, held)
        fs.close(held)
        fs.close(fd)
    raise OSError(errno.EAGAIN, "temporary files keep disappearing")


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
