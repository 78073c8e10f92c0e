"""What an answer has used, over real sockets and in the result of its task."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, Task, TaskResult
from hive_resilience.config import PricesConfig, RateLimitConfig
from hive_resilience.snapshots import Usage

from ..canned import DONE, data, piece
from ..faulty_server import Behaviour, FaultyServer, answer, completion, run
from ..pouring import pour

USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
TOLD = data({"model": "m", "choices": [], "usage": USAGE})
STREAM = pour(piece("Hel"), piece("lo"), piece(None, "stop"), TOLD, DONE)
WITHOUT = pour(piece("Hello"), piece(None, "stop"), DONE)
WISH = {"include_usage": True}


def refusal(status: int = 400, told: str = "Unknown parameter: 'stream_options'.") -> Behaviour:
    return answer(status, {"error": {"message": told, "type": "invalid_request_error"}})


async def read(
    server: FaultyServer, payload: Any = "Hi", times: int = 1, **settings: Any
) -> tuple[list[Any], TaskResult]:
    """The chunks and the result of the last of so many streams."""
    models = [ModelConfig(id="a", endpoint=server.base_url, **settings)]
    found: list[tuple[list[Any], TaskResult]] = []
    async with Runtime(models=models) as runtime:
        for _ in range(times):
            async with runtime.stream(Task(payload)) as stream:
                chunks = [chunk async for chunk in stream]
            found.append((chunks, stream.result))
    return found[-1]


def test_a_result_tells_the_usage_its_cost_and_the_response() -> None:
    async def story() -> TaskResult:
        async with FaultyServer(answer(200, completion() | {"usage": USAGE})) as server:
            prices = PricesConfig(input=2, output=10)
            models = [ModelConfig(id="a", endpoint=server.base_url, prices=prices)]
            async with Runtime(models=models) as runtime:
                return await runtime.execute(Task("Hi"))

    result = run(story())
    assert result.usage == Usage(1000, 100, 0, 0, 1100)
    assert result.cost == pytest.approx(0.003)
    assert result.response == completion() | {"usage": USAGE}


def test_an_empty_answer_that_is_the_result_has_its_usage() -> None:
    async def story() -> TaskResult:
        async with FaultyServer(answer(200, completion("") | {"usage": USAGE})) as server:
            prices = PricesConfig(input=2, output=10)
            models = [ModelConfig(id="a", endpoint=server.base_url, prices=prices)]
            async with Runtime(models=models) as runtime:
                return await runtime.execute(Task("Hi"))

    result = run(story())
    assert result.success
    assert result.usage == Usage(1000, 100, 0, 0, 1100)
    assert result.cost == pytest.approx(0.003)


def test_a_function_has_no_usage_and_no_response_but_its_value() -> None:
    async def model(task: Task) -> str:
        return "Hello"

    async def story() -> TaskResult:
        async with Runtime(models=[ModelConfig(id="a", executor=model)]) as runtime:
            return await runtime.execute(Task("Hi"))

    result = run(story())
    assert (result.usage, result.cost, result.response) == (None, None, "Hello")


def test_a_stream_asks_for_its_usage_and_keeps_it_from_the_reader() -> None:
    async def story() -> None:
        async with FaultyServer(STREAM) as server:
            chunks, result = await read(server, prices=PricesConfig(input=2, output=10))
        assert server.requests[0].json()["stream_options"] == WISH
        assert "".join(map(str, chunks)) == "Hello"
        assert not any(chunk.usage for chunk in chunks)
        assert result.usage == Usage(1000, 100, 0, 0, 1100)
        assert result.cost == pytest.approx(0.003)

    run(story())


def test_a_payload_that_asks_gets_the_event_too() -> None:
    async def story() -> None:
        async with FaultyServer(STREAM) as server:
            payload = {"prompt": "Hi", "stream_options": WISH}
            chunks, result = await read(server, payload)
        assert chunks[-1].usage == USAGE
        assert result.usage is not None

    run(story())


def test_a_payload_that_does_not_want_it_goes_out_as_it_is() -> None:
    async def story() -> None:
        async with FaultyServer(WITHOUT) as server:
            options = {"include_usage": False}
            _, result = await read(server, {"prompt": "Hi", "stream_options": options})
        assert server.requests[0].json()["stream_options"] == options
        assert result.usage is None

    run(story())


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_the_wish_is_asked_without_it_from_then_on(status: int) -> None:
    async def story() -> None:
        async with FaultyServer(refusal(status), WITHOUT) as server:
            chunks, result = await read(server, times=2)
        asked = ["stream_options" in request.json() for request in server.requests]
        assert asked == [True, False, False]
        assert "".join(map(str, chunks)) == "Hello"
        assert [record.number for record in result.attempts] == [1]

    run(story())


def test_another_refusal_is_the_answer() -> None:
    async def story() -> None:
        async with FaultyServer(refusal(told="messages: field required"), WITHOUT) as server:
            models = [ModelConfig(id="a", endpoint=server.base_url)]
            async with Runtime(models=models) as runtime:
                stream = runtime.stream(Task("Hi"))
                with pytest.raises(Exception, match="field required"):
                    async with stream:
                        [chunk async for chunk in stream]
        assert len(server.requests) == 1

    run(story())


def test_the_usage_of_a_stream_counts_against_the_tokens_of_a_minute() -> None:
    async def story() -> None:
        async with FaultyServer(STREAM) as server:
            limit = RateLimitConfig(tokens_per_minute=5000)
            models = [ModelConfig(id="a", endpoint=server.base_url, rate_limit=limit)]
            async with Runtime(models=models) as runtime:
                async with runtime.stream(Task("Hi")) as stream:
                    [chunk async for chunk in stream]
                left = runtime.model("a").snapshot().rate_limit.tokens_left
        assert left is not None
        assert left == pytest.approx(3900, abs=50)

    run(story())
