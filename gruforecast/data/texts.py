"""The different texts of a CSV column and where each stands, found without a Python string for every row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gruforecast.data.pages import zeros
from gruforecast.data.records import LONGEST, WORD, Records, Words
from gruforecast.data.table import Factor
from gruforecast.data.text import QUOTE

IntArray = NDArray[np.int64]
Numbered = Callable[[Words], tuple[IntArray, Words]]
# An odd number, so that no bit of a word is lost.
_MIX = np.uint64(0x9E3779B97F4A7C15)
# From so many rows on hashing is worth the import of pandas.
_MANY = 200_000
# So many texts of single blocks may wait until those that are equal are found.
_MERGE = 1 << 20
# The lowest 0 … 8 bytes of a word.
_LOW = np.array([(1 << 8 * n) - 1 for n in range(WORD + 1)], dtype=np.uint64)


class TextColumn:
    """Collects one column of *rows* cells, block by block."""

    def __init__(self, rows: int) -> None:
        self._codes = zeros(rows, np.int64)
        self._numbered = _by_hashing if rows >= _MANY else _by_sorting
        self._filled = self._settled = 0
        self._different: list[list[Words]] = []
        self._count = self._known = 0
        self._escaped = False

    def add(self, block: Records, place: int) -> bool:
        """Add the cells of the column at *place*; False where one is too long for this."""
        starts, stops = block.cells(place)
        lengths = stops - starts
        longest = int(lengths.max(initial=0))
        if longest > LONGEST:
            return False
        alike = bool((lengths == longest).all())
        words = []
        for at in range(0, max(longest, 1), WORD):
            word = block.words(starts + at)
            if alike:
                word &= _LOW[min(longest - at, WORD)]
            else:
                word &= _LOW[np.clip(lengths - at, 0, WORD)]
            words.append(word)
        codes, different = _factorize(words, self._numbered)
        here = slice(self._filled, self._filled + len(codes))
        np.add(codes, self._count, out=self._codes[here])
        self._filled = here.stop
        self._count += len(different[0])
        self._different.append(different)
        self._escaped |= block.quoted
        if self._count - self._known > max(_MERGE, self._known):
            self._merge()
        return True

    def factor(self) -> Factor:
        """The whole column, each text as its UTF-8 bytes and once."""
        self._merge()
        (different,) = self._different
        return Factor(self._codes, _texts(different, self._escaped))

    def _merge(self) -> None:
        """Find the texts that several blocks have. Those known before keep their codes."""
        longest = max(map(len, self._different))
        blank = [np.zeros(len(words[0]), dtype=np.uint64) for words in self._different]
        columns = [
            np.concatenate([w[i] if i < len(w) else none for w, none in zip(self._different, blank, strict=True)])
            for i in range(longest)
        ]
        merged, different = _factorize(columns, self._numbered)
        new = self._codes[self._settled : self._filled]
        np.take(merged, new, out=new, mode="clip")
        self._different, self._settled = [different], self._filled
        self._count = self._known = len(different[0])


def _texts(words: list[Words], escaped: bool) -> NDArray[np.bytes_]:
    """The cells made of *words*; where they are *escaped*, two quotes stand for one."""
    cells = np.stack(words, axis=1).astype("<u8", copy=False).view(f"S{WORD * len(words)}")[:, 0]
    if escaped and (cells.view(np.uint8) == QUOTE).any():
        return np.array([cell.replace(b'""', b'"') for cell in cells.tolist()], dtype=cells.dtype)
    return cells


def _by_sorting(keys: Words) -> tuple[IntArray, Words]:
    """Codes [n] of *keys* [n] in order of appearance, and the different keys."""
    different, first, codes = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[codes], different[order]


def _by_hashing(keys: Words) -> tuple[IntArray, Words]:
    """The same, faster for many."""
    import pandas as pd

    codes, different = pd.factorize(keys)
    return codes, different


def _factorize(words: list[Words], numbered: Numbered) -> tuple[IntArray, list[Words]]:
    """Codes [n] of cells given as *words*, each [n], in order of appearance; and the words of each different cell.

    *numbered* does so for single words.
    """
    heads = _heads(words)
    if heads is not None:
        codes, different = _factorize_all([word[heads] for word in words], numbered)
        return np.repeat(codes, np.diff(heads, append=len(words[0]))), different
    return _factorize_all(words, numbered)


def _heads(words: list[Words]) -> IntArray | None:
    """First rows of the runs of equal cells, None where there are few such runs."""
    changes = words[0][1:] != words[0][:-1]
    for word in words[1:]:
        changes |= word[1:] != word[:-1]
    if 2 * np.count_nonzero(changes) > len(changes):
        return None
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def _factorize_all(words: list[Words], numbered: Numbered) -> tuple[IntArray, list[Words]]:
    keys = words[0]
    for word in words[1:]:
        keys = keys * _MIX + word
    codes, different = numbered(keys)
    if len(words) == 1:
        return codes, [different]
    first = np.empty(len(different), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the last to be assigned stays
    found = [word[first] for word in words]
    if all((word == own[codes]).all() for word, own in zip(words, found, strict=True)):
        return codes, found
    # Two cells have the same key.
    cells, first, codes = np.unique(np.stack(words, axis=1), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return np.argsort(order)[codes.reshape(-1)], list(cells[order].T)
