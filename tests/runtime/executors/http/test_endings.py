"""When a streamed answer is over: by its words, by its body's end, by silence; never by a cut."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience.actors.policies.outcomes.errors import (
    ModelTimeoutError,
    ModelUnavailableError,
    StreamInterruptedError,
)
from hive_resilience.config.errors import ResilienceError

from ....conftest import Virtual
from ..canned import (
    BLOCK_START,
    BROKEN,
    DONE,
    MESSAGE_END,
    MESSAGE_START,
    CannedTransport,
    Step,
    anthropic,
    compatible,
    outcome,
    piece,
    said,
    streamed,
)

pytestmark = pytest.mark.usefixtures("key")
WORDS = tuple(piece(f"w{number} ", "stop") for number in range(3))
STOP = piece(None, "stop")
FOR_EVER = 10_000.0


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key-for-tests")


async def timed(*steps: Step, deadline: float = 60.0) -> tuple[str | ResilienceError, float]:
    """What a stream of OpenAI's form comes to, and after how many seconds."""
    loop = asyncio.get_running_loop()
    began, text = loop.time(), ""
    try:
        chunks = await streamed(compatible(CannedTransport(*steps)), deadline=deadline)
        text = "".join(map(str, chunks))
    except ResilienceError as error:
        return error, loop.time() - began
    return text, loop.time() - began


COMPLETE: dict[str, tuple[tuple[Step, ...], str, float]] = {
    "its word": ((piece("a"), STOP, DONE, FOR_EVER), "a", 0.0),
    "its word, and then a cut": ((piece("a"), STOP, DONE, BROKEN), "a", 0.0),
    "its word without a reason": ((piece("a"), DONE, BROKEN), "a", 0.0),
    "a proper end": ((piece("a"), STOP), "a", 0.0),
    "a proper end after a reason with content": ((piece("a", "stop"),), "a", 0.0),
    "silence": ((piece("a"), STOP, FOR_EVER), "a", 1.0),
    "silence after the usage": ((piece("a"), STOP, 0.4, b": alive\n\n", FOR_EVER), "a", 1.0),
    "a cut after its reason": ((piece("a"), STOP, BROKEN), "a", 0.0),
    "a call and silence": ((piece(tool_calls=[{"id": "t"}]), STOP, FOR_EVER), "", 1.0),
    "slow words with reasons": (
        (*tuple(part for word in WORDS for part in (word, 5.0)), DONE),
        "w0 w1 w2 ",
        15.0,
    ),
    "slow words with reasons, a proper end": (
        tuple(part for word in WORDS for part in (word, 5.0)),
        "w0 w1 w2 ",
        15.0,
    ),
    "content after a bare reason": ((STOP, piece("a"), 5.0, STOP, 5.0, DONE), "a", 10.0),
}


@pytest.mark.parametrize(("steps", "text", "seconds"), COMPLETE.values(), ids=COMPLETE)
def test_an_answer_is_over_by(
    virtual: Virtual, steps: tuple[Step, ...], text: str, seconds: float
) -> None:
    found, took = virtual(timed(*steps))

    assert found == text
    assert took == pytest.approx(seconds, abs=0.2)  # for the connection a moment is waited


CUT: dict[str, tuple[Step, ...]] = {
    "words with reasons": (*WORDS, BROKEN),
    "one word with a reason": (piece("a", "stop"), BROKEN),
    "a bare reason before any content": (STOP, BROKEN),
    "content after a bare reason": (STOP, piece("a"), BROKEN),
    "content after a bare reason, and a reason": (STOP, piece("a"), STOP, BROKEN),
    "a bare reason after one with content": (piece("a", "stop"), STOP, BROKEN),
    "no reason": (piece("a"), BROKEN),
    "no reason, a proper end": (piece("a"),),
    "one of two": (piece("a"), STOP, piece("b", index=1), BROKEN),
    "one of two, a proper end": (piece("a"), STOP, piece("b", index=1)),
    "half an event": (piece("a"), STOP[:-20]),
    "nothing": (),
}


@pytest.mark.parametrize("steps", CUT.values(), ids=CUT)
def test_an_answer_that_is_cut_is_none(virtual: Virtual, steps: tuple[Step, ...]) -> None:
    found, _ = virtual(timed(*steps))

    kind = (
        StreamInterruptedError
        if any(b'"content"' in s for s in steps if isinstance(s, bytes))
        else ModelUnavailableError
    )
    assert type(found) is kind


SILENT: dict[str, tuple[Step, ...]] = {
    "words with reasons": (*WORDS, FOR_EVER),
    "one word with a reason": (piece("a", "stop"), FOR_EVER),
    "a bare reason before any content": (STOP, FOR_EVER),
    "content after a bare reason": (STOP, piece("a"), STOP, FOR_EVER),
    "no reason": (piece("a"), FOR_EVER),
    "kept alive": (piece("a"), *((b": alive\n\n", 0.5) * 200)),
}


@pytest.mark.parametrize("steps", SILENT.values(), ids=SILENT)
def test_on_any_other_stream_silence_lasts_to_the_deadline(
    virtual: Virtual, steps: tuple[Step, ...]
) -> None:
    found, took = virtual(timed(*steps, deadline=30.0))

    assert isinstance(found, ModelTimeoutError)
    assert found.limit == 30.0
    assert took == pytest.approx(30.0, abs=0.6)


@pytest.mark.parametrize(
    ("steps", "complete"),
    [
        ((MESSAGE_START, BLOCK_START, said("a"), MESSAGE_END), True),
        ((MESSAGE_START, BLOCK_START, said("a"), MESSAGE_END, BROKEN), True),
        ((MESSAGE_START, BLOCK_START, said("a"), MESSAGE_END.rpartition(b"event:")[0]), False),
        ((MESSAGE_START, BLOCK_START, said("a"), DONE), False),
        ((MESSAGE_START, BLOCK_START, said("a"), BROKEN), False),
    ],
    ids=["its end", "its end and a cut", "no last event", "another's word", "a cut"],
)
def test_a_message_is_over_by_its_last_event_alone(
    virtual: Virtual, steps: tuple[Step, ...], complete: bool
) -> None:
    found = virtual(outcome(anthropic(CannedTransport(*steps))))

    assert (found == "a") if complete else isinstance(found, StreamInterruptedError)


@pytest.mark.parametrize(
    "last", [b'data: {"choices', b"data: [DO", b"data: {}", b"nonsense", b": x"]
)
def test_what_is_no_event_at_a_proper_end_says_nothing(virtual: Virtual, last: bytes) -> None:
    assert virtual(timed(piece("a", "stop"), last))[0] == "a"
    assert isinstance(virtual(timed(piece("a"), last))[0], StreamInterruptedError)


def test_an_event_with_nothing_in_it_stands_for_what_is_lost(virtual: Virtual) -> None:
    found = virtual(timed(piece("a"), b"data: {}\n\n", piece("b", "stop")))[0]

    assert isinstance(found, StreamInterruptedError)
