"""The primitive operations that change a disk, as one object so that tests can fail or kill any of them."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Filesystem:
    """The real disk. Tests substitute one that fails or dies at the Nth call."""

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
