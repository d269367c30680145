"""From raw bytes to clean UTF-8 lines: encoding, byte order mark, line ends, and where each record ends."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.faults import EncodingFault
from gruforecast.data.source import Source
from gruforecast.errors import DataError, UsageError, escape

# Small enough to stay in the processor's cache, large enough for numpy.
_BLOCK = 1 << 20
QUOTE, LF, _CR = 34, 10, 13
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def is_utf8(encoding: str) -> bool:
    """Whether *encoding* names UTF-8. Raises UsageError when it names no text encoding."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    except (LookupError, ValueError, UnicodeError) as error:
        raise UsageError(f"encoding {escape(encoding)} is not known", hint="for example --encoding latin-1") from error


def clean_text(source: Source, encoding: str) -> bytes:
    """UTF-8 content without byte order mark, every record ended by one line feed, no empty lines at the end.

    Raises DataError with the byte offset where the content is not text in *encoding*.
    """
    data = source.data
    if is_utf8(encoding):
        if data.startswith(_WIDE_BOMS):
            raise EncodingFault("this is UTF-16, not UTF-8", "utf-16", file=source.name)
        _check_utf8(data, source.name)
    else:
        data = _recode(data, encoding, source.name)
    data = data.removeprefix(codecs.BOM_UTF8).removesuffix(b"\x1a")  # old DOS programs end a file with Ctrl-Z
    if _CR in data:
        data = _line_feeds(data) if QUOTE in data else data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if data.endswith(b"\n") and not data.endswith(b"\n\n"):  # as nearly always: spare a copy of the whole content
        return data if data != b"\n" else b""
    data = data.rstrip(b"\n")
    return data + b"\n" if data else b""


def ends_torn(data: bytes) -> bool:
    """True when the last line has no line end: the file may have been cut off inside a number."""
    # In UTF-16 every character of ASCII has a zero beside it.
    return bool(data) and not data.rstrip(b" \t\x1a\0").endswith((b"\n", b"\r"))


def _check_utf8(data: bytes, name: str) -> None:
    if data.isascii():
        return
    try:
        # In pieces, so that the decoded text never doubles the memory; a cut may split a character.
        decoder = codecs.getincrementaldecoder("utf-8")()
        for at in range(0, len(data), _BLOCK):
            decoder.decode(data[at : at + _BLOCK], final=at + _BLOCK >= len(data))
    except UnicodeDecodeError as error:
        offset = at + error.start
        line = data.count(b"\n", 0, offset) + 1
        problem = f"byte {data[offset]:#04x} at offset {offset} is not UTF-8"
        raise EncodingFault(problem, _likely_encoding(data), file=name, line=line) from error


def _likely_encoding(data: bytes) -> str:
    """Windows' or the older Latin alphabet, by whether characters that only Windows has are there."""
    if any(0x80 <= byte < 0xA0 for byte in set(data)):
        with contextlib.suppress(UnicodeDecodeError):
            data.decode("cp1252")
            return "cp1252"
    return "latin-1"


def _recode(data: bytes, encoding: str, name: str) -> bytes:
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        raise DataError(f"the content is not {encoding} ({error})", file=name, hint="check --encoding") from error
    if "\0" in text:
        raise DataError(f"NUL character at offset {text.index(chr(0))}", file=name, hint="check --encoding")
    return text.encode("utf-8")


def _line_feeds(data: bytes) -> bytes:
    """Replace CRLF and CR by LF, except inside quotes, where they belong to the value."""
    raw = np.frombuffer(data, dtype=np.uint8)
    outside = ~inside_quotes(raw == QUOTE)
    returns = (raw == _CR) & outside
    pairs = returns.copy()
    pairs[:-1] &= raw[1:] == LF
    pairs[-1] = False
    lone = np.where(returns & ~pairs, np.uint8(LF), raw)
    return bytes(lone[~pairs].tobytes())


@dataclass(frozen=True)
class Block:
    """A piece of the content: its offset ``at``, its bytes ``raw [n]``, and which of them stand ``outside [n]`` quotes.

    ``outside`` is None when there are no quotes at all.
    """

    at: int
    raw: NDArray[np.uint8]
    outside: NDArray[np.bool_] | None

    def where(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Positions in this block where *mask* holds outside quotes."""
        return np.flatnonzero(mask if self.outside is None else mask & self.outside)


def blocks(data: bytes, size: int = _BLOCK) -> Iterator[Block]:
    """The content in pieces, each with its quoted stretches marked."""
    quoted = QUOTE in data
    inside = False
    for at in range(0, len(data), size):
        raw = np.frombuffer(data, dtype=np.uint8, count=min(size, len(data) - at), offset=at)
        if not quoted:
            yield Block(at, raw, None)
            continue
        within = inside_quotes(raw == QUOTE) ^ inside
        inside = bool(within[-1])
        yield Block(at, raw, ~within)


def record_start(data: bytes, record: int) -> int:
    """Offset at which record number *record* begins (0 is the header)."""
    seen = 0
    for block in blocks(data):
        ends = block.where(block.raw == LF)
        if record <= 0:
            break
        if seen + len(ends) >= record:
            return block.at + int(ends[record - seen - 1]) + 1
        seen += len(ends)
    return 0


def line_number(data: bytes, offset: int) -> int:
    """Line (from 1) that holds the byte at *offset*."""
    return data.count(b"\n", 0, offset) + 1


def check_quotes(data: bytes, sep: str, name: str) -> None:
    """Refuse quotes that do not enclose a whole field: pandas would read something else than was meant.

    Raises DataError naming the line on which the quoted field opens.
    """
    if QUOTE not in data:
        return
    raw = np.frombuffer(data, dtype=np.uint8)
    edge = np.zeros(256, dtype=bool)
    edge[[LF, QUOTE, ord(sep)]] = True
    opened, opening = np.full(1, -1), True
    for at in range(0, len(raw), _BLOCK):
        quotes = np.flatnonzero(raw[at : at + _BLOCK] == QUOTE) + at
        opens, closes = quotes[1 - opening :: 2], quotes[int(opening) :: 2]
        opening ^= len(quotes) % 2 == 1
        previous = raw[opens - 1]  # of the first byte that is the line feed at the end
        wrong = np.concatenate([opens[~edge[previous]], closes[~edge[raw[closes + 1]]]])
        opened = np.concatenate([opened[-1:], opens[previous != QUOTE]])
        if len(wrong):
            first = wrong.min()
            start = first if first in opens else opened[opened <= first][-1]
            hint = "a quoted field starts and ends with a quote, and quotes inside it are doubled"
            line = line_number(data, int(start))
            raise DataError("a quote that does not enclose a field", file=name, line=line, hint=hint)
    if not opening:
        line = line_number(data, int(opened[-1]))
        hint = "close it; quotes that belong to a value are doubled, and the value stands in quotes"
        raise DataError("the quote that opens here is never closed", file=name, line=line, hint=hint)


def inside_quotes(quotes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[n] which bytes stand behind an odd number of *quotes* [n], themselves included."""
    packed = np.packbits(quotes, bitorder="little")
    words = np.zeros(-(-len(packed) // 8), dtype="<u8")
    words.view(np.uint8)[: len(packed)] = packed
    for shift in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(shift)
    odd = np.logical_xor.accumulate(words >> np.uint64(63))
    words[1:] ^= np.where(odd[:-1], ~np.uint64(0), np.uint64(0))
    return np.unpackbits(words.view(np.uint8), count=len(quotes), bitorder="little").view(bool)
