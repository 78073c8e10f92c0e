"""Mailboxes are bounded: the newest is refused, and nobody else notices."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.outcomes.errors import OverloadedError

from .engine_kit import Diary, hold
from .platforms import LIMIT, LoopThread, closing, together


@pytest.fixture
def letters() -> list[tuple[Any, str]]:
    """Dead letters: the message and the reason."""
    return []


@pytest.fixture
def small(letters: list[tuple[Any, str]]) -> Any:
    here = LoopThread(
        mailbox_size=3,
        on_dead_letter=lambda _, message, reason: letters.append((message, reason)),
    )
    with closing(here):
        yield here


def test_a_full_mailbox_refuses_the_newest(
    small: LoopThread, letters: list[tuple[Any, str]]
) -> None:
    told: list[Any] = []
    ref = small.engine.start(Diary, told)
    release = hold(ref)
    for number in range(3):
        ref.tell(number)
    with pytest.raises(OverloadedError, match="3 messages waiting"):
        ref.tell("too much")
    refused = ref.ask("too much to ask", block=False)
    release.set()
    with pytest.raises(OverloadedError):
        refused.get(timeout=LIMIT)
    small.do(lambda: None)
    assert told == [0, 1, 2]
    reason = "the mailbox is full"
    assert letters == [("too much", reason), ("too much to ask", reason)]


def test_a_mailbox_that_was_full_takes_messages_again(small: LoopThread) -> None:
    ref = small.engine.start(Diary, [])
    release = hold(ref)
    waiting = [ref.ask(number, block=False) for number in range(4)]
    release.set()
    assert [answer.get(timeout=LIMIT) for answer in waiting[:3]] == [0, 1, 2]
    assert ref.ask("again", timeout=LIMIT) == "again"


def test_a_full_mailbox_takes_control_messages_and_can_be_stopped(small: LoopThread) -> None:
    told: list[Any] = []
    ref = small.engine.start(Diary, told)
    release = hold(ref)
    for number in range(3):
        ref.tell(number)
    ref.send("control")
    stopping = ref.stop(block=False)
    release.set()
    assert stopping.get(timeout=LIMIT) is True
    assert told == ["control", 0, 1, 2]


def test_a_full_mailbox_is_not_its_neighbours_trouble(small: LoopThread) -> None:
    told: list[Any] = []
    full, free = small.engine.start(Diary, []), small.engine.start(Diary, told)
    release = hold(full)
    for number in range(3):
        full.tell(number)
    answer = free.ask("hello", block=False)
    release.set()
    assert answer.get(timeout=LIMIT) == "hello"


def test_four_threads_that_send_without_waiting_overfill_no_mailbox() -> None:
    with closing(LoopThread(mailbox_size=100)) as home:
        told: list[Any] = []
        ref = home.engine.start(Diary, told)
        release = hold(ref)
        refused: list[int] = []

        def flood() -> None:
            for number in range(500):
                try:
                    ref.tell(number)
                except OverloadedError:
                    refused.append(number)

        together(*[flood] * 4)
        release.set()
        home.run(ref.request("end"))
        home.do(lambda: None)
        told.remove("end")
        assert len(told) + len(refused) == 2000
        assert 100 <= len(told) <= 103  # each thread may have looked before the last one counted
