"""The model directory: immutable versions, one of them current, published whole and read without a lock.

model/  LOCK  CURRENT (version and SHA-256 of its manifest)
        versions/000012/  manifest.json  model.safetensors
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gruforecast._version import __version__
from gruforecast.errors import ModelRefused, NoInput, TrainingDiverged, UsageError, WriteError, escape
from gruforecast.store import files, strict_json, tensors
from gruforecast.store.files import REAL, Filesystem
from gruforecast.store.lock import LOCK_NAME, locked
from gruforecast.store.reading import opened_directory, read_regular, refused

FORMAT, SCHEMA_VERSION = "gruforecast-model", 1
DEFAULT_DIRECTORY = "gruforecast-model"
CURRENT, VERSIONS, RUNS = "CURRENT", "versions", "runs"
MANIFEST, WEIGHTS = "manifest.json", "model.safetensors"
MAX_MANIFEST, MAX_WEIGHTS = 4_000_000, 4 * 2**30
_CURRENT_LINE = re.compile(rb"([0-9]{6}) ([0-9a-f]{64})\n")
_VERSION_NAME = re.compile(r"[0-9]{6}", re.ASCII)
_READ_TRIES = 20


class _Current(NamedTuple):
    """What CURRENT says: which version counts, and the SHA-256 of its manifest."""

    version: int
    manifest_sha256: str


@dataclass(frozen=True)
class StoredModel:
    """One published version as read from disk, its hashes verified, its weights not yet parsed.

    ``path`` is the model directory as the caller named it.
    """

    version: int
    manifest: dict[str, Any]
    weights_bytes: bytes
    path: Path
    manifest_sha256: str

    @property
    def weights_path(self) -> Path:
        """Where the weights stand, for messages."""
        return self.path / VERSIONS / f"{self.version:06d}" / WEIGHTS


def publish(
    directory: Path | str,
    manifest: Mapping[str, Any],
    weights: Mapping[str, NDArray[Any]],
    *,
    keep: int = 3,
    fs: Filesystem = REAL,
) -> int:
    """Make *manifest* and *weights* the current version of the model; returns its number.

    Adds ``format``, ``schema_version``, ``gruforecast_version`` and ``weights`` to the manifest. Takes the
    lock unless this thread holds it. The newest *keep* versions stay. Raises UsageError (not a model
    directory), Locked, WriteError, TrainingDiverged (weights not finite); the old model is then intact.
    """
    root = Path(directory)
    check_target(root)
    content = _encode(root, manifest, weights)
    with locked(root):
        _sweep(root, fs)
        before = _current_or_none(root)
        files.make_directory(root / VERSIONS, fs=fs)
        version = max([0, *_versions(root)]) + 1
        if version > 999_999:
            raise WriteError(f"{escape(root, 300)} has no version number left", hint="use a new directory")
        files.write_directory(root / VERSIONS / f"{version:06d}", content, fs=fs)
        line = f"{version:06d} {hashlib.sha256(content[MANIFEST]).hexdigest()}\n"
        files.write_atomic(root / CURRENT, line.encode("ascii"), fs=fs)
        _prune(root, version, before, keep, fs)
    return version


def read_model(directory: Path | str) -> StoredModel:
    """The current version, its hashes verified. Needs no lock: a concurrent publish or prune does no harm.

    Raises NoInput (no model here) or ModelRefused (damaged, foreign, newer).
    """
    root = Path(directory)
    _refuse_single_file(root)
    current = _read_current(root)
    for _ in range(_READ_TRIES):
        try:
            return _read_version(root, current)
        except ModelRefused:
            # Look again only when the model was replaced, and its old version perhaps pruned, meanwhile.
            latest = _read_current(root)
            if latest == current:
                raise
            current = latest
    return _read_version(root, current)


def load_tensors(
    stored: StoredModel, spec: Mapping[str, tuple[int, ...]], *, dtype: Literal["F32", "F16"] = "F32"
) -> tensors.Tensors:
    """The weights as arrays, named and shaped as *spec* says. Raises ModelRefused."""
    return tensors.read_tensors(stored.weights_bytes, spec, dtype=dtype, source=stored.weights_path)


def newest_model(where: Path | str) -> Path:
    """The model that ``predict`` means when none is named.

    That is the default directory inside *where*, else the most recently published one among its children, the
    first by name when there are several. Raises NoInput.
    """
    root = Path(where)
    if is_model_directory(root / DEFAULT_DIRECTORY) or os.path.lexists(root / DEFAULT_DIRECTORY / CURRENT):
        return root / DEFAULT_DIRECTORY
    found = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(root):
            with contextlib.suppress(OSError):
                current = Path(entry.path) / CURRENT
                if is_model_directory(current.parent):
                    found.append((-current.stat().st_mtime_ns, entry.name))
    if not found:
        raise _no_model(root)
    return root / min(found)[1]


def is_model_directory(directory: Path) -> bool:
    """Whether *directory* holds a CURRENT of ours, readable or not beyond that."""
    try:
        _read_current(directory)
    except (NoInput, ModelRefused):
        return False
    return True


def check_target(directory: Path | str) -> None:
    """Raise UsageError when publishing to *directory* would mix a model into files that are not one."""
    root = Path(directory)
    try:
        names = os.listdir(root)
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise UsageError(
            f"{escape(root, 300)} is a file, not a model directory", hint="name another directory with -m"
        ) from None
    except OSError as error:
        raise WriteError(f"cannot open {escape(root, 300)}: {error.strerror}") from error
    ours = {LOCK_NAME, CURRENT, VERSIONS, RUNS}
    foreign = sorted(name for name in names if name not in ours and not files.is_temp(name))
    # Other programs keep a LOCK and a CURRENT too (LevelDB does): the content decides.
    if foreign and not is_model_directory(root):
        raise UsageError(
            f"{escape(root, 300)} holds other files ({escape(foreign[0])}) and is no model directory",
            hint="name a new or empty directory with -m",
        )


def prepare(directory: Path | str, *, fs: Filesystem = REAL) -> None:
    """Refuse, before training, a directory that could not be published to; creates it if missing.

    Raises UsageError or WriteError.
    """
    root = Path(directory)
    check_target(root)
    files.make_directory(root, fs=fs)
    files.probe_writable(root / CURRENT, fs=fs)


def _encode(root: Path, manifest: Mapping[str, Any], weights: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
    """The two files of a version. What could not be read back is refused here, before anything is written."""
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise TrainingDiverged(f"tensor {escape(name)} is not finite", hint="nothing was published")
    blob = tensors.save_tensors(weights)
    full = {
        **manifest,
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "gruforecast_version": __version__,
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(blob).hexdigest(), "bytes": len(blob)},
    }
    text = strict_json.dump_object(full)
    strict_json.parse_object(text, root / MANIFEST, MAX_MANIFEST)
    return {MANIFEST: text, WEIGHTS: blob}


def _read_current(root: Path) -> _Current:
    """Raises NoInput when there is no model, ModelRefused when CURRENT is damaged."""
    try:
        with opened_directory(root) as fd:
            data = read_regular(fd, CURRENT, root / CURRENT, 1000)
    except FileNotFoundError:
        raise _no_model(root) from None
    match = _CURRENT_LINE.fullmatch(data)
    if match is None:
        raise refused(root / CURRENT, "is damaged, or not of a model directory")
    return _Current(int(match[1]), match[2].decode("ascii"))


def _current_or_none(root: Path) -> _Current | None:
    """CURRENT, or None when there is none or it is damaged: publishing repairs that."""
    with contextlib.suppress(NoInput, ModelRefused):
        return _read_current(root)
    return None


def _read_version(root: Path, current: _Current) -> StoredModel:
    """Read manifest and weights once and compare their hashes. Raises ModelRefused or NoInput."""
    name = f"{current.version:06d}"
    shown = root / VERSIONS / name
    try:
        with opened_directory(root, VERSIONS, name) as fd:
            text = read_regular(fd, MANIFEST, shown / MANIFEST, MAX_MANIFEST)
            if hashlib.sha256(text).hexdigest() != current.manifest_sha256:
                raise refused(shown / MANIFEST, "is damaged: its SHA-256 is not the one in CURRENT")
            manifest = strict_json.parse_object(text, shown / MANIFEST, MAX_MANIFEST)
            digest, size = _check_manifest(manifest, shown / MANIFEST)
            blob = read_regular(fd, WEIGHTS, shown / WEIGHTS, size)
    except FileNotFoundError as error:
        raise refused(shown, f"is incomplete: {escape(error.filename)} is missing") from None
    if len(blob) != size or hashlib.sha256(blob).hexdigest() != digest:
        raise refused(shown / WEIGHTS, "is damaged: its SHA-256 is not the one in the manifest")
    return StoredModel(current.version, manifest, blob, root, current.manifest_sha256)


def _check_manifest(manifest: dict[str, Any], shown: Path) -> tuple[str, int]:
    """SHA-256 and size of the weights. Raises ModelRefused for a foreign or newer manifest."""
    if manifest.get("format") != FORMAT:
        raise refused(shown, "is not of a gruforecast model")
    schema = manifest.get("schema_version")
    if type(schema) is not int or schema < 1:
        raise refused(shown, "has no valid schema_version")
    if schema > SCHEMA_VERSION:
        writer = escape(manifest.get("gruforecast_version", "unknown"))
        raise refused(
            shown,
            f"has schema {schema} of gruforecast {writer}; {__version__} reads up to {SCHEMA_VERSION}",
            "upgrade with `pip install -U gruforecast`",
        )
    weights = manifest.get("weights")
    fields = weights if isinstance(weights, dict) else {}
    digest, size = fields.get("sha256"), fields.get("bytes")
    if fields.get("file") != WEIGHTS or not isinstance(digest, str):
        raise refused(shown, "does not describe its weights")
    if type(size) is not int or not 0 <= size <= MAX_WEIGHTS:
        raise refused(shown, "describes weights of an impossible size")
    return digest, size


def _refuse_single_file(root: Path) -> None:
    """A model is a directory; a file may be a pickle in any disguise."""
    if root.is_file():
        with root.open("rb") as file:
            tensors.refuse_magic(file.read(16), root)
        raise refused(root, "is a file, not a model directory; pickled files are never loaded")


def _no_model(root: Path) -> NoInput:
    return NoInput(f"no model in {escape(root, 300)}", hint="run `gruforecast train`, or name one with -m")


def _versions(root: Path) -> list[int]:
    """Numbers of all complete versions, oldest first."""
    return sorted(int(name) for name in os.listdir(root / VERSIONS) if _VERSION_NAME.fullmatch(name))


def _sweep(root: Path, fs: Filesystem) -> None:
    """Remove what killed publishers left. Under the lock, so every temporary directory is an orphan."""
    with contextlib.suppress(OSError):
        for name in os.listdir(root / VERSIONS):
            if files.is_temp(name):
                files.remove_tree(root / VERSIONS / name, fs=fs)


def _prune(root: Path, version: int, before: _Current | None, keep: int, fs: Filesystem) -> None:
    """Remove all but the newest *keep* versions, and those that a killed publisher left unpublished.

    The new model is published by now, so a failure here is none: the next publish prunes again.
    """
    with contextlib.suppress(OSError):
        others = [number for number in _versions(root) if number != version]
        good = [number for number in others if before is None or number <= before.version]
        stay = set(good[max(0, len(good) - max(0, keep - 1)) :])
        for number in others:
            if number not in stay:
                # Renamed first: a version directory is complete or absent, also for a reader or after a kill.
                temp = root / VERSIONS / files.temp_name()
                fs.rename(root / VERSIONS / f"{number:06d}", temp)
                files.remove_tree(temp, fs=fs)
