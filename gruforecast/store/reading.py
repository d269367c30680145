"""Reading files that may be hostile: regular files of fixed names and bounded sizes, no links followed."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gruforecast.errors import ModelRefused, NoInput, escape

RETRAIN = "train again with `gruforecast train`"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK opening a FIFO would wait for a writer for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def refused(source: Path | str, why: str, hint: str = RETRAIN) -> ModelRefused:
    """The refusal of a model file, in one line: which file, what is wrong, what to do."""
    return ModelRefused(f"{escape(source, 300)}: {why}", hint=hint)


@contextlib.contextmanager
def opened_directory(root: Path, *names: str) -> Iterator[int]:
    """Descriptor of ``root/names…``. *root* itself may be a symbolic link, nothing below it may.

    Raises FileNotFoundError, NoInput (no permission) or ModelRefused.
    """
    shown, fd = root, -1
    try:
        with _explained(shown):
            fd = os.open(root, _DIRECTORY)
        for name in names:
            shown = shown / name
            with _explained(shown):
                inner = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            os.close(fd)
            fd = inner
        yield fd
    finally:
        if fd >= 0:
            os.close(fd)


def read_regular(directory: int, name: str, shown: Path, limit: int) -> bytes:
    """The bytes of file *name* in the open *directory*, at most *limit*; *shown* is its path in messages.

    Raises FileNotFoundError, NoInput (no permission) or ModelRefused.
    """
    with _explained(shown):
        fd = os.open(name, _FILE, dir_fd=directory)
        with os.fdopen(fd, "rb") as file:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise refused(shown, "is not a regular file")
            if status.st_nlink > 1:  # 0 is fine: replaced by a newer one since it was opened.
                raise refused(shown, "is hard-linked elsewhere", "copy the model directory, or " + RETRAIN)
            if status.st_size > limit:
                raise refused(shown, f"has {status.st_size} bytes, more than the {limit} expected")
            data = file.read(status.st_size + 1)
    if len(data) != status.st_size:
        raise refused(shown, "changed while it was read")
    return data


@contextlib.contextmanager
def _explained(shown: Path) -> Iterator[None]:
    """Turn OSErrors other than "no such file" into refusals that name *shown*."""
    try:
        yield
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise NoInput(f"{escape(shown, 300)} cannot be opened: permission denied") from error
    except OSError as error:
        # Linux answers ENOTDIR for a link where O_DIRECTORY | O_NOFOLLOW wants a directory.
        link = error.errno == errno.ELOOP or os.path.islink(shown)
        why = "is a symbolic link" if link else f"cannot be read: {error.strerror or error}"
        raise refused(shown, why) from error
