"""The entry point: run a command, and turn whatever happens into an exit code."""

from __future__ import annotations

import os
import sys
import warnings

from gruforecast._version import __version__


def main(arguments: list[str] | None = None) -> int:
    """Run ``gruforecast`` with *arguments* (default: the process's own); returns the exit code."""
    # The network's products are small: on a busy machine a second thread of numpy's waits more than it computes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_closed_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    own = words[: words.index("--")] if "--" in words else words
    return _guarded(
        [word for i, word in enumerate(words) if word != "--debug" or i >= len(own)],
        debug="--debug" in own,
        as_json="--json" in own,
    )


def _open_closed_streams() -> None:
    """Give a process that was started without its streams (``>&-``) some: an empty one, a closed pipe, nothing."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        reader, writer = os.pipe()
        os.close(reader)
        sys.stdout = os.fdopen(writer, "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _guarded(words: list[str], *, debug: bool, as_json: bool) -> int:
    from gruforecast.cli import console, signals
    from gruforecast.errors import GruforecastError

    try:
        with signals.stopping(), warnings.catch_warnings():
            if not debug:
                # Libraries' warnings are for developers; what concerns the user is said as a note.
                warnings.simplefilter("ignore")
            return _run(words)
    except signals.Stopped as stop:
        return signals.leave(stop.number)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        console.silence(sys.stdout)
        return console.CLOSED_PIPE
    except Exception as error:
        refusal = console.as_refusal(error)
        if debug and (refusal is None or not isinstance(error, GruforecastError)):
            raise
        if refusal is None:
            name = type(error).__name__
            refusal = GruforecastError(f"internal error: {name}: {error}", hint="rerun with --debug and report it")
            refusal.code = "internal"
        if debug:
            import traceback

            traceback.print_exception(error)
        return console.show_error(refusal, as_json=as_json)


def _run(words: list[str]) -> int:
    result: object = 0
    if words == ["--version"]:
        # Answered before the parser is imported.
        sys.stdout.write(f"gruforecast {__version__}\n")
    else:
        from gruforecast.cli.app import command

        try:
            result = command().main(args=words, prog_name="gruforecast", standalone_mode=False)
        except SystemExit as leaving:
            # The parser turns a closed pipe into exit code 1.
            if isinstance(leaving.__context__, BrokenPipeError):
                raise leaving.__context__ from None
            raise
    # Here and not at exit, where a closed pipe could no longer be handled.
    sys.stdout.flush()
    return result if isinstance(result, int) else 0
