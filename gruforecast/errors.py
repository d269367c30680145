"""Every refusal of this package: one exception tree whose classes carry the exit code of the command line."""

from __future__ import annotations


def escape(value: object, limit: int = 60) -> str:
    """Quote *value* for a one-line message: control characters and newlines escaped, cut to *limit* characters."""
    text = str(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    # repr() escapes everything non-printable (ANSI codes, newlines, bidi marks), so no input reaches a terminal raw.
    return repr(text)


def unit(file: str | None) -> str:
    """What the content of *file* is counted in: rows if it is what a database answered, else lines."""
    return "row" if "://" in (file or "") else "line"


def place(file: str | None, line: int | None) -> str:
    """``sales.csv:17``, or ``sqlite:///sales.db: row 17``; empty where nothing is known."""
    if not file or line is None:
        return file or ""
    return f"{file}: row {line}" if unit(file) == "row" else f"{file}:{line}"


class GruforecastError(Exception):
    """Base of all refusals.

    ``exit_code`` is what the process ends with, ``code`` a stable machine-readable name, ``hint`` the remedy:
    what the user should type or change.
    """

    exit_code = 1
    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(GruforecastError):
    """A flag, a setting or a combination of them that cannot work."""

    exit_code = 2
    code = "usage"


class PartialResult(GruforecastError):
    """Done, but some series fell back or were skipped, and ``--strict`` was given."""

    exit_code = 3
    code = "partial"


class TrainingDiverged(GruforecastError):
    """The loss became non-finite and halving the learning rate did not help. Nothing was published."""

    exit_code = 4
    code = "diverged"


class GateFailed(GruforecastError):
    """A ``--fail-if`` condition came true."""

    exit_code = 7
    code = "gate"


class DataError(GruforecastError):
    """Input data that cannot be read without guessing. Says file, line, column and value where they are known.

    ``problem`` is the message without the place.
    """

    exit_code = 65
    code = "data"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        file: str | None = None,
        line: int | None = None,
        column: str | None = None,
        value: object = None,
    ) -> None:
        self.file, self.line, self.column, self.value = file, line, column, value
        where = place(file, line)
        parts = [where] if where else []
        if column is not None:
            parts.append(f"column {escape(column)}")
        if value is not None:
            message = f"{escape(value)} {message}"
        self.problem = message
        super().__init__(": ".join([*parts, message]), hint=hint)


class NoRows(DataError):
    """A file with a header and nothing below it."""


class NoInput(GruforecastError):
    """The input does not exist, is not a regular file or cannot be opened."""

    exit_code = 66
    code = "no-input"


class ResourceError(GruforecastError):
    """Not enough memory, no such device, or no more processes."""

    exit_code = 69
    code = "resource"


class WriteError(GruforecastError):
    """An output could not be written. What stood there before is untouched."""

    exit_code = 74
    code = "write"


class Locked(GruforecastError):
    """Another run holds the model directory; trying again later is right."""

    exit_code = 75
    code = "locked"


class ModelRefused(GruforecastError):
    """A model directory that is damaged, foreign, or newer than this version."""

    exit_code = 76
    code = "model"
