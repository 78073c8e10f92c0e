"""Which chunks are content."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hive_resilience.actors.policies.chunks import StreamRestarted, is_content, text_of


@pytest.mark.parametrize(
    "chunk", ["a", b"b", " ", {"delta": 1}, 0, SimpleNamespace(is_content=True)]
)
def test_what_says_something_is_content(chunk: object) -> None:
    assert is_content(chunk)


@pytest.mark.parametrize("chunk", [None, "", SimpleNamespace(is_content=False)])
def test_what_is_empty_or_says_so_is_not_content(chunk: object) -> None:
    assert not is_content(chunk)


def test_empty_bytes_are_not_content() -> None:
    assert not is_content(b"")


@pytest.mark.parametrize(
    ("chunk", "text"), [("a", "a"), (b"\xc3\xa4\xff", "\u00e4\ufffd"), (7, "7")]
)
def test_a_chunk_has_a_text(chunk: object, text: str) -> None:
    assert text_of(chunk) == text


def test_a_chunk_that_fails_whoever_looks_at_it_is_content() -> None:
    class Broken:
        @property
        def is_content(self) -> bool:
            raise RuntimeError("do not look")

    assert is_content(Broken())


def test_the_mark_of_a_restart_has_no_text() -> None:
    assert text_of(StreamRestarted("a", "b")) == ""
