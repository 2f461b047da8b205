"""From the modules of a symbol to its codewords, and how many of them are damaged (ISO/IEC 18004, 7.3 to 7.9)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from segno import consts

from drivers.decode.pattern import known, side

#: N x N modules, True is dark.
Modules: TypeAlias = NDArray[np.bool_]
Bytes: TypeAlias = NDArray[np.uint8]

#: Levels as the two bits of the format information name them.
_LEVELS: Final = {1: consts.ERROR_LEVEL_L, 0: consts.ERROR_LEVEL_M, 3: consts.ERROR_LEVEL_Q, 2: consts.ERROR_LEVEL_H}
_FORMAT_BITS, _FORMAT_MASK, _FORMAT_DIVISOR = 15, 0x5412, 0x537
_FORMAT_DAMAGE: Final = 3
_VERSION_INFORMATION: Final = 7
#: The field of 256 elements: x^8 + x^4 + x^3 + x^2 + 1.
_FIELD: Final = 0x11D


@dataclass(frozen=True)
class Block:
    """Codewords corrected together: where they are among those of the symbol, and how many are for correction."""

    at: tuple[int, ...]
    correction: int


@cache
def order(version: int) -> NDArray[np.int64]:
    """The module each bit of the codewords is in, flattened: codewords x 8."""
    size = side(version)
    free = known(version) == 0
    free[8, :9] = free[:9, 8] = free[8, -8:] = free[-8:, 8] = False
    if version >= _VERSION_INFORMATION:
        free[:6, -11:-8] = free[-11:-8, :6] = False
    found: list[int] = []
    columns = [*range(size - 1, 6, -2), *range(5, 0, -2)]
    for turn, right in enumerate(columns):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        found += [row * size + column for row in rows for column in (right, right - 1) if free[row, column]]
    whole = len(found) // 8 * 8
    return np.array(found[:whole], dtype=np.int64).reshape(-1, 8)


def format_of(modules: Modules) -> tuple[int, int] | None:
    """Level (segno's number) and mask, from whichever copy of the format information is less damaged."""
    column, row = modules[:, 8], modules[8, :]
    copies = (
        [*row[:6], row[7], column[8], column[7], *column[5::-1]],
        [*column[:-8:-1], *row[-8:]],
    )
    read = [sum(int(bit) << (_FORMAT_BITS - 1 - at) for at, bit in enumerate(copy)) for copy in copies]
    damage, data = min(((word ^ _formats()[data]).bit_count(), data) for word in read for data in range(32))
    return (_LEVELS[data >> 3], data & 7) if damage <= _FORMAT_DAMAGE else None


@cache
def _formats() -> tuple[int, ...]:
    words = []
    for data in range(32):
        rest = data << 10
        for bit in range(14, 9, -1):
            if rest >> bit & 1:
                rest ^= _FORMAT_DIVISOR << (bit - 10)
        words.append((data << 10 | rest) ^ _FORMAT_MASK)
    return tuple(words)


@cache
def _mask(size: int, number: int) -> Modules:
    i, j = np.mgrid[:size, :size]
    rules: tuple[NDArray[np.int64], ...] = (
        (i + j) % 2,
        i % 2,
        j % 3,
        (i + j) % 3,
        (i // 2 + j // 3) % 2,
        i * j % 2 + i * j % 3,
        (i * j % 2 + i * j % 3) % 2,
        ((i + j) % 2 + i * j % 3) % 2,
    )
    flipped: Modules = rules[number] == 0
    return flipped


def codewords(modules: Modules, mask: int) -> Bytes:
    """The symbol's codewords in the order they are placed."""
    size = len(modules)
    bits: Modules = (modules ^ _mask(size, mask)).ravel()[order((size - 17) // 4)]
    return np.packbits(bits, axis=1)[:, 0]


@cache
def blocks(version: int, level: int) -> tuple[Block, ...]:
    """How the codewords of a symbol are dealt out to its blocks."""
    table: Any = consts.ECC
    infos = table[version][level]
    shapes = [(info.num_data, info.num_total - info.num_data) for info in infos for _ in range(info.num_blocks)]
    places: list[list[int]] = [[] for _ in shapes]
    taken = 0
    for which in range(2):
        for turn in range(max(shape[which] for shape in shapes)):
            for place, shape in zip(places, shapes, strict=True):
                if turn < shape[which]:
                    place.append(taken)
                    taken += 1
    return tuple(Block(tuple(place), shape[1]) for place, shape in zip(places, shapes, strict=True))


def errors(block: Bytes, correction: int) -> int | None:
    """How many codewords of a block are wrong; None when they are more than it can correct."""
    syndromes = _syndromes(block, correction)
    if not syndromes.any():
        return 0
    locator = _locator([int(one) for one in syndromes])
    degree = len(locator) - 1
    # As many roots as its degree, or it locates nothing.
    return degree if 2 * degree <= correction and _roots(locator, len(block)) == degree else None


@cache
def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    exponents, logarithms = np.zeros(512, dtype=np.int64), np.zeros(256, dtype=np.int64)
    value = 1
    for power in range(255):
        exponents[power] = exponents[power + 255] = value
        logarithms[value] = power
        value = value << 1 ^ (_FIELD if value & 0x80 else 0)
    return exponents, logarithms


def _syndromes(block: Bytes, correction: int) -> NDArray[np.int64]:
    exponents, logarithms = _tables()
    place = np.flatnonzero(block)
    powers = logarithms[block[place]][None, :] + np.arange(correction)[:, None] * (len(block) - 1 - place)[None, :]
    found: NDArray[np.int64] = np.bitwise_xor.reduce(exponents[powers % 255], axis=1)
    return found


def _times(left: int, right: int) -> int:
    exponents, logarithms = _tables()
    return int(exponents[logarithms[left] + logarithms[right]]) if left and right else 0


def _locator(syndromes: list[int]) -> list[int]:
    """Berlekamp's and Massey's: the shortest register that makes the syndromes, lowest power first."""
    exponents, logarithms = _tables()
    now, before, length, since, last = [1], [1], 0, 1, 1
    for at, syndrome in enumerate(syndromes):
        wrong = syndrome
        for back in range(1, min(length, len(now) - 1) + 1):
            wrong ^= _times(now[back], syndromes[at - back])
        if not wrong:
            since += 1
            continue
        share = int(exponents[logarithms[wrong] + 255 - logarithms[last]])
        shifted = [0] * since + [_times(share, one) for one in before]
        width = max(len(now), len(shifted))
        mended = [(now[i] if i < len(now) else 0) ^ (shifted[i] if i < len(shifted) else 0) for i in range(width)]
        if 2 * length <= at:
            now, before, length, last, since = mended, now, at + 1 - length, wrong, 1
        else:
            now, since = mended, since + 1
    return now[: length + 1] + [0] * (length + 1 - len(now))


def _roots(locator: list[int], length: int) -> int:
    """Places of the block at which the locator is zero."""
    exponents, logarithms = _tables()
    place = np.arange(length)
    total = np.zeros(length, dtype=np.int64)
    for power, factor in enumerate(locator):
        if factor:
            total ^= exponents[(logarithms[factor] + (255 - place) * power) % 255]
    return int((total == 0).sum())
