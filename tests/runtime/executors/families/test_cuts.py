"""Nothing that was cut passes as whole, in any family and in either's clothes: seeded cuts."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from hive_resilience import Completion, OpenAICompatible
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.chunk import Chunk
from hive_resilience.runtime.executors.transport.protocol import Request

from ....sampling import heavy
from ..asking import Context, Task
from ..canned import (
    BROKEN,
    DONE,
    JSON,
    MESSAGE_END,
    MESSAGE_START,
    CannedTransport,
    Step,
    cut,
    data,
    named,
    piece,
    said,
)
from ..faulty_server import completion, run
from .calls_kit import EMBEDDING, MESSAGE, MODERATION, RANKED, RERANK, RESPONSE, TEXT
from .test_calls import COMPLETED, DELTA, TEXT_END, TEXT_PIECES, event

CUTS = [400, heavy(2_000)]
"""Of the streams of each family."""
NOTHING = Request("POST", "http://server", {})
CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
USAGE = data({"choices": [], "usage": {"total_tokens": 3}})
CHAT = piece("Hel") + piece("lo") + piece(None, "stop") + USAGE + DONE
CHAT_TOOLS = (
    piece(tool_calls=[CALL])
    + piece(tool_calls=[{"index": 0, "function": {"arguments": '{"a": '}}])
    + piece(tool_calls=[{"index": 0, "function": {"arguments": "1}"}}])
    + piece(None, "tool_calls")
    + DONE
)
CLAUDE = MESSAGE_START + said("Hel") + said("lo") + MESSAGE_END


def _json_delta(part: str) -> bytes:
    delta = {"type": "input_json_delta", "partial_json": part}
    return named("content_block_delta", index=1, delta=delta)


CLAUDE_TOOLS = (
    MESSAGE_START
    + said("Hello")
    + named("content_block_stop", index=0)
    + named("content_block_start", index=1, content_block={"type": "tool_use", "id": "t"})
    + _json_delta('{"a": ')
    + _json_delta("1}")
    + MESSAGE_END
)
ARGUMENTS = {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a": 1}'}
RESPONSE_TOOLS = (
    event("created", response={})
    + event("reasoning_summary_text.delta", delta="Hm")
    + event("function_call_arguments.delta", delta='{"a": ')
    + event("function_call_arguments.delta", delta="1}")
    + event("completed", response={**RESPONSE, "output": [ARGUMENTS]})
)


class Case(NamedTuple):
    """What a server of one family sends in answer to a task of a type."""

    kind: str
    spoken: str
    stream: bytes
    last: str = ""
    """The event by which the caller knows that all has come; empty: it knows by the end."""


TEXT_STREAM = b"".join((*TEXT_PIECES, TEXT_END, DONE))
RESPONSE_STREAM = event("created", response={}) + DELTA + COMPLETED
OF_FAMILIES: dict[str, Sequence[Case]] = {
    "chat": [Case("chat", "chat", CHAT), Case("chat", "chat", CHAT_TOOLS)],
    "text_completion": [Case("text_completion", "text_completion", TEXT_STREAM)],
    "response": [
        Case("response", "response", RESPONSE_STREAM, "response.completed"),
        Case("response", "response", RESPONSE_TOOLS, "response.completed"),
    ],
    "message": [
        Case("message", "message", CLAUDE, "message_stop"),
        Case("message", "message", CLAUDE_TOOLS, "message_stop"),
    ],
    "chat of messages": [Case("chat", "message", CLAUDE), Case("chat", "message", CLAUDE_TOOLS)],
    "message of chats": [
        Case("message", "chat", CHAT, "message_stop"),
        Case("message", "chat", CHAT_TOOLS, "message_stop"),
    ],
}


def asking(spoken: str, transport: CannedTransport) -> OpenAICompatible:
    executor = OpenAICompatible("http://server/v1", "tiny", families=[spoken])
    executor._ask = lambda *_: transport.send(NOTHING)  # type: ignore[method-assign]
    return executor


def task(case: Case) -> Task:
    payload: dict[str, Any] = {"prompt": "Hi", "max_tokens": 9}
    return Task({"input": "Hi"} if case.kind == "response" else payload, case.kind)


async def read(case: Case, *steps: Step) -> tuple[list[Chunk], bool]:
    """The chunks, and whether they ended well."""
    executor = asking(case.spoken, CannedTransport(*(step for step in steps if step)))
    found: list[Chunk] = []
    try:
        async for chunk in executor.stream(task(case), Context()):
            found.append(chunk)
    except ResilienceError:
        return found, False
    return found, True


async def answered(case: Case, *steps: Step) -> Completion | None:
    """What a stream says that comes although none was asked for; None: nothing."""
    executor = asking(case.spoken, CannedTransport(*(step for step in steps if step)))
    try:
        return await executor.execute(task(case), Context())
    except ResilienceError:
        return None


def content(chunks: Sequence[Chunk]) -> list[object]:
    return [chunk.raw for chunk in chunks if chunk.is_content]


def reasons(chunks: Sequence[Chunk]) -> list[str]:
    return [chunk.finish_reason for chunk in chunks if chunk.finish_reason]


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("family", OF_FAMILIES)
def test_what_is_cut_is_an_error_or_has_all_of_its_content(family: str, cuts: int) -> None:
    draw = random.Random(f"cuts of {family}")
    cases = OF_FAMILIES[family]

    async def story() -> tuple[int, int]:
        whole = [(await read(case, case.stream))[0] for case in cases]
        well = 0
        for number in range(cuts):
            which = number % len(cases)
            case = cases[which]
            # The first of all is whole.
            place = draw.randrange(len(case.stream) + 1) if number else len(case.stream)
            pieces = list(cut(case.stream[:place], draw.choice([1, 7, 1 << 20])))
            # In good order, much too early; or a broken connection.
            end: list[Step] = [] if draw.random() < 0.3 or not number else [BROKEN]
            chunks, is_well = await read(case, *pieces, *end)
            if is_well:
                assert content(chunks) == content(whole[which]), (place, end)
                assert reasons(chunks) == reasons(whole[which]), (place, end)
                well += 1
            else:
                assert not case.last or case.last not in {chunk.event for chunk in chunks}
        return well, cuts - well

    well, refused = run(story(), limit=120.0)

    assert well
    assert refused > cuts / 2


@pytest.mark.parametrize("cuts", [100, heavy(500)])
@pytest.mark.parametrize("family", OF_FAMILIES)
def test_a_cut_stream_that_nobody_asked_for_is_no_answer(family: str, cuts: int) -> None:
    draw = random.Random(f"whole answers of {family}")

    async def story() -> None:
        for case in OF_FAMILIES[family]:
            whole = await answered(case, case.stream)
            assert whole is not None
            for _ in range(cuts):
                place = draw.randrange(len(case.stream) + 1)
                found = await answered(case, case.stream[:place], BROKEN)
                if found is not None:
                    assert (found.text, found.finish_reason) == (whole.text, whole.finish_reason)
                    names = ("choices", "content", "output")
                    assert [found.raw.get(one) for one in names] == [
                        whole.raw.get(one) for one in names
                    ], place

    run(story(), limit=60.0)


BODIES: dict[str, Any] = {
    "chat": completion(),
    "text_completion": TEXT,
    "response": RESPONSE,
    "message": MESSAGE,
    "embedding": EMBEDDING,
    "rerank": RERANK,
    "moderation": MODERATION,
    "response_compact": {"object": "response.compaction", "output": []},
    "response_input_tokens": {"input_tokens": 123},
    "message_tokens": {"input_tokens": 123},
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("end", [(), (BROKEN,)], ids=["closed", "broken"])
def test_a_cut_answer_in_one_piece_is_no_answer(kind: str, end: tuple[Step, ...]) -> None:
    body = json.dumps(BODIES[kind]).encode()
    payload = {"prompt": "Hi", "max_tokens": 9}
    if kind not in ("chat", "text_completion", "message"):
        payload = {"input": "Hi", "messages": [], **RANKED}

    async def story() -> None:
        for place in range(len(body)):
            steps = (*filter(None, (body[:place],)), *end)
            executor = asking(kind, CannedTransport(*steps, kind=JSON))
            with pytest.raises(ResilienceError):
                await executor.execute(Task(payload, kind), Context())

    run(story(), limit=60.0)
