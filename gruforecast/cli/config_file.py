"""Settings from a TOML file and from GRUFORECAST_… variables. Precedence: flag, variable, file, default."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from gruforecast.errors import NoInput, UsageError, escape

PREFIX = "GRUFORECAST_"
# "benchmarks" is where `make bench` looks for its data; it may stay exported while the commands run.
_NOT_SETTINGS = {"config", "help", "version", "debug", "benchmarks"}


def apply_settings(context: typer.Context, path: Path | None) -> Path | None:
    """Make the file's and the environment's settings the defaults of the command that *context* is for.

    This is the callback of ``--config``, which is read before all other flags, given or not.
    Raises UsageError for an unknown key or a value of the wrong kind, NoInput when the file cannot be read.
    """
    if context.resilient_parsing:
        return path
    path = path or (Path(os.environ[PREFIX + "CONFIG"]) if os.environ.get(PREFIX + "CONFIG") else None)
    variables = _variables()
    if path is None and not variables:
        return path
    known = _known_settings(context)
    settings: dict[str, tuple[Any, str]] = {}
    if path is not None:
        settings |= _from_file(path, str(context.info_name), known)
    settings |= _from_environment(variables, known)
    own = {parameter.name: parameter for parameter in context.command.params}
    context.default_map = {
        name: _checked(context, own[name], value, origin) for name, (value, origin) in settings.items() if name in own
    }
    return path


def _known_settings(context: typer.Context) -> dict[str, set[str]]:
    """Command → its setting names. One file may serve all commands, so each may hold the others' keys."""
    group = context.parent.command if context.parent else context.command
    commands: Mapping[str, Any] = getattr(group, "commands", {})
    return {
        name: {p.name for p in command.params if p.param_type_name == "option"} - _NOT_SETTINGS
        for name, command in commands.items()  # makes them all, which takes time
    }


def _variables() -> dict[str, str]:
    """The environment's settings, by the whole names of the variables."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in _NOT_SETTINGS
    }


def _from_file(path: Path, command: str, known: dict[str, set[str]]) -> dict[str, tuple[Any, str]]:
    """Top-level keys are for every command; a table named like a command is for that one and wins."""
    found: dict[str, tuple[Any, str]] = {}
    own: dict[str, tuple[Any, str]] = {}
    shown = escape(path, 200)
    for key, value in _parse(path).items():
        if isinstance(value, dict) and key in known:
            for name, inner in value.items():
                setting = _match(name, known[key], f"{shown}: [{key}]: unknown setting")
                if key == command:
                    own[setting] = (inner, f"{shown}: [{key}] {name}")
        else:
            found[_match(key, set().union(*known.values()), f"{shown}: unknown setting")] = (value, f"{shown}: {key}")
    return found | own


def _parse(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoInput(f"{escape(path, 200)}: {error.strerror}", hint="name a TOML file with --config") from error
    except ValueError as error:
        raise UsageError(f"{escape(path, 200)} is not TOML: {error}") from error


def _from_environment(variables: dict[str, str], known: dict[str, set[str]]) -> dict[str, tuple[Any, str]]:
    names = set().union(*known.values())
    found: dict[str, tuple[Any, str]] = {}
    for variable, value in variables.items():
        key = variable.removeprefix(PREFIX).lower()
        found[_match(key, names, f"environment: {PREFIX}… holds an unknown setting")] = (value, variable)
    return found


def _match(key: str, known: set[str], complaint: str) -> str:
    name = key.replace("-", "_")
    if name in known:
        return name
    near = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
    raise UsageError(f"{complaint} {escape(key)}", hint=hint)


def _checked(context: typer.Context, parameter: Any, value: Any, origin: str) -> Any:
    """*value* in the form a flag's text has, refused with its origin when the flag would not take it."""
    if isinstance(value, list) and not parameter.multiple:
        value = ",".join(str(item) for item in value)
    if parameter.multiple:
        value = [str(item) for item in value] if isinstance(value, list) else [str(value)]
    try:
        parameter.process_value(context, value)
    except Exception as error:  # Whatever the parser raises for a value it cannot take.
        reason = getattr(error, "message", None) or str(error)
        raise UsageError(f"{origin} = {escape(value)}: {reason}".rstrip(".")) from error
    return value
