"""Resumable state of a long training run: numbered checkpoints, each whole or absent, the newest two kept.

runs/<id>/  ckpt-7/  state.json  state.safetensors
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from gruforecast.errors import ModelRefused, NoInput
from gruforecast.store import files
from gruforecast.store.filesystem import REAL, Filesystem
from gruforecast.store.manifest import MAX_MANIFEST, MAX_WEIGHTS
from gruforecast.store.reading import opened_directory, read_regular, refused
from gruforecast.store.strict_json import dump_object, parse_object
from gruforecast.store.tensors import Tensors, read_any_tensors, save_tensors

STATE, TENSORS = "state.json", "state.safetensors"
_NAME = re.compile(r"ckpt-([0-9]{1,9})", re.ASCII)


class SavedState(NamedTuple):
    """A checkpoint as it was saved. ``step`` counts optimizer steps; ``meta`` is plain JSON."""

    step: int
    meta: dict[str, Any]
    tensors: Tensors


def save_state(
    run: Path | str,
    step: int,
    meta: Mapping[str, Any],
    tensors: Mapping[str, NDArray[Any]],
    *,
    keep: int = 2,
    fs: Filesystem = REAL,
) -> None:
    """Add a checkpoint to *run*, a directory of which the caller is the only writer, and prune older ones.

    *tensors* are float16/32/64, int64 or uint8 of any names and shapes; non-finite floats are allowed there
    but not in *meta* (ValueError). Raises WriteError; the earlier checkpoints are then intact.
    """
    root = Path(run)
    content = _encode(step, meta, tensors)
    files.make_directory(root, fs=fs)
    files.sweep_directories(root, fs=fs)
    # Numbered by order of saving, as steps may go backwards when training returns to an earlier state.
    numbers = _numbers(root)
    files.write_directory(root / f"ckpt-{max([0, *numbers]) + 1}", content, fs=fs)
    with contextlib.suppress(OSError):  # The checkpoint is safe by now; the next one prunes again.
        for number in numbers[: max(0, len(numbers) - max(0, keep - 1))]:
            files.discard_directory(root / f"ckpt-{number}", fs=fs)


def latest_state(run: Path | str) -> SavedState | None:
    """The newest checkpoint of *run* that is whole, or None. Damaged ones are passed over."""
    root = Path(run)
    for number in reversed(_numbers(root)):
        with contextlib.suppress(ModelRefused, NoInput, FileNotFoundError):
            return _read(root, f"ckpt-{number}")
    return None


def discard_run(run: Path | str, *, fs: Filesystem = REAL) -> None:
    """Remove all checkpoints of *run*, and the directory of runs where it is the last. Never raises."""
    root = Path(run)
    with contextlib.suppress(OSError):
        files.discard_directory(root, fs=fs)
    with contextlib.suppress(OSError):
        files.sweep_directories(root.parent, fs=fs)
        fs.rmdir(root.parent)


def _encode(step: int, meta: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
    """The two files of a checkpoint; refused here if they could not be read back."""
    blob = save_tensors(tensors)
    described = {"sha256": hashlib.sha256(blob).hexdigest(), "bytes": len(blob)}
    content = {"step": int(step), "meta": dict(meta), "tensors": described}
    # Hashed as it will be read back: JSON turns numeric keys into texts, which sort differently.
    content = parse_object(dump_object(content), STATE, MAX_MANIFEST // 2)
    # Nothing else vouches for this file, so it carries its own hash.
    return {STATE: dump_object({"content": content, "sha256": _digest(content)}), TENSORS: blob}


def _read(root: Path, name: str) -> SavedState:
    """One checkpoint. Raises FileNotFoundError, NoInput or ModelRefused."""
    shown = root / name
    with opened_directory(root, name) as fd:
        text = read_regular(fd, STATE, shown / STATE, MAX_MANIFEST)
        content = _checked(parse_object(text, shown / STATE, MAX_MANIFEST), shown / STATE)
        blob = read_regular(fd, TENSORS, shown / TENSORS, MAX_WEIGHTS)
    described = {"sha256": hashlib.sha256(blob).hexdigest(), "bytes": len(blob)}
    if content["tensors"] != described:
        raise refused(shown / TENSORS, "is damaged: its SHA-256 is not the one in state.json")
    return SavedState(content["step"], content["meta"], read_any_tensors(blob, source=shown / TENSORS))


def _checked(state: dict[str, Any], shown: Path) -> dict[str, Any]:
    """The content of state.json after its hash and fields were checked. Raises ModelRefused."""
    content = state.get("content")
    if not isinstance(content, dict) or _digest(content) != state.get("sha256"):
        raise refused(shown, "is damaged: its SHA-256 does not fit its content")
    if not isinstance(content.get("meta"), dict) or type(content.get("step")) is not int:
        raise refused(shown, "is not of a training run")
    if "tensors" not in content:
        raise refused(shown, "does not describe its tensors")
    return content


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(dump_object(content)).hexdigest()


def _numbers(root: Path) -> list[int]:
    """Numbers of all checkpoints, oldest first; none when there is no such directory."""
    try:
        names = os.listdir(root)
    except OSError:
        return []
    return sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))
