"""Bodies that come packed, unpacked a bounded piece at a time. Pure.

What is packed small can be large: never more than `MAX_PIECE_BYTES` exist of it at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from .protocol import MAX_PIECE_BYTES

ACCEPTED = "gzip, deflate"
"""What a request may be answered with."""
_NONE = frozenset({"", "identity"})
_KNOWN = frozenset({"gzip", "x-gzip", "deflate"})
_MOST_LAYERS = 2
_GZIP_OR_ZLIB, _RAW = 47, -15
_MEMBER = b"\x1f"
_HEAD = 2
"""Bytes by which one packing is told from another."""


class UnpackingError(ValueError):
    """The body is not packed as its head says, or not in a way that is known here."""


class Unpacker:
    """Takes pieces of a packed body and gives it back in pieces, some of which may be empty.

    >>> unpacker = Unpacker("deflate")
    >>> b"".join(unpacker.feed(zlib.compress(b"Hello"))), unpacker.finish()
    (b'Hello', None)
    """

    __slots__ = ("_layers",)

    def __init__(self, encoding: str) -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        names = [name for name in names if name not in _NONE]
        if len(names) > _MOST_LAYERS or not _KNOWN.issuperset(names):
            raise UnpackingError("the answer is packed in a way that was not asked for")
        self._layers = [_Layer() for _ in names]

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What `piece` unpacks to; raises `UnpackingError`."""
        pieces: Iterable[bytes] = (piece,)
        for layer in self._layers:
            pieces = layer.unpacked(pieces)
        return iter(pieces)

    def finish(self) -> None:
        """Nothing more comes; raises `UnpackingError` where something should."""
        if not all(layer.is_complete for layer in self._layers):
            raise UnpackingError("the packed answer was cut off")


class _Layer:
    """One packing. gzip bodies may have several members; some servers send raw deflate."""

    __slots__ = ("_head", "_inflater", "_is_fresh", "is_complete")

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._is_fresh = True
        self._head = b""
        self.is_complete = True
        """Whether the body may end here; an empty one may."""

    def unpacked(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            while piece:
                out, piece = self._next(piece)
                yield out

    def _next(self, piece: bytes) -> tuple[bytes, bytes]:
        """The next piece of the body, and what is still packed."""
        if self._is_fresh:
            self.is_complete = False
            self._head += piece
            if len(self._head) < _HEAD:
                return b"", b""
            piece = self._head
        elif self._inflater.eof:
            if not piece.startswith(_MEMBER):
                return b"", b""  # padding
            self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        now, later = piece[:MAX_PIECE_BYTES], piece[MAX_PIECE_BYTES:]
        out = self._inflate(now)
        self._is_fresh = False
        self.is_complete = self._inflater.eof
        return out, (self._inflater.unconsumed_tail or self._inflater.unused_data) + later

    def _inflate(self, piece: bytes) -> bytes:
        try:
            return self._inflater.decompress(piece, MAX_PIECE_BYTES)
        except zlib.error as error:
            if not self._is_fresh:
                raise UnpackingError("the packed answer cannot be unpacked") from error
        self._inflater, self._is_fresh = zlib.decompressobj(_RAW), False
        return self._inflate(piece)
