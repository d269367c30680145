"""Opening the input ourselves: regular files or stdin, gzip by content, the rest refused by its first bytes."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from gruforecast.errors import DataError, NoInput, ResourceError, escape

MAX_BYTES = 8 * 2**30
MAX_LINE = 16 * 2**20
_BLOCK = 1 << 20

_GZIP = b"\x1f\x8b"
_FOREIGN = (
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"PK\x05\x06", "a zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"BZh", "a bzip2 file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"<!DOCTYPE", "a web page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
)


@dataclass(frozen=True)
class Source:
    """The bytes of one input: its name for messages, the SHA-256 of the raw bytes, the decompressed content."""

    name: str
    sha256: str
    data: bytes


def read_source(path: str | os.PathLike[str], *, zeros: bool = False) -> Source:
    """Read *path* (``-`` is stdin) whole, unpacking gzip. *zeros* allows NUL bytes, as UTF-16 has them.

    Raises NoInput for anything but a readable regular file, DataError for foreign or damaged content and
    ResourceError when the content would not fit into memory.
    """
    name = os.fspath(path)
    if name == "-":
        return _read_stream(sys.stdin.buffer, "stdin", zeros)
    with _open_regular(name) as handle:
        return _read_stream(handle, name, zeros)


def _open_regular(name: str) -> IO[bytes]:
    hint = "download it first" if "://" in name else "give a CSV file, or - for stdin"
    try:
        # O_NONBLOCK: opening a FIFO without a writer must not hang.
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NoInput(f"{escape(name, 200)}: {reason}", hint=hint) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NoInput(f"{escape(name, 200)} is not a regular file", hint=hint)
    return os.fdopen(descriptor, "rb")


def _read_stream(stream: IO[bytes], name: str, zeros: bool) -> Source:
    digest = hashlib.sha256()
    raw = _blocks(stream, name, digest)
    first = next(raw, b"")
    for magic, kind in _FOREIGN:
        if first.startswith(magic):
            raise DataError(f"this is {kind}, not CSV", file=name, hint="export it as CSV")
    pieces = _chain(first, raw)
    content = _checked(_gunzip(pieces, name) if first.startswith(_GZIP) else pieces, name, zeros)
    return Source(name, digest.hexdigest(), content)


def _blocks(stream: IO[bytes], name: str, digest: Any) -> Iterator[bytes]:
    while True:
        try:
            block = stream.read(_BLOCK)
        except OSError as error:
            raise NoInput(f"{escape(name, 200)}: {error.strerror or error}") from error
        if not block:
            return
        digest.update(block)
        yield block


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _gunzip(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Content of one or more gzip members, in bounded pieces. Raises DataError when damaged or cut off."""
    unpack = zlib.decompressobj(wbits=31)
    pending = b""
    try:
        for block in blocks:
            pending += block
            while pending:
                if unpack.eof:
                    if not pending.strip(b"\0"):  # padding after the last member is harmless
                        break
                    unpack = zlib.decompressobj(wbits=31)
                yield unpack.decompress(pending, _BLOCK)
                pending = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    except zlib.error as error:
        raise DataError(f"the gzip data are damaged ({error})", file=name, hint="copy the file again") from error
    if not unpack.eof:
        raise DataError("the gzip data are cut off", file=name, hint="copy the file again")


def _checked(pieces: Iterator[bytes], name: str, zeros: bool) -> bytes:
    """Join *pieces*, stopping at the first sign of something that is not text or will not fit."""
    parts: list[bytes] = []
    size = line_start = 0
    limit = _memory_limit()
    for piece in pieces:
        zero = -1 if zeros else piece.find(b"\0")
        if zero >= 0:
            hint = "if the file is UTF-16, say --encoding utf-16"
            raise DataError(f"NUL byte at offset {size + zero}", file=name, hint=hint)
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        line_start = size + last + 1 if last >= 0 else line_start
        parts.append(piece)
        size += len(piece)
        if size - line_start > MAX_LINE:
            line = sum(part.count(b"\n") for part in parts) + 1
            raise DataError(f"the line is longer than {MAX_LINE} bytes", file=name, line=line)
        if size > MAX_BYTES:
            raise DataError(f"more than {MAX_BYTES} bytes of content", file=name, hint="split the file")
        if size > limit:
            raise ResourceError(f"{name}: more than {limit} bytes of content do not fit into this machine's memory")
    return b"".join(parts)


def _memory_limit() -> int:
    """Bytes of content this machine can hold beside the arrays made from it: a third of its memory."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 3
    except (ValueError, OSError):
        return MAX_BYTES
