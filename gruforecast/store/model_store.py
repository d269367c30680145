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

from numpy.typing import NDArray

from gruforecast.errors import ModelRefused, NoInput, UsageError, WriteError, escape
from gruforecast.store import files, strict_json, tensors
from gruforecast.store.filesystem import REAL, Filesystem
from gruforecast.store.lock import LOCK_NAME, locked
from gruforecast.store.manifest import MANIFEST, MAX_MANIFEST, WEIGHTS, check_manifest, encode_model
from gruforecast.store.reading import opened_directory, read_regular, refused

DEFAULT_DIRECTORY = "gruforecast-model"
CURRENT, VERSIONS, RUNS = "CURRENT", "versions", "runs"
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
    content = encode_model(manifest, weights)
    with locked(root):
        files.sweep_directories(root / VERSIONS, fs=fs)
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
    """Raise UsageError when publishing to *directory* would mix a model into files that are not one.

    Raises ModelRefused when a part of it is a link or the like, through which a write would land elsewhere.
    """
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
    for name, is_plain in ((CURRENT, os.path.isfile), (VERSIONS, os.path.isdir), (RUNS, os.path.isdir)):
        if name in names and (os.path.islink(root / name) or not is_plain(root / name)):
            raise refused(root / name, "is not a plain file or directory", "name another directory with -m")
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
            digest, size = check_manifest(manifest, shown / MANIFEST)
            blob = read_regular(fd, WEIGHTS, shown / WEIGHTS, size)
    except FileNotFoundError as error:
        raise refused(shown, f"is incomplete: {escape(error.filename)} is missing") from None
    if len(blob) != size or hashlib.sha256(blob).hexdigest() != digest:
        raise refused(shown / WEIGHTS, "is damaged: its SHA-256 is not the one in the manifest")
    return StoredModel(current.version, manifest, blob, root, current.manifest_sha256)


def _refuse_single_file(root: Path) -> None:
    """A model is a directory; a file may be a pickle in any disguise."""
    if os.path.isfile(root):
        with contextlib.suppress(OSError), root.open("rb") as file:
            tensors.refuse_magic(file.read(16), root)
        raise refused(root, "is a file, not a model directory; pickled files are never loaded")


def _no_model(root: Path) -> NoInput:
    return NoInput(f"no model in {escape(root, 300)}", hint="run `gruforecast train`, or name one with -m")


def _versions(root: Path) -> list[int]:
    """Numbers of all complete versions, oldest first."""
    return sorted(int(name) for name in os.listdir(root / VERSIONS) if _VERSION_NAME.fullmatch(name))


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
                files.discard_directory(root / VERSIONS / f"{number:06d}", fs=fs)
