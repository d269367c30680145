"""Talking to the user: results to stdout, everything else to stderr, and the one place that shows an error."""

from __future__ import annotations

import errno
import json
import math
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gruforecast.errors import GruforecastError, ResourceError, UsageError, WriteError

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA_VERSION = 1
CLOSED_PIPE = 141
_NO_RESOURCES = (errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def stderr_console() -> Console:
    """Rich on stderr; it honours NO_COLOR and TERM=dumb, and writes plain text where there is no terminal."""
    from rich.console import Console
    from rich.theme import Theme

    calm = Theme({f"progress.{name}": "dim" for name in ("download", "remaining", "elapsed")})
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty(), theme=calm)


class Talk:
    """What a command says while it works and when it is done."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self.quiet, self.as_json = quiet, as_json

    def say(self, line: str) -> None:
        """A line for people (rich markup); nothing with ``--quiet``."""
        if not self.quiet:
            stderr_console().print(line)

    def notes(self, notes: Iterable[str]) -> None:
        """What a reader of the result should know, a line each, shown as it is."""
        from gruforecast.cli.text import escaped

        for note in notes:
            self.say(f"[yellow]Note[/]  {escaped(note)}")

    def show(self, renderable: Any) -> None:
        """A table or panel for people."""
        if not (self.quiet or self.as_json):
            stderr_console().print(renderable)

    def result(self, renderable: Any) -> None:
        """A table that is itself the result: it goes to stdout."""
        if not self.as_json:
            from rich.console import Console

            Console(highlight=False).print(renderable)

    def refuse_two_documents(self, to_stdout: bool) -> None:
        """Raise UsageError when data and ``--json`` would both go to stdout."""
        if to_stdout and self.as_json:
            raise UsageError("-o - and --json both want stdout", hint="leave one of them out")

    def data(self, content: bytes) -> None:
        """A result that goes to stdout."""
        write_stdout(content)

    def document(self, **content: Any) -> None:
        """The result for programs, with ``--json``."""
        if self.as_json:
            write_stdout(dump({"schema_version": SCHEMA_VERSION, **content}) + b"\n")


def dump(value: Any) -> bytes:
    """JSON of *value*; what is not finite becomes null."""
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=2, default=str).encode("utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list | tuple) else value


def write_stdout(data: bytes) -> None:
    """Write *data* to stdout and flush it, so that a full disk or a closed pipe is noticed here."""
    left = memoryview(data)
    try:
        while left:
            # Without a buffer (PYTHONUNBUFFERED) a pipe or a nearly full disk takes a part, and says so only here.
            written = sys.stdout.buffer.write(left)
            if not written:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            left = left[written:]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        silence(sys.stdout)
        raise WriteError(f"cannot write to stdout: {error.strerror}", hint="check where it is redirected to") from error


def silence(stream: Any) -> None:
    """Point *stream* at nothing, so that the flush at exit cannot fail again."""
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())


def show_error(error: GruforecastError, *, as_json: bool) -> int:
    """Show *error* as one line, or as JSON; returns the exit code."""
    if as_json:
        fields = {"code": error.code, "message": error.message, "hint": error.hint, "exit_code": error.exit_code}
        text = json.dumps({"schema_version": SCHEMA_VERSION, **fields}, ensure_ascii=True)
    else:
        text = f"{_painted('error:')} {_printable(str(error))}"
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    return error.exit_code


def as_refusal(error: BaseException) -> GruforecastError | None:
    """The refusal that *error* amounts to, if it is one; None for a bug."""
    if isinstance(error, GruforecastError):
        return error
    if hasattr(error, "format_message"):
        return _usage(error)
    text = str(error)
    memory = isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text
    if memory:
        return ResourceError("not enough memory", hint="smaller --batch-size or --hidden, or fewer series at once")
    if (isinstance(error, OSError) and error.errno in _NO_RESOURCES) or "can't start new thread" in text:
        return ResourceError(f"the system has no room for this: {text}", hint="fewer --threads, or a higher ulimit")
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return WriteError(f"a write failed: {error.strerror}", hint="free some space and run again")
    return None


def _usage(error: Any) -> UsageError:
    """A complaint of the command-line parser, in this package's form."""
    context, near = getattr(error, "ctx", None), getattr(error, "possibilities", None)
    message = str(getattr(error, "message", "") if near else error.format_message())
    message = message.rstrip(".")
    hint = f"see {context.command_path} --help" if context is not None else "see gruforecast --help"
    message, _, meant = message.partition(". Did you mean ")
    if near or meant:
        hint = f"did you mean {next(iter(near)) if near else meant.replace(chr(39), '').rstrip('?')}?"
    return UsageError(message[:1].lower() + message[1:], hint=hint)


def _printable(text: str) -> str:
    """One line, nothing that a terminal would obey."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def _painted(word: str) -> str:
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM", "dumb") == "dumb" or not sys.stderr.isatty()
    return word if plain else f"\x1b[1;31m{word}\x1b[0m"
