"""Packed bodies, a bounded piece at a time."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.runtime.executors.transport.protocol import MAX_PIECE_BYTES
from hive_resilience.runtime.executors.transport.unpacking import Unpacker, UnpackingError

TEXT = b"Hello, " * 500


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def unpacked(encoding: str, *pieces: bytes) -> bytes:
    unpacker = Unpacker(encoding)
    found = b"".join(out for piece in pieces for out in unpacker.feed(piece))
    unpacker.finish()
    return found


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        pytest.param("gzip", gzip.compress(TEXT), id="gzip"),
        pytest.param("X-GZIP", gzip.compress(TEXT), id="X-GZIP"),
        pytest.param("deflate", zlib.compress(TEXT), id="deflate"),
        pytest.param("deflate", raw_deflate(TEXT), id="raw deflate"),
        pytest.param(
            "gzip", gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]), id="two members"
        ),
        pytest.param("gzip", gzip.compress(TEXT) + bytes(99), id="padding"),
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(TEXT)), id="twice"),
        pytest.param("deflate, gzip", gzip.compress(zlib.compress(TEXT)), id="two codings"),
        pytest.param("identity", TEXT, id="identity"),
        pytest.param("", TEXT, id="none"),
    ],
)
def test_a_packed_body_comes_back_however_it_is_cut(encoding: str, packed: bytes) -> None:
    bytewise = [packed[at : at + 1] for at in range(len(packed))]

    assert unpacked(encoding, packed) == unpacked(encoding, *bytewise) == TEXT


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_whatever_is_packed_comes_back(content: bytes, step: int) -> None:
    packed = gzip.compress(content)

    pieces = [packed[at : at + step] for at in range(0, len(packed), step)]

    assert unpacked("gzip", *pieces) == content


@pytest.mark.parametrize("layers", [1, 2])
def test_what_is_packed_small_and_is_large_comes_in_small_pieces(layers: int) -> None:
    packed = bytes(20 * MAX_PIECE_BYTES)
    for _ in range(layers):
        packed = gzip.compress(packed)

    pieces = list(Unpacker(", ".join(["gzip"] * layers)).feed(packed))

    assert sum(map(len, pieces)) == 20 * MAX_PIECE_BYTES
    assert max(map(len, pieces)) == MAX_PIECE_BYTES


@pytest.mark.parametrize("size", [1, 5, 20])
def test_a_packed_body_that_is_cut_is_no_whole_one(size: int) -> None:
    with pytest.raises(UnpackingError, match="cut off"):
        unpacked("gzip", gzip.compress(TEXT)[:-size])


def test_an_empty_body_needs_no_packing() -> None:
    assert unpacked("gzip") == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip, gzip"])
def test_what_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(UnpackingError, match="not asked for"):
        Unpacker(encoding)


def test_what_is_not_packed_at_all_is_an_error() -> None:
    with pytest.raises(UnpackingError, match="cannot be unpacked"):
        unpacked("gzip", b"plain text")
