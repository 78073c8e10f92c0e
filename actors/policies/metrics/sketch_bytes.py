"""A sketch as a few bytes, for a file: a version, its sums, and the packed counts of its buckets.

Counts are little-endian numbers, each as wide as the largest needs.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from dataclasses import dataclass

VERSION = 1
_HEAD = struct.Struct("<B4dqIB")
"""Version, accuracy, sum, least, greatest, first bucket, number of buckets, bytes of a count."""
_WIDTHS = ((1 << 8, "B"), (1 << 16, "H"), (1 << 32, "I"), (1 << 64, "Q"))
_CODES = {array(code).itemsize: code for _, code in _WIDTHS}
_MOST_BUCKETS = 1_000_000


@dataclass(slots=True)
class Parts:
    """What a sketch is made of."""

    accuracy: float
    sum: float
    min: float
    max: float
    first: int
    counts: array[int]


def packed(parts: Parts) -> bytes:
    """The bytes of a sketch."""
    most = max(parts.counts, default=0)
    code = next(code for limit, code in _WIDTHS if most < limit)
    counts = array(code, parts.counts)
    numbers = (parts.accuracy, parts.sum, parts.min, parts.max, parts.first, len(counts))
    head = _HEAD.pack(VERSION, *numbers, counts.itemsize)
    return head + zlib.compress(_little(counts).tobytes(), 1)


def unpacked(data: bytes) -> Parts:
    """The sketch in these bytes. Raises `ValueError` for another version, and for other bytes."""
    if len(data) < _HEAD.size:
        raise ValueError(f"a sketch has {_HEAD.size} bytes at least, not {len(data)}")
    version, accuracy, total, least, greatest, first, length, width = _HEAD.unpack_from(data)
    if version != VERSION:
        raise ValueError(f"this sketch is of version {version}; version {VERSION} is known")
    if length > _MOST_BUCKETS or width not in _CODES:
        raise ValueError("these are not the counts of a sketch")
    counts: array[int] = array(_CODES[width])
    counts.frombytes(_plain(data[_HEAD.size :], length * width))
    return Parts(accuracy, total, least, greatest, first, _little(counts))


def _plain(data: bytes, size: int) -> bytes:
    opened = zlib.decompressobj()
    try:
        # Bounded: a few bytes can stand for gigabytes.
        found = opened.decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError("the counts of this sketch are no counts") from error
    if len(found) != size or not opened.eof:
        raise ValueError("the counts of this sketch are cut, or too many")
    return found


def _little(counts: array[int]) -> array[int]:
    if sys.byteorder == "big":
        counts.byteswap()
    return counts
