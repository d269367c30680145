"""JSON from files that may be hostile: one object, bounded size, depth and numbers, no duplicate keys."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from gruforecast.errors import escape
from gruforecast.store.reading import refused

MAX_DEPTH = 32
MAX_DIGITS = 64  # Enough for the 128-bit integers of a random generator's state.


def parse_object(data: bytes, source: Path | str, limit: int) -> dict[str, Any]:
    """Parse *data*, at most *limit* bytes of UTF-8, into a dict. Raises ModelRefused that names *source*."""
    if len(data) > limit:
        raise refused(source, f"its JSON has {len(data)} bytes, more than {limit}")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_bounded_int,
            parse_float=_finite_float,
            parse_constant=_no_constant,
        )
        if not isinstance(value, dict):
            raise ValueError("not an object")
        _check_values(value)
    except RecursionError:
        raise refused(source, "is not valid JSON: nested too deep") from None
    except ValueError as error:  # Also what the decoders of UTF-8 and JSON raise.
        raise refused(source, f"is not valid JSON: {_first_line(error)}") from error
    return value


def dump_object(value: dict[str, Any]) -> bytes:
    """The one way *value* is written: sorted keys, UTF-8, no NaN or infinity (ValueError), one line end."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise ValueError(f"duplicate key {escape(name)}")
        result[name] = value
    return result


def _bounded_int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"an integer of {len(text)} digits")
    return int(text)


def _finite_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"number {escape(text)} is out of range")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _check_values(root: dict[str, Any]) -> None:
    """Refuse deep nesting, which readers recurse into, and lone surrogates, which no output can encode."""
    level: list[Any] = [root]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value)
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
            elif isinstance(value, str):
                value.encode("utf-8")
        if not inner:
            return
        level = inner
    raise ValueError(f"nested deeper than {MAX_DEPTH}")


def _first_line(error: ValueError) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "half a surrogate pair in a string"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
