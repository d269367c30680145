"""Plain decimal numbers straight from the bytes of a block: what an exact parser would give, but faster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.records import WORD, Records, Words

_MINUS = 45
_MOST_WORDS = 2
_EXACT = 1 << 53


def _each(byte: int) -> np.uint64:
    """A word of eight equal bytes."""
    return np.uint64(byte * 0x0101010101010101)


_ZEROS, _SEVENS, _TOPS, _ABOVE_NINE = _each(0x30), _each(0x7F), _each(0x80), _each(0x76)
_ONE, _BYTE, _BITS = np.uint64(1), np.uint64(8), np.uint64(56)
# The highest 0 … 8 bytes of a word.
_HIGHEST = np.array([(1 << 64) - (1 << 8 * (WORD - n)) for n in range(WORD + 1)], dtype=np.uint64)
_POWERS = np.array([10**n for n in range(WORD * _MOST_WORDS)], dtype=np.float64)
# Multiplied by 1 << 8 i, its highest byte is 7 - i.
_PLACES = np.uint64(0x0706050403020100)


def plain_numbers(block: Records, place: int, decimal: str) -> NDArray[np.float64] | None:
    """[n] values of the cells of a column, NaN where empty; None if one is not short and plain.

    Plain are a minus sign, digits and a decimal mark, 16 characters in all. With a numerator below 2^53 and a power of
    ten below 10^22 a single division rounds correctly (Clinger, 1990).
    """
    starts, stops = block.cells(place)
    empty = stops == starts
    negative = (block.padded[starts] == _MINUS) & ~empty
    lengths = stops - starts - negative
    longest = int(lengths.max(initial=0))
    if longest > WORD * _MOST_WORDS:
        return None
    value = scale = np.zeros(len(lengths), dtype=np.uint64)
    marked = np.zeros(len(lengths), dtype=bool)
    bad = np.uint64(0)
    for i in range(-(-longest // WORD)):  # words from the right
        left = lengths if longest <= WORD else np.clip(lengths - i * WORD, 0, WORD)
        digits, mark = _digits(block.words(stops - (i + 1) * WORD), _HIGHEST[left], decimal)
        bad |= np.bitwise_or.reduce((digits + _ABOVE_NINE) | digits) & _TOPS
        bad |= np.bitwise_or.reduce(mark & (mark - _ONE))  # two marks
        here = mark != 0
        bad |= np.uint64((here & marked).any())
        scale = scale + ((mark * _PLACES) >> _BITS) + np.uint64(i * WORD) * here
        # The mark is a zero in *digits*: what stands before it moves up to close the gap.
        before = mark - here
        if i:
            before |= np.uint64(0) - marked
            value = value + (digits >> _BITS) * np.uint64(10 ** (i * WORD - 1)) * marked
        digits = (digits & ~before) | ((digits & before) << _BYTE)
        value = value + _number(digits) * np.uint64(10 ** (i * WORD))
        marked |= here
    if bad or ((lengths <= marked) & ~empty).any() or int(value.max(initial=0)) >= _EXACT:
        return None
    result = value / _POWERS[scale.view(np.int64)]
    np.negative(result, out=result, where=negative)
    result[empty] = np.nan
    return result


def _digits(word: Words, valid: Words, decimal: str) -> tuple[Words, Words]:
    """The digits 0 … 9 of *word*, zero outside its *valid* bytes and at decimal marks; 1 where there is such a mark."""
    rest = word ^ _each(ord(decimal))
    mark = (~(((rest & _SEVENS) + _SEVENS) | rest) & _TOPS & valid) >> np.uint64(7)
    return ((word ^ _ZEROS) & valid) ^ (mark * np.uint64(ord(decimal) ^ 0x30)), mark


def _number(digits: Words) -> Words:
    """The number that eight bytes of 0 … 9 spell, the first digit lowest."""
    for tens, width, mask in ((10, 8, 0x00FF00FF00FF00FF), (100, 16, 0x0000FFFF0000FFFF), (10_000, 32, 0xFFFFFFFF)):
        digits = (digits * np.uint64(tens) + (digits >> np.uint64(width))) & np.uint64(mask)
    return digits
