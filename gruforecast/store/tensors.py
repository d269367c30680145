"""Weights as safetensors bytes: written deterministically, read by a strict parser of our own.

The format is 8 bytes with the length of the header (little endian), a JSON header that maps each name to
``dtype``, ``shape`` and ``data_offsets``, then the data (https://huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from gruforecast.errors import escape
from gruforecast.store.reading import RETRAIN, refused
from gruforecast.store.strict_json import parse_object

MAX_HEADER = 1_000_000
MAX_DIMS, MAX_DIM = 8, 2**40
DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "|u1"}
_MAGIC = (
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"PK\x03\x04", "a zip or PyTorch archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x1f\x8b", "a gzip file"),
)

Tensors = dict[str, NDArray[Any]]


class _Entry(NamedTuple):
    """One line of the header, checked."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def save_tensors(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """The same bytes for the same arrays, whatever order they come in.

    Raises ValueError for a dtype other than float16/32/64, int64 or uint8, or a header too long to be read.
    """
    plain = {}
    for name in sorted(tensors):
        array = np.asarray(tensors[name])
        little = array.dtype.newbyteorder("<")
        if little.str not in DTYPES.values():
            raise ValueError(f"tensor {name!r} has dtype {array.dtype}")
        plain[name] = np.array(array, dtype=little, order="C")
    data = safetensors.numpy.save(plain)
    if int.from_bytes(data[:8], "little") > MAX_HEADER:
        raise ValueError("too many tensors for one file")
    return data


def read_tensors(
    data: bytes,
    spec: Mapping[str, tuple[int, ...]],
    *,
    dtype: Literal["F32", "F16"] = "F32",
    source: Path | str = "model.safetensors",
) -> Tensors:
    """Arrays named and shaped exactly as *spec* says, of *dtype*, all finite.

    Nothing is allocated before names, shapes, dtypes and offsets are checked. Raises ModelRefused.
    """
    entries = _parse_header(data, source)
    _check_spec(entries, spec, dtype, source)
    return _read_entries(data, entries, source)


def read_any_tensors(data: bytes, *, source: Path | str) -> Tensors:
    """Arrays of whatever names, shapes and supported dtypes the file holds; floats may be non-finite.

    Raises ModelRefused.
    """
    return _read_entries(data, _parse_header(data, source), source, finite=False)


def refuse_magic(data: bytes, source: Path | str) -> None:
    """Raise ModelRefused when *data* begins like a pickle or an archive."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise refused(source, f"is {kind}; pickled files and archives are never loaded", RETRAIN)


def _parse_header(data: bytes, source: Path | str) -> list[_Entry]:
    """The checked header, in the order of the data. The data begins at ``len(data) - entries[-1].end``."""
    refuse_magic(data, source)
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise refused(source, "is not a safetensors file, or was cut short")
    if length > MAX_HEADER:
        raise refused(source, f"its header has {length} bytes, more than {MAX_HEADER}")
    if data[8:9] != b"{":
        raise refused(source, "is not a safetensors file")
    header = parse_object(data[8 : 8 + length], source, MAX_HEADER)
    _check_metadata(header.pop("__metadata__", {}), source)
    entries = [_parse_entry(name, value, source) for name, value in header.items()]
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    position = 0
    for entry in entries:
        if entry.begin != position:
            raise refused(source, f"tensor {escape(entry.name)} leaves a gap or overlaps another")
        position = entry.end
    if position != len(data) - 8 - length:
        raise refused(source, "is cut short or has bytes that belong to no tensor")
    return entries


def _check_metadata(value: object, source: Path | str) -> None:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise refused(source, "its metadata is not a table of texts")


def _parse_entry(name: str, value: object, source: Path | str) -> _Entry:
    """One header entry. Raises ModelRefused when its fields contradict each other."""
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data_offsets"}:
        raise refused(source, f"tensor {escape(name)} is described wrongly")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise refused(source, f"tensor {escape(name)} has an unknown dtype {escape(dtype)}")
    if not _is_naturals(shape, MAX_DIM) or len(shape) > MAX_DIMS:
        raise refused(source, f"tensor {escape(name)} has an impossible shape")
    if not _is_naturals(offsets, 2**62) or len(offsets) != 2:
        raise refused(source, f"tensor {escape(name)} has impossible offsets")
    if offsets[1] - offsets[0] != math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize:
        raise refused(source, f"tensor {escape(name)} has offsets that do not fit its shape")
    return _Entry(name, dtype, tuple(shape), offsets[0], offsets[1])


def _is_naturals(value: object, limit: int) -> bool:
    """Whether *value* is a list of whole numbers from 0 to *limit* (true and false are not numbers)."""
    return isinstance(value, list) and all(type(item) is int and 0 <= item <= limit for item in value)


def _check_spec(entries: list[_Entry], spec: Mapping[str, tuple[int, ...]], dtype: str, source: Path | str) -> None:
    """Raise ModelRefused unless names, shapes and dtypes equal the expected ones."""
    found = {entry.name: entry for entry in entries}
    for name in sorted(spec.keys() - found.keys()):
        raise refused(source, f"lacks tensor {escape(name)}")
    for name, entry in found.items():
        if name not in spec:
            raise refused(source, f"has an unknown tensor {escape(name)}")
        if entry.shape != tuple(spec[name]):
            shapes = f"{list(entry.shape)}, but the model needs {list(spec[name])}"
            raise refused(source, f"tensor {escape(name)} has shape {shapes}")
        if entry.dtype != dtype:
            raise refused(source, f"tensor {escape(name)} is {entry.dtype}, but the model needs {dtype}")


def _read_entries(data: bytes, entries: list[_Entry], source: Path | str, *, finite: bool = True) -> Tensors:
    """Writable copies of the described arrays, sorted by name."""
    start = len(data) - (entries[-1].end if entries else 0)
    result: Tensors = {}
    for entry in sorted(entries):
        kind = np.dtype(DTYPES[entry.dtype])
        count = (entry.end - entry.begin) // kind.itemsize
        flat = np.frombuffer(data, kind, count, start + entry.begin) if count else np.empty(0, kind)
        array = flat.reshape(entry.shape).astype(kind.newbyteorder("="))
        if finite and not np.isfinite(array).all():
            raise refused(source, f"tensor {escape(entry.name)} has values that are not finite")
        result[entry.name] = array
    return result
