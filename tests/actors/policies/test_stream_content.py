"""Which chunks are content."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hive_resilience.actors.policies.stream_content import (
    StreamRestarted,
    Texts,
    can_continue,
    is_content,
)


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
    assert Texts().of(chunk) == text


def test_a_chunk_that_fails_whoever_looks_at_it_is_content() -> None:
    class Broken:
        @property
        def is_content(self) -> bool:
            raise RuntimeError("do not look")

    assert is_content(Broken())


def test_the_mark_of_a_restart_has_no_text() -> None:
    assert Texts().of(StreamRestarted("a", "b")) == ""


def test_a_character_may_begin_in_one_chunk_and_end_in_the_next() -> None:
    texts = Texts()
    said = "h\u00f6n\N{HONEY POT}"
    assert "".join(texts.of(bytes([byte])) for byte in said.encode()) == said


@pytest.mark.parametrize("chunk", ["a", b"b", 7, None, SimpleNamespace(can_continue=True)])
def test_text_can_be_gone_on_with(chunk: object) -> None:
    assert can_continue(chunk)


def test_what_says_that_it_cannot_be_gone_on_with_cannot() -> None:
    assert not can_continue(SimpleNamespace(can_continue=False))


def test_what_fails_whoever_looks_at_it_does_not_say_that_it_cannot() -> None:
    class Broken:
        @property
        def can_continue(self) -> bool:
            raise RuntimeError("do not look")

    assert can_continue(Broken())
