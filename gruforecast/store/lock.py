"""One writer per directory: a lock that the kernel releases when its holder dies."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from gruforecast.errors import Locked, escape
from gruforecast.store.files import make_directory, reported

LOCK_NAME = "LOCK"
# Which thread of this process holds which directory, so that a function that needs the lock can be called
# with or without it.
_held: set[tuple[str, int]] = set()


@contextlib.contextmanager
def locked(directory: Path | str, wait: float | None = None) -> Iterator[None]:
    """Hold the lock of *directory*, which is created if missing, for the length of a ``with`` block.

    *wait* is how many seconds to wait for another holder; None does not wait at all. The thread that holds
    the lock may take it again. Raises Locked, or WriteError when the lock file cannot be created.
    """
    path = Path(directory)
    key = (os.path.realpath(path), threading.get_ident())
    if key in _held:
        yield
        return
    make_directory(path)
    lock = _acquire(path, 0.0 if wait is None else max(0.0, wait))
    _held.add(key)
    try:
        yield
    finally:
        _held.discard(key)
        lock.release()


def _acquire(directory: Path, timeout: float) -> FileLock:
    """The acquired lock of *directory*."""
    end = time.monotonic() + timeout
    with reported(directory / LOCK_NAME):
        lock = FileLock(directory / LOCK_NAME)
        try:
            try:
                lock.acquire(timeout=timeout)
            except FileNotFoundError:
                # The run that was waited for failed, and took the directory that it had made away with it.
                make_directory(directory)
                lock.acquire(timeout=max(0.0, end - time.monotonic()))
        except Timeout as error:  # An OSError too, hence before ``reported`` sees it.
            raise Locked(
                f"{escape(directory, 300)} is in use by another run",
                hint="try again later, or wait with --wait",
            ) from error
        except NotImplementedError as error:
            raise OSError("this filesystem has no file locks") from error
    return lock
