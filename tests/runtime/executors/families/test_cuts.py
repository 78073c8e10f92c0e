"""Nothing that was cut passes as whole, in the families beside chats and in either's clothes."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.chunk import Chunk
from hive_resilience.runtime.executors.transport.protocol import Request, TransportError

from ..asking import Context, Task
from ..canned import BROKEN, DONE, MESSAGE_END, MESSAGE_START, CannedTransport, data, piece, said
from ..faulty_server import run
from .test_calls import COMPLETED, DELTA, TEXT_END, TEXT_PIECES, event

CUTS = 5_000
NOTHING = Request("POST", "http://server", {})
CHAT = piece("Hel") + piece("lo") + piece(None, "stop") + data({"choices": [], "usage": {}}) + DONE
MESSAGE = MESSAGE_START + said("Hel") + said("lo") + MESSAGE_END


class Case(NamedTuple):
    """What a server of one family sends in answer to a task of a type."""

    kind: str
    spoken: str
    stream: bytes
    last: str
    """The event by which the caller knows that all has come; empty: it knows by the end."""


CASES = (
    Case("text_completion", "text_completion", b"".join((*TEXT_PIECES, TEXT_END, DONE)), ""),
    Case("response", "response", event("created", response={}) + DELTA + COMPLETED, ""),
    Case("chat", "message", MESSAGE, ""),
    Case("message", "chat", CHAT, "message_stop"),
    Case("message", "message", MESSAGE, "message_stop"),
)


async def read(case: Case, *steps: bytes | TransportError) -> tuple[list[Chunk], bool]:
    """The chunks, and whether they ended well."""
    executor = OpenAICompatible("http://server/v1", "tiny", families=[case.spoken])
    transport = CannedTransport(*(step for step in steps if step))
    executor._ask = lambda *_: transport.send(NOTHING)  # type: ignore[method-assign]
    payload = {"prompt": "Hi", "max_tokens": 9}
    if case.kind == "response":
        payload = {"input": "Hi"}
    found: list[Chunk] = []
    try:
        async for chunk in executor.stream(Task(payload, case.kind), Context()):
            found.append(chunk)
    except ResilienceError:
        return found, False
    return found, True


@pytest.mark.parametrize("case", CASES, ids=[f"{one.kind} of {one.spoken}" for one in CASES])
def test_what_is_cut_is_an_error_or_has_all_of_its_text(case: Case) -> None:
    draw = random.Random(20_261_127)

    async def story() -> int:
        whole = 0
        for number in range(CUTS // len(CASES)):
            place = draw.randrange(len(case.stream) + 1)
            steps: tuple[bytes | TransportError, ...] = (case.stream[:place], BROKEN)
            chunks, is_well = await read(case, *(steps[:1] if number % 3 == 0 else steps))
            if is_well:
                assert "".join(map(str, chunks)) == "Hello", place
                whole += 1
            else:
                assert not case.last or case.last not in {chunk.event for chunk in chunks}
        return whole

    run(story(), limit=60.0)
    chunks, is_well = run(read(case, case.stream))
    assert is_well
    assert case.last in {"", chunks[-1].event}
