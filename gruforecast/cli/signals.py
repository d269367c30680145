"""What SIGINT and SIGTERM do: the first stops in an orderly way, the second at once.

Work that has something to save defers the first, asks from time to time whether one is pending, and saves.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_STOPS = (signal.SIGINT, signal.SIGTERM)
_SECONDS_TO_NEXT_LOOK = 0.05
_received: list[int] = []
_deferring = False


class Stopped(BaseException):
    """A signal asked this process to stop. Not an Exception, so that no handler for errors swallows it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def stopping() -> Iterator[None]:
    """Within the block a first signal raises :class:`Stopped`, so that every ``finally`` on the way out runs.

    A module that is being imported is finished first; a second signal does not wait for it.
    """
    handlers = {**dict.fromkeys(_STOPS, _stop), signal.SIGALRM: _leave}
    try:
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    except ValueError:  # Not in the main thread: someone else's signals.
        yield
        return
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _received.clear()
        _defer(False)
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    for other in _STOPS:
        signal.signal(other, signal.SIG_DFL)
    _received.append(number)
    if not _deferring:
        _leave(number, frame)


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
    # PyTorch's start calls Python from C++ that aborts the process on any exception, so an import ends first.
    if _importing(frame):
        # Again and again: a signal that comes just before a call that waits does not interrupt it.
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_NEXT_LOOK, _SECONDS_TO_NEXT_LOOK)
    else:
        signal.setitimer(signal.ITIMER_REAL, 0)
        check()


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


def check() -> None:
    """Raise :class:`Stopped` for a signal that was deferred until now, or again if Python swallowed the first one.

    Python does so in callbacks and destructors.
    """
    if _received and not _deferring:
        raise Stopped(_received[-1])


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Within the block a first signal is only noted; :class:`Stopped` is raised at its end."""
    _defer(True)
    try:
        yield
    finally:
        _defer(False)
    check()


def is_deferring() -> bool:
    """Whether such a block is open."""
    return _deferring


def pending() -> bool:
    """Whether a signal asked to stop."""
    return bool(_received)


def _defer(value: bool) -> None:
    global _deferring
    _deferring = value


def leave(number: int) -> int:
    """Exit code after signal *number*. At a terminal SIGINT is passed on, so that a shell's loop stops as well."""
    if number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return 128 + number
