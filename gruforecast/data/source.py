"""Opening the input ourselves: files or stdin; gzip, zstd and Parquet by content, the rest refused by its start."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO

from gruforecast.errors import DataError, NoInput, ResourceError, UsageError, escape

MAX_BYTES = 8 * 2**30
MAX_LINE = 16 * 2**20
MAX_MEMBERS = 200_000
_BLOCK = 1 << 20
_PACKED_BLOCK = 1 << 16
_ZSTD_BLOCK = 1 << 10  # four bytes may hold 128 KiB

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PARQUET = b"PAR1"
_FOREIGN = (
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"PK\x05\x06", "a zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
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
)
_OPENINGS = (
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
    (b"{", "JSON"),
    (b"[{", "JSON"),
    (b"[[", "JSON"),
)


class Digest:
    """The SHA-256 of *raw*, found by a thread of its own meanwhile: hashlib lets go of the interpreter."""

    def __init__(self, raw: bytes) -> None:
        pool = ThreadPoolExecutor(1)
        self._found = pool.submit(lambda: hashlib.sha256(raw).hexdigest())
        pool.shutdown(wait=False)

    def __str__(self) -> str:
        return self._found.result()


@dataclass(frozen=True)
class Source:
    """The bytes of one input: its name for messages, the digest of the raw bytes, the decompressed content.

    *parquet*: the content is no text but a Parquet file.
    """

    name: str
    digest: Digest
    data: bytes
    parquet: bool = False


def read_source(path: str | os.PathLike[str], *, zeros: bool = False) -> Source:
    """Read *path* (``-`` is stdin) whole, unpacking gzip and zstd. *zeros* allows NUL bytes, as UTF-16 has them.

    Raises NoInput for anything but a readable regular file, DataError for foreign or damaged content and
    ResourceError when the content would not fit into memory.
    """
    name = os.fspath(path)
    if name == "-":
        name, raw = "stdin", _join(_blocks(sys.stdin.buffer, "stdin"), "stdin")
    else:
        with _open_regular(name) as handle:
            check_size(os.fstat(handle.fileno()).st_size, name)
            raw = _read(handle.read, name)
    for magic, kind in _FOREIGN:
        if raw.startswith(magic):
            raise DataError(f"this is {kind}, not CSV", file=name, hint="export it as CSV")
    start = raw[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for opening, kind in _OPENINGS:
        if start.startswith(opening):
            raise DataError(f"this is {kind}, not CSV", file=name, hint="export it as CSV")
    if raw.startswith(_PARQUET):
        return Source(name, Digest(raw), raw, parquet=True)
    unpack = _gunzip if raw.startswith(_GZIP) else _unzstd if raw.startswith(_ZSTD) else None
    data = raw if unpack is None else _join(unpack(raw, name), name, zeros)
    _check_text(data, name, zeros)
    return Source(name, Digest(raw), data)


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
        if os.path.isdir(name):
            hint = f"for the files in it say {escape(os.path.join(name, '*.csv'), 200)}"
        raise NoInput(f"{escape(name, 200)} is not a regular file", hint=hint)
    return os.fdopen(descriptor, "rb")


def _read(read: Callable[..., bytes], name: str, *size: int) -> bytes:
    try:
        return read(*size)
    except OSError as error:
        raise NoInput(f"{escape(name, 200)}: {error.strerror or error}") from error


def _blocks(stream: IO[bytes], name: str) -> Iterator[bytes]:
    while block := _read(stream.read, name, _BLOCK):
        yield block


def _gunzip(raw: bytes, name: str) -> Iterator[bytes]:
    """Content of one or more gzip members, in bounded pieces. Raises DataError when damaged or cut off."""
    unpack = zlib.decompressobj(wbits=31)
    members = 1
    try:
        for at in range(0, len(raw), _PACKED_BLOCK):
            pending = raw[at : at + _PACKED_BLOCK]
            while pending:
                if unpack.eof:
                    pending = pending.lstrip(b"\0")  # padding after a member is harmless
                    if not pending:
                        break
                    unpack, members = zlib.decompressobj(wbits=31), members + 1
                    if members > MAX_MEMBERS:
                        raise DataError("too many gzip members", file=name, hint="pack it again in one piece")
                yield unpack.decompress(pending, _BLOCK)
                pending = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    except zlib.error as error:
        raise DataError(f"the gzip data are damaged ({error})", file=name, hint="copy the file again") from error
    if not unpack.eof:
        raise DataError("the gzip data are cut off", file=name, hint="copy the file again")


def _unzstd(raw: bytes, name: str) -> Iterator[bytes]:
    """Content of one or more zstd frames, in bounded pieces.

    Raises UsageError when zstandard is missing, DataError when the data are damaged or cut off.
    """
    try:
        import zstandard
    except ImportError as error:
        raise UsageError("reading zstd files needs zstandard", hint="pip install 'gruforecast[zst]'") from error
    # A frame may ask for a window of gigabytes before it yields a byte.
    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    unpack = unpacker.decompressobj()
    try:
        for at in range(0, len(raw), _ZSTD_BLOCK):
            pending = raw[at : at + _ZSTD_BLOCK]
            while pending:
                if unpack.eof:
                    unpack = unpacker.decompressobj()
                yield unpack.decompress(pending)
                pending = unpack.unused_data if unpack.eof else b""
    except zstandard.ZstdError as error:
        raise DataError(f"the zstd data are damaged ({error})", file=name, hint="copy the file again") from error
    if not unpack.eof:
        raise DataError("the zstd data are cut off", file=name, hint="copy the file again")


def _join(pieces: Iterator[bytes], name: str, zeros: bool = True) -> bytes:
    """Join *pieces*, stopping as soon as they are too much, or one endless line, or no text unless *zeros*."""
    parts: list[bytes] = []
    size = line_start = 0
    for piece in pieces:
        if not zeros and b"\0" in piece:
            raise _nul(b"".join([*parts, piece]), size + piece.index(b"\0"), name)
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        line_start = size + last + 1 if last >= 0 else line_start
        parts.append(piece)
        size += len(piece)
        if not zeros and size - line_start > MAX_LINE:
            raise _long_line(sum(part.count(b"\n") for part in parts) + 1, name)
        check_size(size, name)
    return b"".join(parts)


def check_size(size: int, name: str) -> None:
    """Raise DataError or ResourceError for content that is too large for anything or for this machine."""
    if size > MAX_BYTES:
        raise DataError(f"more than {MAX_BYTES} bytes of content", file=name, hint="split the file")
    if size > _memory_limit():
        raise ResourceError(f"{name}: {size} bytes of content and more do not fit into this machine's memory")


def _check_text(data: bytes, name: str, zeros: bool) -> None:
    """Refuse content with NUL bytes (unless *zeros*) or with a line beyond every cap."""
    if not zeros and b"\0" in data:
        raise _nul(data, data.index(b"\0"), name)
    at = 0
    while len(data) - at > MAX_LINE:
        end = max(data.rfind(b"\n", at, at + MAX_LINE), data.rfind(b"\r", at, at + MAX_LINE))
        if end < 0:
            raise _long_line(data.count(b"\n", 0, at) + 1, name)
        at = end + 1


def _nul(data: bytes, offset: int, name: str) -> DataError:
    wide = data[offset + 1 : offset + 2] not in (b"", b"\0") and data[offset + 2 : offset + 3] == b"\0"
    hint = "if the file is UTF-16, say --encoding utf-16" if wide else "the file is damaged or not text: copy it again"
    return DataError(f"NUL byte at offset {offset}", file=name, line=data.count(b"\n", 0, offset) + 1, hint=hint)


def _long_line(line: int, name: str) -> DataError:
    return DataError(f"the line is longer than {MAX_LINE} bytes", file=name, line=line)


def _memory_limit() -> int:
    """Bytes of content this machine can hold beside the arrays made from it: a third of its memory."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 3
    except (ValueError, OSError):
        return MAX_BYTES
